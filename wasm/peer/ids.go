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

// set has the list take the place of what was in the set, and its memory.
func (s *ids) set(list []int64) {
	*s = (*s)[:0]
	for _, id := range list {
		s.add(id)
	}
}

func split(id int64) (first int64, word int, bit uint64) {
	low := uint8(id)
	return id &^ 0xFF, int(low >> 6), 1 << (low & 63)
}

// search is where the block of that first id is, or belongs.
func (s ids) search(first int64) (at int, found bool) {
	low, high := 0, len(s)
	if high > 0 { // in a row, as segments mostly are
		if guess := (first - s[0].first) / 256; guess >= 0 && guess < int64(high) && s[guess].first == first {
			return int(guess), true
		}
	}
	for low < high {
		if middle := (low + high) / 2; s[middle].first < first {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(s) && s[low].first == first
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
