package stun

import (
	"context"
	"net"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// openSockets opens one socket for each core, between which the system divides
// the clients by their addresses (SO_REUSEPORT, socket(7)).
func openSockets(address string) (sockets []*net.UDPConn, err error) {
	// Sockets that share an address share it with any program of this user that
	// wants to. So the first one that is opened does not, and fails where the
	// address is taken.
	alone, err := net.ListenPacket("udp", address)
	if err != nil {
		return nil, err
	}
	bound := alone.LocalAddr().String()
	if err := alone.Close(); err != nil {
		return nil, err
	}
	shared := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(descriptor uintptr) {
			failed = unix.SetsockoptInt(int(descriptor), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
		})
		if err != nil {
			return err
		}
		return failed
	}}
	for range runtime.GOMAXPROCS(0) {
		socket, err := shared.ListenPacket(context.Background(), "udp", bound)
		if err != nil {
			for _, open := range sockets {
				open.Close()
			}
			return nil, err
		}
		sockets = append(sockets, socket.(*net.UDPConn))
	}
	return sockets, nil
}
