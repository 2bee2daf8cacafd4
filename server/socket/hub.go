// Package socket puts WebSockets (RFC 6455) around server/tracker: it accepts
// connections, hands what they say to the one tracker, and carries what the
// tracker says to them.
//
// net/http accepts and does the handshake; then a connection leaves it. On Linux
// without TLS a few loops wait for all of them (epoll), so that a silent one has
// neither a goroutine nor a buffer. Elsewhere, and over TLS, a goroutine reads,
// and one writes only while there is something to write.
package socket

import (
	"context"
	crand "crypto/rand"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/limit"
	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

// sweepEvery is how often connections are looked at for what they do not do in
// time: 10,000 of which none is late in 0.12 ms, each locked by itself
// (BenchmarkSweep, 2026-11-25).
const sweepEvery = 250 * time.Millisecond

// Options of a Hub.
type Options struct {
	Tracker tracker.Settings
	Access  config.Access
	Limits  config.Limits
	// TrustedProxies are those whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Files is how many files and sockets the system lets this process have at once; 0: not known.
	Files uint64
	Log   *slog.Logger
}

// Hub is one tracker with all its connections, whatever address they came in by.
type Hub struct {
	options Options
	tracker *tracker.Tracker
	bounds  bounds
	memory  memory
	counts  counts
	warned  warned
	conns   table
	dirty   dirty

	running sync.WaitGroup // connections, and what writes to them

	mu       sync.Mutex // guards what follows
	portable bool       // goroutines carry all connections
	poller   *poller    // nil: likewise
	closed   bool
	stop     func() // ends what the first connection has started; nil before it
}

// NewHub returns a hub without connections.
func NewHub(o Options) *Hub {
	h := &Hub{options: o, bounds: newBounds(o.Limits, o.Files), memory: memory{most: maxHeld, each: limit.NewCount(share)}}
	// Who is sent whose offer must not be for a stranger to foresee.
	var seed [32]byte
	crand.Read(seed[:]) // never fails: it ends the program instead
	h.tracker = tracker.New(o.Tracker, seed)
	return h
}

// Allows says whether pages of an origin may use the tracker.
func (h *Hub) Allows(origin string) bool { return h.options.Access.Allows(origin) }

// begin starts what connections need, before the first of them.
func (h *Hub) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.stop != nil {
		return
	}
	if !h.portable {
		var err error
		if h.poller, err = newPoller(); err != nil {
			h.options.Log.Warn("connections need more memory than usual", "error", err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var jobs sync.WaitGroup
	jobs.Go(func() { h.sweep(ctx) })
	if h.poller != nil {
		jobs.Go(func() { h.poller.run(h) })
	}
	h.stop = func() {
		cancel()
		h.poller.close()
		jobs.Wait()
	}
}

// end stops what begin has started.
func (h *Hub) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	if h.stop != nil {
		h.stop()
	}
}

// sweep looks after the connections until ctx ends.
func (h *Hub) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	r := round{hub: h}
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			h.check(since(now))
			r.flush()
		}
	}
}

// check looks at each connection.
func (h *Hub) check(now int64) {
	h.conns.each(func(c *conn) { c.check(now) })
}

// Expire removes silent peers now and then, until ctx ends.
func (h *Hub) Expire(ctx context.Context) {
	tick := time.NewTicker(h.options.Tracker.Interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			h.tracker.Expire(now)
		}
	}
}

// Close tells every client that the server goes away (status 1001), and takes
// no new ones. It returns when all connections have ended; when ctx ends
// first, what is left of them is cut.
func (h *Hub) Close(ctx context.Context) {
	h.conns.shutdown()
	h.conns.each(func(c *conn) { c.dismiss(ws.StatusGoingAway, Stopped) })
	(&round{hub: h}).flush()
	stop := context.AfterFunc(ctx, func() {
		h.conns.each(func(c *conn) { c.expel(Stopped) })
	})
	h.running.Wait()
	stop()
	h.end()
}

// Stats is the state of a hub at one moment.
type Stats struct {
	Connections, Swarms int
	Peers               int // over all swarms: one in two swarms counts twice
}

// Stats counts what there is.
func (h *Hub) Stats() Stats {
	swarms, peers := h.tracker.Count()
	return Stats{Connections: h.conns.len(), Swarms: swarms, Peers: peers}
}

// Failures is how many requests the tracker has not granted for a reason.
func (h *Hub) Failures(reason tracker.Reason) uint64 { return h.tracker.Failures(reason) }

// Swarms is the number of peers of each swarm.
func (h *Hub) Swarms() map[tracker.ID]int { return h.tracker.Swarms() }

// add makes a connection known; it fails when the hub is closed.
func (h *Hub) add(c *conn) (ok bool) {
	if !h.conns.add(c, &h.running) {
		return false
	}
	c.peers = h.tracker.Connect(c, c.address)
	return true
}

func (h *Hub) remove(c *conn) {
	h.conns.remove(c)
	h.running.Done()
}
