#!/bin/sh
# Makes the test card: twelve segments of two seconds in two renditions, which
# server/generator publishes over and over. Run it only to change the card; its
# output is committed. It needs ffmpeg with libx264, and a DejaVu Sans Mono font
# that fontconfig can find.
#
# Why the numbers are what they are:
# - 24 s is a whole number of seconds in which 48 kHz sound fills a whole number
#   of AAC frames (1125 of 1024 samples; the shortest such time is 8 s), so one
#   round of the loop ends exactly where the next begins, in sound as in picture.
# - The loop is encoded three times in a row and the middle one kept: the sound
#   of its first frames then follows from the frames before them, as it does
#   when the loop is played, and the encoder's silent start is cut away.
# - No B-frames: a segment's first picture is then the one with its earliest
#   time stamp in either order, and nothing reaches back over the seam.
#
# ffmpeg and ffprobe, fed the loop's segments one after another, say "Packet
# corrupt" at the seam: the transport stream's continuity counters begin anew
# there, as they may after a discontinuity. No packet is lost.
set -eu

cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

loop=24      # seconds
segment=2    # seconds
rate=30      # pictures a second
frames=$((loop * rate))
count=$((loop / segment))

# Three rounds of the same picture, the counters starting anew in each.
round="testsrc2=size=640x360:rate=$rate:duration=$loop"
font="font=DejaVu Sans Mono:fontcolor=white:box=1:boxcolor=black:boxborderw=10"
clock="text='%{eif\\:trunc(mod(n\\,$frames)/$rate)\\:d\\:2}s %{eif\\:mod(n\\,$frames)\\:d\\:3}'"
picture="$round[a];$round[b];$round[c];[a][b][c]concat=n=3,
 drawtext=$font:fontsize=56:$clock:x=(w-tw)/2:y=h-110,
 drawtext=$font:fontsize=22:text='p2p-mediastream test card':x=(w-tw)/2:y=56,
 format=yuv420p,split[large][half];
 [half]scale=320:180[small]"

# A low hum, a tick every second, a higher one where the loop starts.
tick="0.30*lt(mod(t\\,1)\\,0.06)*sin(2*PI*if(lt(mod(t\\,$loop)\\,1)\\,1760\\,880)*t)"
sound="aevalsrc='0.04*sin(2*PI*220*t)+$tick':sample_rate=48000:duration=$((3 * loop)),
 asplit[sound1][sound2]"

# encode <picture> <sound> <name> <level> <video kbit/s> <audio kbit/s>: options
# of one rendition.
encode() {
  mkdir "$work/$3"
  set -- "$@" "$work/$3"
  printf '%s\n' -map "[$1]" -map "[$2]" \
    -c:v libx264 -profile:v main -level:v "$4" -preset veryslow -bf 0 \
    -g $((segment * rate)) -keyint_min $((segment * rate)) -sc_threshold 0 \
    -b:v "$5k" -maxrate "$(($5 * 11 / 10))k" -bufsize "${5}k" \
    -c:a aac -b:a "$6k" -ac 1 -ar 48000 \
    -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1 \
    -f hls -hls_time "$segment" -hls_list_size 0 -hls_segment_type mpegts \
    -hls_segment_filename "$7/%02d.ts" "$7/index.m3u8"
}

# One argument a line; none of them contains a newline.
args=$(encode large sound1 360p 3.0 360 48; encode small sound2 180p 1.3 90 32)
IFS='
'
# shellcheck disable=SC2086 # the list is split at its newlines on purpose
ffmpeg -hide_banner -loglevel warning -nostdin -threads 1 -y \
  -filter_complex "$picture;$sound" $args

for name in 360p 180p; do
  rm -rf "$name"
  mkdir "$name"
  i=0
  while [ $i -lt $count ]; do
    from=$(printf '%02d' $((count + i)))
    to=$(printf '%02d' $i)
    cp "$work/$name/$from.ts" "$name/$to.ts"
    i=$((i + 1))
  done
done
du -bc ./*p/*.ts | tail -n 1
