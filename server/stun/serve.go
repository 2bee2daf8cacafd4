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
// then returns nil. An answer leaves from the address that was asked. After each
// datagram Serve calls count, which must not block, with whether there was an
// answer.
func Serve(socket *net.UDPConn, count func(answered bool)) error {
	buffer := make([]byte, maxRequest)
	destinations := newDestinations(socket)
	failed := 0
	for {
		size, told, _, from, err := socket.ReadMsgUDPAddrPort(buffer, destinations.told)
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
			// UDP promises nothing: a client whose answer is lost asks again. But
			// where the system does not let us choose the address (that of a
			// broadcast, for one), its own choice is better than silence.
			same := destinations.sameAddress(destinations.told[:told])
			if _, _, err := socket.WriteMsgUDPAddrPort(answer, same, from); err != nil && same != nil {
				_, _ = socket.WriteToUDPAddrPort(answer, from)
			}
		}
		count(answer != nil)
	}
}
