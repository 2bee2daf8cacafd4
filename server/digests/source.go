package digests

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

const (
	// mount is where the stream is served.
	mount = "/hls/"
	// maxListed bounds what is taken from one playlist, in segments, the last ones:
	// a list has no room for more.
	maxListed = wire.MaxDigestList / len(`"1.ts":"",0123456789012345678901234567890123456789012345678901234567890123`)
	// maxPlaylist bounds what is read into memory, in bytes: more than maxListed
	// segments need.
	maxPlaylist = 8 << 20
	// searchEvery is how long a folder is taken to have no other playlists.
	searchEvery = 5 * time.Second
	// maxFound bounds the playlists of one folder that are looked into though
	// nobody has asked for them.
	maxFound = 100
)

// source is a playlist.
type source struct {
	name string

	looking sync.Mutex // held while it is looked at; guards looked
	looked  version

	// FS.mu guards these.
	asked  time.Time
	parts  []*part // that it lists
	failed bool    // and the log says so
}

func isPlaylist(name string) bool {
	extension := strings.ToLower(path.Ext(name))
	return extension == ".m3u8" || extension == ".m3u"
}

// note is the playlist of a name, from now on one of those that are looked at.
func (f *FS) note(name string) *source {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.playlists[name]
	if s == nil {
		s = &source{name: name}
		f.playlists[name] = s
	}
	s.asked = f.now()
	return s
}

// search looks into the playlists beside the segments of a folder and in the
// folders that hold it. What is not there is in none: anybody can think of names,
// of any depth.
func (f *FS) search(folder string) {
	for ; fs.ValidPath(folder); folder = path.Dir(folder) {
		f.mu.Lock()
		again := f.now().Sub(f.searched[folder]) >= searchEvery
		f.mu.Unlock()
		if again && isAbsent(f.searchIn(folder)) || folder == "." {
			return
		}
	}
}

// isAbsent tells whether there is no such folder. One that may not be listed may be there.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG)
}

// searchIn remembers only folders that there are.
func (f *FS) searchIn(folder string) error {
	entries, err := fs.ReadDir(f.FS, folder)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.searched[folder] = f.now()
	f.mu.Unlock()
	found := 0
	for _, e := range entries {
		if name := path.Join(folder, e.Name()); isPlaylist(name) && found < maxFound {
			f.look(f.note(name))
			found++
		}
	}
	return nil
}

// look reads a playlist if it is another than when it was looked at last.
func (f *FS) look(s *source) {
	s.looking.Lock()
	defer s.looking.Unlock()
	media, err := f.read(s)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.forget(s)
	case err != nil:
		// What it said before stands: somebody may be writing it.
		f.mu.Lock()
		defer f.mu.Unlock()
		if !s.failed {
			s.failed = true
			f.log.Warn("no digests of what a playlist lists", "name", s.name, "error", err)
		}
	case media != nil:
		f.apply(s, media)
	}
}

// read is the playlist, nil when it is as it was or lists no segments.
func (f *FS) read(s *source) (*playlist.Media, error) {
	info, err := fs.Stat(f.FS, s.name)
	if err != nil {
		return nil, err
	}
	if s.looked == versionOf(info) {
		return nil, nil
	}
	file, err := f.FS.Open(s.name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxPlaylist+1))
	if err != nil {
		return nil, err
	}
	s.looked = versionOf(info)
	if len(data) > maxPlaylist {
		return nil, fmt.Errorf("it has more than %d bytes", maxPlaylist)
	}
	address := url.URL{Scheme: "http", Host: "origin", Path: mount + s.name}
	_, media, err := playlist.Parse(address.String(), data)
	return media, err
}

// apply has a playlist list what it says now.
func (f *FS) apply(s *source, media *playlist.Media) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.playlists[s.name] != s {
		return // forgotten meanwhile
	}
	s.failed = false
	before := s.parts
	s.parts = make([]*part, 0, len(media.Segments))
	var fresh []*file
	for _, segment := range media.Segments[max(0, len(media.Segments)-maxListed):] {
		p := f.part(segment)
		if p == nil {
			continue
		}
		p.listed++
		s.parts = append(s.parts, p)
		p.file.folder.sources[s]++
		if p.sum == "" {
			fresh = append(fresh, p.file)
		}
	}
	f.leave(s, before)
	f.parts += len(s.parts)
	if media.Ended {
		slices.Reverse(fresh) // a film is watched from its beginning on
	}
	for _, file := range fresh {
		f.hashLater(file)
	}
	f.shrink(s)
}

// part is the part of a file that a segment is, nil where it is no file of ours.
// f.mu is held.
func (f *FS) part(segment playlist.Segment) *part {
	address, err := url.Parse(segment.URL)
	if err != nil {
		return nil
	}
	name, ours := strings.CutPrefix(address.Path, mount)
	hidden := strings.Contains("/"+name, "/.") // and not served
	if !ours || hidden || !fs.ValidPath(name) {
		return nil
	}
	d := f.folders[path.Dir(name)]
	if d == nil {
		d = newFolder(path.Dir(name))
		d.asked = f.now()
		f.folders[d.name] = d
	}
	return d.part(path.Base(name), segment.ByteRange)
}

// leave takes from a playlist what it no longer lists. f.mu is held.
func (f *FS) leave(s *source, parts []*part) {
	for _, p := range parts {
		if p.listed--; p.listed == 0 {
			p.left = f.now()
		}
		d := p.file.folder
		if d.sources[s]--; d.sources[s] == 0 {
			delete(d.sources, s)
		}
	}
	f.parts -= len(parts)
}

func (f *FS) forget(s *source) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(s)
}

// drop forgets a playlist. f.mu is held.
func (f *FS) drop(s *source) {
	if f.playlists[s.name] == s {
		delete(f.playlists, s.name)
		f.leave(s, s.parts)
		s.parts = nil
	}
}

// shrink forgets the playlists that nobody has asked for the longest, but not
// the one that is the reason, when all of them list too much. f.mu is held.
func (f *FS) shrink(reason *source) {
	for f.parts > f.maxParts && len(f.playlists) > 1 {
		var oldest *source
		for _, s := range f.playlists {
			if s != reason && (oldest == nil || s.asked.Before(oldest.asked)) {
				oldest = s
			}
		}
		f.drop(oldest)
	}
}
