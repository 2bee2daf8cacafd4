package config

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// parser walks a tree and collects what is wrong with it.
type parser struct {
	name     string
	errors   []error
	warnings []string
	used     map[int][]listener // by port
}

// listener is an HTTP server that the file asks for.
type listener struct{ path, host string }

// reader takes the value of one key.
type reader func(v *value, path string)

// fields are the known keys of an object.
type fields map[string]reader

func (p *parser) fail(v *value, path, text string) {
	p.errors = append(p.errors, errors.New(p.place(v, path)+text))
}

func (p *parser) warn(v *value, path, text string) {
	p.warnings = append(p.warnings, p.place(v, path)+text)
}

func (p *parser) place(v *value, path string) string {
	if path == "" {
		path = "the file"
	}
	return fmt.Sprintf("%s:%d: %s: ", p.name, v.line, path)
}

func (p *parser) wrong(v *value, path, want string) {
	p.fail(v, path, "want "+want+", not "+v.describe())
}

// object reads an object by its known keys and warns of the others.
func (p *parser) object(v *value, path string, known fields) {
	if v.kind != isObject {
		p.wrong(v, path, "an object")
		return
	}
	seen := make(map[string]bool)
	for _, m := range v.members {
		at := m.key
		if path != "" {
			at = path + "." + m.key
		}
		read := known[m.key]
		if read == nil {
			p.warn(m.value, at, "unknown key, ignored"+suggestion(m.key, known))
			continue
		}
		if seen[m.key] {
			p.fail(m.value, at, "given twice")
			continue
		}
		seen[m.key] = true
		read(m.value, at)
	}
}

// suggestion finds the known key that differs from key in case alone.
func suggestion(key string, known fields) string {
	for name := range known {
		if strings.EqualFold(name, key) {
			return " (did you mean " + name + "?)"
		}
	}
	return ""
}

func (p *parser) list(v *value, path string) []*value {
	if v.kind != isArray {
		p.wrong(v, path, "an array")
		return nil
	}
	return v.items
}

func (p *parser) text(to *string) reader {
	return func(v *value, path string) {
		if v.kind != isString || v.text == "" {
			p.wrong(v, path, "a string that is not empty")
			return
		}
		*to = v.text
	}
}

func (p *parser) textOrNone(to *string) reader {
	return func(v *value, path string) {
		if v.kind != isString {
			p.wrong(v, path, "a string")
			return
		}
		*to = v.text
	}
}

func (p *parser) optional(to **string) reader {
	return func(v *value, path string) {
		var text string
		p.text(&text)(v, path)
		*to = &text
	}
}

// address reads an address to listen on, whose usual port is given, or "off".
func (p *parser) address(to **string, usual int) reader {
	return func(v *value, path string) {
		if v.kind != isString {
			p.wrong(v, path, "an address or \"off\"")
		} else if _, _, err := SplitAddress(v.text, usual); err != nil && v.text != Off {
			p.fail(v, path, err.Error())
		}
		*to = &v.text
	}
}

func (p *parser) choice(to **string, choices []string) reader {
	return func(v *value, path string) {
		if v.kind != isString || !slices.Contains(choices, v.text) {
			p.wrong(v, path, "one of "+strings.Join(choices, ", "))
			return
		}
		*to = &v.text
	}
}

func (p *parser) texts(to *[]string) reader {
	return func(v *value, path string) {
		*to = []string{}
		for i, item := range p.list(v, path) {
			var text string
			p.text(&text)(item, fmt.Sprintf("%s[%d]", path, i))
			*to = append(*to, text)
		}
	}
}

func (p *parser) networks(to *[]netip.Prefix) reader {
	return func(v *value, path string) {
		for i, item := range p.list(v, path) {
			network, err := parseNetwork(item.text)
			if item.kind != isString || err != nil {
				p.wrong(item, fmt.Sprintf("%s[%d]", path, i), "an address or a network, such as 10.0.0.0/8 or 2001:db8::/32")
				continue
			}
			*to = append(*to, network)
		}
	}
}

func (p *parser) boolean(to *bool) reader {
	return func(v *value, path string) {
		if v.kind != isBool {
			p.wrong(v, path, "true or false")
			return
		}
		*to = v.text == "true"
	}
}

func (p *parser) integer(to *int, low, high int) reader {
	return func(v *value, path string) {
		n, err := strconv.ParseFloat(v.text, 64) // 1e3 is a whole number too
		if v.kind != isNumber || err != nil || n != float64(int(n)) || int(n) < low || int(n) > high {
			p.wrong(v, path, fmt.Sprintf("a whole number from %d to %d", low, high))
			return
		}
		*to = int(n)
	}
}

// idle reads a key of µWebSockets that has no meaning here; its values are
// strings or bools.
func (p *parser) idle(want kind, why string) reader {
	return func(v *value, path string) {
		switch {
		case v.kind == want:
			p.warn(v, path, "changes nothing here: "+why)
		case want == isBool:
			p.wrong(v, path, "true or false")
		default:
			p.wrong(v, path, "a string")
		}
	}
}
