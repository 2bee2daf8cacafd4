package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

// listenTCP opens the socket of an HTTP server and reads its certificate, nil
// without TLS.
func listenTCP(s config.Server) (net.Listener, *tls.Config, error) {
	var secure *tls.Config
	if s.KeyFile != "" {
		certificate, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
		if err != nil {
			return nil, nil, fmt.Errorf("cannot use the certificate for %s (%s, %s): %w", s.Address(), s.CertFile, s.KeyFile, err)
		}
		secure = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	listener, err := net.Listen("tcp", s.Address())
	if err != nil {
		return nil, nil, explain(err, s.Address(), "--listen :49200")
	}
	return listener, secure, nil
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
