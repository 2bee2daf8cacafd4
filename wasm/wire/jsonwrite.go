package wire

import (
	"strconv"
	"unicode/utf8"
)

// jsonWriter writes one value at the end of text: see jsonread.go for why it is
// our own. Commas come by themselves; brackets are for the caller to pair.
type jsonWriter struct{ text []byte }

// open begins an object, '{', or an array, '['.
func (w *jsonWriter) open(bracket byte) {
	w.comma()
	w.text = append(w.text, bracket)
}

// close ends what open began: '}' or ']'.
func (w *jsonWriter) close(bracket byte) { w.text = append(w.text, bracket) }

// field begins a field, whose value comes next.
func (w *jsonWriter) field(name string) {
	w.string(name)
	w.text = append(w.text, ':')
}

func (w *jsonWriter) stringField(name, value string) {
	w.field(name)
	w.string(value)
}

// optionalField leaves an empty value out.
func (w *jsonWriter) optionalField(name, value string) {
	if value != "" {
		w.stringField(name, value)
	}
}

func (w *jsonWriter) integerField(name string, value int64) {
	w.field(name)
	w.text = strconv.AppendInt(w.text, value, 10)
}

// string escapes what JSON.stringify escapes. A byte that is not UTF-8 becomes
// U+FFFD.
func (w *jsonWriter) string(value string) {
	if !utf8.ValidString(value) {
		value = string([]rune(value))
	}
	w.comma()
	w.text = append(w.text, '"')
	written := 0
	for i := range len(value) {
		if c := value[i]; c < ' ' || c == '"' || c == '\\' {
			w.text = append(w.text, value[written:i]...)
			w.text = appendEscape(w.text, c)
			written = i + 1
		}
	}
	w.text = append(w.text, value[written:]...)
	w.text = append(w.text, '"')
}

// comma separates the value that comes next from one before it.
func (w *jsonWriter) comma() {
	if n := len(w.text); n > 0 {
		switch w.text[n-1] {
		case '{', '[', ':':
		default:
			w.text = append(w.text, ',')
		}
	}
}

// appendEscape appends the escape of quotes, a backslash or a control character.
func appendEscape(text []byte, c byte) []byte {
	const digits = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(text, '\\', c)
	case '\b':
		return append(text, `\b`...)
	case '\f':
		return append(text, `\f`...)
	case '\n':
		return append(text, `\n`...)
	case '\r':
		return append(text, `\r`...)
	case '\t':
		return append(text, `\t`...)
	}
	return append(text, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
}
