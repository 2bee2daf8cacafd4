package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
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
	p := &parser{name: name, used: make(map[int][]listener)}
	usual := c.Listen
	c.Listen = ""
	p.object(tree, "", reflect.ValueOf(&c).Elem())
	if c.Listen == "" {
		if c.Listen = usual; len(c.Servers) > 0 {
			c.Listen = Off
		}
	}
	return c, p.warnings, errors.Join(p.errors...)
}

// Some values can be wrong together while each is right: those check themselves
// after they have been read.
type checker interface {
	check(p *parser, v *value, path string)
}

func (s *Server) check(p *parser, v *value, path string) {
	p.use(v, path, s.Host, s.Port)
}

func (e *Endpoint) check(p *parser, v *value, path string) {
	if (e.KeyFile == "") != (e.CertFile == "") {
		p.fail(v, path, "key_file_name and cert_file_name go together: give both or neither")
	}
}

func (a *Access) check(p *parser, v *value, path string) {
	if a.AllowOrigins != nil && a.DenyOrigins != nil {
		p.warn(v, path, "allowOrigins and denyOrigins are both given: origins in denyOrigins are refused in any case")
	}
	for _, m := range v.members {
		if m.key != "allowOrigins" && m.key != "denyOrigins" {
			continue
		}
		for i, item := range m.value.items {
			if why := notAnOrigin(item.text); why != "" {
				p.warn(item, fmt.Sprintf("%s.%s[%d]", path, m.key, i), "no page has this origin: "+why)
			}
		}
		if m.key == "allowOrigins" && m.value.kind == isArray && len(m.value.items) == 0 {
			p.warn(m.value, path+"."+m.key, "the list is empty, so that no page may use the tracker")
		}
	}
}

// notAnOrigin is why a text can never be what a browser sends as Origin, or
// empty where it can. Some browser may have schemes of its own, for extensions
// and apps, which are left alone.
func notAnOrigin(text string) string {
	scheme, host, found := strings.Cut(text, "://")
	switch {
	case text == "null": // of a sandboxed frame, or a file
		return ""
	case !found || scheme == "" || host == "":
		return "want scheme://host or scheme://host:port"
	case strings.ContainsRune(host, '*'):
		return "the name is compared as it is, * stands for nothing"
	case strings.ContainsAny(host, "/?#"):
		return "an origin ends with its host or port, without a slash"
	case text != strings.ToLower(text):
		return "browsers write it in lower case"
	}
	return ""
}
