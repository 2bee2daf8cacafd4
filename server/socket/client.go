package socket

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

// writeTimeout is how long a client may take to accept one message.
const writeTimeout = 10 * time.Second

// Why a connection is cut, for the log.
var (
	errSlow    = errors.New("the client does not read what it is sent")
	errSilent  = errors.New("the client was silent for longer than idleTimeout")
	errStopped = errors.New("the server stops")
	errGone    = errors.New("the connection has ended")
)

// started is the moment that client.heard counts from. It has a reading of the
// monotonic clock, so that setting the time of day cuts nobody.
var started = time.Now()

// client is one connection: the goroutine of its HTTP request reads, one of
// its own writes.
type client struct {
	conn  *websocket.Conn
	count func(Direction, tracker.Kind)
	peers *tracker.Client
	queue queue
	idle  time.Duration // 0: the client may be silent forever
	heard atomic.Int64  // when a frame came last, as a time.Duration since started

	ctx context.Context // ends when the connection is cut
	cut context.CancelCauseFunc
}

func newClient(idle time.Duration, count func(Direction, tracker.Kind)) *client {
	c := &client{idle: idle, queue: newQueue(), count: count}
	c.ctx, c.cut = context.WithCancelCause(context.Background())
	c.hear()
	return c
}

func (c *client) hear() { c.heard.Store(int64(time.Since(started))) }

// silence is how long nothing has come from the client.
func (c *client) silence() time.Duration { return time.Since(started) - time.Duration(c.heard.Load()) }

// Send implements tracker.Conn: it queues a message. A client whose queue is
// full is cut.
func (c *client) Send(kind tracker.Kind, message []byte) {
	if !c.queue.push(bytes.Clone(message)) {
		c.cut(errSlow)
	}
	c.count(Out, kind)
}

// read hands each message to the tracker until the connection ends, and says
// why it did.
func (c *client) read() error {
	var request tracker.Request
	for {
		// Text or binary: wt-tracker takes both, and what is no JSON is refused.
		_, frame, err := c.conn.Read(c.ctx)
		if err != nil {
			if cause := context.Cause(c.ctx); cause != nil {
				return cause
			}
			return err
		}
		c.hear()
		request.Parse(frame)
		c.count(In, request.Kind())
		c.peers.Handle(time.Now(), &request)
	}
}

// write sends what is queued, and pings a client that is silent, until the
// connection is cut.
func (c *client) write() {
	var tick <-chan time.Time
	if c.idle > 0 {
		ticker := time.NewTicker(c.idle / 4)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-c.queue.filled:
			for _, message := range c.queue.take() {
				if !c.writeOne(message) {
					return
				}
			}
		case <-tick:
			silent := c.silence()
			if silent >= c.idle {
				c.cut(errSilent)
				return
			}
			if silent >= c.idle/2 {
				// Ping waits for the pong, which hear will see: the messages must not.
				go func() { _ = c.conn.Ping(c.ctx) }()
			}
		}
	}
}

func (c *client) writeOne(message []byte) bool {
	ctx, cancel := context.WithTimeout(c.ctx, writeTimeout)
	defer cancel()
	if err := c.conn.Write(ctx, websocket.MessageText, message); err != nil {
		if ctx.Err() != nil {
			err = errSlow
		}
		c.cut(err)
		return false
	}
	return true
}

// leave says goodbye and waits for the client to say it too, for some seconds.
func (c *client) leave() {
	_ = c.conn.Close(websocket.StatusGoingAway, "the server stops")
}
