package simulation

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
)

// network knows the connections that descriptions stand for.
type network struct {
	made   int // descriptions so far
	ends   map[string]*Connection
	breaks float64 // of a connection, a minute
	random *rand.Rand
}

// describe makes the description of one end. In place of SDP it is a token.
func (n *network) describe(kind string, c *Connection) string {
	n.made++
	token := fmt.Sprintf("%s-%d", kind, n.made)
	n.ends[token] = c
	c.tokens = append(c.tokens, token)
	return token
}

const (
	// gathering is how long a description takes to make.
	gathering = 50 * time.Millisecond
	// handshakes is how many one-way trips ICE, DTLS and SCTP take together.
	handshakes = 8
	// suspecting and noticing are how long it takes until a connection whose other
	// end is gone without a word is disconnected, and has failed: as in Chromium.
	suspecting = 7 * time.Second
	noticing   = 17 * time.Second
)

var (
	errHungUp = errors.New("simulation: closed by the other end")
	errCut    = errors.New("simulation: cut")
	errSilent = errors.New("simulation: the other end is gone")
	errNoEnd  = errors.New("simulation: description of no connection")
)

// connector is one viewer's loader.Connector.
type connector struct{ viewer *Viewer }

// Connect implements loader.Connector.
func (c connector) Connect(_ hls.StreamType, receiver loader.ConnectionReceiver) loader.Connection {
	end := &Connection{viewer: c.viewer, receiver: receiver}
	end.land, end.take = end.arrived, end.taken
	c.viewer.connections = append(c.viewer.connections, end)
	return end
}

// Connection is one end of a connection between two viewers.
type Connection struct {
	// in
	viewer   *Viewer
	receiver loader.ConnectionReceiver

	tokens   []string    // descriptions of this end that are still valid
	remote   *Connection // nil until both ends know of each other
	open     bool
	closed   bool
	came     int64         // from the other end, for Received
	queue    fifo[message] // not sent yet
	buffered int           // bytes in queue
	waiting  bool          // for its turn on the uplink
	carried  message       // by the uplink, last
	flying   fifo[message] // on their way here, in the order of their arrival
	landing  fifo[message] // on this viewer's line
	land     func()        // takes the first that flies
	take     func()        // and the first that lands
}

// message is one on a data channel: a command or segment data.
type message struct {
	command []byte
	data    payload.Bytes
	through time.Duration // when the sender's line has carried it, if it has
}

func (m message) len() int {
	if m.data != nil {
		return m.data.Len()
	}
	return len(m.command)
}

// Offer implements signaling.Link.
func (c *Connection) Offer(done func(sdp string, err error)) {
	c.later(gathering, func() { done(c.viewer.world.network.describe("offer", c), nil) })
}

// Answer implements signaling.Link. Whoever offered may be gone; that shows
// only in that the connection does not open.
func (c *Connection) Answer(offer string, done func(sdp string, err error)) {
	c.later(gathering, func() {
		network := &c.viewer.world.network
		if c.remote = network.ends[offer]; c.remote == nil {
			done("", errNoEnd)
			return
		}
		done(network.describe("answer", c), nil)
	})
}

// Accept implements signaling.Link.
func (c *Connection) Accept(answer string) {
	remote := c.viewer.world.network.ends[answer]
	if c.closed || remote == nil || remote.remote != c {
		return // answered by one that is gone
	}
	c.remote = remote
	c.later(handshakes*c.latency(), func() {
		if remote.closed || remote.viewer.gone {
			return
		}
		c.opened()
		remote.later(c.latency(), remote.opened)
		if network := &c.viewer.world.network; network.breaks > 0 {
			c.later(minutes(network.random.ExpFloat64()/network.breaks), c.cut)
		}
	})
}

func (c *Connection) opened() {
	c.open = true
	c.viewer.link(1)
	c.receiver.Opened()
}

// SendCommand implements peer.Channel.
func (c *Connection) SendCommand(command []byte) {
	if c.viewer.options.Lie == PassedFalse {
		command = passed(command)
	}
	if c.send(message{command: command}) {
		c.viewer.Stats.Commands += int64(len(command))
	}
}

// SendData implements peer.Channel.
func (c *Connection) SendData(bytes payload.Bytes) { c.send(message{data: bytes}) }

// Buffered implements peer.Channel. What the line is carrying has not left yet.
func (c *Connection) Buffered() int {
	if c.carried.through > c.viewer.world.now {
		return c.buffered + c.carried.len()
	}
	return c.buffered
}

// Received implements loader.Connection. A machine that is there says something
// all the time.
func (c *Connection) Received(done func(n int64)) {
	if c.remote != nil && !c.remote.closed && !c.remote.viewer.gone {
		c.came++
	}
	n := c.came
	c.later(0, func() { done(n) })
}

// Close implements signaling.Link and peer.Channel. The other end hears of it.
func (c *Connection) Close() {
	if c.closed {
		return
	}
	remote := c.remote
	c.end()
	if remote != nil && !remote.closed && remote.remote == c {
		remote.later(remote.latency(), func() { remote.fail(errHungUp) })
	}
}

// cut breaks the connection; both ends notice at once.
func (c *Connection) cut() {
	if remote := c.remote; remote != nil {
		remote.later(0, func() { remote.fail(errCut) })
	}
	c.later(0, func() { c.fail(errCut) })
}

// silence is what the other end sees of a viewer that is gone: nothing, and
// after a while a failure.
func (c *Connection) silence() {
	if remote := c.remote; remote != nil {
		remote.later(suspecting, func() { remote.receiver.Suspected(true) })
		remote.later(noticing, func() { remote.fail(errSilent) })
	}
}

func (c *Connection) fail(reason error) {
	c.end()
	c.receiver.Closed(reason)
}

// end forgets the connection.
func (c *Connection) end() {
	if c.open {
		c.viewer.link(-1)
	}
	c.closed, c.open = true, false
	c.queue, c.buffered = fifo[message]{}, 0
	for _, token := range c.tokens {
		delete(c.viewer.world.network.ends, token)
	}
	v := c.viewer
	v.connections = slices.DeleteFunc(v.connections, func(other *Connection) bool { return other == c })
}

// later runs f on the viewer's behalf, unless the connection has ended by then.
func (c *Connection) later(d time.Duration, f func()) {
	c.viewer.host.After(d, func() {
		if !c.closed {
			f()
		}
	})
}

// latency is that of one way between the two ends.
func (c *Connection) latency() time.Duration {
	return c.viewer.access.Latency + c.remote.viewer.access.Latency
}

// send tells whether there is a way to the other end.
func (c *Connection) send(m message) bool {
	if !c.open {
		return false
	}
	c.queue.push(m)
	c.buffered += m.len()
	c.viewer.up.join(c)
	return true
}

// canSend tells whether the uplink can do something for the connection.
func (c *Connection) canSend() bool {
	return c.queue.len() > 0 && !c.viewer.gone && !c.remote.viewer.gone
}

// carry takes the first message off the queue, which the uplink has carried at
// that time, or with the one before it.
func (c *Connection) carry(through time.Duration) {
	m := c.queue.pop()
	through = max(through, c.carried.through)
	m.through = through
	c.buffered -= m.len()
	c.carried = m
	w := c.viewer.world
	c.remote.flying.push(m)
	w.At(through+c.latency(), c.remote.land)
	if c.buffered < peer.LowWater && c.buffered+m.len() >= peer.LowWater {
		w.At(through, func() {
			if !c.closed && !c.viewer.gone && c.Buffered() < peer.LowWater {
				c.receiver.Drained()
			}
		})
	}
}

// arrived takes a message that has come as far as this viewer's line.
func (c *Connection) arrived() {
	m := c.flying.pop()
	from := c.remote.viewer
	if c.closed || c.viewer.gone || from.gone && m.through > from.LeftAt {
		return
	}
	down, now := &c.viewer.down, c.viewer.world.now
	idle := down.free < now
	through := down.pass(now, m.len())
	if idle && m.data == nil {
		c.deliver(m) // the rest of the way takes it no time
		return
	}
	c.landing.push(m)
	c.viewer.world.At(through, c.take)
}

// taken takes a message that the line has carried.
func (c *Connection) taken() {
	if m := c.landing.pop(); !c.closed && !c.viewer.gone {
		c.deliver(m)
	}
}

func (c *Connection) deliver(m message) {
	if m.data != nil {
		c.receiver.Data(m.data, 1)
	} else {
		c.receiver.Command(m.command)
	}
}
