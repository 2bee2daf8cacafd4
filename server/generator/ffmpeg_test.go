package generator

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
)

// records hands each message of a logger to a channel that is read by the test.
type records struct {
	slog.Handler
	to chan slog.Record
}

func (r records) Handle(_ context.Context, record slog.Record) error {
	r.to <- record
	return nil
}

func recorder() (*slog.Logger, chan slog.Record) {
	to := make(chan slog.Record, 1000)
	return slog.New(records{slog.NewTextHandler(io.Discard, nil), to}), to
}

func attribute(r slog.Record, name string) (value slog.Value) {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == name {
			value = a.Value
		}
		return true
	})
	return value
}

func TestWaitsDoubleUntilARunLasts(t *testing.T) {
	// How long each run lasts, and the wait after it.
	table := []struct{ lasts, wait time.Duration }{
		{0, 1 * time.Second},
		{time.Second, 2 * time.Second},
		{0, 4 * time.Second},
		{0, 8 * time.Second},
		{0, 16 * time.Second},
		{0, 30 * time.Second},
		{steadyRun - 1, 30 * time.Second},
		{steadyRun, 1 * time.Second},
		{0, 2 * time.Second},
	}
	ctx, cancel := context.WithCancel(t.Context())
	clock := time.Unix(0, 0)
	var waits []time.Duration
	runs, deaths := 0, 0
	s := supervisor{
		log:  slog.New(slog.DiscardHandler),
		died: func() { deaths++ },
		now:  func() time.Time { return clock },
		after: func(d time.Duration) <-chan time.Time {
			waits = append(waits, d)
			c := make(chan time.Time, 1)
			c <- clock
			return c
		},
		run: func(context.Context) error {
			if runs == len(table) {
				cancel()
				return nil
			}
			clock = clock.Add(table[runs].lasts)
			runs++
			return errors.New("died")
		},
	}
	s.supervise(ctx)
	for i, c := range table {
		if waits[i] != c.wait {
			t.Errorf("run %d of %v: waited %v, want %v", i, c.lasts, waits[i], c.wait)
		}
	}
	if deaths != len(table) {
		t.Errorf("%d deaths were told of, want %d", deaths, len(table))
	}
}

func TestSuperviseEndsWhileWaiting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := supervisor{
		log:   slog.New(slog.DiscardHandler),
		died:  func() {},
		now:   time.Now,
		after: func(time.Duration) <-chan time.Time { cancel(); return nil },
		run:   func(context.Context) error { return errors.New("died") },
	}
	s.supervise(ctx)
}

// fakeFFmpeg is an executable that behaves as the shell script says.
func fakeFFmpeg(t *testing.T, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs /bin/sh")
	}
	path := filepath.Join(t.TempDir(), "ffmpeg")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRunLogsWhatFFmpegSays(t *testing.T) {
	log, said := recorder()
	path := fakeFFmpeg(t, "echo one >&2; echo >&2; printf 'two\\n%02000d' 0 >&2; exit 3\n")
	err := run(t.Context(), path, nil, t.TempDir(), log)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("error %v", err)
	}
	close(said)
	var lines []string
	for r := range said {
		lines = append(lines, attribute(r, "line").String())
	}
	// The last line never ended and is too long for one.
	if want := []string{"one", "two", strings.Repeat("0", maxLine), strings.Repeat("0", 2000-maxLine)}; !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
}

func TestRunEndsWithTheContextAndTakesItsChildrenAlong(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := t.TempDir()
	if exec.Command("mkfifo", filepath.Join(dir, "alive")).Run() != nil {
		t.Skip("needs mkfifo")
	}
	// The child holds the fifo open for writing for as long as it lives, and does
	// not listen to the interrupt.
	path := fakeFFmpeg(t, "(trap '' INT; echo started; exec sleep 1000) >alive &\ntrap 'exit 0' INT\nwait\nwait\n")
	done := make(chan error, 1)
	go func() { done <- run(ctx, path, nil, dir, slog.New(slog.DiscardHandler)) }()
	alive, err := os.Open(filepath.Join(dir, "alive"))
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	if _, err := alive.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	cancel()
	<-done
	if rest, err := io.ReadAll(alive); err != nil || len(rest) > 0 { // ends when nobody can write any more
		t.Errorf("%q, %v", rest, err)
	}
}

func TestFFmpegMissing(t *testing.T) {
	for _, path := range []string{"", filepath.Join(t.TempDir(), "ffmpeg")} {
		t.Setenv("PATH", t.TempDir())
		err := FFmpeg(t.Context(), FFmpegOptions{Dir: t.TempDir(), Path: path})
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "apt install ffmpeg") {
			t.Errorf("%q: %v", path, err)
		}
	}
	if _, ok := FindFFmpeg(); ok {
		t.Error("found in an empty directory")
	}
}

func TestFFmpegNeedsADirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := FFmpeg(t.Context(), FFmpegOptions{Dir: file, Path: fakeFFmpeg(t, "exit 0")})
	if err == nil || !strings.Contains(err.Error(), "stream directory") {
		t.Errorf("error %v", err)
	}
}

func TestOnlyItsOwnStaleFilesAreRemoved(t *testing.T) {
	now := time.Now()
	index := "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\ntestsrc-8.ts\n"
	for _, c := range []struct {
		name  string
		index string
		age   time.Duration
		gone  []string
	}{
		{"fresh", index, staleAfter - time.Second, []string{"testsrc-7.ts", "testsrc-9.ts.tmp"}},
		{"old", index, staleAfter, []string{"index.m3u8", "testsrc-7.ts", "testsrc-8.ts", "testsrc-9.ts.tmp"}},
		{"disagreeing", index + "#EXTINF:2,\n%s\n", 0, []string{"index.m3u8", "testsrc-7.ts", "testsrc-8.ts", "testsrc-9.ts.tmp"}},
		{"broken", "#EXTM3", 0, []string{"index.m3u8", "testsrc-7.ts", "testsrc-8.ts", "testsrc-9.ts.tmp"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			names := []string{"index.m3u8", "testsrc-7.ts", "testsrc-8.ts", "testsrc-9.ts.tmp", "7.ts", "testsrc-7.ts.bak", "holiday.mp4"}
			for i, r := range encoded {
				// Where the case says so, one rendition is a segment ahead.
				text, _, ahead := strings.Cut(c.index, "#EXTINF:2,\n%s")
				if ahead && i == 0 {
					text += "#EXTINF:2,\ntestsrc-9.ts\n"
				}
				if err := os.Mkdir(filepath.Join(dir, r.name), 0o755); err != nil {
					t.Fatal(err)
				}
				for _, name := range names {
					path := filepath.Join(dir, r.name, name)
					if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
					if err := os.Chtimes(path, now.Add(-c.age), now.Add(-c.age)); err != nil {
						t.Fatal(err)
					}
				}
			}
			first, err := prepare(dir, now)
			if err != nil || (first == 0) == slices.Contains(c.gone, "index.m3u8") || first != 0 && first != now.Unix() {
				t.Fatalf("first number %d, %v", first, err)
			}
			for _, r := range encoded {
				for _, name := range names {
					_, err := os.Stat(filepath.Join(dir, r.name, name))
					if gone := errors.Is(err, fs.ErrNotExist); gone != slices.Contains(c.gone, name) {
						t.Errorf("%s/%s: gone %v", r.name, name, gone)
					}
				}
			}
		})
	}
}

// The real ffmpeg is killed once: it comes back, and the stream goes on where
// it stopped.
func TestRealFFmpegComesBack(t *testing.T) {
	path, ok := FindFFmpeg()
	if !ok {
		t.Skip("ffmpeg is not installed")
	}
	if testing.Short() {
		t.Skip("encodes some seconds in real time")
	}
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	log, said := recorder()
	// The script tells the process's number and becomes ffmpeg.
	wrapped := fakeFFmpeg(t, "echo $$ >pid\nexec "+path+` "$@"`+"\n")
	done := make(chan error, 1)
	go func() { done <- FFmpeg(ctx, FFmpegOptions{Dir: dir, Log: log, Path: wrapped}) }()

	first := await(t, dir, "720p", func(m *playlist.Media) bool { return len(m.Segments) >= 1 })
	// Were it killed between the two playlists, the stream would begin anew.
	await(t, dir, "360p", func(m *playlist.Media) bool { return len(m.Segments) >= 1 })
	if first.Sequence < 1e9 {
		t.Errorf("numbered from %d, not from the time", first.Sequence)
	}
	if first.Segments[0].Discontinuity {
		t.Error("a discontinuity before the very first segment")
	}
	pid, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("kill", "-KILL", strings.TrimSpace(string(pid))).Run(); err != nil {
		t.Fatal(err)
	}
	before, err := readIndex(dir, "720p") // nobody writes it now
	if err != nil {
		t.Fatal(err)
	}
	for _, rendition := range []string{"720p", "360p"} {
		m := await(t, dir, rendition, func(m *playlist.Media) bool { return len(m.Segments) > len(before.Segments) })
		fresh := m.Segments[len(before.Segments):]
		if m.Sequence != before.Sequence || !fresh[0].Discontinuity || m.Ended || !m.IndependentSegments {
			t.Errorf("%s: after the restart %+v, before it %+v", rendition, m, before)
		}
		for _, s := range m.Segments {
			name := strings.TrimPrefix(s.URL, "file:///")
			if info, err := os.Stat(filepath.Join(dir, rendition, name)); err != nil || info.Size() == 0 {
				t.Errorf("%s: %v", name, err)
			}
			if s.ProgramDateTime.IsZero() {
				t.Errorf("%s has no date", name)
			}
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "master.m3u8"))
	if err != nil {
		t.Fatal(err)
	}
	master, _, err := playlist.Parse("http://a/master.m3u8", data)
	if err != nil || len(master.Variants) != 2 || *master.Variants[0].Resolution != (playlist.Resolution{Width: 1280, Height: 720}) {
		t.Errorf("%+v, %v", master, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if m, err := readIndex(dir, "720p"); err != nil || m.Ended {
		t.Errorf("after the end: %+v, %v", m, err)
	}
	close(said)
	told := false
	for r := range said {
		told = told || strings.Contains(r.Message, "started again")
	}
	if !told {
		t.Error("the log does not tell of the death")
	}
}

func readIndex(dir, rendition string) (*playlist.Media, error) {
	return readPlaylist(filepath.Join(dir, rendition, "index.m3u8"))
}

// await reads a playlist until it is as wanted. Nothing tells when ffmpeg has
// renamed a file into place, so this looks ten times a second.
func await(t *testing.T, dir, rendition string, wanted func(*playlist.Media) bool) *playlist.Media {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		m, err := readIndex(dir, rendition)
		if err == nil && wanted(m) {
			return m
		}
		select {
		case <-deadline:
			t.Fatalf("%s does not come: %+v, %v", rendition, m, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
