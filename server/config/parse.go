package config

import (
	"errors"
	"fmt"
	"time"
)

// Parse reads a file; name is what messages call it. The warnings say what was
// accepted and changes nothing. The error joins all that is wrong, one line
// each; after a syntax error there is only that one.
func Parse(name string, data []byte) (c Config, warnings []string, err error) {
	c = Default()
	tree, err := readTree(name, data)
	if err != nil {
		return c, nil, err
	}
	p := &parser{name: name}
	p.object(tree, "", fields{
		"servers":          func(v *value, path string) { p.servers(v, path, &c.Servers) },
		"tracker":          func(v *value, path string) { p.tracker(v, path, &c.Tracker) },
		"websocketsAccess": func(v *value, path string) { p.access(v, path, &c.Access) },
		"listen":           p.address(&c.Listen),
		"stun":             p.address(&c.STUN),
		"generator":        p.choice(&c.Generator, Generators),
		"hlsDir":           p.optional(&c.HLSDir),
		"logLevel":         p.choice(&c.LogLevel, LogLevels),
	})
	return c, p.warnings, errors.Join(p.errors...)
}

func (p *parser) servers(v *value, path string, to *[]Server) {
	for i, item := range p.list(v, path) {
		s := DefaultServer()
		p.server(item, fmt.Sprintf("%s[%d]", path, i), &s)
		*to = append(*to, s)
	}
}

func (p *parser) server(v *value, path string, s *Server) {
	p.object(v, path, fields{
		"server": func(v *value, path string) {
			p.object(v, path, fields{
				"port":                        p.integer(&s.Port, 0, 65535),
				"host":                        p.text(&s.Host),
				"key_file_name":               p.text(&s.KeyFile),
				"cert_file_name":              p.text(&s.CertFile),
				"passphrase":                  p.idle("the key file must not be encrypted"),
				"dh_params_file_name":         p.idle("Go's TLS uses elliptic curves"),
				"ca_file_name":                p.idle("client certificates are not asked for"),
				"ssl_ciphers":                 p.idle("Go's choice of ciphers is used"),
				"ssl_prefer_low_memory_usage": p.idle("it is a switch of µWebSockets"),
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
		p.fail(v, path, "allowOrigins and denyOrigins exclude each other: leave one out")
	}
}
