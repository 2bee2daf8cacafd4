package generator

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
)

// at is the card at a moment of Unix time.
func at(t *testing.T, moment time.Time) fs.FS {
	t.Helper()
	fsys, err := Embedded(func() time.Time { return moment })
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func read(t *testing.T, fsys fs.FS, name string) []byte {
	t.Helper()
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parseIndex(t *testing.T, fsys fs.FS, rendition string) *playlist.Media {
	t.Helper()
	_, media, err := playlist.Parse("http://a/"+rendition+"/index.m3u8", read(t, fsys, rendition+"/index.m3u8"))
	if err != nil {
		t.Fatal(err)
	}
	return media
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func TestIndexIsTheLastTenCompleteSegments(t *testing.T) {
	for _, offset := range []time.Duration{0, time.Nanosecond, 1999 * time.Millisecond} {
		fsys := at(t, noon.Add(offset))
		for _, rendition := range []string{"360p", "180p"} {
			m := parseIndex(t, fsys, rendition)
			next := noon.Unix() / 2 // begins at noon, so is not complete
			if m.TargetDuration != 2 || m.Sequence != next-10 || len(m.Segments) != 10 || m.Ended || !m.IndependentSegments {
				t.Fatalf("%v after noon: %+v", offset, m)
			}
			for i, s := range m.Segments {
				n := next - 10 + int64(i)
				if want := fmt.Sprintf("http://a/%s/%d.ts", rendition, n); s.URL != want || s.Duration != 2 {
					t.Errorf("segment %d: %+v, want %s", i, s, want)
				}
				if !s.ProgramDateTime.Equal(time.Unix(2*n, 0)) {
					t.Errorf("segment %d is dated %v", n, s.ProgramDateTime)
				}
			}
		}
	}
}

// A player that follows the playlists counts the discontinuities itself; the
// numbers that it is given must agree, for every position of the window.
func TestDiscontinuitySequenceIsTheCountOfTagsGone(t *testing.T) {
	number := func(m *playlist.Media, i int) int64 { // RFC 8216, 3: of segment i
		n := m.DiscontinuitySequence
		for _, s := range m.Segments[:i+1] {
			if s.Discontinuity {
				n++
			}
		}
		return n
	}
	var last *playlist.Media
	for step := range 2*loopLength + 1 {
		m := index(noon.Unix()/2 + int64(step))
		if last != nil {
			for i := 1; i < windowLength; i++ {
				if was, is := number(last, i), number(m, i-1); was != is {
					t.Fatalf("segment %d was in discontinuity %d and is in %d", m.Sequence+int64(i-1), was, is)
				}
			}
		}
		for i, s := range m.Segments {
			if want := (m.Sequence+int64(i))%loopLength == 0; s.Discontinuity != want {
				t.Fatalf("segment %d: discontinuity %v", m.Sequence+int64(i), s.Discontinuity)
			}
		}
		last = m
	}
}

func TestDiscontinuitySequenceBeginsAgain(t *testing.T) {
	first := int64(loopLength * maxDiscontinuities * 1000) // opens a loop
	for _, c := range []struct{ first, want int64 }{
		{first - loopLength, maxDiscontinuities - 2},
		{first, maxDiscontinuities - 1},
		{first + 1, 0},
		{first + loopLength, 0},
		{first + loopLength + 1, 1},
	} {
		if got := index(c.first + windowLength - 1).DiscontinuitySequence; got != c.want {
			t.Errorf("%d before segment %d, want %d", got, c.first-first, c.want)
		}
	}
}

func TestTwoServersGiveTheSame(t *testing.T) {
	a, b := at(t, noon.Add(time.Millisecond)), at(t, noon.Add(time.Second))
	names := []string{"master.m3u8", "360p/index.m3u8", "180p/index.m3u8"}
	for n := noon.Unix()/2 - 10; n < noon.Unix()/2; n++ {
		names = append(names, fmt.Sprintf("360p/%d.ts", n), fmt.Sprintf("180p/%d.ts", n))
	}
	for _, name := range names {
		if !bytes.Equal(read(t, a, name), read(t, b, name)) {
			t.Errorf("%s differs", name)
		}
	}
	n := noon.Unix()/2 - 1
	if bytes.Equal(read(t, a, fmt.Sprintf("360p/%d.ts", n)), read(t, a, fmt.Sprintf("360p/%d.ts", n-1))) {
		t.Error("two neighbours are the same")
	}
}

func TestWhatDoesNotExist(t *testing.T) {
	fsys := at(t, noon)
	next := noon.Unix() / 2
	for _, name := range []string{
		".", "360p", "360p/", "index.m3u8", "720p/index.m3u8", "360p/master.m3u8", "../master.m3u8",
		fmt.Sprintf("360p/%d.ts", next),
		fmt.Sprintf("360p/%d.ts", next-1-keptLength),
		fmt.Sprintf("360p/0%d.ts", next-1),
		fmt.Sprintf("360p/+%d.ts", next-1),
		fmt.Sprintf("360p/%d.m4s", next-1),
		"360p/-1.ts", "360p/.ts", "360p/99999999999999999999.ts",
	} {
		if _, err := fsys.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	read(t, fsys, fmt.Sprintf("180p/%d.ts", next-keptLength))
}

// The digests are of what can be fetched, all of it and no more.
func TestDigestsOfTheCard(t *testing.T) {
	for _, c := range []struct {
		at   time.Time
		want int
	}{{noon, keptLength}, {time.Unix(4, 0), 2}, {time.Unix(1, 0), 0}} {
		fsys := at(t, c.at)
		for _, rendition := range []string{"360p", "180p"} {
			var list map[string]string
			if err := json.Unmarshal(read(t, fsys, rendition+"/segments-sha256.json"), &list); err != nil || len(list) != c.want {
				t.Fatalf("%d digests, want %d, %v", len(list), c.want, err)
			}
			for name, digest := range list {
				if sum := sha256.Sum256(read(t, fsys, rendition+"/"+name)); digest != hex.EncodeToString(sum[:]) {
					t.Errorf("%s/%s: %s", rendition, name, digest)
				}
			}
		}
	}
}

func TestTheFirstSeconds(t *testing.T) {
	for _, c := range []struct {
		unix     int64
		segments int
	}{{2, 1}, {5, 2}, {20, 10}, {22, 10}} {
		if m := parseIndex(t, at(t, time.Unix(c.unix, 0)), "360p"); len(m.Segments) != c.segments || m.DiscontinuitySequence != 0 {
			t.Errorf("at %d s: %+v", c.unix, m)
		}
	}
	if _, err := at(t, time.Unix(1, 0)).Open("360p/index.m3u8"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("at 1 s: %v", err)
	}
}

func TestFilesCanBeSoughtIn(t *testing.T) {
	n := noon.Unix()/2 - 1
	f, err := at(t, noon).Open(fmt.Sprintf("360p/%d.ts", n))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.ModTime().Equal(noon) || info.Name() != fmt.Sprintf("%d.ts", n) || !info.Mode().IsRegular() {
		t.Errorf("%+v, %v", info, err)
	}
	size, err := f.(io.Seeker).Seek(0, io.SeekEnd)
	if err != nil || size != info.Size() {
		t.Errorf("%d bytes of %d, %v", size, info.Size(), err)
	}
}
