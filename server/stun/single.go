package stun

import (
	"errors"
	"net"
	"time"
)

// serveSingly answers one datagram after the other, as every system can, until the
// socket is closed. An answer leaves from the address that was asked.
func (w *worker) serveSingly() {
	destinations := newDestinations(w.socket)
	request, room := make([]byte, maxRequest+1), destinations.room()
	var answer []byte
	for {
		size, told, _, from, err := w.socket.ReadMsgUDPAddrPort(request, room)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			w.fail()
			continue
		}
		w.failed = 0
		if answer = w.answer(time.Now(), answer[:0], request[:size], from); len(answer) == 0 {
			continue
		}
		// UDP promises nothing: a client whose answer is lost asks again. But where
		// the system does not let us choose the address (that of a broadcast, for
		// one), its own choice is better than silence.
		_, _, err = w.socket.WriteMsgUDPAddrPort(answer, destinations.sameAddress(room[:told]), from)
		if err == nil {
			continue
		}
		if _, err := w.socket.WriteToUDPAddrPort(answer, from); err != nil {
			w.server.count(from.Addr().Unmap(), Unsent)
		}
	}
}
