package main

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const root = "../.."

// The papers' tables are those of the code.
func TestThePapersAreUpToDate(t *testing.T) {
	tables := map[string]int{}
	for _, name := range papers {
		paper, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := withTables(paper, root)
		if err != nil {
			t.Fatal(err)
		}
		if string(paper) != string(want) {
			t.Errorf("the tables of %s are old: run `go run ./tools/settings -papers`", name)
		}
		for _, table := range []string{"common", "stream", "server"} {
			tables[table] += strings.Count(string(paper), "<!-- table: "+table+" -->\n| ")
		}
	}
	if want := map[string]int{"common": 1, "stream": 1, "server": 2}; !maps.Equal(tables, want) {
		t.Errorf("the papers have tables %v, want %v", tables, want)
	}
}

func TestTables(t *testing.T) {
	paper := "Before.\n<!-- table: common -->\nold\n<!-- end -->\nBetween.\n<!-- table: stream -->\n<!-- end -->\n<!-- table: server -->\n<!-- end -->\nAfter.\n"
	written, err := withTables([]byte(paper), root)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Before.\n<!-- table: common -->\n| setting |",
		"| `highDemandTimeWindow` | number, seconds | `15` | How far",
		"| `announceTrackers` | string[] | `[\"wss://tracker.novage.com.ua\",",
		"| `swarmId` | string | unset | Names",
		"listed, as `{\"name\": \"hex\"}` or, for byte ranges, `{\"name\": {\"start-end\": \"hex\"}}`: an address",
		"|\n<!-- end -->\nBetween.\n",
		"| `servers[].server.port` | number, 0 to 65535 | `8000` | The TCP port; 0: any that is free. |",
		"| `servers[].server.ssl_ciphers` | string | none | Changes nothing: Go's choice of ciphers is used. |",
		"| `servers[].websockets.maxPayloadLength` | number of bytes, 1 to 2³⁰ | `65536` |",
		"| `servers[].websockets.compression` | number, 0 to 2 | `0` | Changes nothing",
		"| `tracker.announceInterval` | number of seconds, 1 to 2²⁰ | `20` |",
		"| `websocketsAccess.allowOrigins` | list of strings | all |",
		"| `websocketsAccess.denyEmptyOrigin` | true or false | `false` |",
		"| `generator` | `embedded`, `ffmpeg`, `auto` or `off` | `\"embedded\"` |",
		"| `pprof` | address or `\"off\"` | `\"off\"` |",
		"| `trustedProxies` | list of addresses and networks | none |",
		"|\n<!-- end -->\nAfter.\n",
	} {
		if !strings.Contains(string(written), want) {
			t.Errorf("no %q in\n%s", want, written)
		}
	}
	if strings.Contains(string(written), "\nold\n") {
		t.Error("the old table is still there")
	}
	again, err := withTables(written, root)
	if err != nil || string(again) != string(written) {
		t.Errorf("written again it is another, or error %v", err)
	}
}

func TestATableThatCannotBe(t *testing.T) {
	if _, err := withTables([]byte("<!-- table: other -->\n<!-- end -->"), root); err == nil || err.Error() != "no table is called other" {
		t.Errorf("error %v", err)
	}
}

func TestKeysThatCannotBe(t *testing.T) {
	for name, test := range map[string]struct {
		values any
		want   string
	}{
		"no comment": {struct {
			B string `key:"b"`
		}{}, "B b needs a tag key and a comment"},
		"no key": {struct{ A string }{}, "A  needs a tag key and a comment"},
		"no range": {struct {
			A int `key:"a"`
		}{}, "a: a int without a range"},
	} {
		if err := writeKeys(new(strings.Builder), "", reflect.ValueOf(test.values), docs{".A": "A."}); err == nil || err.Error() != test.want {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
}
