package stun

import (
	"context"
	"net"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// openSockets opens one socket for each core, between which the system divides
// the clients by their addresses (SO_REUSEPORT, socket(7)). Where one alone can be
// had, that one has to do.
func openSockets(address string) ([]*net.UDPConn, error) {
	// Sockets that share an address share it with any program of this user that
	// wants to. So the first is opened as one that does not, and fails where the
	// address is taken.
	packets, err := net.ListenPacket("udp", address)
	if err != nil {
		return nil, err
	}
	first := packets.(*net.UDPConn)
	sockets := []*net.UDPConn{first}
	raw, err := first.SyscallConn()
	if err != nil || share("", "", raw) != nil {
		return sockets, nil
	}
	shared := net.ListenConfig{Control: share}
	for len(sockets) < runtime.GOMAXPROCS(0) {
		socket, err := shared.ListenPacket(context.Background(), "udp", first.LocalAddr().String())
		if err != nil {
			break
		}
		sockets = append(sockets, socket.(*net.UDPConn))
	}
	return sockets, nil
}

// share is a net.ListenConfig's Control.
func share(_, _ string, raw syscall.RawConn) (failed error) {
	err := raw.Control(func(descriptor uintptr) {
		failed = unix.SetsockoptInt(int(descriptor), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	})
	if err != nil {
		return err
	}
	return failed
}
