package config

import (
	"errors"
	"fmt"
	"time"
)

// maxLimit is the largest number of one address's limits; who needs more needs
// none.
const maxLimit = 1 << 20

// Parse reads a file; name is what messages call it. The warnings say what was
// accepted and changes nothing. The error joins all that is wrong, one line
// each; after a syntax error there is only that one.
func Parse(name string, data []byte) (c Config, warnings []string, err error) {
	c = Default()
	tree, err := readTree(name, data)
	if err != nil {
		return c, nil, err
	}
	p := &parser{name: name, used: make(map[int][]listener)}
	p.object(tree, "", fields{
		"servers":          func(v *value, path string) { p.servers(v, path, &c.Servers) },
		"tracker":          func(v *value, path string) { p.tracker(v, path, &c.Tracker) },
		"websocketsAccess": func(v *value, path string) { p.access(v, path, &c.Access) },
		"listen":           p.listen(&c.Listen, HTTPPort),
		"stun":             p.address(&c.STUN, STUNPort),
		"generator":        p.choice(&c.Generator, Generators),
		"hlsDir":           p.optional(&c.HLSDir),
		"logLevel":         p.choice(&c.LogLevel, LogLevels),
		"pprof":            p.listen(&c.Pprof, PprofPort),
		"limits":           func(v *value, path string) { p.limits(v, path, &c.Limits) },
		"trustedProxies":   p.networks(&c.TrustedProxies),
		"infoHashes": func(v *value, path string) {
			p.object(v, path, fields{
				"allowFile": p.text(&c.InfoHashes.AllowFile),
				"denyFile":  p.text(&c.InfoHashes.DenyFile),
			})
		},
	})
	return c, p.warnings, errors.Join(p.errors...)
}

func (p *parser) servers(v *value, path string, to *[]Server) {
	for i, item := range p.list(v, path) {
		s := DefaultServer()
		at := fmt.Sprintf("%s[%d]", path, i)
		wrong := len(p.errors)
		p.server(item, at, &s)
		if len(p.errors) == wrong { // else a default may stand where something else was meant
			p.use(item, at, s.Host, s.Port)
		}
		*to = append(*to, s)
	}
}

func (p *parser) listen(to **string, usual int) reader {
	read := p.address(to, usual)
	return func(v *value, path string) {
		read(v, path)
		if host, port, err := SplitAddress(v.text, usual); err == nil {
			p.use(v, path, host, port)
		}
	}
}

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

func (p *parser) server(v *value, path string, s *Server) {
	p.object(v, path, fields{
		"server": func(v *value, path string) {
			p.object(v, path, fields{
				"port":                        p.integer(&s.Port, 0, 65535),
				"host":                        p.text(&s.Host),
				"key_file_name":               p.text(&s.KeyFile),
				"cert_file_name":              p.text(&s.CertFile),
				"passphrase":                  p.textOrNone(&s.Passphrase),
				"dh_params_file_name":         p.idle(isString, "Go's TLS uses elliptic curves"),
				"ca_file_name":                p.idle(isString, "client certificates are not asked for"),
				"ssl_ciphers":                 p.idle(isString, "Go's choice of ciphers is used"),
				"ssl_prefer_low_memory_usage": p.idle(isBool, "it is a switch of µWebSockets"),
			})
			if (s.KeyFile == "") != (s.CertFile == "") {
				p.fail(v, path, "key_file_name and cert_file_name go together: give both or neither")
			}
		},
		"websockets": func(v *value, path string) { p.webSockets(v, path, &s.WebSockets) },
	})
}

func (p *parser) webSockets(v *value, path string, to *WebSockets) {
	payload, idle := int(to.MaxPayloadLength), int(to.IdleTimeout/time.Second)
	p.object(v, path, fields{
		"path":             p.text(&to.Path),
		"maxPayloadLength": p.integer(&payload, 1, 1<<30),
		"idleTimeout":      p.integer(&idle, 0, 1<<20),
		"compression":      p.compression,
		"maxConnections":   p.integer(&to.MaxConnections, 0, 1<<30),
	})
	to.MaxPayloadLength, to.IdleTimeout = int64(payload), time.Duration(idle)*time.Second
}

// compression is wt-tracker's 0, 1 or 2. Messages are never compressed: they
// are short, and a compressor for each connection costs more memory than
// everything else about it.
func (p *parser) compression(v *value, path string) {
	var mode int
	p.integer(&mode, 0, 2)(v, path)
	if mode != 0 {
		p.warn(v, path, "changes nothing here: messages are not compressed")
	}
}

func (p *parser) tracker(v *value, path string, to *Tracker) {
	interval := int(to.AnnounceInterval / time.Second)
	p.object(v, path, fields{
		"maxOffers":        p.integer(&to.MaxOffers, 1, 1000),
		"announceInterval": p.integer(&interval, 1, 1<<20),
	})
	to.AnnounceInterval = time.Duration(interval) * time.Second
}

func (p *parser) access(v *value, path string, to *Access) {
	p.object(v, path, fields{
		"allowOrigins":    p.texts(&to.AllowOrigins),
		"denyOrigins":     p.texts(&to.DenyOrigins),
		"denyEmptyOrigin": p.boolean(&to.DenyEmpty),
	})
	if to.AllowOrigins != nil && to.DenyOrigins != nil {
		p.warn(v, path, "allowOrigins and denyOrigins are both given: origins in denyOrigins are refused in any case")
	}
}

func (p *parser) limits(v *value, path string, to *Limits) {
	p.object(v, path, fields{
		"connectionsPerAddress": p.integer(&to.Connections, 0, maxLimit),
		"announcesPerSecond":    p.integer(&to.Announces, 0, maxLimit),
		"offersPerSecond":       p.integer(&to.Offers, 0, maxLimit),
		"stunPerSecond":         p.integer(&to.STUN, 0, maxLimit),
		"loopback":              p.boolean(&to.Loopback),
	})
}
