package main

import (
	"net"
	"net/http"
	"sync"
)

// unused knows the connections on which nothing has been asked yet. Browsers
// open some in advance, and http.Server.Shutdown takes them for busy for five
// seconds. Its methods may be called from anywhere.
type unused struct {
	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

// note is an http.Server's ConnState.
func (u *unused) note(conn net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(u.conns, conn)
	case u.closed:
		conn.Close()
	default:
		if u.conns == nil {
			u.conns = make(map[net.Conn]bool)
		}
		u.conns[conn] = true
	}
}

// close closes all that there are, and all that will be.
func (u *unused) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	for conn := range u.conns {
		conn.Close()
	}
}
