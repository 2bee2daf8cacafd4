package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

// The papers that have tables, and the Go files that the tables are made of, all
// from the repository's root.
var papers = []string{"web/docs/configuration.md", "server/README.md"}

const (
	loaderFile = "wasm/config/config.go"
	serverFile = "server/config/config.go"
)

// marked is a part of a paper that is written here: all between two comments.
var marked = regexp.MustCompile(`(?s)(<!-- table: ([a-z]+) -->\n).*?(<!-- end -->)`)

// writeTables writes the tables of the papers anew.
func writeTables(root string) error {
	for _, name := range papers {
		path := filepath.Join(root, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		written, err := withTables(text, root)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := os.WriteFile(path, written, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// withTables is a paper with its tables as they should be.
func withTables(paper []byte, root string) ([]byte, error) {
	loaderDocs, err := readDocs(filepath.Join(root, loaderFile))
	if err != nil {
		return nil, err
	}
	serverDocs, err := readDocs(filepath.Join(root, serverFile))
	if err != nil {
		return nil, err
	}
	defaults := config.Default()
	var failed error
	written := marked.ReplaceAllFunc(paper, func(part []byte) []byte {
		m := marked.FindSubmatch(part)
		var table string
		var err error
		switch name := string(m[2]); name {
		case "common":
			table, err = settingsTable(defaults.Common, loaderDocs)
		case "stream":
			table, err = settingsTable(defaults.Main, loaderDocs)
		case "server":
			table, err = keysTable(serverDocs)
		default:
			err = fmt.Errorf("no table is called %s", name)
		}
		if err != nil {
			failed = err
		}
		return []byte(string(m[1]) + table + string(m[3]))
	})
	return written, failed
}

// settingsTable is a struct of settings, a row for each.
func settingsTable(values any, docs docs) (string, error) {
	settings, err := settingsOf(reflect.ValueOf(values), docs)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	out.WriteString("| setting | type | default | meaning |\n|---|---|---|---|\n")
	for _, s := range settings {
		typ := s.typ
		if s.unit != "" {
			typ += ", " + s.unit
		}
		usual := "unset"
		if s.unset == "" {
			usual = "`" + s.value + "`"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", s.name, typ, usual, quoteCode(s.doc))
	}
	return out.String(), nil
}

// braces are the shapes of JSON in comments, which Markdown would show as text.
var braces = regexp.MustCompile(`\{"[^}]*\}+`)

func quoteCode(doc string) string {
	return braces.ReplaceAllStringFunc(doc, func(code string) string { return "`" + code + "`" })
}
