//go:build js

package browser

import (
	"context"

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

// run dials and reads until the socket ends.
func (s *socket) run(url string) {
	conn, _, err := websocket.Dial(context.Background(), url, nil)
	if err != nil {
		s.machine.post(func() { s.lost(err) })
		return
	}
	conn.SetReadLimit(longestMessage)
	s.machine.sockets[conn] = true
	defer delete(s.machine.sockets, conn)
	s.machine.post(func() { s.opened(conn) })
	for {
		_, text, err := conn.Read(context.Background())
		if err != nil {
			s.machine.post(func() { s.lost(err) })
			return
		}
		s.machine.post(func() {
			if !s.closed {
				s.receiver.Message(text)
			}
		})
	}
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
