// Package watch reads files again when they have changed, by looking at them
// every few seconds: that finds files that are written over, replaced, or
// behind a symbolic link that is, as in a ConfigMap of Kubernetes, on every
// system and file system.
package watch

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	// lookEvery is how often files are looked at. It is more than the grain of
	// the time stamps of any file system in use (FAT: 2 s).
	lookEvery = 3 * time.Second
	// patience is how many looks a change is given to come to an end: files that
	// belong together are seldom written at the same moment.
	patience = 5
)

// Watcher knows the files that are read again. Its methods may be called from
// anywhere.
type Watcher struct {
	log *slog.Logger

	mu     sync.Mutex // guards what follows
	groups []*group
}

// group is files that are read together, such as a certificate and its key.
type group struct {
	name  string
	read  func() error
	paths []string

	taken   []fs.FileInfo // when they were read last; nil for one that was not there
	seen    []fs.FileInfo // at the last look
	waited  int           // looks since the change began
	failure string        // of the last reading; empty: it succeeded
}

// New returns a watcher of no files.
func New(log *slog.Logger) *Watcher { return &Watcher{log: log} }

// Read calls read, and if that succeeds once more whenever one of the files has
// changed, from Run. An error then leaves things as they are and is logged,
// once. name is what the log calls the files.
func (w *Watcher) Read(name string, read func() error, paths ...string) error {
	g := &group{name: name, read: read, paths: paths}
	g.taken = g.look() // before reading: what changes meanwhile is read again
	if err := read(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.groups = append(w.groups, g)
	return nil
}

// Run looks at the files until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.Look()
		}
	}
}

// Look looks at the files, and reads those that have changed but not since the
// look before: they may be half written.
func (w *Watcher) Look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range w.groups {
		w.mind(g)
	}
}

// Current tells of each name whether what is in use is what the files say now.
func (w *Watcher) Current() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	current := make(map[string]bool, len(w.groups))
	for _, g := range w.groups {
		current[g.name] = g.failure == ""
	}
	return current
}

func (w *Watcher) mind(g *group) {
	now := g.look()
	if same(now, g.taken) && g.failure == "" {
		g.waited = 0
		return
	}
	if moving := !same(now, g.seen); moving && g.waited < patience {
		g.seen = now
		g.waited++
		return
	}
	g.taken, g.waited = now, 0
	err := g.read()
	switch {
	case err == nil:
		g.failure = ""
		w.log.Info("read again", "what", g.name)
	case err.Error() != g.failure:
		g.failure = err.Error()
		w.log.Error("cannot be read again, what was read before stays in use", "what", g.name, "error", err)
	}
}

// look is what the files are now, links followed.
func (g *group) look() []fs.FileInfo {
	infos := make([]fs.FileInfo, len(g.paths))
	for i, path := range g.paths {
		infos[i], _ = os.Stat(path) // what is missing is told when it is read
	}
	return infos
}

func same(a, b []fs.FileInfo) bool {
	return slices.EqualFunc(a, b, func(a, b fs.FileInfo) bool {
		if a == nil || b == nil {
			return a == b
		}
		return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
	})
}
