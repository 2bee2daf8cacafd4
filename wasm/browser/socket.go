//go:build js

package browser

import (
	"context"
	"errors"
	"syscall/js"

	"github.com/coder/websocket"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/signaling"
)

// longestMessage bounds what a tracker may send at once, in bytes; an offer
// takes about 2 KiB.
const longestMessage = 1 << 20

// sockets implements signaling.Dialer.
type sockets struct{ machine *machine }

// socket is a WebSocket, open or still to be opened.
type socket struct {
	machine  *machine
	receiver signaling.SocketReceiver
	conn     *websocket.Conn // nil until open; owned by the loop
	closed   bool            // owned by the loop
}

// Dial implements signaling.Dialer.
func (s sockets) Dial(url string, receiver signaling.SocketReceiver) signaling.Socket {
	so := &socket{machine: s.machine, receiver: receiver}
	s.machine.work(func() { so.run(url) })
	return so
}

// run dials and reads until the socket ends. What it says of an address is what
// the JavaScript tracker client says.
func (s *socket) run(url string) {
	if err := usable(url); err != nil {
		s.machine.post(func() { s.lost(err) })
		return
	}
	s.machine.host.Call("awaitSocket")
	conn, _, err := websocket.Dial(context.Background(), url, nil)
	if err != nil { // a browser does not tell why
		s.machine.post(func() { s.lost(errors.New("Error connecting to " + url)) })
		return
	}
	conn.SetReadLimit(longestMessage)
	s.machine.post(func() { s.opened(conn) })
	for {
		_, text, err := conn.Read(context.Background())
		if err != nil {
			s.machine.post(func() { s.lost(err) })
			// After a message that is too long it would stay open.
			_ = conn.Close(websocket.StatusNormalClosure, "")
			return
		}
		s.machine.post(func() {
			if !s.closed {
				s.receiver.Message(text)
			}
		})
	}
}

// usable tells whether a tracker can be at the address at all.
func usable(url string) error {
	var scheme string
	if try(func() { scheme = js.Global().Get("URL").New(url).Get("protocol").String() }) != nil {
		return &signaling.UnusableError{Reason: "Invalid tracker URL: " + url}
	}
	secure := js.Global().Get("location").Get("protocol").String() == "https:"
	if scheme == "wss:" || scheme == "ws:" && !secure {
		return nil
	}
	return &signaling.UnusableError{Reason: "Unsupported tracker protocol: " + url}
}

func (s *socket) opened(conn *websocket.Conn) {
	if s.closed {
		s.hangUp(conn)
		return
	}
	s.conn = conn
	s.receiver.Opened()
}

func (s *socket) lost(err error) {
	if !s.closed {
		s.closed = true
		s.receiver.Closed(err)
	}
}

// Send implements signaling.Socket.
func (s *socket) Send(text []byte) {
	if s.closed || s.conn == nil {
		return
	}
	// Never blocks in a browser; an error ends the reading as well.
	_ = s.conn.Write(context.Background(), websocket.MessageText, text)
}

// Close implements signaling.Socket.
func (s *socket) Close() {
	if s.closed {
		return
	}
	s.closed = true
	if s.conn != nil {
		s.hangUp(s.conn)
	}
}

// hangUp closes with the one status that a browser lets a page send; with
// CloseNow the socket would stay open. It waits for the tracker's answer.
func (s *socket) hangUp(conn *websocket.Conn) {
	s.machine.work(func() { _ = conn.Close(websocket.StatusNormalClosure, "") })
}
