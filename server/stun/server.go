package stun

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/limit"
)

// Options of a Server.
type Options struct {
	Rate     *limit.Rate // of the datagrams of one address; what is over it gets no answer. nil: no limit
	Loopback bool        // whether that holds for this machine's own too
}

// Server answers at one address, over IPv4 and IPv6 where that is one of all.
// On Linux it has a socket for each core, between which the system divides the
// clients.
type Server struct {
	options Options
	sockets []*net.UDPConn
	counts  [2][outcomes]atomic.Int64 // by family
}

// receiveBuffer is for bursts, in bytes; Linux counts about 800 for a request.
const receiveBuffer = 4 << 20

// Listen opens the sockets. The error is net.ListenPacket's.
func Listen(address string, options Options) (*Server, error) {
	sockets, err := openSockets(address)
	if err != nil {
		return nil, err
	}
	for _, socket := range sockets {
		_ = socket.SetReadBuffer(receiveBuffer) // the system may give less
	}
	return &Server{options: options, sockets: sockets}, nil
}

// LocalAddr is the address that is bound.
func (s *Server) LocalAddr() *net.UDPAddr { return s.sockets[0].LocalAddr().(*net.UDPAddr) }

// Serve answers until Close.
func (s *Server) Serve() {
	var group sync.WaitGroup
	for _, socket := range s.sockets {
		w := &worker{server: s, socket: socket}
		group.Go(w.serve)
	}
	group.Wait()
}

// Close closes the sockets.
func (s *Server) Close() error {
	var failed []error
	for _, socket := range s.sockets {
		if err := socket.Close(); !errors.Is(err, net.ErrClosed) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// Stats is how many datagrams came over each family, by their outcome.
type Stats struct{ IPv4, IPv6 map[Outcome]int64 }

// Stats counts from the beginning on.
func (s *Server) Stats() Stats {
	read := func(counts *[outcomes]atomic.Int64) map[Outcome]int64 {
		values := make(map[Outcome]int64, outcomes)
		for outcome := range counts {
			values[Outcome(outcome)] = counts[outcome].Load()
		}
		return values
	}
	return Stats{IPv4: read(&s.counts[0]), IPv6: read(&s.counts[1])}
}

func (s *Server) count(from netip.Addr, outcome Outcome) {
	family := 0
	if from.Is6() {
		family = 1
	}
	s.counts[family][outcome].Add(1)
}

func (s *Server) allows(now time.Time, from netip.Addr) bool {
	return from.IsLoopback() && !s.options.Loopback || s.options.Rate.Allow(now, from, 1)
}
