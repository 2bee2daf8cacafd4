// Streams to serve, made by ffmpeg: a moving test picture and two tones, in segments
// of 2 s, some 60 kB/s in all.

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";

/** The streams by name: where each starts below the folder that makeMedia makes. */
export const MEDIA = {
  /** HLS in MPEG-TS. */
  ts: "ts/master.m3u8",
  /** HLS in fragmented MP4. */
  fmp4: "fmp4/master.m3u8",
  /** HLS whose segments are byte ranges of one file. */
  ranges: "ranges/master.m3u8",
  /** HLS with audio renditions, English and German, beside the video. */
  audio: "audio/master.m3u8",
  /** HLS in MPEG-TS, encrypted, with audio beside the video, and with subtitles, which are off. */
  encrypted: "encrypted/master.m3u8",
  /** DASH with video and audio, each with a list of segments. */
  dash: "dash/manifest.mpd",
  /** The same, whose segments are byte ranges of two files. */
  dashRanges: "dashRanges/manifest.mpd",
};

const hls = ["-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod", "-master_pl_name", "master.m3u8"];
const muxed = ["-map", "0:v", "-map", "0:a:0", ...hls];

// Shaka Player makes the segments of a template as it plays, one by one, so that
// its engine would not know of them, whichever core it has.
const dash = ["-map", "0:v", "-map", "0:a:0", "-f", "dash", "-seg_duration", "2", "-use_template", "0", "-use_timeline", "0"];

const muxers = {
  ts: [...muxed, "-hls_segment_filename", "%d.ts", "media.m3u8"],
  fmp4: [...muxed, "-hls_segment_type", "fmp4", "-hls_segment_filename", "%d.m4s", "media.m3u8"],
  ranges: [...muxed, "-hls_segment_type", "fmp4", "-hls_flags", "single_file", "media.m3u8"],
  audio: [
    "-map", "0:v", "-map", "0:a:0", "-map", "0:a:1", ...hls, "-hls_segment_type", "fmp4",
    "-var_stream_map", [
      "v:0,agroup:sound,name:video",
      "a:0,agroup:sound,name:english,language:en,default:yes",
      "a:1,agroup:sound,name:german,language:de",
    ].join(" "),
    "-hls_fmp4_init_filename", "%v-init.mp4", "-hls_segment_filename", "%v-%d.m4s", "%v.m3u8",
  ],
  encrypted: [
    "-map", "0:v", "-map", "0:a:0", "-map", "0:s", "-c:s", "webvtt", ...hls, "-hls_key_info_file", "../key.info",
    "-var_stream_map", [
      "v:0,s:0,agroup:sound,sgroup:words,name:video",
      "a:0,agroup:sound,name:english,language:en,default:yes",
    ].join(" "),
    "-hls_segment_filename", "%v-%d.ts", "%v.m3u8",
  ],
  dash: [...dash, "manifest.mpd"],
  dashRanges: [...dash, "-single_file", "1", "manifest.mpd"],
};

/** What the subtitles say all the time. */
export const WORDS = "Hello";

/** Makes the streams of these names, so many seconds of them, in a new folder, which goes with `t`; returns its path. */
export async function makeMedia(t, seconds = 60, names = Object.keys(muxers)) {
  const folder = await mkdtemp(join(tmpdir(), "p2p-mediastream-media-"));
  t.after(() => rm(folder, { recursive: true }));
  const ffmpeg = (cwd, args) => promisify(execFile)("ffmpeg", ["-v", "error", ...args], { cwd });
  await writeFile(join(folder, "words.srt"), subtitles(seconds));
  await writeFile(join(folder, "stream.key"), randomBytes(16));
  await writeFile(join(folder, "key.info"), "../stream.key\n../stream.key\n"); // where playlists name it, and where it is
  await ffmpeg(folder, [
    "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25",
    "-f", "lavfi", "-i", "sine=frequency=440", "-f", "lavfi", "-i", "sine=frequency=880", "-i", "words.srt",
    "-map", "0", "-map", "1", "-map", "2", "-map", "3", "-t", String(seconds), "-c:s", "mov_text",
    "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-b:v", "400k",
    "-force_key_frames", "expr:gte(t,n_forced*2)", "-c:a", "aac", "-b:a", "48k", "source.mp4",
  ]);
  for (const name of names) {
    await mkdir(join(folder, name));
    await ffmpeg(join(folder, name), ["-i", "../source.mp4", "-c", "copy", ...muxers[name]]);
  }
  return folder;
}

/** Two seconds of WORDS after the other: ffmpeg puts them into the segment that they begin in alone. */
function subtitles(seconds) {
  const time = (at) => `${new Date(1000 * at).toISOString().slice(11, 19)},000`;
  const starts = Array.from({ length: Math.ceil(seconds / 2) }, (_, i) => 2 * i);
  return starts.map((at, i) => `${i + 1}\n${time(at)} --> ${time(at + 2)}\n${WORDS}\n`).join("\n");
}

/** How many segments a live playlist lists: Shaka's engine stays 25 s behind. */
const WINDOW = 15;

/**
 * Shows a recorded stream of HLS as if it were live from now on: playlists in a
 * new folder list the first segments and, every 2 s, one more. They stop growing
 * with `t`, or at the end of the recording.
 *
 * @param folder what makeMedia returned.
 * @param name the folder of the recorded stream below it.
 * @returns where the live stream starts below it.
 */
export async function goLive(t, folder, name) {
  const live = await mkdtemp(join(folder, `${name}-live-`));
  const recorded = await readdir(join(folder, name));
  const playlists = recorded.filter((file) => file.endsWith(".m3u8") && file !== "master.m3u8");
  const texts = await Promise.all(playlists.map((file) => readFile(join(folder, name, file), "utf8")));
  await writeFile(join(live, "master.m3u8"), await readFile(join(folder, name, "master.m3u8")));

  const show = (first) => Promise.all(playlists.map(async (file, i) => {
    const path = join(live, file);
    await writeFile(`${path}.next`, window(texts[i], first, `../${name}/`));
    await rename(`${path}.next`, path); // whoever reads gets one or the other
  }));
  const last = Math.min(...texts.map((text) => text.split("#EXTINF").length - 1)) - WINDOW;
  let first = 0;
  let shown = show(first);
  const timer = setInterval(() => {
    if (first < last) shown = show(++first);
  }, 2000);
  t.after(() => {
    clearInterval(timer);
    return shown;
  });
  await shown;
  return `${basename(live)}/master.m3u8`;
}

/** Of a recorded media playlist the segments that are listed live, at their place. */
function window(text, first, place) {
  const [, map] = /#EXT-X-MAP:URI="(.*)"/.exec(text);
  const segments = [...text.matchAll(/^(#EXTINF:.*)\n(.*)$/gm)].slice(first, first + WINDOW);
  return [
    "#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2", `#EXT-X-MEDIA-SEQUENCE:${first}`,
    `#EXT-X-MAP:URI="${place}${map}"`,
    ...segments.map(([, duration, uri]) => `${duration}\n${place}${uri}`),
    "",
  ].join("\n");
}
