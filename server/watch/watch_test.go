package watch

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// site is a file that is watched, and what was read of it.
type site struct {
	*testing.T
	*Watcher
	dir, path string
	log       bytes.Buffer
	read      []string
}

func newSite(t *testing.T) *site {
	s := &site{T: t, dir: t.TempDir()}
	s.path = filepath.Join(s.dir, "file")
	s.Watcher = New(slog.New(slog.NewTextHandler(&s.log, nil)))
	return s
}

// take reads the file; one that begins with "bad" is an error.
func (s *site) take() error {
	data, err := os.ReadFile(s.path)
	if err == nil && bytes.HasPrefix(data, []byte("bad")) {
		err = errors.New(string(data))
	}
	if err == nil {
		s.read = append(s.read, string(data))
	}
	return err
}

func (s *site) write(path, text string) {
	s.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		s.Fatal(err)
	}
}

func (s *site) want(texts ...string) {
	s.Helper()
	if got, want := strings.Join(s.read, ","), strings.Join(texts, ","); got != want {
		s.Errorf("read %q, want %q", got, want)
	}
}

func (s *site) begin(text string) {
	s.Helper()
	s.write(s.path, text)
	if err := s.Read("the file", s.take, s.path); err != nil {
		s.Fatal(err)
	}
	s.want(text)
}

func (s *site) errors() int { return strings.Count(s.log.String(), "level=ERROR") }

func TestWhatIsWrongAtFirstIsAnError(t *testing.T) {
	s := newSite(t)
	if err := s.Read("the file", s.take, s.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	s.write(s.path, "x")
	s.Look()
	s.Look()
	s.want()
}

func TestChangesAreReadWhenTheyHaveEnded(t *testing.T) {
	s := newSite(t)
	s.begin("one")
	s.Look()
	s.Look()
	s.want("one")

	s.write(s.path, "two, half wri")
	s.Look()
	s.write(s.path, "two, half written")
	s.Look()
	s.want("one")
	s.Look()
	s.want("one", "two, half written")
	s.Look()
	s.Look()
	s.want("one", "two, half written")
}

func TestChangesThatDoNotEndAreReadAllTheSame(t *testing.T) {
	s := newSite(t)
	s.begin("0")
	for i := range 2 * patience {
		s.write(s.path, strings.Repeat("x", i+2))
		s.Look()
	}
	if len(s.read) != 2 {
		t.Errorf("read %q, want one of the changes", s.read)
	}
}

// The same length at the same moment: only the file is another.
func TestAReplacedFile(t *testing.T) {
	s := newSite(t)
	s.begin("one")
	info, err := os.Stat(s.path)
	if err != nil {
		t.Fatal(err)
	}
	next := filepath.Join(s.dir, "next")
	s.write(next, "two")
	if err := errors.Join(os.Chtimes(next, info.ModTime(), info.ModTime()), os.Rename(next, s.path)); err != nil {
		t.Fatal(err)
	}
	s.Look()
	s.Look()
	s.want("one", "two")
}

// The same length in the same file: only the time is another.
func TestAFileThatIsWrittenOver(t *testing.T) {
	s := newSite(t)
	s.begin("one")
	s.write(s.path, "two")
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(s.path, later, later); err != nil {
		t.Fatal(err)
	}
	s.Look()
	s.Look()
	s.want("one", "two")
}

// In the same file at the same moment: only the length is another.
func TestAFileThatIsLonger(t *testing.T) {
	s := newSite(t)
	s.begin("one")
	info, err := os.Stat(s.path)
	if err != nil {
		t.Fatal(err)
	}
	s.write(s.path, "second")
	if err := os.Chtimes(s.path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	s.Look()
	s.Look()
	s.want("one", "second")
}

// Kubernetes keeps the files of a ConfigMap in a folder that one link leads to,
// and replaces that link.
func TestALinkThatIsReplaced(t *testing.T) {
	s := newSite(t)
	link := func(version, text string) {
		t.Helper()
		folder := filepath.Join(s.dir, version)
		if err := os.Mkdir(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		s.write(filepath.Join(folder, "file"), text)
		if err := errors.Join(os.Symlink(version, filepath.Join(s.dir, "new")),
			os.Rename(filepath.Join(s.dir, "new"), filepath.Join(s.dir, "data"))); err != nil {
			t.Fatal(err)
		}
	}
	link("..1", "one")
	if err := os.Symlink("data/file", s.path); err != nil {
		t.Fatal(err)
	}
	if err := s.Read("the file", s.take, s.path); err != nil {
		t.Fatal(err)
	}
	link("..2", "two")
	s.Look()
	s.Look()
	s.want("one", "two")
}

func TestABadVersionIsToldOnceAndLeavesTheOldOne(t *testing.T) {
	s := newSite(t)
	s.begin("one")
	for _, bad := range []string{"bad!", "bad again"} {
		before := s.errors()
		s.write(s.path, bad)
		for range 4 {
			s.Look()
		}
		if n := s.errors() - before; n != 1 || !strings.Contains(s.log.String(), bad) {
			t.Errorf("%d errors for %q:\n%s", n, bad, &s.log)
		}
		if s.Current()["the file"] {
			t.Error("what is in use is said to be current")
		}
	}
	s.want("one")
	s.write(s.path, "good")
	s.Look()
	s.Look()
	s.want("one", "good")
	if !s.Current()["the file"] {
		t.Error("what is in use is said to be old")
	}
}

func TestAFileThatIsGoneForAWhile(t *testing.T) {
	s := newSite(t)
	s.begin("one")
	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		s.Look()
	}
	if s.errors() != 1 {
		t.Errorf("logged:\n%s", &s.log)
	}
	s.write(s.path, "two")
	s.Look()
	s.Look()
	s.want("one", "two")
}

// What is mended without a change of the file is tried again: permissions, for
// one.
func TestAReasonThatGoesAway(t *testing.T) {
	s := newSite(t)
	s.begin("one")
	fault := errors.New("no permission")
	s.groups[0].read = func() error {
		if fault != nil {
			return fault
		}
		return s.take()
	}
	s.write(s.path, "second")
	for range 4 {
		s.Look()
	}
	fault = nil
	s.Look()
	s.want("one", "second")
	if s.errors() != 1 {
		t.Errorf("logged:\n%s", &s.log)
	}
}

func TestFilesThatBelongTogether(t *testing.T) {
	s := newSite(t)
	other := filepath.Join(s.dir, "other")
	s.write(other, "x")
	s.write(s.path, "one")
	if err := s.Read("both", s.take, s.path, other); err != nil {
		t.Fatal(err)
	}
	s.write(s.path, "second")
	s.Look()
	s.write(other, "xyz")
	s.Look()
	s.want("one")
	s.Look()
	s.want("one", "second")
}
