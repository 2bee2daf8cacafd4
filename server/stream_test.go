package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheStreamDirectoryIsNoDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "stream")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	// An ffmpeg that is found and never run.
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "ffmpeg"), nil, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", path)
	for _, mode := range []string{"off", "ffmpeg", "auto"} {
		for _, dir := range []string{file, filepath.Join(file, "below")} {
			_, err := openStream(mode, dir, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), "the stream directory "+dir+" is no directory") || !strings.Contains(err.Error(), "--hls-dir") {
				t.Errorf("--generator %s: %v", mode, err)
			}
		}
	}
}

// Nobody is served what lies outside, and nobody fills the log by asking.
func TestNamesThatCannotBeServedAreMissing(t *testing.T) {
	dir := t.TempDir()
	for link, target := range map[string]string{"out.ts": "..", "self.ts": "self.ts", "far.ts": "/etc/hosts", "dangling.ts": "nothing.ts"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.ts"), 0o777); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s := plain()
	s.generator, s.hlsDir = "off", dir
	_, host := startLogging(t, s, slog.New(slog.NewTextHandler(&log, nil)))
	for _, name := range []string{"out.ts", "self.ts", "far.ts", "dangling.ts", "folder.ts", "folder.ts/x", "nothing.ts"} {
		if status, _ := get(t, "http://"+host+"/hls/"+name); status != http.StatusNotFound {
			t.Errorf("%s: %d", name, status)
		}
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", &log)
	}
}
