package wire

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON (RFC 8259) is read here and written in jsonwrite.go, and not by
// encoding/json: that brings reflection over every type of the module, which was
// 107 KB of its 1.40 MB of brotli. What encoding/json takes for an object, its
// fields and their values, this takes for the same, but for maxDepth.

// maxDepth is how many brackets may be open at a time. Messages open four; a
// stack that follows as many as a stranger likes could overflow.
const maxDepth = 100

// jsonField is one field of an object.
type jsonField struct {
	name  []byte // as it reads
	value []byte // as it is written, without space around it
}

// jsonScanner checks a text from its beginning to its end, and notes the fields
// of the object that it is.
type jsonScanner struct {
	text   []byte
	at     int // index of the next byte
	depth  int // open brackets
	fields []jsonField
}

// scanJSON reads the one value that the text must be: what is written of it, and
// its fields, in order, if it is an object. They share the bytes of the text.
// Errors say at which byte, counted from 0, what was expected.
func scanJSON(text []byte) (value []byte, fields []jsonField, err error) {
	s := jsonScanner{text: text}
	s.space()
	start := s.at
	if err := s.value(); err != nil {
		return nil, nil, err
	}
	value = text[start:s.at]
	s.space()
	if s.at < len(text) {
		return nil, nil, s.wrong("the end")
	}
	return value, s.fields, nil
}

// kindOf names the type of a value that scanJSON accepted.
func kindOf(value []byte) string {
	switch value[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "bool"
	case 'n':
		return "null"
	}
	return "number"
}

func (s *jsonScanner) value() error {
	switch c := s.peek(); {
	case c == '{':
		return s.list('}', s.field)
	case c == '[':
		return s.list(']', s.value)
	case c == '"':
		return s.string()
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	case c == '-' || isDigit(c):
		return s.number()
	}
	return s.wrong("a value")
}

// list reads items with commas between them, from the opening bracket to the
// closing one.
func (s *jsonScanner) list(closing byte, item func() error) error {
	if s.depth == maxDepth {
		return fmt.Errorf("byte %d opens the bracket %d, want at most %d", s.at, s.depth+1, maxDepth)
	}
	s.at++
	s.depth++
	defer func() { s.depth-- }()
	if s.space(); s.accept(closing) {
		return nil
	}
	for {
		s.space()
		if err := item(); err != nil {
			return err
		}
		if s.space(); s.accept(closing) {
			return nil
		}
		if !s.accept(',') {
			return s.wrong("a comma or " + string(closing))
		}
	}
}

func (s *jsonScanner) field() error {
	start := s.at
	if s.peek() != '"' {
		return s.wrong("a field's name")
	}
	if err := s.string(); err != nil {
		return err
	}
	name := s.text[start:s.at]
	if s.space(); !s.accept(':') {
		return s.wrong("a colon")
	}
	s.space()
	start = s.at
	if err := s.value(); err != nil {
		return err
	}
	if s.depth == 1 {
		s.fields = append(s.fields, jsonField{name: unquote(name), value: s.text[start:s.at]})
	}
	return nil
}

func (s *jsonScanner) string() error {
	s.at++
	for {
		switch c := s.peek(); {
		case c == '"':
			s.at++
			return nil
		case c == '\\':
			s.at++
			if err := s.escape(); err != nil {
				return err
			}
		case c < ' ': // or the end
			return s.wrong("a character or quotes")
		default:
			s.at++
		}
	}
}

func (s *jsonScanner) escape() error {
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at++
		return nil
	case 'u':
		s.at++
		for range 4 {
			if c := s.peek() | 0x20; !isDigit(s.peek()) && (c < 'a' || c > 'f') {
				return s.wrong("a hexadecimal digit")
			}
			s.at++
		}
		return nil
	}
	return s.wrong("an escape")
}

func (s *jsonScanner) number() error {
	s.accept('-')
	if !s.accept('0') {
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.accept('.') {
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.accept('e') || s.accept('E') {
		if !s.accept('-') {
			s.accept('+')
		}
		return s.digits()
	}
	return nil
}

// digits reads one at least.
func (s *jsonScanner) digits() error {
	if !isDigit(s.peek()) {
		return s.wrong("a digit")
	}
	for isDigit(s.peek()) {
		s.at++
	}
	return nil
}

func (s *jsonScanner) word(word string) error {
	for i := range len(word) {
		if !s.accept(word[i]) {
			return s.wrong(word)
		}
	}
	return nil
}

func (s *jsonScanner) space() {
	for s.accept(' ') || s.accept('\n') || s.accept('\r') || s.accept('\t') {
	}
}

// peek is the next byte, 0 at the end.
func (s *jsonScanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *jsonScanner) accept(c byte) bool {
	if s.at == len(s.text) || s.text[s.at] != c {
		return false
	}
	s.at++
	return true
}

func (s *jsonScanner) wrong(want string) error {
	if s.at == len(s.text) {
		return fmt.Errorf("ends at byte %d, want %s", s.at, want)
	}
	found, _ := utf8.DecodeRune(s.text[s.at:])
	return fmt.Errorf("byte %d is %q, want %s", s.at, found, want)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// unquote reads a string that scanJSON accepted, in place if it can. Half a
// surrogate pair, and any byte that is not UTF-8, reads U+FFFD.
func unquote(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner
	}
	text := make([]byte, 0, len(inner))
	for len(inner) > 0 {
		r, n := utf8.DecodeRune(inner)
		if r == '\\' {
			r, n = unescape(inner)
		}
		text = utf8.AppendRune(text, r)
		inner = inner[n:]
	}
	return text
}

// unescape reads the escape that text begins with, and how long it is.
func unescape(text []byte) (r rune, n int) {
	switch c := text[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r = hexUnit(text)
		if rest := text[6:]; utf16.IsSurrogate(r) && len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u' {
			if pair := utf16.DecodeRune(r, hexUnit(rest)); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return r, 6
	default:
		return rune(c), 2
	}
}

// hexUnit reads the UTF-16 unit of an escape such as \u00e9.
func hexUnit(escape []byte) rune {
	n, _ := strconv.ParseUint(string(escape[2:6]), 16, 16)
	return rune(n)
}
