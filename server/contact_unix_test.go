//go:build unix

package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bound is the program as one that permissions hold for: they do not for root.
func bound(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	command := append([]string{os.Args[0]}, args...)
	if os.Geteuid() == 0 {
		setpriv, err := exec.LookPath("setpriv")
		if err != nil {
			t.Skip("permissions do not hold for root")
		}
		command = append([]string{setpriv, "--bounding-set", "-dac_override,-dac_read_search"}, command...)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(cmd.Environ(), runAsProgram+"=1")
	cmd.Dir = t.TempDir()
	return cmd
}

// end is what a program says that is to end by itself, with an error.
func end(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	said, err := cmd.CombinedOutput()
	if err == nil || strings.Count(string(said), "\n") != 1 {
		t.Errorf("%v, want an error and one sentence, not %s", err, said)
	}
	return string(said)
}

func TestNoPermissionToReadTheConfiguration(t *testing.T) {
	cmd := bound(t)
	if err := os.WriteFile(filepath.Join(cmd.Dir, "config.json"), []byte("{}"), 0); err != nil {
		t.Fatal(err)
	}
	wantAll(t, end(t, cmd), "no permission to read config.json", "chmod a+r config.json")
}

// pathWithFFmpeg is an environment where ffmpeg is a program that waits.
func pathWithFFmpeg(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ffmpeg"), []byte("#!/bin/sh\nexec sleep 600\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	return "PATH=" + dir + ":" + os.Getenv("PATH")
}

// It says so before it promises a stream to anyone, whether the directory is there, is to be made, or has all it needs.
func TestNoPermissionToWriteTheStream(t *testing.T) {
	path := pathWithFFmpeg(t)
	for _, folders := range [][]string{{""}, {"", "720p", "360p"}} {
		cmd := bound(t, "--listen", "off", "--stun", "off", "--generator", "ffmpeg", "--hls-dir", "stream")
		cmd.Env = append(cmd.Env, path)
		for _, folder := range folders {
			if err := os.Mkdir(filepath.Join(cmd.Dir, "stream", folder), 0o777); err != nil {
				t.Fatal(err)
			}
		}
		for _, folder := range folders {
			path := filepath.Join(cmd.Dir, "stream", folder)
			if err := os.Chmod(path, 0o555); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(path, 0o777) }) // for who is not root to remove it
		}
		wantAll(t, end(t, cmd), "cannot write the stream", "permission denied", "choose another directory with --hls-dir")
	}
}

// Two generators would ruin each other's playlists. One that is killed leaves nothing in the way of the next.
func TestTwoGeneratorsOfOneDirectory(t *testing.T) {
	path, dir := pathWithFFmpeg(t), t.TempDir()
	generator := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0], "--listen", "off", "--stun", "off", "--generator", "ffmpeg", "--hls-dir", dir)
		cmd.Env = append(cmd.Environ(), path)
		return cmd
	}
	first := generator()
	startProgram(t, first)
	second := generator()
	second.Env = append(second.Env, runAsProgram+"=1")
	wantAll(t, end(t, second), dir, "another process writes a stream into it; choose another directory with --hls-dir")

	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	startProgram(t, generator())
}

// Clients that wait because the system allows no more files are told of, with what to do.
func TestAllFilesInUse(t *testing.T) {
	cmd := exec.Command("sh", "-c", `ulimit -n 64 && exec "$0" "$@"`, os.Args[0], "--listen", "127.0.0.1:0", "--stun", "off")
	page, stderr := startProgram(t, cmd)
	host := strings.Trim(strings.TrimPrefix(page, "http:"), "/")
	for range 64 {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for {
		line, err := stderr.ReadString('\n')
		if err == io.EOF {
			t.Fatal("it ended")
		}
		if strings.Contains(line, "all open files that the system allows are in use") {
			wantAll(t, line, "limit=64", "ulimit -n 512", "LimitNOFILE=512")
			return
		}
	}
}
