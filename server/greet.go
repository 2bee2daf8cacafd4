package main

import (
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/web"
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
		if len(hosts) > 1 && h.secure == nil {
			line("", "(without TLS the page plays there, but browsers check segments more slowly)")
		}
		if origin := h.stranger(srv.hub.Allows); origin != "" {
			line("", "(websocketsAccess keeps %s from the tracker: the page has no peers there)", origin)
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
	} else if here, err := os.Getwd(); err == nil {
		line("config", "none, there is no %s in %s", defaultConfig, here)
	}
	fmt.Fprint(out, "\nCtrl-C stops it.\n")
}

// doubts is what keeps clients from being served although the server runs, and what to do.
func (srv *server) doubts(now time.Time) (doubts []string) {
	settings := make([]config.Server, len(srv.https))
	for i, h := range srv.https {
		settings[i] = h.settings
		if h.secure != nil {
			if doubt := h.secure.doubt(now); doubt != "" {
				doubts = append(doubts, h.settings.CertFile+": "+doubt)
			}
		}
	}
	if limit, known := openFiles(); known && len(srv.https) > 0 {
		for _, doubt := range []string{tooFewFiles(settings, limit), tooFewForAnAddress(srv.limits, limit)} {
			if doubt != "" {
				doubts = append(doubts, doubt)
			}
		}
	}
	if len(srv.https) > 0 && !built(web.Dist()) {
		doubts = append(doubts, "the page and the scripts are missing in this program: run make build, and start bin/p2p-mediastream")
	}
	return doubts
}

// built tells whether make has built what the program was to carry.
func built(dist fs.FS) bool {
	_, err := fs.Stat(dist, "index.html")
	return err == nil
}

// scheme is http or ws, with an s where there is TLS.
func (h *httpServer) scheme(plain string) string {
	if h.settings.KeyFile != "" {
		return plain + "s"
	}
	return plain
}

// stranger is an origin of the server's own page that may not use the tracker; empty
// where all of them may.
func (h *httpServer) stranger(allows func(origin string) bool) string {
	for _, host := range h.hosts() {
		if origin := originOf(h.scheme("http"), host); !allows(origin) {
			return origin
		}
	}
	return ""
}

// originOf is what browsers say where a page is from: they leave the usual port out.
func originOf(scheme, host string) string {
	usual := map[string]string{"http": ":80", "https": ":443"}[scheme]
	return scheme + "://" + strings.TrimSuffix(host, usual)
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
