package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// Off is the address of a server that shall not run.
const Off = "off"

// The ports of our own servers as they are usually: TCP, UDP and TCP.
const (
	HTTPPort  = 49199
	STUNPort  = 3478 // RFC 8489, 18.6
	PprofPort = 6060 // as in the documentation of net/http/pprof
)

// What `generator` and `logLevel`, and the flags of those names, may be.
var (
	Generators = []string{"embedded", "ffmpeg", "auto", "off"}
	LogLevels  = []string{"debug", "info", "warn", "error"}
)

// SplitAddress reads an address to listen on, such as ":49199": host, which
// may be empty, and a port number. The error shows how it is written, with the
// usual port.
func SplitAddress(text string, usual int) (host string, port int, err error) {
	host, number, err := net.SplitHostPort(text)
	if err == nil {
		var n uint64
		if n, err = strconv.ParseUint(number, 10, 16); err == nil {
			return host, int(n), nil
		}
	}
	return "", 0, fmt.Errorf("%q is no address: write it as :%[2]d, 127.0.0.1:%[2]d or [::1]:%[2]d", text, usual)
}

// parseNetwork reads an address, or a network such as 10.0.0.0/8, whose bits
// behind the prefix do not count.
func parseNetwork(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil && address.Zone() == "" {
		return address.Unmap().Prefix(address.Unmap().BitLen())
	}
	network, err := netip.ParsePrefix(text)
	if err == nil && network.Addr().Is4In6() { // addresses are compared unmapped
		err = errors.New("an IPv4 network in IPv6 notation")
	}
	return network.Masked(), err
}
