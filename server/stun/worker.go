package stun

import (
	"net"
	"net/netip"
	"time"
)

// maxRequest is the longest datagram answered, in bytes; more than an Ethernet
// frame holds is no Binding request.
const maxRequest = 1500

// worker answers what comes to one socket.
type worker struct {
	server *Server
	socket *net.UDPConn
	failed int // reads, in a row
}

// answer appends the answer to a datagram to a buffer, or nothing.
func (w *worker) answer(now time.Time, to, request []byte, from netip.AddrPort) []byte {
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port()) // of IPv4 also on a dual-stack socket
	if !w.server.allows(now, from.Addr()) {
		w.server.count(from.Addr(), Limited)
		return to
	}
	if len(request) > maxRequest { // there may have been more that the buffer did not hold
		w.server.count(from.Addr(), TooLong)
		return to
	}
	to, outcome := Answer(to, request, from)
	w.server.count(from.Addr(), outcome)
	return to
}

// Single reads that fail are ordinary: some systems report here that an earlier
// answer could not be delivered, or that a datagram was longer than its buffer.
// Where all fail, not to keep a core busy is what remains.
const (
	failuresInARow = 10
	failurePause   = 10 * time.Millisecond
)

// fail notes a read that failed. failed is 0 again after one that did not.
func (w *worker) fail() {
	if w.failed++; w.failed > failuresInARow {
		time.Sleep(failurePause)
	}
}
