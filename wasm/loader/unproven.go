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

// mark is on a segment in the storage that a list in use does not vouch for. The player
// has it; peers are not given it, who would take us for a liar.
type mark struct {
	segment hls.Segment
	by      *list
	checked bool
	false   bool // it is something else: not even the player has it again
}

// marks are those of a loader.
type marks map[storage.Key]*mark

// note takes note of what is about to be stored: whether a list does not vouch for it.
func (l *Loader) note(seg *segment, unprovenBy *list) {
	maps.DeleteFunc(l.marks, func(key storage.Key, _ *mark) bool { return !l.shelf.has(key) })
	if key := seg.key(); unprovenBy != nil && l.marks[key] == nil {
		l.marks[key] = &mark{segment: seg.Segment, by: unprovenBy}
	}
}

// has tells whether a segment is stored, and not known to be false.
func (l *Loader) has(key storage.Key) bool {
	m := l.marks[key]
	return l.shelf.has(key) && (m == nil || !m.false)
}

// mayGive tells whether peers may be given what is stored.
func (l *Loader) mayGive(key storage.Key) bool { return l.marks[key] == nil }

// trust takes marks off.
func (l *Loader) trust(which func(m *mark) bool) {
	for _, key := range l.marked() {
		if which(l.marks[key]) {
			delete(l.marks, key)
			l.StorageChanged(key.Swarm.Stream)
		}
	}
}

// trustUnlisted takes them off what no list is in use for any more: where one usually is
// there was none.
func (f *feed) trustUnlisted() {
	if len(f.loader.marks) > 0 {
		f.loader.trust(func(m *mark) bool { return f.list(m.segment) == nil })
	}
}

// prove looks whether a list that has come vouches for what is stored.
func (l *Loader) prove(by *list) {
	for _, key := range l.marked() {
		m := l.marks[key]
		listed, known := by.has(m.segment)
		if !known || m.checked || m.by != by {
			continue
		}
		m.checked = true
		l.shelf.get(key, func(bytes payload.Bytes) {
			if bytes == nil {
				return
			}
			l.host.Digests.Compute(bytes, func(sum wire.Digest) {
				if m.false = sum != listed; !m.false {
					l.trust(func(other *mark) bool { return other == m })
				}
			})
		})
	}
}

// marksBy tells whether there is something that the list may still vouch for.
func (l *Loader) marksBy(by *list) bool {
	for _, m := range l.marks {
		if m.by == by && !m.checked {
			return true
		}
	}
	return false
}

// marked lists the keys in an order of its own.
func (l *Loader) marked() []storage.Key {
	return slices.SortedFunc(maps.Keys(l.marks), func(a, b storage.Key) int {
		return cmp.Or(cmp.Compare(a.Swarm.Stream, b.Swarm.Stream), cmp.Compare(a.ID, b.ID))
	})
}
