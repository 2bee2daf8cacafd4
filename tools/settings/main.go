// Command settings writes the loader's settings as TypeScript: the interfaces,
// the documentation and the default values, all taken from wasm/config, so that
// no default is written down twice. It writes the tables of the papers, too: those
// of the loader from there, that of the server from server/config.
//
//	go run ./tools/settings -ts web/src/generated/settings.ts
//	go run ./tools/settings -papers
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

func main() {
	path := flag.String("ts", "", "the TypeScript `file` to write; standard output when empty")
	tables := flag.Bool("papers", false, "write the tables of the papers instead")
	flag.Parse()
	var err error
	if *tables {
		err = writeTables(".")
	} else {
		err = run(loaderFile, *path)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "settings:", err)
		os.Exit(1)
	}
}

// run writes the file only when its content changes, so that what is built from
// it stays up to date.
func run(goFile, path string) error {
	docs, err := readDocs(goFile)
	if err != nil {
		return err
	}
	source, err := typeScript(config.Default(), docs)
	if err != nil {
		return err
	}
	if path == "" {
		_, err := os.Stdout.Write(source)
		return err
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, source) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, source, 0o644)
}
