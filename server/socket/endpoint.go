package socket

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"

	"github.com/coder/websocket"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

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

// ServeHTTP upgrades a request and serves the connection until it ends.
// Refused are an origin that is not allowed (403), and connections beyond
// maxConnections or after the hub's Close (503).
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	log := e.hub.options.Log.With("client", r.RemoteAddr)
	origin := r.Header.Get("Origin")
	if !e.hub.options.Access.Allows(origin) {
		log.Debug("origin refused", "origin", origin)
		http.Error(w, "pages of this origin may not use this tracker", http.StatusForbidden)
		return
	}
	defer e.connections.Add(-1)
	if n := e.connections.Add(1); e.limits.MaxConnections > 0 && n > int64(e.limits.MaxConnections) {
		log.Debug("refused: too many connections", "maxConnections", e.limits.MaxConnections)
		http.Error(w, "the tracker has as many connections as it may", http.StatusServiceUnavailable)
		return
	}

	c := newClient(e.limits.IdleTimeout, e.hub.options.Count)
	var err error
	c.conn, err = websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // origins were looked at above: by default all are welcome
		OnPingReceived:     func(context.Context, []byte) bool { c.hear(); return true },
		OnPongReceived:     func(context.Context, []byte) { c.hear() },
	})
	if err != nil {
		log.Debug("upgrade refused", "error", err)
		return
	}
	defer c.conn.CloseNow()
	c.conn.SetReadLimit(e.limits.MaxPayloadLength)

	from, _ := netip.ParseAddrPort(r.RemoteAddr) // net/http always sets it
	if !e.hub.add(c, from.Addr()) {
		c.leave()
		return
	}
	defer e.hub.remove(c)
	log.Debug("connected", "origin", origin)

	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	err = c.read()
	c.cut(errGone)
	<-written
	log.Debug("disconnected", "reason", err)
}
