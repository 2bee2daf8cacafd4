package socket

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

const (
	// maxHeld bounds the bytes that wait in all connections together: in queues, and of messages that are not whole.
	maxHeld = 256 << 20
	// modest is the largest buffer, in bytes, that the second half of maxHeld is for: who fills long queues must not
	// take away what everybody needs.
	modest = 16 << 10
)

// Buffers have powers of two as sizes; those from 512 bytes to 64 KiB are used again.
const (
	smallest = 9
	largest  = 16
)

// buffer is bytes that wait: for the rest of a message, or to be sent.
type buffer struct {
	bytes []byte
	sent  int // how many of them have gone
}

// memory lends buffers to connections, and knows how much is out. Connections without one cost none.
type memory struct {
	most  int64
	held  atomic.Int64
	spare [largest + 1]sync.Pool
}

// grow returns a buffer with what is in b, which may be nil, and room for more bytes. When there is no memory for it, ok
// is false, and b is as it was.
func (m *memory) grow(b *buffer, more int) (_ *buffer, ok bool) {
	if b == nil {
		return m.get(more)
	}
	if len(b.bytes)+more <= cap(b.bytes) {
		return b, true
	}
	waiting := b.bytes[b.sent:]
	if b.sent >= len(waiting) && len(waiting)+more <= cap(b.bytes) { // moving less than has gone: it stays linear
		b.bytes, b.sent = b.bytes[:copy(b.bytes, waiting)], 0
		return b, true
	}
	larger, ok := m.get(len(waiting) + more)
	if !ok {
		return b, false
	}
	larger.bytes = append(larger.bytes, waiting...)
	m.release(b)
	return larger, true
}

func (m *memory) get(size int) (*buffer, bool) {
	class := max(bits.Len(uint(max(size, 1)-1)), smallest)
	most := m.most
	if 1<<class > modest {
		most /= 2
	}
	if m.held.Add(1<<class) > most {
		m.held.Add(-1 << class)
		return nil, false
	}
	if class <= largest {
		if b, ok := m.spare[class].Get().(*buffer); ok {
			return b, true
		}
	}
	return &buffer{bytes: make([]byte, 0, 1<<class)}, true
}

// release takes a buffer back, or nil.
func (m *memory) release(b *buffer) {
	if b == nil {
		return
	}
	size := cap(b.bytes)
	m.held.Add(-int64(size))
	if class := bits.Len(uint(size - 1)); class <= largest {
		b.bytes, b.sent = b.bytes[:0], 0
		m.spare[class].Put(b)
	}
}
