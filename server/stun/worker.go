package stun

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/ipv4"
)

// maxRequest is the longest datagram read, in bytes; more than an Ethernet
// frame holds is no Binding request.
const maxRequest = 1500

// maxReadErrors is how many reads may fail in a row before a worker gives up.
// Single failures are ordinary: some systems report here that an earlier
// answer could not be delivered, or that a datagram was longer than maxRequest.
const maxReadErrors = 100

// batchSize is how many datagrams are read and written with one call of the
// system, where it can; what comes in one by one is answered one by one.
const batchSize = 32

// batches reads and writes several datagrams at once. The messages are those of
// ipv4.PacketConn, which are the same for IPv6.
type batches interface {
	ReadBatch(messages []ipv4.Message, flags int) (int, error)
	WriteBatch(messages []ipv4.Message, flags int) (int, error)
}

// worker answers what comes to one socket.
type worker struct {
	server       *Server
	socket       *net.UDPConn
	batches      batches
	destinations *destinations
	in, out      [batchSize]ipv4.Message
}

func newWorker(s *Server, socket *net.UDPConn) *worker {
	w := &worker{server: s, socket: socket, batches: batched(socket), destinations: newDestinations(socket)}
	for i := range w.in {
		w.in[i].Buffers = [][]byte{make([]byte, maxRequest)}
		w.in[i].OOB = w.destinations.room()
		w.out[i].Buffers = [][]byte{nil}
	}
	return w
}

// serve answers until the socket is closed, and then returns nil. An answer
// leaves from the address that was asked.
func (w *worker) serve() error {
	failed := 0
	for {
		n, err := w.batches.ReadBatch(w.in[:], 0)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			if failed++; failed == maxReadErrors {
				return fmt.Errorf("stun: reading from %v: %w", w.socket.LocalAddr(), err)
			}
			continue
		}
		failed = 0
		w.answer(w.in[:n])
	}
}

func (w *worker) answer(requests []ipv4.Message) {
	now, count := time.Now(), 0
	for i := range requests {
		request := &requests[i]
		from := addressOf(request.Addr)
		if !w.server.allows(now, from.Addr()) {
			w.server.count(from.Addr(), Limited)
			continue
		}
		answer := &w.out[count]
		var outcome Outcome
		answer.Buffers[0], outcome = Answer(answer.Buffers[0][:0], request.Buffers[0][:request.N], from)
		w.server.count(from.Addr(), outcome)
		if outcome == Ignored {
			continue
		}
		answer.Addr = request.Addr
		answer.OOB = w.destinations.sameAddress(request.OOB[:request.NN])
		count++
	}
	w.send(w.out[:count])
}

// send writes the answers. UDP promises nothing: a client whose answer is lost
// asks again. But where the system does not let us choose the address (that of a
// broadcast, for one), its own choice is better than silence.
func (w *worker) send(answers []ipv4.Message) {
	for len(answers) > 0 {
		n, err := w.batches.WriteBatch(answers, 0)
		if err == nil && n == 0 {
			err = errors.New("the system took nothing")
		}
		if err != nil {
			n = max(n, 0)
			stuck := answers[n]
			to := addressOf(stuck.Addr)
			if _, err := w.socket.WriteToUDPAddrPort(stuck.Buffers[0], to); err != nil {
				w.server.count(to.Addr(), Unsent)
			}
			n++
		}
		answers = answers[n:]
	}
}

// addressOf is where a datagram came from, of IPv4 also on a dual-stack socket.
func addressOf(address net.Addr) netip.AddrPort {
	udp, ok := address.(*net.UDPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	from := udp.AddrPort()
	return netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
}
