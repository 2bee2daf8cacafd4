package tracker

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// maxDepth bounds how deep arrays and objects of a message lie in each other. An
// announce needs four.
const maxDepth = 32

// scanner reads JSON (RFC 8259) from front to back, each byte once, and gives
// slices of it. What it has passed is valid, and UTF-8; once something is not, it
// is bad, stands at the end, and gives nothing more.
type scanner struct {
	text  []byte
	at    int
	depth int
	first bool // nothing has been read yet of the array or object just entered
	bad   bool
	name  [16]byte // of a field, where it is written with escapes
}

func (s *scanner) fail() {
	s.bad = true
	s.at = len(s.text)
}

// peek passes white space and returns what follows it, 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// take passes one character, which must be next.
func (s *scanner) take(c byte) {
	if s.peek() != c {
		s.fail()
		return
	}
	s.at++
}

// enter passes the bracket that begins an array or object. A loop over what is in
// it is
//
//	for s.enter('['); s.next(']'); {
//
// and must read one value each time, or one field's name and value.
func (s *scanner) enter(bracket byte) {
	s.take(bracket)
	s.first = true
	if s.depth++; s.depth > maxDepth {
		s.fail()
	}
}

// next says whether there is more before the bracket that ends an array or
// object, and passes that if not.
func (s *scanner) next(bracket byte) bool {
	first := s.first
	s.first = false
	switch c := s.peek(); {
	case c == 0:
		s.fail()
		return false
	case c == bracket:
		s.at++
		s.depth--
		return false
	case !first:
		s.take(',')
	}
	return !s.bad
}

// field passes a field's name and the colon. The name is good until the next
// call; one that no field of ours has may come out as nothing.
func (s *scanner) field() []byte {
	if s.peek() != '"' {
		s.fail()
		return nil
	}
	name := plain(s.string(), &s.name)
	s.take(':')
	return name
}

// value passes a value of any kind and returns it, nil when it is bad.
func (s *scanner) value() []byte {
	c := s.peek()
	from := s.at
	switch c {
	case '"':
		return s.string()
	case '{':
		for s.enter('{'); s.next('}'); {
			s.field()
			s.value()
		}
	case '[':
		for s.enter('['); s.next(']'); {
			s.value()
		}
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.number()
	}
	if s.bad {
		return nil
	}
	return s.text[from:s.at]
}

// end must be called when the message has been read: it says whether it was
// valid, and all.
func (s *scanner) end() bool {
	if s.peek() != 0 || s.at < len(s.text) {
		s.fail()
	}
	return !s.bad
}

func (s *scanner) literal(word string) {
	if end := s.at + len(word); end <= len(s.text) && string(s.text[s.at:end]) == word {
		s.at = end
		return
	}
	s.fail()
}

func (s *scanner) number() {
	rest := s.text[s.at:]
	n := 0
	digits := func() bool {
		from := n
		for n < len(rest) && '0' <= rest[n] && rest[n] <= '9' {
			n++
		}
		return n > from
	}
	among := func(characters string) bool {
		for i := range len(characters) {
			if n < len(rest) && rest[n] == characters[i] {
				n++
				return true
			}
		}
		return false
	}
	among("-")
	ok := among("0") || digits()
	if ok && among(".") {
		ok = digits()
	}
	if ok && among("eE") {
		among("+-")
		ok = digits()
	}
	if !ok {
		s.fail()
		return
	}
	s.at += n
}

// string passes a string, which must be next, and returns it, quotes included.
func (s *scanner) string() []byte {
	from, i, text := s.at, s.at+1, s.text
	for {
		for i+8 <= len(text) {
			special := specials(binary.LittleEndian.Uint64(text[i:]))
			if special != 0 {
				i += bits.TrailingZeros64(special) / 8
				break
			}
			i += 8
		}
		if i >= len(text) {
			s.fail()
			return nil
		}
		switch c := text[i]; {
		case c == '"':
			s.at = i + 1
			return text[from:s.at]
		case c == '\\':
			size := escape(text[i:])
			if size == 0 {
				s.fail()
				return nil
			}
			i += size
		case c < 0x20:
			s.fail()
			return nil
		case c < utf8.RuneSelf: // within the last eight bytes
			i++
		default:
			r, size := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && size == 1 {
				s.fail()
				return nil
			}
			i += size
		}
	}
}

// specials marks, by its highest bit, the first byte of eight that is not plain
// in a string: a quote, a backslash, a control character, or not ASCII. Bytes
// after that may be marked without being so (Warren, Hacker's Delight, 6-1).
func specials(eight uint64) uint64 {
	const each = 0x0101010101010101
	quote, backslash := eight^each*'"', eight^each*'\\'
	return ((eight-each*0x20)&^eight | (quote-each)&^quote | (backslash-each)&^backslash | eight) & (each * 0x80)
}

// escape is the length of the escape that text begins with, 0 when it is none.
func escape(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case 'n', 'r', '"', '\\', '/', 't', 'b', 'f':
		return 2
	case 'u':
		if len(text) < 6 {
			return 0
		}
		for _, c := range text[2:6] {
			if hexDigit(c) < 0 {
				return 0
			}
		}
		return 6
	}
	return 0
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// character is the first UTF-16 unit or character of the inside of a valid
// string, and how many bytes it is written in.
func character(inside []byte) (c rune, size int) {
	switch {
	case inside[0] == '\\' && inside[1] == 'u':
		for _, digit := range inside[2:6] {
			c = c<<4 | rune(hexDigit(digit))
		}
		return c, 6
	case inside[0] == '\\':
		switch c := inside[1]; c {
		case 'n':
			return '\n', 2
		case 'r':
			return '\r', 2
		case 't':
			return '\t', 2
		case 'b':
			return '\b', 2
		case 'f':
			return '\f', 2
		default:
			return rune(c), 2
		}
	case inside[0] < utf8.RuneSelf:
		return rune(inside[0]), 1
	}
	return utf8.DecodeRune(inside)
}

// plain is the text of a valid string where that is ASCII and fits into the
// buffer, as all words of the protocol do; else it is nil.
func plain(value []byte, buffer *[16]byte) []byte {
	if len(value) < 2 || value[0] != '"' {
		return nil
	}
	inside := value[1 : len(value)-1]
	n := 0
	for ; len(inside) > 0; n++ {
		c, size := character(inside)
		if c >= utf8.RuneSelf || n == len(buffer) {
			return nil
		}
		buffer[n] = byte(c)
		inside = inside[size:]
	}
	return buffer[:n]
}
