package loader

import (
	"cmp"
	"maps"
	"slices"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/storage"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// unproven are segments in the storage that a list in use does not vouch for. The player
// has them; peers are not given them, who would take us for a liar.
type unproven map[storage.Key]hls.Segment

// doubt has a segment not be given to peers.
func (l *Loader) doubt(seg *segment) {
	maps.DeleteFunc(l.unproven, func(key storage.Key, _ hls.Segment) bool { return !l.shelf.has(key) })
	l.unproven[seg.key()] = seg.Segment
}

func (l *Loader) isProven(key storage.Key) bool {
	_, doubted := l.unproven[key]
	return !doubted
}

func (l *Loader) trust(seg *segment) { delete(l.unproven, seg.key()) }

// trustAll is for when no list is in use any more.
func (l *Loader) trustAll() {
	keys := l.unproven.keys()
	clear(l.unproven)
	for _, key := range keys {
		l.StorageChanged(key.Swarm.Stream)
	}
}

// prove looks whether a list that has come vouches for what is stored.
func (l *Loader) prove(by *list) {
	for _, key := range l.unproven.keys() {
		listed, known := by.has(l.unproven[key])
		if !known {
			continue
		}
		l.shelf.get(key, func(bytes payload.Bytes) {
			if bytes == nil {
				return
			}
			l.host.Digests.Compute(bytes, func(sum wire.Digest) {
				if sum == listed && !l.isProven(key) {
					delete(l.unproven, key)
					l.StorageChanged(key.Swarm.Stream)
				}
			})
		})
	}
}

func (u unproven) keys() []storage.Key {
	return slices.SortedFunc(maps.Keys(u), func(a, b storage.Key) int {
		return cmp.Or(cmp.Compare(a.Swarm.Stream, b.Swarm.Stream), cmp.Compare(a.ID, b.ID))
	})
}
