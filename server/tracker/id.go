package tracker

import "unicode/utf8"

// ID is an info hash, a peer id or an offer id: 20 bytes, on the wire a string
// of 20 characters U+0000 to U+00FF.
type ID [20]byte

// parseID reads a JSON value, which the scanner has found valid, as an id.
func parseID(raw []byte) (id ID, ok bool) {
	if len(raw) < len(id)+2 || raw[0] != '"' {
		return id, false
	}
	count := 0
	for inside := raw[1 : len(raw)-1]; len(inside) > 0; count++ {
		c, size := character(inside)
		if c > 0xff || count == len(id) {
			return ID{}, false
		}
		id[count] = byte(c)
		inside = inside[size:]
	}
	if count < len(id) {
		return ID{}, false
	}
	return id, true
}

// appendID appends an id as a JSON string, quotes included.
func appendID(to []byte, id ID) []byte {
	const hex = "0123456789abcdef"
	to = append(to, '"')
	for _, b := range id {
		switch {
		case b == '"' || b == '\\':
			to = append(to, '\\', b)
		case b < 0x20:
			to = append(to, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		case b < utf8.RuneSelf:
			to = append(to, b)
		default:
			to = utf8.AppendRune(to, rune(b))
		}
	}
	return append(to, '"')
}
