//go:build !js

package native

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/signaling"
)

const (
	// longestMessage is the longest message taken from a tracker, in bytes. An
	// offer takes a few thousand.
	longestMessage = 1 << 20
	// mostUnsent is how many messages wait for a tracker that does not read.
	mostUnsent = 64
	// patience is how long a tracker may take to accept a connection, to take a
	// message, and to answer a ping.
	patience = 10 * time.Second
	// pinging is how often a tracker is asked whether it is still there.
	pinging = 30 * time.Second
)

var (
	errSlowTracker = errors.New("the tracker does not read what it is sent")
	errSaidGoodbye = errors.New("closed by us")
)

// dialer opens WebSockets. It implements signaling.Dialer.
type dialer struct{ process *Process }

// Dial implements signaling.Dialer.
func (d dialer) Dial(url string, receiver signaling.SocketReceiver) signaling.Socket {
	ctx, cut := context.WithCancelCause(context.Background())
	s := &socket{
		process: d.process, receiver: receiver,
		cut: cut, unsent: make(chan []byte, mostUnsent),
	}
	d.process.work.Go(func() {
		err := s.run(ctx, url)
		s.post(func() {
			s.closed = true
			receiver.Closed(err)
		})
	})
	return s
}

// socket is a WebSocket to a tracker: a goroutine dials and reads, another
// writes and pings.
type socket struct {
	process  *Process
	receiver signaling.SocketReceiver
	cut      context.CancelCauseFunc // ends it; the cause is why
	unsent   chan []byte
	closed   bool // nothing more is told; owned by the loop
}

// Send implements signaling.Socket.
func (s *socket) Send(text []byte) {
	if s.closed {
		return
	}
	select {
	case s.unsent <- text:
	default:
		s.cut(errSlowTracker)
	}
}

// Close implements signaling.Socket. What was sent before still goes out.
func (s *socket) Close() {
	s.closed = true
	s.cut(errSaidGoodbye)
}

// post tells the receiver something on the loop, unless it is to hear no more.
func (s *socket) post(f func()) {
	s.process.loop.Post(func() {
		if !s.closed {
			f()
		}
	})
}

// run is the socket's life. It returns why it ended.
func (s *socket) run(ctx context.Context, url string) error {
	defer s.cut(nil) // so that the writer ends
	conn, err := s.dial(ctx, url)
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	conn.SetReadLimit(longestMessage)
	s.process.work.Go(func() { s.write(ctx, conn) })
	s.post(s.receiver.Opened)
	for {
		// The writer closes the connection when ctx ends, with a goodbye that
		// ending this read would cut short.
		_, text, err := conn.Read(context.Background())
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
			return err
		}
		s.post(func() { s.receiver.Message(text) })
	}
}

func (s *socket) dial(ctx context.Context, url string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{
		HTTPClient: s.process.client,
		HTTPHeader: http.Header{"User-Agent": {userAgent}},
	})
	return conn, err
}

// write sends what is queued until the connection is cut, and closes it then.
func (s *socket) write(ctx context.Context, conn *websocket.Conn) {
	tick := time.NewTicker(pinging)
	defer tick.Stop()
	for {
		select {
		case text := <-s.unsent:
			if err := writeOne(conn, text); err != nil {
				s.cut(fmt.Errorf("writing to the tracker: %w", err))
			}
		case <-tick.C:
			if err := ping(ctx, conn); err != nil {
				s.cut(fmt.Errorf("the tracker is silent: %w", err))
			}
		case <-ctx.Done():
			s.goodbye(ctx, conn)
			return
		}
	}
}

// goodbye closes the connection. One that we leave gets what is still queued,
// and a closing handshake.
func (s *socket) goodbye(ctx context.Context, conn *websocket.Conn) {
	if context.Cause(ctx) != errSaidGoodbye {
		conn.CloseNow()
		return
	}
	for {
		select {
		case text := <-s.unsent:
			if writeOne(conn, text) != nil {
				conn.CloseNow()
				return
			}
		default:
			_ = conn.Close(websocket.StatusNormalClosure, "")
			return
		}
	}
}

func writeOne(conn *websocket.Conn, text []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, text)
}

func ping(ctx context.Context, conn *websocket.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return conn.Ping(ctx)
}
