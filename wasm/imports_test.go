package main_test

import (
	"go/build"
	"slices"
	"strings"
	"testing"
)

const root = "github.com/p2p-mediastream/p2p-mediastream/"

// Who of the module's own packages may import what is costly, or would tie them
// to the browser.
var rooms = map[string][]string{
	"syscall/js":    {"wasm", "wasm/browser"},
	"reflect":       {"wasm/browser"}, // reads settings
	"encoding/json": {},               // 107 KB of brotli: see wasm/wire/jsonread.go
	"net/http":      {},               // more than all connections together
}

func TestRooms(t *testing.T) {
	module := build.Default
	module.GOOS, module.GOARCH = "js", "wasm"
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		p, err := module.ImportDir("../"+name, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, imported := range p.Imports {
			if own, ok := strings.CutPrefix(imported, root); ok {
				visit(own)
			}
			if allowed, ok := rooms[imported]; ok && !slices.Contains(allowed, name) {
				t.Errorf("%s imports %s", name, imported)
			}
		}
	}
	visit("wasm")
	for _, met := range []string{"hls", "wasm/wire", "wasm/browser"} {
		if !seen[met] {
			t.Errorf("the module is without %s", met)
		}
	}
}
