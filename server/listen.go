package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

// listenTCP opens the socket of an HTTP server.
func listenTCP(s config.Server) (net.Listener, error) {
	listener, err := net.Listen("tcp", s.Address())
	if err != nil {
		return nil, explain(err, s.Address(), "--listen :49200")
	}
	return listener, nil
}

// listenUDP opens the socket of the STUN server.
func listenUDP(address string) (*net.UDPConn, error) {
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		return nil, explain(err, address, "--stun :3479, or --stun off")
	}
	return socket.(*net.UDPConn), nil
}

// explain turns an error of listening into a sentence that says what to do.
func explain(err error, address, instead string) error {
	var dns *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s is taken by another program: stop that one, or choose another port with %s", address, instead)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("no permission to listen on %s: choose a port above 1023 with %s", address, instead)
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &dns):
		return fmt.Errorf("this machine does not have the address %s: choose another with %s", address, instead)
	}
	return fmt.Errorf("cannot listen on %s: %w; choose another address with %s", address, err, instead)
}
