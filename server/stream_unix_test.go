//go:build unix

package main

import (
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
)

// To open a named pipe would wait for a writer.
func TestANamedPipeIsNotServed(t *testing.T) {
	s := plain()
	s.generator, s.hlsDir = "off", t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(s.hlsDir, "pipe.ts"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, host := start(t, s)
	if status, _ := get(t, "http://"+host+"/hls/pipe.ts"); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
}
