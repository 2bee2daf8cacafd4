// Package hls holds what is true of a stream whoever carries it: streams,
// segments, and where they lie on the timeline.
package hls

import "fmt"

// StreamType tells the stream that carries the picture (or, in an audio-only
// presentation, the only one) from those beside it.
type StreamType string

// The two types, in the words of P2P Media Loader.
const (
	Main      StreamType = "main"
	Secondary StreamType = "secondary" // an alternative audio rendition
)

// DigestList is the name of the list of a folder's SHA-256 digests, beside the
// segments that it is of.
const DigestList = "segments-sha256.json"

// DigestsHeader is the header of an answer to a request for a segment that names the list
// its digest is in, by an address relative to the segment's.
const DigestsHeader = "Segments-SHA256"

// Stream is one media playlist of a presentation.
type Stream struct {
	RuntimeID string     // names the stream within one player: the playlist's URL
	Type      StreamType // main or secondary
	Index     Index      // names the stream among all viewers
}

// ID is the stream's part of a swarm's name, such as "main-0".
func (s Stream) ID() string { return string(s.Type) + "-" + s.Index.Text }

// Index is what tells a stream from the others of its presentation. Engines of
// P2P Media Loader 2.3 give a hash of the stream's properties, engines of 2.2
// its position among the levels, and the two never share a swarm.
type Index struct {
	Text    string
	Numeric bool // given as a number, as 2.2 does
}

// ByteRange is a part of a resource, both ends included (RFC 9110, 14.1.2).
type ByteRange struct {
	Start, End int64
}

// Len is the number of bytes in the range.
func (r ByteRange) Len() int64 { return r.End - r.Start + 1 }

// Header is the range as the value of a Range header.
func (r ByteRange) Header() string { return fmt.Sprintf("bytes=%d-%d", r.Start, r.End) }

// Segment is one segment of a stream.
type Segment struct {
	RuntimeID  string // names the segment within one player: URL, or URL|start-end
	ExternalID int64  // names it among the stream's viewers, 0 or more
	URL        string
	ByteRange  *ByteRange // nil when the segment is the whole resource
	Start, End float64    // seconds on the player's timeline
}

// Duration is the segment's length in seconds.
func (s Segment) Duration() float64 { return s.End - s.Start }
