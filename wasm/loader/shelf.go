package loader

import (
	"slices"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/storage"
)

// Storage keeps segments for the player and the peers. It may drop what it holds
// whenever it likes, and be wrong about what it holds: what it then cannot give
// is fetched again.
type Storage interface {
	// Has tells whether the segment is stored. It is asked about every segment
	// that could be fetched, each time a decision is made.
	Has(key storage.Key) bool
	// IDs are the external ids stored for a swarm.
	IDs(swarm storage.Swarm) []int64
	// Free is the share, from 0 to 1, that is empty or can be emptied with the
	// playhead at this position, in seconds.
	Free(position float64) float64
	// Get reads a segment. It calls done once, at once or later on the loop,
	// with nil where there is none.
	Get(key storage.Key, done func(bytes payload.Bytes))
	// Put stores a segment, and tells so in the same way.
	Put(key storage.Key, item storage.Item, head storage.Playhead, done func(err error))
}

// shelf is what a loader holds: what is in the storage, and what is still on its
// way there, for as long as the storage takes.
type shelf struct {
	storage Storage
	pending []pending // in the order of their arrival
}

// pending is a segment that the storage has not answered for yet.
type pending struct {
	key   storage.Key
	bytes payload.Bytes
}

func (s *shelf) find(key storage.Key) int {
	return slices.IndexFunc(s.pending, func(p pending) bool { return p.key == key })
}

func (s *shelf) has(key storage.Key) bool { return s.find(key) >= 0 || s.storage.Has(key) }

func (s *shelf) ids(swarm storage.Swarm) []int64 {
	ids := s.storage.IDs(swarm)
	for _, p := range s.pending {
		if p.key.Swarm == swarm && !slices.Contains(ids, p.key.ID) {
			ids = append(ids, p.key.ID)
		}
	}
	return ids
}

func (s *shelf) free(position float64) float64 { return s.storage.Free(position) }

// get is Storage.Get; an empty segment is none.
func (s *shelf) get(key storage.Key, done func(bytes payload.Bytes)) {
	if i := s.find(key); i >= 0 {
		done(s.pending[i].bytes)
		return
	}
	s.storage.Get(key, func(bytes payload.Bytes) {
		if bytes != nil && bytes.Len() == 0 {
			bytes = nil
		}
		done(bytes)
	})
}

// put stores a segment. done hears whether the storage has it then; of a segment
// that is on its way there already, only the first done hears.
func (s *shelf) put(key storage.Key, item storage.Item, head storage.Playhead, done func(stored bool)) {
	if s.find(key) >= 0 {
		return
	}
	s.pending = append(s.pending, pending{key, item.Bytes})
	s.storage.Put(key, item, head, func(err error) {
		s.pending = slices.Delete(s.pending, s.find(key), s.find(key)+1)
		done(err == nil && s.storage.Has(key))
	})
}
