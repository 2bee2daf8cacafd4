package simulation

import (
	"slices"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// Bytes are segment bytes of which only the size and the place are known: which
// segment they belong to, where in it they lie, and which of them are none of its.
type Bytes struct {
	Segment  string // URL; empty once bytes were joined that do not follow each other
	From, To int    // offsets in the segment, To excluded
	False    []run  // of them, rising and apart, those that a liar has made up
}

// run is from one offset in the segment to another, which is excluded.
type run struct{ from, to int }

// Len implements payload.Bytes.
func (b Bytes) Len() int { return b.To - b.From }

// Slice implements payload.Bytes.
func (b Bytes) Slice(from, to int) payload.Bytes {
	if from < 0 || to < from || to > b.Len() {
		panic("simulation: slice out of range")
	}
	part := Bytes{Segment: b.Segment, From: b.From + from, To: b.From + to}
	for _, r := range b.False {
		if r = (run{max(r.from, part.From), min(r.to, part.To)}); r.from < r.to {
			part.False = append(part.False, r)
		}
	}
	return part
}

// is tells whether both are the same bytes. All that is made up of a segment at one
// place is the same.
func (b Bytes) is(other Bytes) bool {
	return b.Segment == other.Segment && b.From == other.From && b.To == other.To && slices.Equal(b.False, other.False)
}

// joiner implements payload.Joiner.
type joiner struct{}

func (joiner) Join(parts []payload.Bytes) payload.Bytes {
	whole := parts[0].(Bytes)
	whole.False = slices.Clip(whole.False)
	for _, part := range parts[1:] {
		next := part.(Bytes)
		if next.Segment != whole.Segment || next.From != whole.To {
			whole.Segment = ""
		}
		whole.To += next.Len()
		for _, r := range next.False {
			if n := len(whole.False); n > 0 && whole.False[n-1].to == r.from {
				r.from = whole.False[n-1].from
				whole.False = slices.Clone(whole.False[:n-1])
			}
			whole.False = append(whole.False, r)
		}
	}
	return whole
}
