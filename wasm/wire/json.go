package wire

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// object is a JSON object that is read field by field. The first thing wrong
// stays in err, after which every read gives a zero value.
type object struct {
	path   string      // of its fields: "" or such as "offer."
	fields []jsonField // of those of one name, the last counts
	err    error
}

var errMissing = errors.New("is missing")

// parseObject reads an object whose fields errors call path and their name.
func parseObject(path string, text []byte) (*object, error) {
	value, fields, err := scanJSON(text)
	if err != nil {
		return nil, err
	}
	if kind := kindOf(value); kind != "object" {
		return nil, fmt.Errorf("is %s, want an object", kind)
	}
	return &object{path: path, fields: fields}, nil
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

// value is what stands in the field, nil where there is none.
func (o *object) value(field string) []byte {
	for i := len(o.fields) - 1; i >= 0; i-- {
		if string(o.fields[i].name) == field {
			return o.fields[i].value
		}
	}
	return nil
}

// has tells whether the field is there and not null.
func (o *object) has(field string) bool {
	value := o.value(field)
	return value != nil && kindOf(value) != "null"
}

// read finds an optional field of the kind that want describes. It is nil where
// there is none.
func (o *object) read(field, kind, want string) []byte {
	if o.err != nil || !o.has(field) {
		return nil
	}
	value := o.value(field)
	if found := kindOf(value); found != kind {
		o.fail(field, fmt.Errorf("is %s, want %s", found, want))
		return nil
	}
	return value
}

// text reads an optional text.
func (o *object) text(field string) string {
	value := o.read(field, "string", "a text")
	if value == nil {
		return ""
	}
	return string(unquote(value))
}

// number reads an optional number of at least 0.
func (o *object) number(field string) float64 {
	value := o.read(field, "number", "a number")
	if value == nil {
		return 0
	}
	n, err := strconv.ParseFloat(string(value), 64)
	switch {
	case n < 0:
		o.fail(field, fmt.Errorf("is %v, want 0 or more", n))
		return 0
	case err != nil: // it is a number, so what is wrong is its size
		o.fail(field, errors.New("is too large a number"))
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
	return o.inner(field, o.value(field))
}

// inner reads the object that stands in a field.
func (o *object) inner(field string, value []byte) *object {
	empty := &object{}
	if o.err != nil {
		return empty
	}
	inner, err := parseObject(o.path+field+".", value)
	if err != nil {
		o.fail(field, err)
		return empty
	}
	return inner
}
