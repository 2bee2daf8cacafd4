package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/limit"
	"github.com/p2p-mediastream/p2p-mediastream/server/stun"
)

// listenTCP opens the socket of an HTTP server.
func listenTCP(s config.Server) (net.Listener, error) {
	listener, err := net.Listen("tcp", s.Address())
	if err != nil {
		return nil, explain(err, s.Address(), "--listen :49200")
	}
	return listener, nil
}

// listenSTUN opens the sockets of the STUN server.
func listenSTUN(s settings) (*stun.Server, error) {
	server, err := stun.Listen(s.stun, stun.Options{
		Rate:     limit.NewRate(float64(s.limits.STUN), burst*float64(s.limits.STUN)),
		Loopback: s.limits.Loopback,
	})
	if err != nil {
		return nil, explain(err, s.stun, "--stun :3479, or --stun off")
	}
	return server, nil
}

// burst is how many seconds' worth of what is limited an address may do at once.
const burst = 10

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
