// Package generator makes the live stream that a fresh server has to show.
package generator

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
)

// The card is made by card/make.sh and committed.
//
//go:embed card/360p/*.ts card/180p/*.ts
var card embed.FS

const (
	segmentSeconds = 2  // of every segment of the card, exactly
	loopLength     = 12 // segments of the card
	windowLength   = 10 // segments in a playlist
	// keptLength is how many segments can still be fetched, counted back from
	// the newest: a viewer that fell behind, or reads an old playlist, is served.
	keptLength = 30
)

// rendition is one encoding of the card.
type rendition struct {
	name    string // its folder
	variant playlist.Variant
	loop    [loopLength][]byte
	sums    [loopLength]string // SHA-256, hexadecimal
}

// embedded is the file system that Embedded returns.
type embedded struct {
	now        func() time.Time
	master     []byte
	renditions []*rendition
}

// Embedded is the test card as an endless live stream: a pure function of the
// clock, so that any two servers give the same playlists and the same bytes
// at the same time. It holds master.m3u8, and below 360p/ and 180p/ an
// index.m3u8, the segments that it names, such as 360p/875000000.ts, and the
// digests of all segments that can be fetched.
//
// Segment number n covers the two seconds of Unix time from 2n on and exists
// once they are over. Its files can be sought in; it has no directories.
func Embedded(now func() time.Time) (fs.FS, error) {
	e := &embedded{now: now}
	// What the variants say of codecs, size and frame rate is checked against
	// the files by a test; the bandwidths are computed from them.
	for _, r := range []*rendition{
		{name: "360p", variant: playlist.Variant{Codecs: "avc1.4d401e,mp4a.40.2", Resolution: &playlist.Resolution{Width: 640, Height: 360}}},
		{name: "180p", variant: playlist.Variant{Codecs: "avc1.4d400d,mp4a.40.2", Resolution: &playlist.Resolution{Width: 320, Height: 180}}},
	} {
		if err := r.load(); err != nil {
			return nil, err
		}
		e.renditions = append(e.renditions, r)
	}
	master := playlist.Master{IndependentSegments: true}
	for _, r := range e.renditions {
		master.Variants = append(master.Variants, r.variant)
	}
	var err error
	if e.master, err = master.Encode(); err != nil {
		return nil, err
	}
	return e, nil
}

// load reads the rendition's files and measures its bandwidth (RFC 8216,
// 4.3.4.2: the peak is that of the largest segment, since all last as long).
func (r *rendition) load() error {
	largest, total := 0, 0
	for i := range r.loop {
		data, err := card.ReadFile(fmt.Sprintf("card/%s/%02d.ts", r.name, i))
		if err != nil {
			return fmt.Errorf("the embedded test card: %w", err)
		}
		r.loop[i] = data
		sum := sha256.Sum256(data)
		r.sums[i] = hex.EncodeToString(sum[:])
		largest = max(largest, len(data))
		total += len(data)
	}
	r.variant.URL = r.name + "/index.m3u8"
	r.variant.FrameRate = "30.000"
	r.variant.Bandwidth = int64(math.Ceil(float64(largest*8) / segmentSeconds))
	r.variant.AverageBandwidth = int64(math.Ceil(float64(total*8) / (loopLength * segmentSeconds)))
	return nil
}

// Open implements fs.FS.
func (e *embedded) Open(name string) (fs.File, error) {
	if name == Master {
		// It has no time of its own: two servers are to answer alike.
		return newFile(name, e.master, time.Time{}), nil
	}
	newest := e.newest()
	for _, r := range e.renditions {
		base, ok := strings.CutPrefix(name, r.name+"/")
		if !ok {
			continue
		}
		if base == "index.m3u8" && newest >= 0 {
			data, err := index(newest).Encode()
			if err != nil {
				return nil, &fs.PathError{Op: "open", Path: name, Err: err}
			}
			return newFile(base, data, available(newest)), nil
		}
		if base == hls.DigestList {
			return newFile(base, r.digests(newest), available(newest)), nil
		}
		if n, ok := segmentNumber(base); ok && n <= newest && n > newest-keptLength {
			return newFile(base, r.loop[n%loopLength], available(n)), nil
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// digests lists what can be fetched while newest is the last complete segment.
func (r *rendition) digests(newest int64) []byte {
	list := []byte{'{'}
	for n := max(0, newest-keptLength+1); n <= newest; n++ {
		list = fmt.Appendf(list, `"%d.ts":"%s",`, n, r.sums[n%loopLength])
	}
	return append(bytes.TrimSuffix(list, []byte(",")), '}')
}

// Immutable tells that a file never changes under its name, as long as it
// exists.
func (e *embedded) Immutable(name string) bool { return strings.HasSuffix(name, ".ts") }

// newest is the number of the last complete segment. Before 1970 was two
// seconds old there was none.
func (e *embedded) newest() int64 {
	return e.now().Unix()/segmentSeconds - 1
}

// available is the moment when segment n is complete.
func available(n int64) time.Time { return begin(n + 1) }

// begin is the moment that the first picture of segment n stands for.
func begin(n int64) time.Time { return time.Unix(n*segmentSeconds, 0).UTC() }

// index is the media playlist while newest is the last complete segment. It is
// the same for all renditions.
func index(newest int64) *playlist.Media {
	first := max(0, newest-windowLength+1)
	m := &playlist.Media{
		TargetDuration:        segmentSeconds,
		Sequence:              first,
		DiscontinuitySequence: discontinuities(first),
		IndependentSegments:   true,
	}
	for n := first; n <= newest; n++ {
		m.Segments = append(m.Segments, playlist.Segment{
			URL:             strconv.FormatInt(n, 10) + ".ts",
			Duration:        segmentSeconds,
			Discontinuity:   opensLoop(n),
			ProgramDateTime: begin(n),
		})
	}
	return m
}

// opensLoop tells whether the time stamps jump back before segment n.
func opensLoop(n int64) bool { return n > 0 && n%loopLength == 0 }

// maxDiscontinuities is where the count of discontinuities begins again, after
// 18 days. RFC 8216 (6.2.2) would have it grow for ever, but a count since 1970 is
// in the tens of millions, and hls.js 1.7 goes through an array of that length
// at each reload of a live playlist: a second of work every two seconds. It
// takes a count that goes back for one that does not, and plays on.
const maxDiscontinuities = 1 << 16

// discontinuities counts the segments before n that open a loop: the tags that
// have left a playlist whose first segment is n. The tag of n itself is still
// in it (RFC 8216, 6.2.2).
func discontinuities(n int64) int64 {
	if n == 0 {
		return 0
	}
	return (n - 1) / loopLength % maxDiscontinuities
}

// segmentNumber reads the name of a segment, and only as index writes it, so
// that each has one name.
func segmentNumber(base string) (int64, bool) {
	text, ok := strings.CutSuffix(base, ".ts")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && strconv.FormatInt(n, 10) == text
}

// file is an open file of the card. The reader makes it an io.Seeker and an
// io.ReaderAt.
type file struct {
	*bytes.Reader
	info fileInfo
}

func newFile(name string, data []byte, modified time.Time) *file {
	return &file{bytes.NewReader(data), fileInfo{name, int64(len(data)), modified}}
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

type fileInfo struct {
	name     string
	size     int64
	modified time.Time
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return 0o444 }
func (i fileInfo) ModTime() time.Time { return i.modified }
func (i fileInfo) IsDir() bool        { return false }
func (i fileInfo) Sys() any           { return nil }
