// Package socket puts WebSockets around server/tracker: it accepts
// connections, hands what they say to the one tracker, and carries what the
// tracker says to them.
package socket

import (
	"context"
	crand "crypto/rand"
	"log/slog"
	"math/rand/v2"
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

	mu      sync.Mutex // guards what follows
	tracker *tracker.Tracker
	clients map[tracker.Conn]*client
	last    tracker.Conn // the newest connection
	closed  bool
}

// NewHub returns a hub without connections.
func NewHub(o Options) *Hub {
	if o.Count == nil {
		o.Count = func(Direction, tracker.Kind) {}
	}
	h := &Hub{options: o, clients: make(map[tracker.Conn]*client)}
	// Who is sent whose offer must not be for a stranger to foresee.
	var seed [32]byte
	crand.Read(seed[:]) // never fails: it ends the program instead
	h.tracker = tracker.New(o.Tracker, relay{h}, rand.New(rand.NewChaCha8(seed)))
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
			h.mu.Lock()
			h.tracker.Expire(now)
			h.mu.Unlock()
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
	for _, c := range h.clients {
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
	h.mu.Lock()
	defer h.mu.Unlock()
	swarms, peers := h.tracker.Count()
	return Stats{Connections: len(h.clients), Swarms: swarms, Peers: peers}
}

// Swarms is the number of peers of each swarm.
func (h *Hub) Swarms() map[tracker.ID]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	swarms := make(map[tracker.ID]int)
	for hash, peers := range h.tracker.Swarms() {
		swarms[hash] = peers
	}
	return swarms
}

// add makes a connection known; it fails when the hub is closed.
func (h *Hub) add(c *client, address netip.Addr) (id tracker.Conn, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return 0, false
	}
	h.handlers.Add(1)
	h.last++
	h.clients[h.last] = c
	h.tracker.Connect(h.last, address)
	return h.last, true
}

func (h *Hub) remove(id tracker.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.clients, id)
	h.tracker.Disconnect(id)
	h.handlers.Done()
}

// receive hands a frame to the tracker.
func (h *Hub) receive(from tracker.Conn, frame []byte) {
	request := tracker.Parse(frame) // the slow part, outside the lock
	h.options.Count(In, request.Kind())
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tracker.Handle(time.Now(), from, request)
}

// relay is the hub as its tracker sees it.
type relay struct{ hub *Hub }

// Send implements tracker.Relay. It runs under the hub's lock.
func (r relay) Send(to tracker.Conn, kind tracker.Kind, message []byte) {
	if c := r.hub.clients[to]; c != nil {
		c.send(message)
		r.hub.options.Count(Out, kind)
	}
}
