//go:build js

package browser

import (
	"math"
	"reflect"
	"syscall/js"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

// readSettings reads a LoaderSettings object. It takes what pages put there
// although no type allows it, such as a text for a number of downloads, which
// makes sense or becomes NaN; the error is for what JavaScript itself cannot make
// a number or a text of.
func readSettings(v js.Value) (s config.Settings, err error) {
	err = try(func() { readStruct(reflect.ValueOf(&s).Elem(), v) })
	return s, err
}

func readStruct(to reflect.Value, from js.Value) {
	for i := range to.NumField() {
		field, info := to.Field(i), to.Type().Field(i)
		if info.Anonymous {
			readStruct(field, from)
			continue
		}
		v := from.Get(info.Tag.Get("json"))
		if v.IsUndefined() || v.IsNull() || field.Type() == reflect.TypeFor[config.RTC]() {
			continue // a page's rtcConfig goes from the host to the browser
		}
		readField(field, v)
	}
}

func readField(to reflect.Value, v js.Value) {
	switch to.Kind() {
	case reflect.Struct:
		readStruct(to, v)
	case reflect.Bool:
		to.SetBool(v.Truthy())
	case reflect.Float64:
		to.SetFloat(asNumber(v))
	case reflect.String:
		to.SetString(js.Global().Call("String", v).String())
	case reflect.Slice:
		if v.Type() != js.TypeObject {
			return
		}
		for i := range v.Length() {
			to.Set(reflect.Append(to, reflect.ValueOf(js.Global().Call("String", v.Index(i)).String())))
		}
	}
}

// asNumber is what JavaScript makes of a value where it wants a number.
func asNumber(v js.Value) float64 {
	if v.Type() != js.TypeNumber {
		v = js.Global().Call("Number", v)
	}
	return v.Float()
}

// toNumber is 0 for what is not a number.
func toNumber(v js.Value) float64 {
	if n := asNumber(v); !math.IsNaN(n) {
		return n
	}
	return 0
}
