package socket

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

// handshakeTimeout is how long a client may take to accept the answer to its
// upgrade request. How long the request may take is the HTTP server's to say.
const handshakeTimeout = 10 * time.Second

var errKey = errors.New("Sec-WebSocket-Key must be 16 bytes in base64")

// Endpoint is the way into a hub at one listening address, with the limits
// that hold there.
type Endpoint struct {
	hub         *Hub
	limits      config.WebSockets
	connections atomic.Int64
}

// Endpoint returns a new way into the hub.
func (h *Hub) Endpoint(limits config.WebSockets) *Endpoint {
	return &Endpoint{hub: h, limits: limits}
}

// Connections is how many clients are connected here.
func (e *Endpoint) Connections() int { return int(e.connections.Load()) }

// Wants says whether a request is for the tracker: an upgrade to WebSocket
// whose path is allowed.
func (e *Endpoint) Wants(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket") && config.MatchPath(e.limits.Path, r.URL.Path)
}

// ServeHTTP upgrades a request, and returns when the connection has left
// net/http. Refused are an origin that is not allowed (403), an address that
// connects too often or has too many connections (429), connections beyond
// maxConnections (503), and what is no handshake (400, 405, 426, 505).
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hub := e.hub
	if hub.conns.enter(&hub.running) { // else the hub is closed: adopt turns it away
		defer hub.running.Done()
	}
	address := ClientAddress(r, hub.options.TrustedProxies)
	exempt := hub.bounds.exempts(address)
	refuse := func(why Refusal, status int, text string) {
		hub.refuse(why, r)
		http.Error(w, text, status)
	}
	switch {
	case !hub.Allows(r.Header.Get("Origin")):
		refuse(Origin, http.StatusForbidden, "pages of this origin may not use this tracker")
		return
	case !exempt && !hub.bounds.messages.Allow(time.Now(), address, 1):
		refuse(Hasty, http.StatusTooManyRequests, "too many connects from this address")
		return
	case !exempt && !hub.bounds.connections.Take(address, 1):
		refuse(Crowded, http.StatusTooManyRequests, "too many connections from this address")
		return
	}
	if n := e.connections.Add(1); e.limits.MaxConnections > 0 && n > int64(e.limits.MaxConnections) {
		e.release(address, exempt)
		refuse(Full, http.StatusServiceUnavailable, "the tracker has as many connections as it may")
		return
	}
	socket, first, err := upgrade(w, r)
	if err != nil {
		e.release(address, exempt)
		hub.refuse(NoWebSocket, r)
		hub.options.Log.Debug("no handshake", "client", address, "error", err)
		return
	}
	hub.options.Log.Debug("connected", "client", address, "origin", r.Header.Get("Origin"))
	e.adopt(socket, first, address, exempt)
}

// release gives back what ServeHTTP has taken for a connection.
func (e *Endpoint) release(address netip.Addr, exempt bool) {
	e.connections.Add(-1)
	if !exempt {
		e.hub.bounds.connections.Return(address, 1)
	}
}

// upgrade does the handshake. No extension is accepted, so none compresses.
// first is what the client has sent without waiting for its end.
func upgrade(w http.ResponseWriter, r *http.Request) (socket net.Conn, first []byte, err error) {
	key, err := base64.StdEncoding.DecodeString(r.Header.Get("Sec-WebSocket-Key"))
	if err != nil || len(key) != 16 {
		http.Error(w, errKey.Error(), http.StatusBadRequest)
		return nil, nil, errKey
	}
	socket, buffered, _, err := ws.HTTPUpgrader{Timeout: handshakeTimeout}.Upgrade(r, w)
	if err != nil {
		if socket != nil {
			_ = socket.Close()
		}
		return nil, nil, err
	}
	first, _ = buffered.Peek(buffered.Reader.Buffered()) // cannot fail: that many are there
	return socket, first, nil
}

// adopt gives a connection to what will carry it.
func (e *Endpoint) adopt(socket net.Conn, first []byte, address netip.Addr, exempt bool) {
	e.hub.begin()
	c := e.hub.poller.carry(socket)
	if c == nil {
		c = pump(socket)
	}
	c.endpoint, c.address, c.exempt = e, address, exempt
	c.heard.Store(since(time.Now()))
	if !e.hub.add(c) {
		e.release(address, exempt)
		turnAway(socket)
		c.line.close()
		return
	}
	c.line.start(first)
}

// turnAway says goodbye to who came while the hub was being closed.
func turnAway(socket net.Conn) {
	_ = socket.SetDeadline(time.Now().Add(closeTimeout))
	_, _ = socket.Write(binary.BigEndian.AppendUint16(appendHeader(nil, ws.OpClose, 2), uint16(ws.StatusGoingAway)))
	_ = socket.Close()
}
