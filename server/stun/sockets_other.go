//go:build !linux

package stun

import "net"

// openSockets opens one socket: elsewhere than on Linux, several at one address
// do not divide the clients evenly.
func openSockets(address string) ([]*net.UDPConn, error) {
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		return nil, err
	}
	return []*net.UDPConn{socket.(*net.UDPConn)}, nil
}
