package access

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
	"github.com/p2p-mediastream/p2p-mediastream/server/watch"
)

// hash is an info hash of one byte, twenty times; line is it in a file.
func hash(b byte) tracker.ID { return tracker.ID(bytes.Repeat([]byte{b}, 20)) }

func line(b byte) string { return strings.Repeat(fmt.Sprintf("%02x", b), 20) + "\n" }

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestAllowAndDeny(t *testing.T) {
	dir := t.TempDir()
	allow, deny := filepath.Join(dir, "allow"), filepath.Join(dir, "deny")
	write(t, allow, "\ufeff"+line(0xaa)+"\n# ours\r\n \t"+strings.ToUpper(line(0xbb))+line(0xaa)+strings.TrimSpace(line(0xcc))+" # the last, without a line's end")
	write(t, deny, line(0xbb))
	for _, test := range []struct {
		name  string
		files config.InfoHashes
		want  string
	}{
		{"these only", config.InfoHashes{AllowFile: allow}, "aa bb cc"},
		{"these not", config.InfoHashes{DenyFile: deny}, "aa cc dd"},
		{"these, but those not", config.InfoHashes{AllowFile: allow, DenyFile: deny}, "aa cc"},
	} {
		allows, err := Open(test.files, watch.New(slog.New(slog.DiscardHandler)))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, b := range []byte{0xaa, 0xbb, 0xcc, 0xdd} {
			if allows(hash(b)) {
				got = append(got, fmt.Sprintf("%02x", b))
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: allowed are %v, want %s", test.name, got, test.want)
		}
	}
}

func TestNoLists(t *testing.T) {
	if allows, err := Open(config.InfoHashes{}, nil); allows != nil || err != nil {
		t.Errorf("no lists are some: %v", err)
	}
}

func TestBadLines(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"short", line(1) + "abcdef\n", "list:2: want 40 hexadecimal digits, not 6 characters"},
		{"long", "\n" + strings.TrimSpace(line(1)) + "00\n", "list:2: want 40 hexadecimal digits, not 42 characters"},
		{"two on a line", strings.TrimSpace(line(1)) + " " + line(2), "list:1: want 40 hexadecimal digits, not 81 characters"},
		{"no digit", "x" + line(1)[1:], `list:1: want 40 hexadecimal digits, not "x101010101010101010101010101010101010101"`},
		{"several", "a\n" + line(1) + "b\n", "list:1: want 40 hexadecimal digits, not 1 characters\nlist:3: want 40 hexadecimal digits, not 1 characters"},
		{"endless", line(1) + strings.Repeat("0", 1<<20), "list:2: bufio.Scanner: token too long"},
	} {
		if _, err := read("list", strings.NewReader(test.text)); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v\nwant %s", test.name, err, test.want)
		}
	}
	if _, err := read("list", strings.NewReader(strings.Repeat("no\n", 1000))); strings.Count(err.Error(), "\n") != maxFaults-1 {
		t.Errorf("of a thousand faults it tells\n%v", err)
	}
}

func TestAMissingFileIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none")
	for key, files := range map[string]config.InfoHashes{"allowFile": {AllowFile: path}, "denyFile": {DenyFile: path}} {
		if _, err := Open(files, watch.New(slog.New(slog.DiscardHandler))); err == nil || !strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// Lists change under announces. (With -race this would tell of a missing lock.)
func TestChangesOfAList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	write(t, path, line(1))
	var log bytes.Buffer
	watcher := watch.New(slog.New(slog.NewTextHandler(&log, nil)))
	allows, err := Open(config.InfoHashes{AllowFile: path}, watcher)
	if err != nil {
		t.Fatal(err)
	}
	var asking sync.WaitGroup
	asking.Go(func() {
		for range 1000 {
			if allows(hash(3)) {
				t.Error("a hash that was never listed")
			}
		}
	})
	change := func(text string, one, two bool) {
		t.Helper()
		write(t, path, text)
		watcher.Look()
		watcher.Look()
		if allows(hash(1)) != one || allows(hash(2)) != two {
			t.Errorf("after %q: %v, %v", text, allows(hash(1)), allows(hash(2)))
		}
	}
	change(line(1)+line(2), true, true)
	change(line(2), false, true)
	change("broken", false, true)
	if !strings.Contains(log.String(), path+":1: want 40") {
		t.Errorf("the bad line is not told of:\n%s", &log)
	}
	change("# none", false, false)
	asking.Wait()
}

func FuzzRead(f *testing.F) {
	f.Add("# x\n" + line(1))
	f.Add("\ufeff" + line(1) + "y\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		hashes, err := read("list", strings.NewReader(text))
		if err != nil && !strings.HasPrefix(err.Error(), "list:") {
			t.Errorf("%v does not say where", err)
		}
		if len(hashes) > len(text)/40 {
			t.Errorf("%d hashes in %d bytes", len(hashes), len(text))
		}
	})
}

func BenchmarkAllows(b *testing.B) {
	path := filepath.Join(b.TempDir(), "list")
	var text strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&text, "%040x\n", i)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o666); err != nil {
		b.Fatal(err)
	}
	allows, err := Open(config.InfoHashes{AllowFile: path}, watch.New(slog.New(slog.DiscardHandler)))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		allows(hash(1))
	}
}
