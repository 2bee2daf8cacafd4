package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// object is a JSON object that is read field by field. The first thing wrong
// stays in err, after which every read gives a zero value.
type object struct {
	path   string // of its fields: "" or such as "offer."
	fields map[string]json.RawMessage
	err    error
}

var errMissing = errors.New("is missing")

// parseObject reads an object whose fields errors call path and their name.
func parseObject(path string, text []byte) (*object, error) {
	o := &object{path: path}
	if err := json.Unmarshal(text, &o.fields); err != nil {
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) {
			return nil, fmt.Errorf("is %s, want an object", wrongType.Value)
		}
		return nil, err
	}
	if o.fields == nil {
		return nil, errors.New("is null, want an object")
	}
	return o, nil
}

// fail keeps the first error, and says which field it is about.
func (o *object) fail(field string, err error) {
	if o.err == nil {
		o.err = fmt.Errorf("%s%s %w", o.path, field, err)
	}
}

// adopt takes over the error of an object inside this one.
func (o *object) adopt(inner *object) {
	if o.err == nil {
		o.err = inner.err
	}
}

// has tells whether the field is there and not null.
func (o *object) has(field string) bool {
	raw, ok := o.fields[field]
	return ok && string(raw) != "null"
}

// read stores an optional field of the Go type that want describes.
func (o *object) read(field, want string, into any) {
	if o.err != nil || !o.has(field) {
		return
	}
	if err := json.Unmarshal(o.fields[field], into); err != nil {
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) {
			err = fmt.Errorf("is %s, want %s", wrongType.Value, want)
		}
		o.fail(field, err)
	}
}

// text reads an optional text.
func (o *object) text(field string) (s string) {
	o.read(field, "a text", &s)
	return s
}

// number reads an optional number of at least 0.
func (o *object) number(field string) (n float64) {
	o.read(field, "a number", &n)
	if n < 0 {
		o.fail(field, fmt.Errorf("is %v, want 0 or more", n))
		return 0
	}
	return n
}

// seconds reads an optional time. What is longer than a Duration becomes the
// 68 years of 2^31 seconds.
func (o *object) seconds(field string) time.Duration {
	return time.Duration(min(o.number(field), 1<<31) * float64(time.Second))
}

// count reads an optional integer of at least 0.
func (o *object) count(field string) int64 {
	n := o.number(field)
	if n != math.Trunc(n) || n > maxSafeInteger {
		o.fail(field, fmt.Errorf("is %v, want an integer", n))
		return 0
	}
	return int64(n)
}

// id reads an id, which must be there.
func (o *object) id(field string) [idLength]byte {
	if o.err == nil && !o.has(field) {
		o.fail(field, errMissing)
	}
	s := o.text(field)
	if o.err != nil {
		return [idLength]byte{}
	}
	id, err := parseID(s)
	if err != nil {
		o.fail(field, fmt.Errorf("is no id: %w", err))
	}
	return id
}

// object reads an object, which must be there.
func (o *object) object(field string) *object {
	empty := &object{}
	if o.err != nil {
		return empty
	}
	inner, err := parseObject(o.path+field+".", o.fields[field])
	if err != nil {
		o.fail(field, err)
		return empty
	}
	return inner
}
