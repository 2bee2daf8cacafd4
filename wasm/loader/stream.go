package loader

import (
	"math"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/storage"
)

// stream is a stream and the segments that its playlist lists now.
type stream struct {
	hls.Stream
	swarm       storage.Swarm // once it is used
	segments    []*segment    // in the order they were listed
	byRuntimeID map[string]*segment
}

// segment is a listed segment and what has come of it so far.
type segment struct {
	hls.Segment
	stream   *stream
	listed   bool // in the playlist, still
	cameUp   bool
	since    time.Duration // when it came up: see scheduler.Segment
	room     float64       // how far it was from the playhead then, in seconds of playing
	claimed  time.Duration // when it was claimed, 0 while it is not
	awaited  time.Duration // since when peers say that they fetch it, 0 while none does
	vain     bool          // it was awaited for too long
	download *download     // nil while nothing was tried
	refused  bool          // by the storage, which did not take it or did not keep it

	falsified int  // how often peers gave something else
	doubted   bool // so that the origin is to give it
	unvouched bool // no digest of it is known, and the page wants one
}

// key is the segment's in the storage.
func (s *segment) key() storage.Key { return s.stream.key(s.ExternalID) }

// sameSize tells whether the two can be the same bytes, as far as their ranges say.
func (s *segment) sameSize(other hls.Segment) bool {
	if s.ByteRange == nil || other.ByteRange == nil {
		return s.ByteRange == other.ByteRange
	}
	return s.ByteRange.Len() == other.ByteRange.Len()
}

func newStream(s hls.Stream) *stream {
	return &stream{Stream: s, byRuntimeID: map[string]*segment{}}
}

// key is that of the stream's segment with this external id.
func (s *stream) key(id int64) storage.Key { return storage.Key{Swarm: s.swarm, ID: id} }

// update adds segments, then removes some. One that comes in the place of another
// with its external id is that one, under a new address: an origin that signs its
// addresses gives new ones each time, and what has come of a segment stays good.
func (s *stream) update(add []hls.Segment, remove []string) {
	leaving := make(map[int64]*segment, len(remove))
	for _, id := range remove {
		if seg := s.byRuntimeID[id]; seg != nil {
			leaving[seg.ExternalID] = seg
		}
	}
	for _, seg := range add {
		if s.byRuntimeID[seg.RuntimeID] != nil {
			continue
		}
		listed := leaving[seg.ExternalID]
		if listed != nil && listed.sameSize(seg) {
			delete(leaving, seg.ExternalID)
			delete(s.byRuntimeID, listed.RuntimeID)
			listed.Segment = seg
		} else {
			listed = &segment{Segment: seg, stream: s, listed: true}
			s.segments = append(s.segments, listed)
		}
		s.byRuntimeID[seg.RuntimeID] = listed
	}
	if len(remove) == 0 {
		return
	}
	for _, id := range remove {
		if seg := s.byRuntimeID[id]; seg != nil {
			seg.listed = false
			delete(s.byRuntimeID, id)
		}
	}
	s.segments = slices.DeleteFunc(s.segments, func(seg *segment) bool { return !seg.listed })
}

// from lists the segments at and after one that may have left the playlist. There are
// none once the next one has left it as well: such a player, a paused one mostly, will
// leap, and nothing can be said of where to.
func (s *stream) from(first *segment) []*segment {
	if i := slices.Index(s.segments, first); i >= 0 {
		return s.segments[i:]
	}
	i := slices.IndexFunc(s.segments, func(seg *segment) bool { return seg.Start > first.Start })
	if i < 0 || s.segments[i].Start > first.End+first.Duration()/2 {
		return nil
	}
	return s.segments[i:]
}

// plays is how long the listed segment with this external id plays, in seconds; 0
// where none is listed.
func (s *stream) plays(id int64) float64 {
	if seg := s.find(id); seg != nil {
		return seg.End - seg.Start
	}
	return 0
}

// age is how long ago the listed segment with this external id came up: see
// scheduler.Segment.
func (s *stream) age(id int64, now time.Duration) time.Duration {
	if seg := s.find(id); seg != nil && seg.cameUp {
		return now - seg.since
	}
	return math.MaxInt64
}

// find is the listed segment with this external id, or nil: a late one mostly.
func (s *stream) find(id int64) *segment {
	for _, seg := range slices.Backward(s.segments) {
		if seg.ExternalID == id {
			return seg
		}
	}
	return nil
}
