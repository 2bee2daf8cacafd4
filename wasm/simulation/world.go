// Package simulation runs many viewers in one goroutine and no real time: the
// loader and all below it are the real ones, and what they run on (loop, origin,
// trackers, connections, players) is made of events on one heap. The same seed
// gives the same run, to the byte.
package simulation

import (
	"container/heap"
	"io"
	"math/rand/v2"
	"time"
)

// World is the clock and everything that hangs on it.
type World struct {
	// Log, if set, gets a line for everything that viewers report.
	Log io.Writer

	seed     uint64
	now      time.Duration
	events   events
	sequence uint64 // of the last event added
	network  network
	trackers map[string]*Tracker // by address
	viewers  []*Viewer           // in the order they joined
}

// NewWorld makes an empty world at time 0.
func NewWorld(seed uint64) *World {
	return &World{seed: seed, network: network{ends: map[string]*Connection{}}, trackers: map[string]*Tracker{}}
}

// Now is the time since the world began.
func (w *World) Now() time.Duration { return w.now }

// Viewers lists everybody who ever joined.
func (w *World) Viewers() []*Viewer { return w.viewers }

// At has f run at a time, or now if that has passed.
func (w *World) At(t time.Duration, f func()) { w.add(t, f, nil) }

// Run lets time pass until t.
func (w *World) Run(t time.Duration) {
	for len(w.events) > 0 && w.events[0].at <= t {
		e := heap.Pop(&w.events).(*event)
		w.now = e.at
		if e.loop != nil {
			e.loop.pending--
			if e.loop.stopped {
				continue
			}
		}
		e.run()
	}
	w.now = max(w.now, t)
}

func (w *World) after(d time.Duration, f func()) (cancel func()) {
	return w.add(w.now+d, f, nil)
}

func (w *World) add(t time.Duration, f func(), l *Loop) (cancel func()) {
	w.sequence++
	e := &event{at: max(t, w.now), sequence: w.sequence, run: f, loop: l}
	heap.Push(&w.events, e)
	if l != nil {
		l.pending++
	}
	return func() {
		if e.index < 0 {
			return // it ran, or was called off
		}
		heap.Remove(&w.events, e.index)
		if l != nil {
			l.pending--
		}
	}
}

// Streams of random numbers, so that what one part draws moves no other.
const (
	streamSizes   = 1 << 32
	streamTracker = 2 << 32
	streamViewer  = 3 << 32
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
func (l *Loop) Post(f func()) { l.world.add(l.world.now, f, l) }

// After implements loop.Loop.
func (l *Loop) After(d time.Duration, f func()) (cancel func()) {
	return l.world.add(l.world.now+max(d, 0), f, l)
}

// Pending is how many functions wait to run.
func (l *Loop) Pending() int { return l.pending }

// stop drops all that waits and all that will be posted.
func (l *Loop) stop() { l.stopped = true }

// event is a function and when it runs. Those of one time run as they were
// added.
type event struct {
	at       time.Duration
	sequence uint64
	run      func()
	loop     *Loop // nil for the world's own
	index    int   // on the heap, below 0 once it left it
}

// events implements heap.Interface.
type events []*event

func (h events) Len() int { return len(h) }

func (h events) Less(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return h[i].sequence < h[j].sequence
}

func (h events) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *events) Push(e any) {
	e.(*event).index = len(*h)
	*h = append(*h, e.(*event))
}

func (h *events) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	e.index = -1
	return e
}
