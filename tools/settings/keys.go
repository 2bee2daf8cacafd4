package main

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

// keysTable is the server's configuration, a row for each key of config.json.
func keysTable(docs docs) (string, error) {
	var out strings.Builder
	out.WriteString("| key | type | default | meaning |\n|---|---|---|---|\n")
	err := writeKeys(&out, "", reflect.ValueOf(config.Default()), docs)
	return out.String(), err
}

// writeKeys writes the rows of an object, and of those in it; at is what stands
// before its keys.
func writeKeys(out *strings.Builder, at string, values reflect.Value, docs docs) error {
	for i := range values.NumField() {
		field, value := values.Type().Field(i), values.Field(i)
		name := at + field.Tag.Get("key")
		var err error
		switch {
		case field.Type == reflect.TypeFor[[]config.Server]():
			err = writeKeys(out, name+"[].", reflect.ValueOf(config.DefaultServer()), docs)
		case field.Type.Kind() == reflect.Struct:
			err = writeKeys(out, name+".", value, docs)
		default:
			err = writeKey(out, name, field, value, docs[values.Type().Name()+"."+field.Name])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func writeKey(out *strings.Builder, name string, field reflect.StructField, value reflect.Value, doc string) error {
	if why, idle := field.Tag.Lookup("idle"); idle {
		doc = "Changes nothing: " + why + "."
	}
	if strings.HasSuffix(name, ".") || name == "" || doc == "" {
		return fmt.Errorf("%s %s needs a tag key and a comment", field.Name, name)
	}
	kind, err := kindOf(field)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	usual, err := usualOf(field, value)
	fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", name, kind, usual, doc)
	return err
}

// kindOf is what a key may be.
func kindOf(field reflect.StructField) (string, error) {
	_, tcp := field.Tag.Lookup("tcp")
	_, udp := field.Tag.Lookup("udp")
	choices := strings.Fields(field.Tag.Get("choice"))
	switch {
	case tcp || udp:
		return "address or `\"off\"`", nil
	case len(choices) > 0:
		last := len(choices) - 1
		return "`" + strings.Join(choices[:last], "`, `") + "` or `" + choices[last] + "`", nil
	case field.Type == reflect.TypeFor[[]netip.Prefix]():
		return "list of addresses and networks", nil
	case field.Type == reflect.TypeFor[[]string]():
		return "list of strings", nil
	case field.Type.Kind() == reflect.String:
		return "string", nil
	case field.Type.Kind() == reflect.Bool:
		return "true or false", nil
	}
	var low, high uint
	if _, err := fmt.Sscan(field.Tag.Get("range"), &low, &high); err != nil {
		return "", fmt.Errorf("a %s without a range", field.Type)
	}
	kind := "number"
	if unit := field.Tag.Get("unit"); unit != "" {
		kind += " of " + unitName(unit)
	}
	return fmt.Sprintf("%s, %d to %s", kind, low, roundNumber(high)), nil
}

// roundNumber writes a large power of two as one.
func roundNumber(n uint) string {
	if n < 1<<20 || bits.OnesCount(n) > 1 {
		return fmt.Sprint(n)
	}
	digits := strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")
	return "2" + digits.Replace(fmt.Sprint(bits.TrailingZeros(n)))
}

// usualOf is what a key is where nothing is said.
func usualOf(field reflect.StructField, value reflect.Value) (string, error) {
	_, idle := field.Tag.Lookup("idle")
	if kind := field.Type.Kind(); value.IsZero() && (kind == reflect.String || kind == reflect.Slice || kind == reflect.Bool && idle) {
		if unset := field.Tag.Get("unset"); unset != "" {
			return unset, nil
		}
		return "none", nil
	}
	if idle { // it is not kept, so that its zero is its default
		value = reflect.Zero(value.Type())
	}
	if seconds, ok := value.Interface().(time.Duration); ok {
		return fmt.Sprintf("`%g`", seconds.Seconds()), nil
	}
	text, err := json.Marshal(value.Interface())
	return "`" + string(text) + "`", err
}
