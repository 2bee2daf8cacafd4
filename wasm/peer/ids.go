package peer

import "slices"

// ids is a set of segment ids, in rising blocks, as announcements have them: a list
// of 10,000 in a row takes 1.6 KB, and none that can be said takes more than 10 KB.
type ids []block

// block is which of 256 ids from first on are in the set.
type block struct {
	first int64
	bits  [4]uint64
}

func newIDs(list []int64) (s ids) {
	for _, id := range list {
		s.add(id)
	}
	return s
}

func split(id int64) (first int64, word int, bit uint64) {
	low := uint8(id)
	return id &^ 0xFF, int(low >> 6), 1 << (low & 63)
}

// search is where the block of that first id is, or belongs.
func (s ids) search(first int64) (at int, found bool) {
	if last := len(s) - 1; last >= 0 && s[last].first <= first { // as lists that rise have it
		if s[last].first == first {
			return last, true
		}
		return len(s), false
	}
	return slices.BinarySearchFunc(s, first, func(b block, first int64) int {
		switch {
		case b.first < first:
			return -1
		case b.first > first:
			return 1
		}
		return 0
	})
}

func (s ids) has(id int64) bool {
	first, word, bit := split(id)
	at, found := s.search(first)
	return found && s[at].bits[word]&bit != 0
}

func (s *ids) add(id int64) {
	first, word, bit := split(id)
	at, found := s.search(first)
	if !found {
		*s = slices.Insert(*s, at, block{first: first})
	}
	(*s)[at].bits[word] |= bit
}
