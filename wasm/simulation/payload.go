package simulation

import "github.com/p2p-mediastream/p2p-mediastream/wasm/payload"

// Bytes are segment bytes of which only the size and the place are known: which
// segment they belong to, and where in it they lie.
type Bytes struct {
	Segment  string // URL; empty once bytes were joined that do not follow each other
	From, To int    // offsets in the segment, To excluded
}

// Len implements payload.Bytes.
func (b Bytes) Len() int { return b.To - b.From }

// Slice implements payload.Bytes.
func (b Bytes) Slice(from, to int) payload.Bytes {
	if from < 0 || to < from || to > b.Len() {
		panic("simulation: slice out of range")
	}
	return Bytes{Segment: b.Segment, From: b.From + from, To: b.From + to}
}

// joiner implements payload.Joiner.
type joiner struct{}

func (joiner) Join(parts []payload.Bytes) payload.Bytes {
	whole := parts[0].(Bytes)
	for _, part := range parts[1:] {
		next := part.(Bytes)
		if next.Segment != whole.Segment || next.From != whole.To {
			whole.Segment = ""
		}
		whole.To += next.Len()
	}
	return whole
}
