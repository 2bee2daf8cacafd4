package socket

import (
	"math/bits"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/p2p-mediastream/p2p-mediastream/server/limit"
)

const (
	// maxHeld bounds the bytes that wait in all connections together: in queues, and of messages that are not whole.
	maxHeld = 256 << 20
	// modest is the largest buffer, in bytes, that the second half of maxHeld is for: who fills long queues must not
	// take away what everybody needs.
	modest = 16 << 10
	// share is how much of maxHeld one address may have, in other pieces than the smallest: a reply or a goodbye is to find
	// room, and how many connections there are for them is bounded.
	share = maxHeld / shares
	// shares says how much of what is free an address may have, too: the more addresses take as much as they can, the
	// less that is: sixteen leave half, not nothing (Choudhury and Hahne, Dynamic Queue Length Thresholds, 1998).
	shares = 16
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
	each  *limit.Count // by address; nil: there is no share
	held  atomic.Int64
	spare [largest + 1]sync.Pool
}

// account is what connections of an address borrow by.
type account struct {
	memory  *memory
	address netip.Addr
	exempt  bool // from the share of an address
}

// grow returns a buffer with what is in b, which may be nil, and room for more bytes. When there is no memory for it, ok
// is false, and b is as it was.
func (a account) grow(b *buffer, more int) (_ *buffer, ok bool) {
	if b == nil {
		return a.get(more)
	}
	if len(b.bytes)+more <= cap(b.bytes) {
		return b, true
	}
	waiting := b.bytes[b.sent:]
	if b.sent >= len(waiting) && len(waiting)+more <= cap(b.bytes) { // moving less than has gone: it stays linear
		b.bytes, b.sent = b.bytes[:copy(b.bytes, waiting)], 0
		return b, true
	}
	larger, ok := a.get(len(waiting) + more)
	if !ok {
		return b, false
	}
	larger.bytes = append(larger.bytes, waiting...)
	a.release(b)
	return larger, true
}

func (a account) get(size int) (*buffer, bool) {
	m := a.memory
	class := max(bits.Len(uint(max(size, 1)-1)), smallest)
	most := m.most
	if 1<<class > modest {
		most /= 2
	}
	if a.shares(1<<class) && !m.each.TakeWithin(a.address, 1<<class, int(m.most-m.held.Load())/shares) {
		return nil, false
	}
	if m.held.Add(1<<class) > most {
		a.giveBack(1 << class)
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
func (a account) release(b *buffer) {
	if b == nil {
		return
	}
	size := cap(b.bytes)
	a.giveBack(size)
	if class := bits.Len(uint(size - 1)); class <= largest {
		b.bytes, b.sent = b.bytes[:0], 0
		a.memory.spare[class].Put(b)
	}
}

func (a account) giveBack(size int) {
	a.memory.held.Add(-int64(size))
	if a.shares(size) {
		a.memory.each.Return(a.address, size)
	}
}

// shares says whether a buffer of that size is counted for the address.
func (a account) shares(size int) bool { return !a.exempt && size > 1<<smallest }
