//go:build js

// Package browser runs the loader in a page: on its fetch, its WebSockets, its
// WebRTC and its memory. Together with the module's entry it holds every line of
// the project that touches syscall/js. What it says to JavaScript and hears from
// it is written down in web/src/port.ts.
package browser

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"syscall/js"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
)

// gcPercent is how much may be allocated between two garbage collections, in
// percent of what is in use, and of 4 MB at least. Collecting is what costs most
// of all that a page with a small heap does.
const gcPercent = 400

// Run hands the loader to the page's function of that name on globalThis, and
// serves it until something breaks beyond repair. The ModuleHost that it got in
// return is told what that was, so that the page goes on without the module.
func Run(function string) error {
	debug.SetGCPercent(gcPercent)
	broken := make(chan error, 1)
	m := &machine{broken: func(err error) {
		select {
		case broken <- err:
		default: // the first one counts
		}
	}}
	m.loop = loop.Start(m.broken)
	page := loader.NewPage(loader.Machine{
		Loop:      m.loop,
		Sockets:   sockets{m},
		Joiner:    memory{},
		Random:    rand.Uint64,
		UserAgent: js.Global().Get("navigator").Get("userAgent").String(),
	})
	m.host = js.Global().Call(function, module(m, page))
	err := <-broken
	m.loop.Stop()
	m.host.Call("died", err.Error())
	return err
}

// machine is what all adapters of a page share.
type machine struct {
	loop   *loop.Real
	broken func(error) // ends the module
	host   js.Value    // the ModuleHost
}

// callback is a JavaScript function that converts its arguments, posts to the
// loop, and does nothing else: blocking in it would stop the page. A panic
// would end the program without a word, so it is caught and reported. (Inlined
// wherever it is used it would take 20 KB.)
//
//go:noinline
func (m *machine) callback(f func(args []js.Value)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		defer m.guard()
		f(args)
		return nil
	})
}

// command is a callback without arguments that has f run on the loop.
func (m *machine) command(f func()) js.Func {
	return m.callback(func([]js.Value) { m.post(f) })
}

// once is a callback for an answer that comes exactly once. What its arguments
// are converted to runs on the loop.
func (m *machine) once(convert func(args []js.Value) func()) js.Func {
	var answer js.Func
	answer = m.callback(func(args []js.Value) {
		tell := convert(args)
		m.post(func() {
			answer.Release()
			tell()
		})
	})
	return answer
}

// post runs f on the loop.
func (m *machine) post(f func()) { m.loop.Post(f) }

// work runs f on a goroutine of its own: what waits for promises must not hold
// up the loop.
func (m *machine) work(f func()) {
	go func() {
		defer m.guard()
		f()
	}()
}

func (m *machine) guard() {
	if cause := recover(); cause != nil {
		m.broken(fmt.Errorf("browser: panic: %v\n%s", cause, debug.Stack()))
	}
}

// try turns what JavaScript throws into an error.
func try(f func()) (err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case js.Error:
			err = cause
		case *js.ValueError:
			err = cause
		default:
			panic(cause)
		}
	}()
	f()
	return nil
}

// release frees functions once JavaScript will not call them any more.
func release(functions ...js.Func) {
	for _, f := range functions {
		f.Release()
	}
}
