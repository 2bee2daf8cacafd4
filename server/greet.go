package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// greet tells the human who started the server where everything is.
func (srv *server) greet(out io.Writer) {
	fmt.Fprintf(out, "p2p-mediastream %s\n\n", version())
	line := func(name, format string, values ...any) {
		fmt.Fprintf(out, "  %-10s %s\n", name, fmt.Sprintf(format, values...))
	}
	for _, h := range srv.https {
		hosts := h.hosts()
		line("open", "%s://%s/", h.scheme("http"), hosts[0])
		for _, host := range hosts[1:] {
			line("", "%s://%s/ from this network", h.scheme("http"), host)
		}
		line("stream", "%s://%s/hls/master.m3u8", h.scheme("http"), hosts[0])
		line("tracker", "%s://%s%s", h.scheme("ws"), hosts[0], trackerPath(h.settings.WebSockets.Path))
	}
	if len(srv.https) == 0 {
		line("HTTP", "off, and with it page, stream and tracker")
	}
	if srv.stun != nil {
		line("STUN", "stun:%s", hosts(srv.stun.LocalAddr().AddrPort())[0])
	} else {
		line("STUN", "off")
	}
	line("generator", "%s", srv.stream.about)
	if srv.pprof != nil {
		line("pprof", "http://%s/debug/pprof/", hosts(srv.pprof.listener.Addr().(*net.TCPAddr).AddrPort())[0])
	}
	if srv.config != "" {
		line("config", "%s", srv.config)
	}
	fmt.Fprint(out, "\nCtrl-C stops it.\n")
}

// scheme is http or ws, with an s where there is TLS.
func (h *httpServer) scheme(plain string) string {
	if h.settings.KeyFile != "" {
		return plain + "s"
	}
	return plain
}

// trackerPath is a path that fits a pattern, see config.MatchPath: a parameter
// stands for itself, since any word will do.
func trackerPath(pattern string) string {
	return "/" + strings.TrimSuffix(strings.TrimPrefix(pattern, "/"), "*")
}

func (h *httpServer) hosts() []string {
	return hosts(h.listener.Addr().(*net.TCPAddr).AddrPort())
}

// hosts is every host:port that leads to a socket, the best for a program on
// this machine first.
func hosts(bound netip.AddrPort) []string {
	address, port := bound.Addr().Unmap(), strconv.Itoa(int(bound.Port()))
	if !address.IsUnspecified() {
		return []string{net.JoinHostPort(address.String(), port)}
	}
	hosts := []string{net.JoinHostPort("localhost", port)}
	for _, address := range networkAddresses() {
		hosts = append(hosts, net.JoinHostPort(address.String(), port))
	}
	return hosts
}

// networkAddresses are this machine's IPv4 addresses that others can reach.
func networkAddresses() (found []netip.Addr) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return nil // the list is a courtesy
	}
	for _, address := range addresses {
		prefix, err := netip.ParsePrefix(address.String())
		if err == nil && prefix.Addr().Is4() && prefix.Addr().IsGlobalUnicast() {
			found = append(found, prefix.Addr())
		}
	}
	return found
}
