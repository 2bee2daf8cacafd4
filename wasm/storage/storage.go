// Package storage is the bounded cache of segments that a viewer holds for its
// player and its peers.
package storage

import (
	"errors"
	"slices"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// Why a segment was not stored.
var (
	ErrEmpty = errors.New("storage: empty segment")
	ErrFull  = errors.New("storage: full of segments that are still to be played")
)

// Key names a segment among all that a viewer holds.
type Key struct {
	Swarm string // the stream swarm id
	ID    int64  // the segment's external id
}

// Item is a stored segment and its place on the player's timeline, in seconds.
type Item struct {
	Bytes      payload.Bytes
	Start, End float64
}

// Playhead is where the player is, and what may be dropped behind it.
type Playhead struct {
	Position float64 // seconds on the player's timeline
	Live     bool
	Keep     float64 // on a live stream, seconds behind the position that stay
}

// Storage holds segments up to a limit. Only segments behind the playhead ever
// make room, as in P2P Media Loader.
type Storage struct {
	limit int64 // bytes
	used  int64 // bytes
	items map[Key]Item
	order []Key // as stored
}

// New makes an empty storage for up to limit bytes.
func New(limit int64) *Storage {
	return &Storage{limit: limit, items: map[Key]Item{}}
}

// Put stores a segment and returns what it dropped to that end. A key that is
// there already keeps its bytes. The error is ErrEmpty or ErrFull.
func (s *Storage) Put(key Key, item Item, head Playhead) (dropped []Key, err error) {
	size := int64(item.Bytes.Len())
	if size == 0 {
		return nil, ErrEmpty
	}
	if _, ok := s.items[key]; ok {
		return nil, nil
	}
	dropped = s.makeRoom(size, head)
	if s.used+size > s.limit {
		return dropped, ErrFull
	}
	s.items[key] = item
	s.order = append(s.order, key)
	s.used += size
	return dropped, nil
}

// Get is the segment's bytes, or nil.
func (s *Storage) Get(key Key) payload.Bytes { return s.items[key].Bytes }

// Has tells whether the segment is stored.
func (s *Storage) Has(key Key) bool {
	_, ok := s.items[key]
	return ok
}

// IDs are the external ids stored for a swarm, in the order of their arrival.
func (s *Storage) IDs(swarm string) []int64 {
	var ids []int64
	for _, key := range s.order {
		if key.Swarm == swarm {
			ids = append(ids, key.ID)
		}
	}
	return ids
}

// Free is the share of the limit, from 0 to 1, that is empty or can be emptied
// now because it lies behind the position.
func (s *Storage) Free(position float64) float64 {
	var ahead int64
	for _, item := range s.items {
		if item.End >= position {
			ahead += int64(item.Bytes.Len())
		}
	}
	return 1 - float64(ahead)/float64(s.limit)
}

// makeRoom drops what the playhead has passed: on a live stream all that lies
// further behind than Keep, otherwise the oldest, as far as size asks for it.
func (s *Storage) makeRoom(size int64, head Playhead) (dropped []Key) {
	var behind []Key
	for _, key := range s.order {
		end := s.items[key].End
		if head.Live && end+head.Keep < head.Position || !head.Live && end < head.Position {
			behind = append(behind, key)
		}
	}
	slices.SortStableFunc(behind, func(a, b Key) int {
		switch x, y := s.items[a].Start, s.items[b].Start; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	for _, key := range behind {
		if !head.Live && s.used+size <= s.limit {
			break
		}
		s.used -= int64(s.items[key].Bytes.Len())
		delete(s.items, key)
		dropped = append(dropped, key)
	}
	if len(dropped) > 0 {
		s.order = slices.DeleteFunc(s.order, func(key Key) bool { return !s.Has(key) })
	}
	return dropped
}
