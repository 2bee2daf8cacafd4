package socket

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

const (
	// queueLimit is how many bytes may wait for one client: of replies to what it asked for itself.
	queueLimit = 1 << 20
	// passedOnLimit is how many may wait with an offer or an answer of another that is added. Those are whatever strangers
	// like to send, as fast as they like: who takes them more slowly does without some, and is not to be cut for it.
	passedOnLimit = 128 << 10
	// messageTimeout is how long a message may take from its first byte to its last.
	messageTimeout = 30 * time.Second
	// writeTimeout is how long a client may take nothing of what waits for it.
	writeTimeout = 10 * time.Second
	// pongTimeout is how long a client may take to answer a ping before it counts as lost, where that matters to another.
	pongTimeout = 10 * time.Second
	// closeTimeout is how long a client may take to end its side of a connection that ends.
	closeTimeout = 3 * time.Second
)

// started is the moment that all times here count from, in nanoseconds. It has a reading of the monotonic clock, so that
// setting the time of day cuts nobody.
var started = time.Now()

func since(now time.Time) int64 { return int64(now.Sub(started)) }

// state is where a connection stands; it only ever grows.
type state uint8

const (
	open    state = iota
	closing       // we have said goodbye, and wait for the client's
	over          // both have, or it is of no use: what waits is sent, and then nothing but the client's end is awaited
	dead          // cut, or ended
)

// conn is one connection, whatever carries its bytes. One goroutine at a time reads; others send, flush and cut.
type conn struct {
	line     line
	endpoint *Endpoint
	peers    *tracker.Client // the reader's
	address  netip.Addr
	exempt   bool // the limits of addresses are not for it
	slot     int32
	inbox    inbox // the reader's

	heard atomic.Int64 // when anything came last
	began atomic.Int64 // when the message began that is not whole; 0: there is none

	mu      sync.Mutex // guards what follows
	state   state
	cause   Cause
	queued  bool    // it is among the hub's dirty ones
	pinged  int64   // when we last asked for a sign of life
	blocked int64   // when the client last took something while more waits; 0: nothing waits for it
	closed  int64   // when state left open
	out     *buffer // frames that wait
	going   int     // bytes of others that wait: the line has taken them from out
}

// line carries a connection's bytes. The connection's mu is held during its other calls.
type line interface {
	// start begins to read; first has come already. It is called once, and alone without mu held; others may have
	// been called before.
	start(first []byte)
	// flush sends what is in out, as far as that goes without waiting.
	flush()
	// abort ends the line, without what has not been sent. The reader sees that and ends the connection.
	abort()
	// close gives back what the line has. It is the last call.
	close()
}

// memory is where the connection's buffers come from.
func (c *conn) memory() account { return account{&c.endpoint.hub.memory, c.address, c.exempt} }

// Send implements tracker.Conn: it queues a message. A client for whose replies there is no room is cut.
func (c *conn) Send(kind tracker.Kind, message []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == open {
		c.endpoint.hub.counts.message(Out, kind)
		c.push(ws.OpText, message)
	}
}

// Pass implements tracker.Conn: it queues a message, and says whether it did.
func (c *conn) Pass(from tracker.Conn, kind tracker.Kind, message []byte) (taken bool) {
	hub := c.endpoint.hub
	c.mu.Lock()
	defer c.mu.Unlock()
	// As with replies, one message may be as long as it likes where nothing waits.
	waiting := c.waiting()
	switch {
	case c.state != open:
		return false
	case !hub.bounds.passes(time.Now(), from.(*conn), c, len(message)):
		hub.counts.drop(Limited)
		return false
	case waiting > 0 && waiting+len(message) > passedOnLimit, !c.queue(ws.OpText, message):
		hub.counts.drop(Waiting)
		return false
	}
	hub.counts.message(Out, kind)
	return true
}

// push queues a frame, for whoever flushes next, and cuts a client for which that cannot be done.
func (c *conn) push(kind ws.OpCode, payload []byte) {
	switch waiting := c.waiting(); {
	case waiting > 0 && waiting+len(payload) > queueLimit:
		c.cut(Slow)
	case !c.queue(kind, payload):
		c.cut(NoMemory)
	}
}

// waiting is how many bytes have been queued and have not gone.
func (c *conn) waiting() int {
	if c.out == nil {
		return c.going
	}
	return c.going + len(c.out.bytes) - c.out.sent
}

// queue adds a frame to what waits; it fails when there is no memory for it.
func (c *conn) queue(kind ws.OpCode, payload []byte) (ok bool) {
	hub := c.endpoint.hub
	out, ok := c.memory().grow(c.out, ws.MaxHeaderSize+len(payload))
	if !ok {
		return false
	}
	out.bytes = append(appendHeader(out.bytes, kind, len(payload)), payload...)
	c.out = out
	if !c.queued && c.blocked == 0 {
		c.queued = true
		hub.dirty.add(c)
	}
	return true
}

// goodbye says that the connection ends, as the first of the two.
func (c *conn) goodbye(status ws.StatusCode, cause Cause) {
	if c.state == open {
		c.leave(closing, cause)
		c.push(ws.OpClose, binary.BigEndian.AppendUint16(nil, uint16(status)))
	}
}

// dismiss is goodbye for those who do not hold mu.
func (c *conn) dismiss(status ws.StatusCode, cause Cause) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.goodbye(status, cause)
}

// expel is cut for those who do not hold mu.
func (c *conn) expel(cause Cause) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut(cause)
}

// leave gets ready for the end.
func (c *conn) leave(to state, cause Cause) {
	c.state = to
	if c.closed == 0 {
		c.closed, c.cause = since(time.Now()), cause
	}
}

// cut ends the connection at once.
func (c *conn) cut(cause Cause) {
	if c.state == dead {
		return
	}
	c.leave(dead, cause)
	c.line.abort()
}

// check cuts the connection when the client takes longer for something than it may, and pings it when it has long been
// silent.
func (c *conn) check(now int64) {
	heard, began, idle := c.heard.Load(), c.began.Load(), int64(c.endpoint.limits.IdleTimeout)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state == dead:
	case c.blocked != 0 && now-c.blocked > int64(writeTimeout):
		c.cut(Slow)
	case c.state != open:
		if now-c.closed > int64(closeTimeout) {
			c.cut(Silent)
		}
	case began != 0 && now-began > int64(messageTimeout):
		c.cut(Unfinished)
	case idle == 0:
	case now-heard >= idle:
		c.cut(Silent)
	case now-heard >= idle/2:
		c.ping(now, heard)
	}
}

// ping asks for a sign of life, once: until something is heard.
func (c *conn) ping(now, heard int64) {
	if c.pinged <= heard {
		c.pinged = now
		c.push(ws.OpPing, nil)
	}
}

// Lost implements tracker.Conn: so is who does not answer a ping.
func (c *conn) Lost() (lost bool, later time.Duration) { return c.lost(since(time.Now())) }

func (c *conn) lost(now int64) (lost bool, later time.Duration) {
	heard := c.heard.Load()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state != open:
		return true, 0
	case c.blocked != 0: // a ping would wait too; check cuts a client that takes nothing
		return false, writeTimeout
	case now-c.pinged >= int64(pongTimeout): // no more often: a stranger may ask all the time
		c.ping(now, heard)
	}
	later = time.Duration(c.pinged + int64(pongTimeout) - now)
	return c.pinged > heard && later <= 0, later
}

func (c *conn) stands() state {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// disconnect takes the client's peers out of their swarms. The reader calls it.
func (c *conn) disconnect() {
	if c.peers != nil {
		c.peers.Disconnect()
		c.peers = nil
	}
}

// end forgets the connection. Its reader calls it, as its last deed.
func (c *conn) end() {
	hub := c.endpoint.hub
	c.mu.Lock()
	c.leave(dead, Gone)
	c.line.close()
	c.memory().release(c.out)
	c.out = nil
	c.mu.Unlock()
	c.inbox.clear(c.memory())
	c.disconnect()
	hub.counts.cut(c.cause)
	hub.options.Log.Debug("disconnected", "client", c.address, "cause", c.cause)
	c.endpoint.release(c.address, c.exempt)
	hub.remove(c)
}
