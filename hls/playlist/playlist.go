// Package playlist reads and writes HLS playlists (RFC 8216), with grafov/m3u8
// for the tags and this project's types for what they mean.
package playlist

import (
	"fmt"
	"strconv"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
)

// Master lists the renditions of one presentation (RFC 8216, 4.3.4).
type Master struct {
	Variants            []Variant
	Audio               []Rendition // EXT-X-MEDIA of TYPE=AUDIO; other types are left out
	IndependentSegments bool        // every segment starts with a key frame
}

// Variant is one EXT-X-STREAM-INF. Text is as the playlist has it, because the
// names of swarms are made from it.
type Variant struct {
	URL              string      // of the media playlist; absolute when parsed
	Bandwidth        int64       // peak, bits per second; 0 when absent
	AverageBandwidth int64       // bits per second; 0 when absent
	Codecs           string      // such as "avc1.4d401e,mp4a.40.2"
	Resolution       *Resolution // nil when absent, or not two numbers
	FrameRate        string      // such as "29.970"
	VideoRange       string      // such as "SDR"
	Audio            string      // the group of audio renditions that go with it
}

// Resolution is the size of the picture in pixels.
type Resolution struct {
	Width, Height int
}

// Rendition is one EXT-X-MEDIA: an alternative sound track.
type Rendition struct {
	URL      string // absolute when parsed; empty when the variants carry the sound themselves
	Group    string
	Name     string
	Language string // such as "en" (RFC 5646)
	Channels string // such as "2" or "16/JOC"
	Default  bool
}

// Media lists the segments of one rendition (RFC 8216, 4.3.3).
type Media struct {
	TargetDuration        float64 // seconds; a whole number, except where an encoder errs
	Sequence              int64   // number of the first segment, below 2^53
	DiscontinuitySequence int64   // discontinuities that have left the playlist
	Segments              []Segment
	IndependentSegments   bool // every segment starts with a key frame
	Ended                 bool // EXT-X-ENDLIST: nothing will be added
}

// Segment is one segment of a media playlist.
type Segment struct {
	URL             string         // absolute when parsed
	ByteRange       *hls.ByteRange // nil when the segment is the whole resource
	Duration        float64        // seconds, at most a day
	Discontinuity   bool           // time stamps or encoding change before it
	ProgramDateTime time.Time      // of its first picture; zero where no tag stands
}

// Timeline places the segments one after another on a player's timeline, the
// first at start (seconds). Their external ids are those that the engines of
// P2P Media Loader give: the sequence number while the stream is live, the
// position in the playlist once it has ended.
//
// A player that saw a stream end keeps the ids that it gave before: that is for
// the caller, who knows them.
func (m *Media) Timeline(start float64) []hls.Segment {
	first := m.Sequence
	if m.Ended {
		first = 0
	}
	segments := make([]hls.Segment, len(m.Segments))
	for i, s := range m.Segments {
		end := start + s.Duration
		segments[i] = hls.Segment{
			RuntimeID:  s.runtimeID(),
			ExternalID: first + int64(i),
			URL:        s.URL,
			ByteRange:  s.ByteRange,
			Start:      start,
			End:        end,
		}
		start = end
	}
	return segments
}

func (s Segment) runtimeID() string {
	if s.ByteRange == nil {
		return s.URL
	}
	return s.URL + "|" + strconv.FormatInt(s.ByteRange.Start, 10) + "-" + strconv.FormatInt(s.ByteRange.End, 10)
}

// Error is a fault of a playlist.
type Error struct {
	URL    string // of the playlist
	Line   int    // from 1; 0 when the fault is not at one line
	Reason string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("playlist %s: %s", e.URL, e.Reason)
	}
	return fmt.Sprintf("playlist %s, line %d: %s", e.URL, e.Line, e.Reason)
}
