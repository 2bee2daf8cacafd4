package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

// typeScript is the module that JavaScript gets its settings from: one interface
// and one constant of defaults for what both streams share, and for a stream; and
// what no page sets in the same form.
func typeScript(defaults config.Settings, docs docs) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("// Generated from wasm/config by tools/settings. Change it there.\n")
	for _, part := range []struct {
		name, constant, doc string
		values              any
	}{
		{"CommonSettings", "DEFAULT_COMMON_SETTINGS", "What both streams share.", defaults.Common},
		{"StreamSettings", "DEFAULT_STREAM_SETTINGS", "What can differ between the main and the secondary stream.", defaults.Main},
		{"HttpRules", "HTTP_RULES", "How an origin that fails is treated.", config.HTTPRules},
	} {
		settings, err := settingsOf(reflect.ValueOf(part.values), docs)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&out, "\n/** %s */\nexport interface %s {\n", part.doc, part.name)
		for _, s := range settings {
			s.writeMember(&out)
		}
		fmt.Fprintf(&out, "}\n\nexport const %s: %s = {\n", part.constant, part.name)
		for _, s := range settings {
			fmt.Fprintf(&out, "  %s: %s,\n", s.name, s.value)
		}
		out.WriteString("};\n")
	}
	return out.Bytes(), nil
}

// setting is one field of a settings struct as TypeScript shows it.
type setting struct {
	name, typ, unit, doc string
	value                string // a TypeScript expression
	unset                string // "" for what has a value always; "absent" or "undefined" for what a page need not set
}

func (s setting) writeMember(out *bytes.Buffer) {
	unit := ""
	if s.unit != "" {
		unit = " In " + s.unit + "."
	}
	member := s.name + ": " + s.typ
	switch s.unset {
	case "absent":
		member = s.name + "?: " + s.typ
	case "undefined":
		member += " | undefined"
	}
	fmt.Fprintf(out, "  /**\n   * %s%s\n   * @default %s\n   */\n  %s;\n", s.doc, unit, s.value, member)
}

func settingsOf(values reflect.Value, docs docs) ([]setting, error) {
	var all []setting
	for i := range values.NumField() {
		field := values.Type().Field(i)
		s := setting{
			name:  field.Tag.Get("json"),
			unit:  unitName(field.Tag.Get("unit")),
			doc:   docs[values.Type().Name()+"."+field.Name],
			unset: field.Tag.Get("unset"),
		}
		if s.name == "" || s.doc == "" {
			return nil, fmt.Errorf("%s.%s needs a json tag and a comment", values.Type(), field.Name)
		}
		var err error
		if s.typ, err = typeName(field.Type); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", values.Type(), field.Name, err)
		}
		if s.value, err = expression(values.Field(i), s.unset); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", values.Type(), field.Name, err)
		}
		all = append(all, s)
	}
	return all, nil
}

func unitName(unit string) string {
	names := map[string]string{"s": "seconds", "ms": "milliseconds", "B": "bytes"}
	if name, ok := names[unit]; ok {
		return name
	}
	return unit
}

// typeName is the TypeScript type of a setting. RTC stands for the browser's own
// dictionary, of which config knows only what has a default.
func typeName(t reflect.Type) (string, error) {
	if t == reflect.TypeFor[config.RTC]() {
		return "RTCConfiguration", nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return "boolean", nil
	case reflect.Int, reflect.Float64:
		return "number", nil
	case reflect.String:
		return "string", nil
	case reflect.Slice:
		element, err := typeName(t.Elem())
		return element + "[]", err
	}
	return "", fmt.Errorf("no TypeScript type for %s", t)
}

// expression is a default value in TypeScript. A setting that need not be set has
// none: its zero value means that nothing was set.
func expression(v reflect.Value, unset string) (string, error) {
	switch {
	case unset != "" && unset != "absent" && unset != "undefined":
		return "", fmt.Errorf("tagged unset:%q, not absent or undefined", unset)
	case unset != "" && !v.IsZero():
		return "", fmt.Errorf("tagged unset, but its default is %v", v)
	case unset != "":
		return "undefined", nil
	}
	text, err := json.Marshal(v.Interface())
	return string(text), err
}
