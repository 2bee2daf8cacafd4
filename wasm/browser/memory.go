//go:build js

package browser

import (
	"runtime"
	"syscall/js"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// rope is a run of segment bytes in JavaScript's memory, in the pieces in which
// they came: they are joined only for those who need one. WebAssembly's own
// memory never shrinks, so they never go there.
type rope struct {
	pieces []piece
	length int
}

// piece is a Uint8Array, or the Chunks of web/src/chunks.ts. It is not empty.
type piece struct {
	value  js.Value
	chunks bool
	length int
}

// part is a Uint8Array of the bytes from byte from up to, not including, byte to.
func (p piece) part(from, to int) js.Value {
	if !p.chunks && from == 0 && to == p.length {
		return p.value
	}
	if p.chunks {
		collect.add(to - from) // it may be a copy
	}
	return p.value.Call("subarray", from, to)
}

func (r rope) Len() int { return r.length }

func (r rope) Slice(from, to int) payload.Bytes {
	if from == 0 && to == r.length {
		return r
	}
	cut := rope{length: to - from}
	for at, i := 0, 0; at < to; at, i = at+r.pieces[i].length, i+1 {
		p := r.pieces[i]
		start, end := max(from-at, 0), min(to-at, p.length)
		switch {
		case start >= end:
		case start == 0 && end == p.length:
			cut.pieces = append(cut.pieces, p)
		default:
			cut.pieces = append(cut.pieces, piece{value: p.part(start, end), length: end - start})
		}
	}
	return cut
}

// received takes a Uint8Array or Chunks that came from outside. Here and where
// bytes are copied their garbage is paced.
func received(value js.Value) rope {
	p := piece{value: value, chunks: !value.InstanceOf(uint8ArrayClass), length: value.Length()}
	if p.length == 0 {
		return rope{}
	}
	collect.add(p.length)
	return rope{pieces: []piece{p}, length: p.length}
}

// memory joins runs of bytes.
type memory struct{}

// Join implements payload.Joiner.
func (memory) Join(parts []payload.Bytes) payload.Bytes {
	if len(parts) == 1 {
		return parts[0]
	}
	var whole rope
	for _, part := range parts {
		whole.pieces = append(whole.pieces, part.(rope).pieces...)
		whole.length += part.Len()
	}
	return whole
}

// values are the pieces for JavaScript, which joins them where it wants a buffer
// of its own: made here it would be held until the next collection.
func (r rope) values() []any {
	values := make([]any, len(r.pieces))
	for i, p := range r.pieces {
		values[i] = p.value
	}
	return values
}

var uint8ArrayClass = js.Global().Get("Uint8Array")

// view is a Uint8Array of the bytes, for whoever leaves them as they are.
func view(bytes payload.Bytes) js.Value {
	if r := bytes.(rope); len(r.pieces) == 1 {
		return r.pieces[0].part(0, r.length)
	}
	return joined(bytes)
}

func joined(bytes payload.Bytes) js.Value {
	collect.add(bytes.Len())
	whole := uint8ArrayClass.New(bytes.Len())
	at := 0
	for _, p := range bytes.(rope).pieces {
		if p.chunks {
			p.value.Call("copyTo", whole, at)
		} else {
			whole.Call("set", p.value, at)
		}
		at += p.length
	}
	return whole
}

// collector runs Go's garbage collector. A js.Value that was dropped holds on to
// its bytes until then, and Go, which sees only small things come and go, would
// not run it for minutes.
type collector struct{ pending int }

var collect collector

// collectAfter is how many bytes come in or are copied between two collections,
// each of which takes some milliseconds. So many may be held in vain.
const collectAfter = 128 << 20

func (c *collector) add(bytes int) {
	if c.pending += bytes; c.pending >= collectAfter {
		c.pending = 0
		runtime.GC()
	}
}
