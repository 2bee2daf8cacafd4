//go:build js

package browser

import (
	"errors"
	"syscall/js"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// digests implements loader.Digests with what the host has found out and can compute.
type digests struct {
	machine *machine
	host    js.Value
}

// Find implements loader.Digests.
func (d digests) Find(segmentURL, option string) string {
	return d.host.Call("findDigests", segmentURL, option).String()
}

// Fetch implements loader.Digests.
func (d digests) Fetch(t hls.StreamType, listURL string, done func(text []byte, err error)) (stop func()) {
	ended := false // owned by the loop
	var answer js.Func
	answer = d.machine.callback(func(args []js.Value) {
		text, err := digestList(args[0], args[1])
		d.machine.post(func() {
			if !ended {
				ended = true
				answer.Release()
				done(text, err)
			}
		})
	})
	cancel := d.host.Call("fetchDigests", listURL, string(t), wire.MaxDigestList, answer)
	return func() {
		if !ended {
			ended = true
			cancel.Invoke()
			answer.Release()
		}
	}
}

func digestList(list, why js.Value) ([]byte, error) {
	if !list.Truthy() {
		return nil, errors.New(why.String())
	}
	text := make([]byte, list.Length())
	js.CopyBytesToGo(text, list)
	return text, nil
}

// Compute implements loader.Digests.
func (d digests) Compute(bytes payload.Bytes, done func(wire.Digest)) {
	answer := d.machine.once(func(args []js.Value) func() {
		var digest wire.Digest
		js.CopyBytesToGo(digest[:], args[0])
		return func() { done(digest) }
	})
	d.host.Call("digest", append([]any{answer}, bytes.(rope).values()...)...)
}
