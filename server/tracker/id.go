package tracker

import (
	"encoding/json"
	"unicode/utf8"
)

// ID is an info hash, a peer id or an offer id: 20 bytes, on the wire a string
// of 20 characters U+0000 to U+00FF.
type ID [20]byte

// parseID reads a JSON string as an id.
func parseID(raw json.RawMessage) (id ID, ok bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return id, false
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return id, false
	}
	count := 0
	for _, character := range text {
		if character > 0xff || count == len(id) {
			return ID{}, false
		}
		id[count] = byte(character)
		count++
	}
	return id, count == len(id)
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
		default:
			to = utf8.AppendRune(to, rune(b))
		}
	}
	return append(to, '"')
}
