package stun

import (
	"errors"
	"fmt"
	"net"
)

// maxRequest is the longest datagram read, in bytes; more than an Ethernet
// frame holds is no Binding request.
const maxRequest = 1500

// maxReadErrors is how many reads may fail in a row before Serve gives up.
// Single failures are ordinary: some systems report here that an earlier
// answer could not be delivered, or that a datagram was longer than maxRequest.
const maxReadErrors = 100

// Serve answers the datagrams that arrive on socket until it is closed, and
// then returns nil. After each datagram it calls count, which must not block,
// with whether there was an answer.
func Serve(socket *net.UDPConn, count func(answered bool)) error {
	buffer := make([]byte, maxRequest)
	failed := 0
	for {
		size, from, err := socket.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			if failed++; failed == maxReadErrors {
				return fmt.Errorf("stun: reading from %v: %w", socket.LocalAddr(), err)
			}
			continue
		}
		failed = 0
		answer := Answer(buffer[:size], from)
		if answer != nil {
			// UDP promises nothing: a client whose answer is lost asks again.
			_, _ = socket.WriteToUDPAddrPort(answer, from)
		}
		count(answer != nil)
	}
}
