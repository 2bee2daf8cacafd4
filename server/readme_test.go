package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

// section is the text of README.md below a heading.
func section(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("README.md has no section %s", heading)
	}
	below, _, _ := strings.Cut(after, "\n## ")
	return below
}

var (
	rowOfCode = regexp.MustCompile("(?m)^\\| `([^`|]+)` \\| (.*) \\|$")
	cells     = regexp.MustCompile(` *\| *`)
)

// table is the rows of a section whose first cell is code, by that.
func table(t *testing.T, heading string) map[string][]string {
	t.Helper()
	rows := make(map[string][]string)
	for _, line := range rowOfCode.FindAllStringSubmatch(section(t, heading), -1) {
		if rows[line[1]] != nil {
			t.Errorf("%s: %s is there twice", heading, line[1])
		}
		rows[line[1]] = cells.Split(line[2], -1)
	}
	return rows
}

func sorted(keys map[string]bool) []string { return slices.Sorted(maps.Keys(keys)) }

func example(t *testing.T) []byte {
	t.Helper()
	found := regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(section(t, "Configuration"))
	if found == nil {
		t.Fatal("README.md has no example")
	}
	return []byte(found[1])
}

// paths adds the keys of a JSON value that have values of their own.
func paths(value any, at string, to map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			paths(inner, strings.TrimPrefix(at+"."+key, "."), to)
		}
		return
	case []any:
		if _, of := value[0].(map[string]any); of {
			for _, inner := range value {
				paths(inner, at+"[]", to)
			}
			return
		}
	}
	to[at] = true
}

// unset adds the fields that are what they are by default.
func unset(got, usual reflect.Value, at string, to map[string]bool) {
	if got.Kind() == reflect.Struct {
		for i := range got.NumField() {
			if !got.Type().Field(i).IsExported() {
				continue // it changes nothing
			}
			unset(got.Field(i), usual.Field(i), at+"."+got.Type().Field(i).Name, to)
		}
		return
	}
	if reflect.DeepEqual(got.Interface(), usual.Interface()) {
		to[at] = true
	}
}

// The example has every key of the table, which is made of the fields that the
// parser goes by, and no other, and nothing that it can set is left as it was.
func TestEveryKeyIsInTheExample(t *testing.T) {
	var whole any
	if err := json.Unmarshal(example(t), &whole); err != nil {
		t.Fatal(err)
	}
	shown, listed := make(map[string]bool), make(map[string]bool)
	paths(whole, "", shown)
	for key := range table(t, "Configuration") {
		listed[key] = true
	}
	if got, want := sorted(listed), sorted(shown); !slices.Equal(got, want) {
		t.Errorf("the table has  %v\nthe example has %v", got, want)
	}

	parsed, warnings, err := config.Parse("example", example(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range warnings {
		if strings.Contains(warning, "unknown key") {
			t.Error(warning)
		}
	}
	usual := config.Default()
	left := make(map[string]bool)
	unset(reflect.ValueOf(parsed), reflect.ValueOf(usual), "Config", left)
	unset(reflect.ValueOf(parsed.Servers[0]), reflect.ValueOf(config.DefaultServer()), "Server", left)
	if len(left) > 0 {
		t.Errorf("the example does not set %v", sorted(left))
	}
}

// What the table gives as the default is what nothing at all means.
func TestDefaultsInTheTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.json")
	load := func(text string) settings {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		s, _, err := loadSettings(flags{config: &file})
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		return s
	}
	checked := 0
	for key, row := range table(t, "Configuration") {
		value := strings.Trim(row[1], "`")
		if value == row[1] {
			if value != "none" && value != "all" {
				t.Errorf("%s: the default %s is no code", key, value)
			}
			continue
		}
		text, without := value, "{}"
		names := strings.Split(key, ".")
		for _, name := range slices.Backward(names) {
			if list, is := strings.CutSuffix(name, "[]"); is {
				text, without = `{"`+list+`":[`+text+`]}`, `{"`+list+`":[{}]}`
			} else {
				text = `{"` + name + `":` + text + `}`
			}
		}
		if got, want := load(text), load(without); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is not the default: it makes\n%+v, and nothing makes\n%+v", text, got, want)
		}
		checked++
	}
	if checked < 20 {
		t.Errorf("only %d defaults were looked at", checked)
	}
}

func TestEveryMetricIsInTheTable(t *testing.T) {
	families, err := busy(t).metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	rows := table(t, "Metrics")
	for _, family := range families {
		name := family.GetName()
		if !strings.HasPrefix(name, namespace) {
			continue
		}
		row := rows[name]
		delete(rows, name)
		if row == nil {
			t.Errorf("%s is not in the table", name)
			continue
		}
		var labels []string
		for _, label := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, label.GetName())
		}
		told := strings.FieldsFunc(row[1], func(r rune) bool { return strings.ContainsRune("`, ", r) })
		slices.Sort(labels)
		slices.Sort(told)
		if kind := strings.ToLower(family.GetType().String()); kind != row[0] || !slices.Equal(labels, told) {
			t.Errorf("%s is a %s with labels %v, in the table %v", name, kind, labels, row[:2])
		}
	}
	for name, row := range rows {
		if strings.HasSuffix(row[2], "; on Linux only") && runtime.GOOS != "linux" {
			continue
		}
		t.Errorf("%s is in the table, and nowhere else", name)
	}
}
