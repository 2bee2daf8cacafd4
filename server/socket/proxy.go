package socket

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ClientAddress is where a request comes from: who is connected, or if that is a trusted proxy, the right-most address
// in X-Forwarded-For that is none. What stands further left anybody may have written. Where a proxy wrote what is no
// address, the proxy's own is all that is known.
func ClientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	connected, _ := netip.ParseAddrPort(r.RemoteAddr) // net/http always sets it
	address := connected.Addr().Unmap().WithZone("")
	for _, line := range slices.Backward(r.Header.Values("X-Forwarded-For")) {
		for _, text := range slices.Backward(strings.Split(line, ",")) {
			if !contains(trusted, address) {
				return address
			}
			next, ok := parseForwarded(strings.TrimSpace(text))
			if !ok {
				return address
			}
			address = next
		}
	}
	return address
}

func contains(prefixes []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(address) })
}

// parseForwarded reads an address as proxies write it: with a port or without, IPv6 in brackets or not.
func parseForwarded(text string) (netip.Addr, bool) {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr().Unmap().WithZone(""), true
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if text, ok = strings.CutSuffix(inner, "]"); !ok {
			return netip.Addr{}, false
		}
	}
	address, err := netip.ParseAddr(text)
	return address.Unmap().WithZone(""), err == nil
}
