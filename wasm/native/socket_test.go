//go:build !js

package native

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/signaling"
)

// ear hears a socket.
type ear struct {
	opened   chan struct{}
	messages chan string
	closed   chan error
}

func newEar() *ear {
	return &ear{opened: make(chan struct{}), messages: make(chan string, 100), closed: make(chan error, 1)}
}

func (e *ear) Opened()             { close(e.opened) }
func (e *ear) Message(text []byte) { e.messages <- string(text) }
func (e *ear) Closed(reason error) { e.closed <- reason }

// accept serves WebSockets. It returns the address, and the connections' ends.
func accept(t *testing.T, serve func(c *websocket.Conn)) (url string, ended <-chan struct{}) {
	over := make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		serve(c)
		c.CloseNow()
		over <- struct{}{}
	}))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http"), over
}

func (p *Process) dial(t *testing.T, url string, e *ear) (s signaling.Socket) {
	if err := p.Run(func() { s = dialer{p}.Dial(url, e) }); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSocketSpeaksBothWays(t *testing.T) {
	goodbye := make(chan error, 1)
	url, ended := accept(t, func(c *websocket.Conn) {
		for {
			kind, text, err := c.Read(context.Background())
			if err != nil {
				goodbye <- err
				return
			}
			if err := c.Write(context.Background(), kind, text); err != nil {
				t.Error(err)
			}
		}
	})
	p, e := start(t), newEar()
	s := p.dial(t, url, e)
	<-e.opened
	long := strings.Repeat("x", 30_000)
	_ = p.Run(func() { s.Send([]byte("one")); s.Send([]byte(long)) })
	if got := <-e.messages; got != "one" {
		t.Errorf("%q came back", got)
	}
	if got := <-e.messages; got != long {
		t.Errorf("%d bytes came back", len(got))
	}
	_ = p.Run(func() { s.Close(); s.Close(); s.Send([]byte("late")) })
	<-ended
	if got := websocket.CloseStatus(<-goodbye); got != websocket.StatusNormalClosure {
		t.Errorf("closed with status %v", got)
	}
	p.work.Wait()
	_ = p.Run(func() {})
	if len(e.closed) > 0 || len(e.messages) > 0 {
		t.Error("heard of a socket that was closed")
	}
}

func TestSocketTellsWhyItClosed(t *testing.T) {
	silent := httptest.NewServer(nil)
	silent.Close()
	deaf := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(deaf.Close)
	leaving, _ := accept(t, func(c *websocket.Conn) { c.Close(websocket.StatusGoingAway, "good night") })
	shouting, _ := accept(t, func(c *websocket.Conn) {
		_ = c.Write(context.Background(), websocket.MessageText, make([]byte, longestMessage+1))
		_, _, _ = c.Read(context.Background())
	})
	for _, test := range []struct{ name, url, reason string }{
		{"nobody there", silent.URL, "refused"},
		{"no WebSocket", deaf.URL, "404"},
		{"no address", "ws://a b", "parse"},
		{"no scheme", "localhost", "scheme"},
		{"it leaves", leaving, "good night"},
		{"too long a message", shouting, "limit"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, e := start(t), newEar()
			p.dial(t, test.url, e)
			if err := <-e.closed; err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("%v, want something about %q", err, test.reason)
			}
		})
	}
}

// A tracker that reads nothing cannot make the queue grow without end.
func TestSlowTrackerIsLeft(t *testing.T) {
	release := make(chan struct{})
	url, _ := accept(t, func(*websocket.Conn) { <-release })
	p, e := start(t), newEar()
	s := p.dial(t, url, e)
	<-e.opened
	full := func() bool { return len(s.(*socket).unsent) == mostUnsent }
	for !full() {
		_ = p.Run(func() { s.Send(make([]byte, 1<<20)) })
	}
	_ = p.Run(func() { s.Send([]byte("one too many")) })
	// The writer may have taken one just now; then the next fills it again.
	for len(e.closed) == 0 {
		_ = p.Run(func() { s.Send(make([]byte, 1<<20)) })
	}
	if err := <-e.closed; err != errSlowTracker {
		t.Error(err)
	}
	close(release)
}

func TestCloseBeforeOpened(t *testing.T) {
	url, _ := accept(t, func(c *websocket.Conn) { _, _, _ = c.Read(context.Background()) })
	p, e := start(t), newEar()
	_ = p.Run(func() { dialer{p}.Dial(url, e).Close() })
	p.work.Wait()
	_ = p.Run(func() {})
	select {
	case <-e.opened:
		t.Error("opened")
	case <-e.closed:
		t.Error("closed")
	default:
	}
}
