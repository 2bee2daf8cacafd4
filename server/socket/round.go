package socket

import (
	"encoding/binary"
	"errors"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

// round is what one goroutine needs to act on what comes in, whatever the connection: it hands messages to the tracker,
// and sends at its end what follows from them, with one write for each connection however many messages it gets.
type round struct {
	hub     *Hub
	now     time.Time
	conn    *conn // whose bytes are read
	deaf    bool  // it is only listened to for its goodbye
	whole   bool  // it has brought the end of a message
	request tracker.Request
	dirty   []*conn
}

// errOver ends the reading of a connection whose closing handshake is done.
var errOver = errors.New("the connection is over")

var rounds = sync.Pool{New: func() any { return new(round) }}

// act is a round of one connection. It changes the bytes.
func act(c *conn, data []byte) {
	if len(data) == 0 {
		return
	}
	r := rounds.Get().(*round)
	r.hub, r.now = c.endpoint.hub, time.Now()
	r.read(c, data)
	r.flush()
	*r = round{request: r.request, dirty: r.dirty}
	rounds.Put(r)
}

// read acts on what has come from a client. It changes the bytes.
func (r *round) read(c *conn, data []byte) {
	c.heard.Store(since(r.now))
	state := c.stands()
	if state >= over {
		return
	}
	r.conn, r.deaf, r.whole = c, state == closing, false
	err := c.inbox.take(data, c.endpoint.limits.MaxPayloadLength, c.memory(), r)
	if err == nil {
		if !c.inbox.partial() {
			c.began.Store(0)
		} else if r.whole || c.began.Load() == 0 {
			c.began.Store(since(r.now))
		}
		return
	}
	c.inbox.clear(c.memory())
	c.disconnect() // its peers are gone, however long its end takes
	var wrong *violation
	if errors.As(err, &wrong) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.goodbye(wrong.status, wrong.cause)
		c.state = max(c.state, over) // what comes from now on is not understood
	}
}

// flush sends all that is queued, whoever queued it.
func (r *round) flush() {
	for {
		r.dirty = r.hub.dirty.take(r.dirty)
		if len(r.dirty) == 0 {
			return
		}
		for i, c := range r.dirty {
			r.dirty[i] = nil
			c.mu.Lock()
			c.queued = false
			if c.state != dead {
				c.line.flush()
			}
			c.mu.Unlock()
		}
	}
}

// frame implements receiver: frames are bounded too, be they empty.
func (r *round) frame() error {
	if r.hub.bounds.flooded(r.now, r.conn) {
		return errFlood
	}
	return nil
}

// message implements receiver: text or binary, wt-tracker takes both, and what is no JSON is refused.
func (r *round) message(payload []byte) error {
	r.whole = true
	if r.deaf {
		return nil
	}
	c := r.conn
	r.request.Parse(payload)
	r.hub.counts.message(In, r.request.Kind())
	if reason := r.hub.bounds.refuses(r.now, c, &r.request, len(payload)); reason != tracker.None {
		c.peers.Refuse(&r.request, reason)
	} else {
		c.peers.Handle(r.now, &r.request)
	}
	return nil
}

// control implements receiver.
func (r *round) control(kind ws.OpCode, payload []byte) error {
	c := r.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	switch kind {
	case ws.OpPing:
		if c.state == open {
			c.push(ws.OpPong, payload)
		}
	case ws.OpClose:
		if !validClose(payload) {
			return errProtocol
		}
		if c.state == open {
			c.leave(over, Gone)
			c.push(ws.OpClose, payload[:min(2, len(payload))])
		}
		c.state = max(c.state, over)
		if !c.queued {
			c.queued = true
			r.hub.dirty.add(c)
		}
		return errOver
	}
	return nil
}

// validClose says whether a client may end a connection so (RFC 6455, 7.4, and what IANA has registered since).
func validClose(payload []byte) bool {
	if len(payload) < 2 {
		return len(payload) == 0
	}
	status := binary.BigEndian.Uint16(payload)
	switch {
	case status >= 1000 && status <= 1003, status >= 1007 && status <= 1014, status >= 3000 && status <= 4999:
		return utf8.Valid(payload[2:])
	}
	return false
}
