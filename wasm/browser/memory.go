//go:build js

package browser

import (
	"runtime"
	"syscall/js"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// uint8Array is a run of segment bytes in JavaScript's memory. WebAssembly's own
// never shrinks, so they never go there.
type uint8Array struct {
	value  js.Value
	length int
}

func (u uint8Array) Len() int { return u.length }

func (u uint8Array) Slice(from, to int) payload.Bytes {
	if from == 0 && to == u.length {
		return u
	}
	return uint8Array{u.value.Call("subarray", from, to), to - from}
}

var uint8ArrayClass = js.Global().Get("Uint8Array")

// received takes a Uint8Array that came from outside. All bytes come through
// here, which is where their garbage is paced.
func received(value js.Value) uint8Array {
	u := uint8Array{value, value.Get("byteLength").Int()}
	collect.add(u.length)
	return u
}

// memory joins runs of bytes.
type memory struct{}

// Join implements payload.Joiner.
func (memory) Join(parts []payload.Bytes) payload.Bytes {
	if len(parts) == 1 {
		return parts[0]
	}
	total := 0
	for _, part := range parts {
		total += part.Len()
	}
	whole := uint8ArrayClass.New(total)
	offset := 0
	for _, part := range parts {
		whole.Call("set", part.(uint8Array).value, offset)
		offset += part.Len()
	}
	return uint8Array{whole, total}
}

// copyOut is a copy for whoever may change it or hand it on: hls.js transfers
// what it is given to a worker, which empties it here.
func copyOut(bytes payload.Bytes) js.Value {
	return bytes.(uint8Array).value.Call("slice").Get("buffer")
}

// collector runs Go's garbage collector. A js.Value that was dropped holds on to
// its bytes until then, and Go, which sees only small things come and go, would
// not run it for minutes.
type collector struct{ pending int }

var collect collector

// collectAfter is how many bytes come in between two collections.
const collectAfter = 8 << 20

func (c *collector) add(bytes int) {
	if c.pending += bytes; c.pending >= collectAfter {
		c.pending = 0
		runtime.GC()
	}
}
