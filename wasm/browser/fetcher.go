//go:build js

package browser

import (
	"syscall/js"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// fetcher implements loader.Fetcher with the host's fetch.
type fetcher struct {
	machine *machine
	host    js.Value
}

// Fetch implements loader.Fetcher.
func (f fetcher) Fetch(request loader.FetchRequest, sink loader.FetchSink) (stop func()) {
	m := f.machine
	ended := false // owned by the loop
	var handlers []js.Func
	end := func() {
		if !ended {
			ended = true
			release(handlers...)
		}
	}
	on := func(last bool, convert func(args []js.Value) func()) js.Func {
		handler := m.callback(func(args []js.Value) {
			tell := convert(args)
			m.post(func() {
				if ended {
					return
				}
				if last {
					end()
				}
				tell()
			})
		})
		handlers = append(handlers, handler)
		return handler
	}
	cancel := f.host.Call("fetch", fields(
		"url", request.Segment.URL,
		"streamType", string(request.Type),
		"byteRange", byteRange(request.Segment.ByteRange),
		"from", request.From,
		"total", optional(request.Total),
	), fields(
		"headers", on(false, func(args []js.Value) func() {
			from, total := int64(args[0].Int()), number(args[1])
			return func() { sink.Headers(from, total) }
		}),
		"chunk", on(false, func(args []js.Value) func() {
			bytes := received(args[0])
			return func() { sink.Chunk(bytes) }
		}),
		"done", on(true, func([]js.Value) func() { return sink.Done }),
		"failed", on(true, func(args []js.Value) func() {
			err := fetchError(args[0])
			return func() { sink.Failed(err) }
		}),
	))
	return func() {
		if !ended {
			cancel.Invoke()
			end()
		}
	}
}

// fetchError is a FetchFailure of web/src/port.ts.
func fetchError(failure js.Value) *loader.FetchError {
	return &loader.FetchError{
		Type:       loader.FetchErrorType(failure.Get("type").String()),
		Message:    failure.Get("message").String(),
		Discard:    failure.Get("discard").Truthy(),
		Status:     int(number(failure.Get("status"))),
		RetryAfter: config.Milliseconds(failure.Get("retryAfterMs").Float()),
	}
}

// validator implements loader.Validator with the page's own.
type validator struct {
	machine *machine
	host    js.Value
}

// Validates implements loader.Validator.
func (v validator) Validates(source loader.Source, t hls.StreamType) bool {
	return v.host.Call("validates", string(source), string(t)).Truthy()
}

// Validate implements loader.Validator.
func (v validator) Validate(source loader.Source, t hls.StreamType, segment hls.Segment, bytes payload.Bytes, done func(valid bool)) {
	answer := v.machine.once(func(args []js.Value) func() {
		valid := args[0].Truthy()
		return func() { done(valid) }
	})
	v.host.Call("validate", string(source), string(t), segment.URL, byteRange(segment.ByteRange), view(bytes), answer)
}

// byteRange is a range for JavaScript, undefined when there is none.
func byteRange(r *hls.ByteRange) any {
	if r == nil {
		return js.Undefined()
	}
	return map[string]any{"start": r.Start, "end": r.End}
}

// optional is a number for JavaScript, undefined when it is 0.
func optional(n int64) any {
	if n == 0 {
		return js.Undefined()
	}
	return n
}

// number is one of JavaScript's, 0 when there is none.
func number(v js.Value) int64 {
	if v.Type() != js.TypeNumber {
		return 0
	}
	return int64(v.Float())
}
