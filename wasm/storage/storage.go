// Package storage names what a viewer stores for its player and its peers, and
// is the bounded cache in memory that keeps it where the page has no storage of
// its own.
package storage

import (
	"cmp"
	"errors"
	"slices"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// Why a segment was not stored.
var (
	ErrEmpty = errors.New("storage: empty segment")
	ErrFull  = errors.New("storage: full of segments that are still to be played")
)

// Swarm names a stream among all whose segments a viewer holds.
type Swarm struct {
	Name   string // the swarm id: of all streams of a presentation
	Stream string // the stream swarm id, which is enough by itself
}

// Key names a segment among all that a viewer holds.
type Key struct {
	Swarm Swarm
	ID    int64 // the segment's external id
}

// Item is a stored segment and its place on the player's timeline, in seconds.
type Item struct {
	Bytes      payload.Bytes
	Type       hls.StreamType
	Start, End float64
}

// Playhead is where the player is, and what may be dropped behind it.
type Playhead struct {
	Position float64 // seconds on the player's timeline
	Live     bool
	Keep     float64 // on a live stream, seconds behind the position that stay
}

// Memory holds segments up to a limit, and answers at once. Only segments behind
// the playhead ever make room, as in P2P Media Loader.
type Memory struct {
	limit int64 // bytes
	used  int64 // bytes
	items map[Key]*stored
	order []*stored // as they came

	// Watch hears what is stored and what is dropped, unless it is nil.
	Watch func(key Key, stored bool)
}

type stored struct {
	Key
	Item
	size int64 // bytes
}

// NewMemory makes an empty storage for up to limit bytes.
func NewMemory(limit int64) *Memory {
	return &Memory{limit: limit, items: map[Key]*stored{}}
}

// Put stores a segment, and drops others to that end. A key that is there
// already keeps its bytes. The error is ErrEmpty or ErrFull.
func (s *Memory) Put(key Key, item Item, head Playhead, done func(err error)) {
	done(s.put(key, item, head))
}

func (s *Memory) put(key Key, item Item, head Playhead) error {
	size := int64(item.Bytes.Len())
	if size == 0 {
		return ErrEmpty
	}
	if _, ok := s.items[key]; ok {
		return nil
	}
	s.makeRoom(size, head)
	if s.used+size > s.limit {
		return ErrFull
	}
	added := &stored{key, item, size}
	s.items[key] = added
	s.order = append(s.order, added)
	s.used += size
	s.tell(key, true)
	return nil
}

// Get reads the segment's bytes, nil where there are none.
func (s *Memory) Get(key Key, done func(bytes payload.Bytes)) {
	if item := s.items[key]; item != nil {
		done(item.Bytes)
		return
	}
	done(nil)
}

// Has tells whether the segment is stored.
func (s *Memory) Has(key Key) bool {
	_, ok := s.items[key]
	return ok
}

// IDs are the external ids stored for a swarm, in the order of their arrival.
func (s *Memory) IDs(swarm Swarm) []int64 {
	ids := make([]int64, 0, len(s.order))
	for _, item := range s.order {
		if item.Swarm == swarm {
			ids = append(ids, item.ID)
		}
	}
	return ids
}

// Free is the share of the limit, from 0 to 1, that is empty or can be emptied
// now because it lies behind the position.
func (s *Memory) Free(position float64) float64 {
	var ahead int64
	for _, item := range s.order {
		if item.End >= position {
			ahead += item.size
		}
	}
	return 1 - float64(ahead)/float64(s.limit)
}

func (s *Memory) tell(key Key, stored bool) {
	if s.Watch != nil {
		s.Watch(key, stored)
	}
}

// makeRoom drops what the playhead has passed: on a live stream all that lies
// further behind than Keep, otherwise the oldest, as far as size asks for it.
func (s *Memory) makeRoom(size int64, head Playhead) {
	enough := func() bool { return !head.Live && s.used+size <= s.limit }
	if enough() {
		return
	}
	var behind []*stored
	for _, item := range s.order {
		if head.Live && item.End+head.Keep < head.Position || !head.Live && item.End < head.Position {
			behind = append(behind, item)
		}
	}
	slices.SortStableFunc(behind, func(a, b *stored) int { return cmp.Compare(a.Start, b.Start) })
	dropped := false
	for _, item := range behind {
		if enough() {
			break
		}
		s.used -= item.size
		delete(s.items, item.Key)
		s.tell(item.Key, false)
		dropped = true
	}
	if dropped {
		s.order = slices.DeleteFunc(s.order, func(item *stored) bool { return !s.Has(item.Key) })
	}
}
