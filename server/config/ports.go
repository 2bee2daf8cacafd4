package config

import "fmt"

// listener is an HTTP server that the file asks for.
type listener struct{ path, host string }

// use notes the address of an HTTP server, which must be free of others.
func (p *parser) use(v *value, path, host string, port int) {
	for _, other := range p.used[port] {
		if port != 0 && (covers(host, other.host) || covers(other.host, host)) {
			p.fail(v, path, fmt.Sprintf("port %d is that of %s already: give each server its own", port, other.path))
			return
		}
	}
	p.used[port] = append(p.used[port], listener{path: path, host: host})
}

// covers tells whether a socket at one host is at the other too. One at all
// addresses of IPv4 is at those of IPv6 as well, see net.Listen.
func covers(host, other string) bool {
	return host == other || host == "" || host == "0.0.0.0" || host == "::"
}
