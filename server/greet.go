package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
)

// greet tells the human who started the server where everything is.
func (srv *server) greet(out io.Writer) {
	fmt.Fprintf(out, "p2p-mediastream %s\n\n", version())
	line := func(name, format string, values ...any) {
		fmt.Fprintf(out, "  %-10s %s\n", name, fmt.Sprintf(format, values...))
	}
	for _, h := range srv.https {
		for i, host := range h.hosts() {
			if i == 0 {
				line("open", "%s://%s/", h.scheme("http"), host)
			} else {
				line("", "%s://%s/ from this network", h.scheme("http"), host)
			}
		}
	}
	if len(srv.https) > 0 {
		h := srv.https[0]
		host := h.hosts()[0]
		line("stream", "%s://%s/hls/master.m3u8", h.scheme("http"), host)
		line("tracker", "%s://%s/", h.scheme("ws"), host)
	} else {
		line("HTTP", "off, and with it page, stream and tracker")
	}
	if srv.stun != nil {
		_, port, _ := net.SplitHostPort(srv.stun.LocalAddr().String())
		line("STUN", "stun:localhost:%s", port)
	} else {
		line("STUN", "off")
	}
	line("generator", "%s", srv.stream.about)
	fmt.Fprint(out, "\nCtrl-C stops it.\n")
}

// scheme is http or ws, with an s where there is TLS.
func (h *httpServer) scheme(plain string) string {
	if h.http.TLSConfig != nil {
		return plain + "s"
	}
	return plain
}

// hosts is every host:port that leads to the server, the best for a browser on
// this machine first.
func (h *httpServer) hosts() []string {
	bound := h.listener.Addr().(*net.TCPAddr)
	port := strconv.Itoa(bound.Port)
	if !bound.IP.IsUnspecified() {
		return []string{net.JoinHostPort(bound.IP.String(), port)}
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
