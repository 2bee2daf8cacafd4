// The loader as a WebAssembly module. Its first argument names the function on
// globalThis that takes it; web/src/module.ts is the other side.
package main

import (
	"fmt"
	"os"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/browser"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "loader: want the name of the function to call as the only argument")
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "loader:", browser.Run(os.Args[1]))
	os.Exit(1)
}
