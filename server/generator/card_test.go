package generator

import (
	"bytes"
	"fmt"
	"os/exec"
	"path"
	"strings"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
)

// pes is one packet of an elementary stream: its presentation time in ticks of
// 90 kHz, and its bytes.
type pes struct {
	pts  int64
	data []byte
}

// PIDs and stream as ffmpeg numbers them.
const videoPID, audioPID = 0x100, 0x101

// demux takes a segment apart (ISO/IEC 13818-1, 2.4.3): the packets of each PID.
func demux(t *testing.T, ts []byte) map[int][]pes {
	t.Helper()
	if len(ts)%188 != 0 {
		t.Fatalf("%d bytes are no whole number of packets", len(ts))
	}
	streams := map[int][]pes{}
	for ; len(ts) > 0; ts = ts[188:] {
		p := ts[:188]
		if p[0] != 0x47 {
			t.Fatal("lost the sync byte")
		}
		pid := int(p[1]&0x1f)<<8 | int(p[2])
		if pid != videoPID && pid != audioPID {
			continue
		}
		payload := p[4:]
		if p[3]&0x20 != 0 { // adaptation field
			payload = payload[1+int(payload[0]):]
		}
		if p[1]&0x40 != 0 { // a PES packet starts
			h := payload
			if h[7]&0x80 == 0 {
				t.Fatal("a PES packet without time stamp")
			}
			pts := int64(h[9]>>1&7)<<30 | int64(h[10])<<22 | int64(h[11]>>1)<<15 | int64(h[12])<<7 | int64(h[13]>>1)
			streams[pid] = append(streams[pid], pes{pts, nil})
			payload = h[9+int(h[8]):]
		}
		last := &streams[pid][len(streams[pid])-1]
		last.data = append(last.data, payload...)
	}
	return streams
}

// aacFrames counts the ADTS frames and checks what their headers say
// (ISO/IEC 14496-3, 1.A.2.2).
func aacFrames(t *testing.T, data []byte) int {
	t.Helper()
	count := 0
	for ; len(data) > 0; count++ {
		if len(data) < 7 || data[0] != 0xff || data[1]&0xf6 != 0xf0 {
			t.Fatal("lost the ADTS header")
		}
		if object, rate := data[2]>>6+1, data[2]>>2&15; object != 2 || rate != 3 {
			t.Fatalf("AAC object type %d, rate %d; want 2 (LC), 3 (48 kHz)", object, rate)
		}
		length := int(data[3]&3)<<11 | int(data[4])<<3 | int(data[5]>>5)
		data = data[length:]
	}
	return count
}

// What the master playlist says is true of the files, and the loop has no gap:
// each segment is 60 pictures of 1/30 s that begin with a key frame, and the
// sound of the last ends a whole loop after that of the first began.
func TestTheCard(t *testing.T) {
	const tick = 90000
	fsys := at(t, noon)
	master, _, err := playlist.Parse("http://a/master.m3u8", read(t, fsys, "master.m3u8"))
	if err != nil || len(master.Variants) != 2 || !master.IndependentSegments {
		t.Fatalf("%+v, %v", master, err)
	}
	size := 0
	for i, r := range fsys.(*embedded).renditions {
		v := master.Variants[i]
		var pictures, sound int64 // presentation time at which the next must come
		var soundBegan int64
		peak := int64(0)
		for n, data := range r.loop {
			size += len(data)
			peak = max(peak, int64(len(data)*8/segmentSeconds))
			streams := demux(t, data)
			video, audio := streams[videoPID], streams[audioPID]
			if n == 0 {
				pictures, sound, soundBegan = video[0].pts, audio[0].pts, audio[0].pts
			}
			if len(video) != 60 {
				t.Errorf("%s %d: %d pictures", r.name, n, len(video))
			}
			for _, p := range video {
				if p.pts != pictures {
					t.Fatalf("%s %d: picture at %d, want %d", r.name, n, p.pts, pictures)
				}
				pictures += tick / 30
			}
			sps := bytes.Index(video[0].data, []byte{0, 0, 1, 0x67})
			if sps < 0 || !bytes.Contains(video[0].data, []byte{0, 0, 1, 0x65}) {
				t.Fatalf("%s %d does not begin with parameters and a key frame", r.name, n)
			}
			if got := fmt.Sprintf("avc1.%x,mp4a.40.2", video[0].data[sps+4:sps+7]); got != v.Codecs {
				t.Errorf("%s %d: codecs %s, the playlist says %s", r.name, n, got, v.Codecs)
			}
			for _, p := range audio {
				if p.pts != sound {
					t.Fatalf("%s %d: sound at %d, want %d", r.name, n, p.pts, sound)
				}
				sound += int64(aacFrames(t, p.data)) * 1024 * tick / 48000
			}
		}
		if sound-soundBegan != loopLength*segmentSeconds*tick {
			t.Errorf("%s: the sound lasts %d ticks", r.name, sound-soundBegan)
		}
		if v.Bandwidth != peak || v.AverageBandwidth >= peak || v.AverageBandwidth < peak/2 || v.FrameRate != "30.000" {
			t.Errorf("%s: %+v, but its largest segment has %d bit/s", r.name, v, peak)
		}
	}
	if size > 2<<20 {
		t.Errorf("the card has %d bytes, more than 2 MiB", size)
	}
}

// The size of the picture is deep in the codec's parameters, so ffprobe reads it.
func TestTheCardHasTheSizeThatItsPlaylistSays(t *testing.T) {
	if _, err := exec.LookPath("ffprobe"); err != nil {
		t.Skip("ffprobe is not installed")
	}
	for _, r := range at(t, noon).(*embedded).renditions {
		out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "v:0",
			"-show_entries", "stream=width,height", "-of", "csv=p=0:s=x", path.Join("card", r.name, "00.ts")).Output()
		if err != nil {
			t.Fatal(err)
		}
		if size, _, _ := strings.Cut(string(out), "\n"); strings.Trim(size, "x") != r.variant.Resolution.String() {
			t.Errorf("%s: %s, the playlist says %v", r.name, size, r.variant.Resolution)
		}
	}
}
