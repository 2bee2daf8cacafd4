//go:build !js

package native

import "github.com/p2p-mediastream/p2p-mediastream/wasm/payload"

// Bytes is segment data in Go's own memory. Nobody writes to it once it is made.
type Bytes []byte

// Len implements payload.Bytes.
func (b Bytes) Len() int { return len(b) }

// Slice implements payload.Bytes.
func (b Bytes) Slice(from, to int) payload.Bytes { return b[from:to:to] }

// Joiner joins Bytes.
type Joiner struct{}

// Join implements payload.Joiner. A single part is not copied.
func (Joiner) Join(parts []payload.Bytes) payload.Bytes {
	if len(parts) == 1 {
		return parts[0]
	}
	size := 0
	for _, p := range parts {
		size += p.Len()
	}
	whole := make(Bytes, 0, size)
	for _, p := range parts {
		whole = append(whole, p.(Bytes)...)
	}
	return whole
}
