package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
)

// Off is the address of a server that shall not run.
const Off = "off"

// What flags may be, as the keys of the file that they override: words, and
// addresses with these usual ports.
var (
	Generators = strings.Fields(tagOf("Generator").Get("choice"))
	LogLevels  = strings.Fields(tagOf("LogLevel").Get("choice"))
	HTTPPort   = tagOf("Listen").Get("tcp")
	STUNPort   = tagOf("STUN").Get("udp")
	PprofPort  = tagOf("Pprof").Get("tcp")
)

func tagOf(field string) reflect.StructTag {
	f, _ := reflect.TypeFor[Config]().FieldByName(field)
	return f.Tag
}

// SplitAddress reads an address to listen on, such as ":49199": host, which
// may be empty, and a port number. The error shows how it is written, with the
// usual port.
func SplitAddress(text string, usual string) (host string, port int, err error) {
	host, number, err := net.SplitHostPort(text)
	if err == nil {
		var n uint64
		if n, err = strconv.ParseUint(number, 10, 16); err == nil {
			return host, int(n), nil
		}
	}
	return "", 0, fmt.Errorf("%q is no address: write it as :%[2]s, 127.0.0.1:%[2]s or [::1]:%[2]s", text, usual)
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
