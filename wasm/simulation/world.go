// Package simulation runs many viewers in one goroutine and no real time: the
// loader and all below it are the real ones, and what they run on (loop, origin,
// trackers, connections, players) is made of events on one heap. The same seed
// gives the same run, to the byte.
package simulation

import (
	"io"
	"math/rand/v2"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// World is the clock and everything that hangs on it.
type World struct {
	// Log, if set, gets a line for everything that viewers report.
	Log io.Writer

	seed     uint64
	now      time.Duration
	queue    queue
	network  network
	trackers map[string]*Tracker  // by address
	viewers  []*Viewer            // in the order they joined
	liars    map[wire.PeerID]bool // as their peers know them
}

// NewWorld makes an empty world at time 0.
func NewWorld(seed uint64) *World {
	w := &World{seed: seed, trackers: map[string]*Tracker{}, liars: map[wire.PeerID]bool{}}
	w.network = network{ends: map[string]*Connection{}, random: w.random(streamBreaks)}
	return w
}

// Now is the time since the world began.
func (w *World) Now() time.Duration { return w.now }

// Viewers lists everybody who ever joined.
func (w *World) Viewers() []*Viewer { return w.viewers }

// At has f run at a time, or now if that has passed.
func (w *World) At(t time.Duration, f func()) { w.queue.add(max(t, w.now), f, nil) }

// Break says how often a connection between two viewers breaks, in a minute.
func (w *World) Break(perMinute float64) { w.network.breaks = perMinute }

// Run lets time pass until t.
func (w *World) Run(t time.Duration) {
	for e := w.queue.first(t); e != nil; e = w.queue.first(t) {
		w.now = e.at
		run, l := e.run, e.loop
		w.queue.recycle(e)
		if run == nil {
			continue // called off
		}
		if l != nil {
			l.pending--
			if l.stopped {
				continue
			}
		}
		run()
	}
	w.now = max(w.now, t)
}

func (w *World) after(d time.Duration, f func()) { w.queue.add(w.now+d, f, nil) }

// Streams of random numbers, so that what one part draws moves no other.
const (
	streamSizes   = 1 << 32
	streamTracker = 2 << 32
	streamViewer  = 3 << 32
	streamPeople  = 4 << 32
	streamBreaks  = 5 << 32
)

// random makes the generator of one part of the world.
func (w *World) random(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(w.seed, stream)) }

// Loop is one viewer's loop.Loop. All loops of a world post to its heap.
type Loop struct {
	world   *World
	pending int // events of this loop on the heap
	stopped bool
}

// NewLoop makes a loop on the world's heap.
func (w *World) NewLoop() *Loop { return &Loop{world: w} }

// Now implements loop.Loop.
func (l *Loop) Now() time.Duration { return l.world.now }

// Post implements loop.Loop.
func (l *Loop) Post(f func()) { l.add(l.world.now, f) }

// After implements loop.Loop.
func (l *Loop) After(d time.Duration, f func()) (cancel func()) {
	e := l.add(l.world.now+max(d, 0), f)
	sequence := e.sequence
	return func() {
		if e.sequence == sequence && e.run != nil { // it is still queued
			e.run = nil
			l.pending--
		}
	}
}

func (l *Loop) add(at time.Duration, f func()) *event {
	l.pending++
	return l.world.queue.add(at, f, l)
}

// Pending is how many functions wait to run.
func (l *Loop) Pending() int { return l.pending }

// stop drops all that waits and all that will be posted.
func (l *Loop) stop() { l.stopped = true }

// minutes is so many minutes as a duration, a century at most.
func minutes(n float64) time.Duration {
	return time.Duration(min(n, 60*24*365*100) * float64(time.Minute))
}
