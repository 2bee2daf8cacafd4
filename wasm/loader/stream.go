package loader

import (
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
	cameUp   bool
	since    time.Duration // when it came up: see scheduler.Segment
	download *download     // nil while nothing was tried
	refused  bool          // by the storage, which did not take it or did not keep it
}

// key is the segment's in the storage.
func (s *segment) key() storage.Key { return s.stream.key(s.ExternalID) }

// listed tells whether the segment is still in the playlist.
func (s *segment) listed() bool { return s.stream.byRuntimeID[s.RuntimeID] == s }

func newStream(s hls.Stream) *stream {
	return &stream{Stream: s, byRuntimeID: map[string]*segment{}}
}

// key is that of the stream's segment with this external id.
func (s *stream) key(id int64) storage.Key { return storage.Key{Swarm: s.swarm, ID: id} }

func (s *stream) update(add []hls.Segment, remove []string) {
	for _, seg := range add {
		if s.byRuntimeID[seg.RuntimeID] == nil {
			listed := &segment{Segment: seg, stream: s}
			s.byRuntimeID[seg.RuntimeID] = listed
			s.segments = append(s.segments, listed)
		}
	}
	if len(remove) == 0 {
		return
	}
	for _, id := range remove {
		delete(s.byRuntimeID, id)
	}
	s.segments = slices.DeleteFunc(s.segments, func(seg *segment) bool {
		return !seg.listed()
	})
}

// from lists the segments at and after one that may have left the playlist.
func (s *stream) from(first *segment) []*segment {
	if i := slices.Index(s.segments, first); i >= 0 {
		return s.segments[i:]
	}
	i := slices.IndexFunc(s.segments, func(seg *segment) bool { return seg.Start > first.Start })
	if i < 0 {
		return nil
	}
	return s.segments[i:]
}
