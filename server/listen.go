package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/limit"
	"github.com/p2p-mediastream/p2p-mediastream/server/stun"
)

// listenTCP opens the socket of an HTTP server.
func listenTCP(s config.Server) (net.Listener, error) {
	listener, err := net.Listen("tcp", s.Address())
	if err != nil {
		return nil, explain(err, "tcp", s.Address(), "--listen :49200")
	}
	return listener, nil
}

// listenSTUN opens the sockets of the STUN server.
func listenSTUN(s settings) (*stun.Server, error) {
	server, err := stun.Listen(s.stun, stun.Options{
		Rate:     limit.NewRate(float64(s.limits.STUN)),
		Loopback: s.limits.Loopback,
	})
	if err != nil {
		return nil, explain(err, "udp", s.stun, "--stun :3479 (or --stun off)")
	}
	return server, nil
}

// taken are addresses that other programs have, all of them: who starts the server twice learns at once what it takes.
type taken []takenAddress

type takenAddress struct {
	address string
	by      string // the program; empty: not known
	instead string // the flag that chooses another
}

// Error implements error.
func (t taken) Error() string {
	var addresses, programs, flags []string
	for _, one := range t {
		addresses = append(addresses, one.address)
		flags = append(flags, one.instead)
		if by := cmp.Or(one.by, "another program"); !slices.Contains(programs, by) {
			programs = append(programs, by)
		}
	}
	are, ports := "is", "another port"
	if len(t) > 1 {
		are, ports = "are", "other ports"
	}
	stop := "stop that one"
	if len(programs) > 1 {
		stop = "stop those"
	}
	return fmt.Sprintf("%s %s taken by %s: %s, or choose %s with %s",
		strings.Join(addresses, " and "), are, strings.Join(programs, " and "), stop, ports, strings.Join(flags, " "))
}

// explain turns an error of listening into a sentence that says what to do.
func explain(err error, network, address, instead string) error {
	var dns *net.DNSError
	switch {
	case errors.Is(err, errTaken):
		var by string
		if _, port, err := config.SplitAddress(address, "0"); err == nil {
			by = holder(network, port)
		}
		return taken{{address, by, instead}}
	case errors.Is(err, errForbidden):
		return fmt.Errorf("no permission to listen on %s: choose another port, above 1023, with %s", address, instead)
	case errors.Is(err, errNotOurs), errors.As(err, &dns):
		return fmt.Errorf("this machine does not have the address %s: choose another with %s", address, instead)
	}
	return fmt.Errorf("cannot listen on %s: %w; choose another address with %s", address, err, instead)
}
