//go:build !js

package native

import (
	crand "crypto/rand"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
)

// userAgent is what origins and trackers see. It names no device, so that
// storage is a desktop's.
const userAgent = "p2p-mediastream"

// ErrStopped says that a process runs nothing more because it was stopped.
var ErrStopped = errors.New("native: stopped")

// Process is what the viewers of one program share: a loop, an HTTP client, a
// source of randomness, what origins say of their digests, and the account of all
// goroutines that their sockets, connections and downloads run.
type Process struct {
	loop   *loop.Real
	client *http.Client
	random *rand.ChaCha8 // owned by the loop
	lists  lists         // owned by the loop
	work   sync.WaitGroup

	ended chan struct{} // closed when the loop runs nothing more
	end   sync.Once
	err   error // why the loop ended; read only once ended is closed
}

// Start makes a running process.
func Start() *Process {
	var seed [32]byte
	crand.Read(seed[:]) // never fails: it ends the program instead
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16 // many viewers, one origin
	p := &Process{
		client: &http.Client{Transport: transport},
		random: rand.NewChaCha8(seed),
		lists:  lists{},
		ended:  make(chan struct{}),
	}
	p.loop = loop.Start(p.stop)
	return p
}

// Loop is where all loaders of the process run.
func (p *Process) Loop() loop.Loop { return p.loop }

// Client is the HTTP client of the process, without a time limit of its own.
func (p *Process) Client() *http.Client { return p.client }

// NewPage makes a page: one peer as others see it, with sockets to trackers of
// its own.
func (p *Process) NewPage() *loader.Page {
	return loader.NewPage(loader.Machine{
		Loop:      p.loop,
		Sockets:   dialer{p},
		Joiner:    Joiner{},
		Random:    p.random.Uint64,
		UserAgent: userAgent,
	})
}

// Go runs f on a goroutine of its own, for which Stop waits.
func (p *Process) Go(f func()) { p.work.Go(f) }

// Run runs f on the loop and waits for it. The error, when f could not run, is
// ErrStopped or what a function on the loop panicked with.
func (p *Process) Run(f func()) error {
	ran := make(chan struct{})
	p.loop.Post(func() {
		defer close(ran)
		f()
	})
	select {
	case <-ran:
		return nil
	case <-p.ended:
	}
	select {
	case <-ran: // and f was what ended it
		return nil
	default:
		return p.err
	}
}

// Ended is closed when the process runs nothing more: Err says why.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err is why the process has ended, or nil while it runs.
func (p *Process) Err() error {
	select {
	case <-p.ended:
		return p.err
	default:
		return nil
	}
}

// Stop ends the loop and waits for all goroutines. Loaders are to be closed
// before, or else it waits for as long as their sockets and connections last.
func (p *Process) Stop() {
	_ = p.Run(func() { p.stop(ErrStopped) })
	p.work.Wait()
	p.client.CloseIdleConnections()
}

// stop runs on the loop.
func (p *Process) stop(err error) {
	p.end.Do(func() {
		p.loop.Stop()
		p.err = err
		close(p.ended)
	})
}
