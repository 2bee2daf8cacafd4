// Package digests lists the SHA-256 digests of a stream's segments as they land
// in a directory that something else writes.
//
// What is listed is what media playlists list, since that is complete. A folder
// has one list, for all playlists whose segments lie there. Only playlists that
// somebody asks for are looked into, so that an archive is not read through for
// the one film of it that is watched.
package digests

import (
	"context"
	"io/fs"
	"log/slog"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

const (
	// lookEvery is how often the playlists in use are looked at without being
	// asked for.
	lookEvery = 500 * time.Millisecond
	// inUse is how long a folder counts as watched after it was asked for last.
	inUse = time.Minute
	// patience is how long an answer waits for digests that are still to come.
	// Loaders wait for a second.
	patience = 500 * time.Millisecond
	// keptFor is how long a digest is listed after its segment has left the
	// playlists, unless the file goes first: players may be behind.
	keptFor = time.Minute
	// sweptAtOnce is how many files are looked at each time, though nobody asks for
	// them, whether they are still what they were.
	sweptAtOnce = 200
	// maxParts bounds what is known of all playlists, in segments, some 500 bytes
	// each. Those that nobody has asked for the longest go first.
	maxParts = 1 << 18
)

// FS is the file system of a stream, and knows the digests of its segments. Its
// methods may be called from anywhere.
type FS struct {
	fs.FS
	log *slog.Logger

	// Tests have others.
	now       func() time.Time
	maxParts  int
	turnBytes int64

	hashed atomic.Int64 // bytes

	wake chan struct{} // holds one when there may be something to hash

	mu        sync.Mutex // guards all below, and what it leads to, but for source.looked
	playlists map[string]*source
	folders   map[string]*folder
	searched  map[string]time.Time // when search was last in a folder
	parts     int                  // of all playlists together
}

// New adds digests to a file system, whose files must be io.Seekers, and which
// is to have ReadDir. Run computes them.
func New(fsys fs.FS, log *slog.Logger) *FS {
	return &FS{
		FS: fsys, log: log,
		now: time.Now, maxParts: maxParts, turnBytes: turnBytes,
		wake:      make(chan struct{}, 1),
		playlists: map[string]*source{},
		folders:   map[string]*folder{},
		searched:  map[string]time.Time{},
	}
}

// Open implements fs.FS. A playlist that it opens is looked into, so that no
// list is older than a playlist that somebody has; and a segment that is not the
// one that was hashed loses its digest here, before anybody has the new one.
func (f *FS) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if isPlaylist(name) {
		f.look(f.note(name))
	} else if info, err := file.Stat(); err == nil {
		f.seen(name, info)
	}
	return file, nil
}

// HasDigests tells whether there is a list for a folder.
func (f *FS) HasDigests(folder string) bool {
	if f.folder(folder) != nil {
		return true
	}
	_, err := fs.Stat(f.FS, path.Join(folder, hls.DigestList))
	return err == nil
}

// Digests is the list of a folder, as JSON of at most wire.MaxDigestList bytes,
// and a tag that changes with it. It waits for digests that are still being
// computed, but not long: one that is late is in a later list. The error is
// fs.ErrNotExist where no playlist lists segments of the folder.
func (f *FS) Digests(ctx context.Context, folder string) (list []byte, tag string, err error) {
	d := f.folder(folder)
	if d == nil {
		return nil, "", &fs.PathError{Op: "list digests of", Path: folder, Err: fs.ErrNotExist}
	}
	for _, s := range f.sources(d) {
		f.look(s)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	f.mu.Lock()
	defer f.mu.Unlock()
	for idle := d.idle; idle != nil && ctx.Err() == nil; idle = d.idle {
		f.mu.Unlock()
		select {
		case <-idle:
		case <-ctx.Done():
		}
		f.mu.Lock()
	}
	if d.list == nil {
		d.list = d.encode(wire.MaxDigestList)
		d.tag = tagOf(d.list)
	}
	return d.list, d.tag, nil
}

// Stats is what there is to list at one moment.
type Stats struct {
	Segments int   // that are listed, or are to be once they are hashed
	Waiting  int   // files to be hashed
	Hashed   int64 // bytes, since the start
}

// Stats counts what there is.
func (f *FS) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := Stats{Segments: f.parts, Hashed: f.hashed.Load()}
	for _, d := range f.folders {
		s.Waiting += len(d.waiting)
	}
	return s
}

// Run computes digests until ctx ends.
func (f *FS) Run(ctx context.Context) {
	next := time.NewTicker(lookEvery)
	defer next.Stop()
	for ctx.Err() == nil {
		select {
		case <-next.C: // also between two of many files
			f.lookAgain()
		default:
		}
		if file := f.next(); file != nil {
			f.turn(ctx, file)
			continue
		}
		select {
		case <-ctx.Done():
		case <-f.wake:
		case <-next.C:
			f.lookAgain()
		}
	}
}

// lookAgain looks at the playlists of the folders that are watched, and at their
// files, and has what is over forgotten.
func (f *FS) lookAgain() {
	f.mu.Lock()
	var watched []*folder
	for _, d := range f.folders {
		if f.now().Sub(d.asked) < inUse || len(d.sources) == 0 {
			watched = append(watched, d)
		}
	}
	f.mu.Unlock()
	for _, d := range watched {
		for _, s := range f.sources(d) {
			f.look(s)
		}
		f.sweep(d, max(2, sweptAtOnce/len(watched)))
	}
}

// folder is what is known of a folder with segments, nil if there are none. One
// that is not known, as after a start of the server, is searched for playlists.
func (f *FS) folder(name string) *folder {
	if d := f.known(name); d != nil {
		return d
	}
	f.search(name)
	return f.known(name)
}

func (f *FS) known(name string) *folder {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.folders[name]
	if d != nil {
		d.asked = f.now()
	}
	return d
}

// sources are the playlists that list segments of a folder.
func (f *FS) sources(d *folder) []*source {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]*source, 0, len(d.sources))
	for s := range d.sources {
		s.asked = f.now()
		list = append(list, s)
	}
	return list
}

// seen tells of a file that it is there as info says.
func (f *FS) seen(name string, info fs.FileInfo) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.folders[path.Dir(name)]
	if d == nil {
		return
	}
	d.asked = f.now()
	if file := d.files[path.Base(name)]; file != nil && file.version != versionOf(info) {
		f.doubt(file)
	}
}

// doubt has Run look at a file that is not what it was; until then none of its
// digests is listed. f.mu is held.
func (f *FS) doubt(file *file) {
	file.doubted = true
	file.folder.list = nil
	f.hashLater(file)
}

// hashLater has Run compute what is missing of a file's digests. f.mu is held.
func (f *FS) hashLater(file *file) {
	if file.waits {
		return
	}
	file.waits = true
	d := file.folder
	d.waiting = append(d.waiting, file)
	if d.idle == nil {
		d.idle = make(chan struct{})
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// next takes the file to hash next, of the folder that was asked for last: the
// one that waits least, which is the newest of a live stream and the first of a
// film. nil: there is none.
func (f *FS) next() *file {
	f.mu.Lock()
	defer f.mu.Unlock()
	var of *folder
	for _, d := range f.folders {
		if len(d.waiting) > 0 && (of == nil || d.asked.After(of.asked)) {
			of = d
		}
	}
	if of == nil {
		return nil
	}
	last := len(of.waiting) - 1
	next := of.waiting[last]
	of.waiting = of.waiting[:last]
	next.waits = false
	return next
}
