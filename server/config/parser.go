package config

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// parser walks a tree along the fields of Config and collects what is wrong
// with it.
type parser struct {
	name     string
	errors   []error
	warnings []string
	used     map[int][]listener // by port
}

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

// object reads an object into a struct by the keys of its fields, and warns of
// the others.
func (p *parser) object(v *value, path string, to reflect.Value) {
	if v.kind != isObject {
		p.wrong(v, path, "an object")
		return
	}
	wrong := len(p.errors)
	seen := make(map[string]bool)
	for _, m := range v.members {
		at := m.key
		if path != "" {
			at = path + "." + m.key
		}
		i := indexOf(to.Type(), func(key string) bool { return key == m.key })
		if i < 0 {
			p.warn(m.value, at, "unknown key, ignored"+suggestion(m.key, to.Type()))
			continue
		}
		if seen[m.key] {
			p.fail(m.value, at, "given twice")
			continue
		}
		seen[m.key] = true
		p.field(m.value, at, to.Field(i), to.Type().Field(i).Tag)
	}
	// After an error a default may stand where something else was meant.
	if c, ok := to.Addr().Interface().(checker); ok && len(p.errors) == wrong {
		c.check(p, v, path)
	}
}

// indexOf is the index of the first field whose key fits, or -1.
func indexOf(object reflect.Type, fits func(key string) bool) int {
	for i := range object.NumField() {
		if fits(object.Field(i).Tag.Get("key")) {
			return i
		}
	}
	return -1
}

// suggestion finds the known key that differs from key in case alone.
func suggestion(key string, object reflect.Type) string {
	i := indexOf(object, func(known string) bool { return strings.EqualFold(known, key) })
	if i < 0 {
		return ""
	}
	return " (did you mean " + object.Field(i).Tag.Get("key") + "?)"
}

// field reads the value of one key.
func (p *parser) field(v *value, path string, to reflect.Value, tag reflect.StructTag) {
	if why, idle := tag.Lookup("idle"); idle {
		// Where it would be kept no field can be set: it is read for what is wrong with it.
		read, wrong := reflect.New(to.Type()).Elem(), len(p.errors)
		p.single(v, path, read, tag)
		if number := read.Kind() == reflect.Int; len(p.errors) == wrong && !(number && read.IsZero()) {
			p.warn(v, path, "changes nothing here: "+why)
		}
		return
	}
	switch list := to.Addr().Interface().(type) {
	case *[]Server:
		for i, item := range p.list(v, path) {
			s := DefaultServer()
			p.object(item, fmt.Sprintf("%s[%d]", path, i), reflect.ValueOf(&s).Elem())
			*list = append(*list, s)
		}
	case *[]string:
		*list = []string{}
		for i, item := range p.list(v, path) {
			var text string
			p.text(item, fmt.Sprintf("%s[%d]", path, i), &text, tag)
			*list = append(*list, text)
		}
	case *[]netip.Prefix:
		for i, item := range p.list(v, path) {
			network, err := parseNetwork(item.text)
			if item.kind != isString || err != nil {
				p.wrong(item, fmt.Sprintf("%s[%d]", path, i), "an address or a network, such as 10.0.0.0/8 or 2001:db8::/32")
				continue
			}
			*list = append(*list, network)
		}
	default:
		p.single(v, path, to, tag)
	}
}

// single reads what is no list.
func (p *parser) single(v *value, path string, to reflect.Value, tag reflect.StructTag) {
	switch to := to.Addr().Interface().(type) {
	case *bool:
		if v.kind != isBool {
			p.wrong(v, path, "true or false")
			return
		}
		*to = v.text == "true"
	case *int:
		*to = int(p.number(v, path, int64(*to), tag))
	case *int64:
		*to = p.number(v, path, *to, tag)
	case *time.Duration:
		*to = time.Duration(p.number(v, path, int64(*to/time.Second), tag)) * time.Second
	case *string:
		p.text(v, path, to, tag)
	default:
		p.object(v, path, reflect.ValueOf(to).Elem())
	}
}

func (p *parser) list(v *value, path string) []*value {
	if v.kind != isArray {
		p.wrong(v, path, "an array")
		return nil
	}
	return v.items
}

// number reads a whole number of a range, and is the usual one where there is
// none.
func (p *parser) number(v *value, path string, usual int64, tag reflect.StructTag) int64 {
	var low, high int64
	if _, err := fmt.Sscan(tag.Get("range"), &low, &high); err != nil {
		panic("config: " + path + " has no range")
	}
	n, err := strconv.ParseFloat(v.text, 64) // 1e3 is a whole number too
	if v.kind != isNumber || err != nil || n != float64(int64(n)) || int64(n) < low || int64(n) > high {
		p.wrong(v, path, fmt.Sprintf("a whole number from %d to %d", low, high))
		return usual
	}
	return int64(n)
}

// text reads a string of the kind that the tag says.
func (p *parser) text(v *value, path string, to *string, tag reflect.StructTag) {
	if usual, ok := tag.Lookup("tcp"); ok {
		if host, port, ok := p.address(v, path, to, usual); ok {
			p.use(v, path, host, port)
		}
		return
	}
	if usual, ok := tag.Lookup("udp"); ok {
		p.address(v, path, to, usual)
		return
	}
	want := "a string that is not empty"
	ok := v.text != ""
	if tag.Get("empty") != "" {
		want, ok = "a string", true
	}
	if choices := strings.Fields(tag.Get("choice")); len(choices) > 0 {
		want, ok = "one of "+strings.Join(choices, ", "), slices.Contains(choices, v.text)
	}
	if v.kind != isString || !ok {
		p.wrong(v, path, want)
		return
	}
	*to = v.text
}

// address reads an address to listen on, whose usual port is given, or "off".
func (p *parser) address(v *value, path string, to *string, usual string) (host string, port int, ok bool) {
	host, port, err := SplitAddress(v.text, usual)
	switch {
	case v.kind != isString:
		p.wrong(v, path, "an address or \"off\"")
	case err == nil:
		*to = v.text
		return host, port, true
	case v.text == Off:
		*to = Off
	default:
		p.fail(v, path, err.Error())
	}
	return "", 0, false
}
