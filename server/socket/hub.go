// Package socket puts WebSockets around server/tracker: it accepts
// connections, hands what they say to the one tracker, and carries what the
// tracker says to them.
package socket

import (
	"context"
	crand "crypto/rand"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

// Direction tells messages from clients from messages to them.
type Direction string

// The directions, as Options.Count is told of them.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// Options of a Hub.
type Options struct {
	Tracker tracker.Settings
	Access  config.Access
	Log     *slog.Logger
	// Count is told of each message. It must not block. May be nil.
	Count func(direction Direction, kind tracker.Kind)
}

// Hub is one tracker with all its connections, whatever address they came in by.
type Hub struct {
	options  Options
	handlers sync.WaitGroup // one for each connection

	tracker *tracker.Tracker

	mu      sync.Mutex // guards what follows
	clients map[*client]struct{}
	closed  bool
}

// NewHub returns a hub without connections.
func NewHub(o Options) *Hub {
	if o.Count == nil {
		o.Count = func(Direction, tracker.Kind) {}
	}
	h := &Hub{options: o, clients: make(map[*client]struct{})}
	// Who is sent whose offer must not be for a stranger to foresee.
	var seed [32]byte
	crand.Read(seed[:]) // never fails: it ends the program instead
	h.tracker = tracker.New(o.Tracker, seed)
	return h
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
	h.mu.Lock()
	h.closed = true
	clients := make([]*client, 0, len(h.clients))
	for c := range h.clients {
		clients = append(clients, c)
	}
	h.mu.Unlock()

	stop := context.AfterFunc(ctx, func() {
		for _, c := range clients {
			c.cut(errStopped)
		}
	})
	defer stop()
	var farewells sync.WaitGroup
	for _, c := range clients {
		farewells.Go(c.leave)
	}
	farewells.Wait()
	h.handlers.Wait()
}

// Stats is the state of a hub at one moment.
type Stats struct {
	Connections, Swarms int
	Peers               int // over all swarms: one in two swarms counts twice
}

// Stats counts what there is.
func (h *Hub) Stats() Stats {
	swarms, peers := h.tracker.Count()
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{Connections: len(h.clients), Swarms: swarms, Peers: peers}
}

// Swarms is the number of peers of each swarm.
func (h *Hub) Swarms() map[tracker.ID]int { return h.tracker.Swarms() }

// add makes a connection known; it fails when the hub is closed.
func (h *Hub) add(c *client, address netip.Addr) (ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.handlers.Add(1)
	h.clients[c] = struct{}{}
	c.peers = h.tracker.Connect(c, address)
	return true
}

func (h *Hub) remove(c *client) {
	c.peers.Disconnect()
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.clients, c)
	h.handlers.Done()
}
