//go:build !js

package main

import (
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// TestMain fails when a test leaves goroutines of sockets, connections,
// downloads or loops behind.
func TestMain(m *testing.M) {
	status := m.Run()
	if left := leaked(10 * time.Second); status == 0 && left != "" {
		fmt.Fprintln(os.Stderr, "goroutines left behind:\n"+left)
		status = 1
	}
	os.Exit(status)
}

// leaked lists the goroutines that are still there once patience has run out:
// some take a moment to end after whoever waits for them was told.
func leaked(patience time.Duration) string {
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		var all strings.Builder
		_ = pprof.Lookup("goroutine").WriteTo(&all, 2)
		var left []string
		for _, stack := range strings.Split(all.String(), "\n\n") {
			for _, suspect := range []string{"/pion/", "/coder/websocket", "p2p-mediastream/wasm/"} {
				if strings.Contains(stack, suspect) {
					left = append(left, stack)
					break
				}
			}
		}
		if len(left) == 0 || time.Now().After(deadline) {
			return strings.Join(left, "\n\n")
		}
	}
}
