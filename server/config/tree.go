package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

type kind string

const (
	isNull   kind = "null"
	isBool   kind = "bool"
	isNumber kind = "number"
	isString kind = "string"
	isArray  kind = "array"
	isObject kind = "object"
)

// value is a JSON value that knows its line, which encoding/json forgets.
type value struct {
	kind    kind
	line    int    // counted from 1, where the value begins
	text    string // of a string, a number as written, or a bool
	items   []*value
	members []member
}

type member struct {
	key   string
	value *value
}

// describe is how a message shows a value.
func (v *value) describe() string {
	switch v.kind {
	case isString:
		return "the string " + shorten(strconv.Quote(v.text))
	case isNumber:
		return "the number " + shorten(v.text)
	case isBool:
		return v.text
	case isArray:
		return "an array"
	case isObject:
		return "an object"
	}
	return string(v.kind)
}

func shorten(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	end := most
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// readTree parses a file. Its error says the line and the column, in
// characters, where the syntax breaks.
func readTree(name string, data []byte) (*value, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // editors on Windows begin files with it
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fmt.Errorf("%s:1:1: the file is empty: write at least {}", name)
	}
	if !utf8.Valid(data) { // which encoding/json would mend without a word
		line, column := position(data, invalidUTF8(data)+1)
		return nil, fmt.Errorf("%s:%d:%d: the byte here is not UTF-8: save the file as UTF-8", name, line, column)
	}
	// encoding/json alone decides what is JSON; the walk below can rely on it.
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		var syntax *json.SyntaxError
		if !errors.As(err, &syntax) {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, column := position(data, int(syntax.Offset))
		return nil, fmt.Errorf("%s:%d:%d: %w (JSON has no comments and no trailing commas)", name, line, column, err)
	}
	t := &tree{data: data, tokens: json.NewDecoder(bytes.NewReader(data)), line: 1}
	t.tokens.UseNumber()
	v, err := t.read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// invalidUTF8 is the index of the first byte that is not part of UTF-8.
func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

// position turns encoding/json's count of bytes read, the offending one
// included, into line and column.
func position(data []byte, read int) (line, column int) {
	before := data[:max(read-1, 0)]
	if read >= len(data) && bytes.HasSuffix(data, []byte("\n")) {
		before = bytes.TrimRight(data, "\n") // the end is missing: point at the last line
	}
	return 1 + bytes.Count(before, []byte("\n")),
		1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}

// tree is a walk over the tokens that keeps count of the lines.
type tree struct {
	data    []byte
	tokens  *json.Decoder
	counted int // bytes of data whose line ends are in line
	line    int
}

func (t *tree) next() (json.Token, error) {
	token, err := t.tokens.Token()
	// No token spans a line end, so where it ends tells where it begins.
	end := int(t.tokens.InputOffset())
	t.line += bytes.Count(t.data[t.counted:end], []byte("\n"))
	t.counted = end
	return token, err
}

func (t *tree) read() (*value, error) {
	token, err := t.next()
	if err != nil {
		return nil, err
	}
	v := &value{line: t.line}
	switch token := token.(type) {
	case nil:
		v.kind = isNull
	case bool:
		v.kind, v.text = isBool, strconv.FormatBool(token)
	case json.Number:
		v.kind, v.text = isNumber, token.String()
	case string:
		v.kind, v.text = isString, token
	case json.Delim:
		if token == '[' {
			v.kind = isArray
			err = t.readItems(v)
		} else {
			v.kind = isObject
			err = t.readMembers(v)
		}
	}
	return v, err
}

func (t *tree) readItems(v *value) error {
	for t.tokens.More() {
		item, err := t.read()
		if err != nil {
			return err
		}
		v.items = append(v.items, item)
	}
	_, err := t.next() // ]
	return err
}

func (t *tree) readMembers(v *value) error {
	for t.tokens.More() {
		key, err := t.next()
		if err != nil {
			return err
		}
		item, err := t.read()
		if err != nil {
			return err
		}
		v.members = append(v.members, member{key: key.(string), value: item})
	}
	_, err := t.next() // }
	return err
}
