package digests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
)

// folder is a folder with segments. FS.mu guards it, and all that it holds.
type folder struct {
	name    string
	asked   time.Time // when it, or something in it, was asked for last
	sources map[*source]int
	files   map[string]*file // by name
	places  map[place]*part
	parts   []*part // of all files, in the order in which they were first listed
	swept   int     // how many of them the sweep has passed

	waiting []*file       // to be hashed, the last one first
	idle    chan struct{} // closed when nothing waits any more; nil: nothing does

	list []byte // nil: to be encoded anew
	tag  string
}

// file is one with segments in it.
type file struct {
	folder  *folder
	name    string
	quoted  []byte  // the name, as JSON
	version version // that the digests are of
	parts   []*part
	waits   bool // in folder.waiting
	doubted bool // it may be another than version
	failed  bool // and the log says so
}

// part is a segment: a file, or a range of its bytes.
type part struct {
	file   *file
	bytes  hls.ByteRange // or whole
	key    string        // what a list calls it within the file, as JSON
	sum    string        // hexadecimal; empty: not known
	listed int           // by how many playlists, how often
	left   time.Time     // when listed became 0
}

// place is what names a part in its folder.
type place struct {
	file  string
	bytes hls.ByteRange
}

// whole is the range of a part that is a whole file.
var whole = hls.ByteRange{Start: 0, End: -1}

// version tells a file from what is under its name later. Zero: there is none.
type version struct {
	size     int64
	modified int64 // Unix time, ns
}

func versionOf(info fs.FileInfo) version {
	return version{info.Size(), info.ModTime().UnixNano()}
}

func newFolder(name string) *folder {
	return &folder{name: name, sources: map[*source]int{}, files: map[string]*file{}, places: map[place]*part{}}
}

// part is what a playlist lists; without a span it is a whole file.
func (d *folder) part(name string, span *hls.ByteRange) *part {
	at, key := place{name, whole}, ""
	if span != nil {
		at.bytes, key = *span, fmt.Sprintf(`"%d-%d"`, span.Start, span.End)
	}
	if p := d.places[at]; p != nil {
		return p
	}
	of := d.files[name]
	if of == nil {
		quoted, _ := json.Marshal(name) // no string fails
		of = &file{folder: d, name: name, quoted: quoted}
		d.files[name] = of
	}
	p := &part{file: of, bytes: at.bytes, key: key}
	of.parts = append(of.parts, p)
	d.parts = append(d.parts, p)
	d.places[at] = p
	return p
}

// path is the file's in the file system.
func (f *file) path() string { return path.Join(f.folder.name, f.name) }

// forgetSums takes the digests for wrong.
func (f *file) forgetSums() {
	for _, p := range f.parts {
		p.sum = ""
	}
}

// settled wakes those who wait for the folder, if nothing in it waits any more.
func (d *folder) settled() {
	if len(d.waiting) == 0 && d.idle != nil {
		close(d.idle)
		d.idle = nil
	}
}

// sweep looks whether some files of a folder, so many or a few more, are still
// what they were, and forgets what is over.
func (f *FS) sweep(d *folder, count int) {
	f.mu.Lock()
	f.prune(d)
	files := d.nextFiles(count)
	f.mu.Unlock()
	for _, file := range files {
		var now version
		info, err := fs.Stat(f.FS, file.path())
		if err == nil {
			now = versionOf(info)
		}
		f.mu.Lock()
		if file.version != now {
			f.doubt(file)
		}
		f.mu.Unlock()
	}
}

// nextFiles are those that changed while they were read, and some others: it
// goes round through all of them.
func (d *folder) nextFiles(count int) (files []*file) {
	for _, p := range d.parts {
		if p.file.doubted && !p.file.waits {
			files = append(files, p.file)
		}
	}
	for range min(len(d.parts), count) {
		if d.swept >= len(d.parts) {
			d.swept = 0
		}
		file := d.parts[d.swept].file
		d.swept++
		if len(files) == 0 || files[len(files)-1] != file {
			files = append(files, file)
		}
	}
	return files
}

// prune forgets the parts that no playlist lists any more, after a while or when
// the file is gone, and a folder without any. f.mu is held.
func (f *FS) prune(d *folder) {
	over := func(p *part) bool {
		gone := p.file.version == version{} && !p.file.waits
		return p.listed == 0 && (gone || f.now().Sub(p.left) >= keptFor)
	}
	before := len(d.parts)
	d.parts = slices.DeleteFunc(d.parts, func(p *part) bool {
		if !over(p) {
			return false
		}
		of := p.file
		of.parts = slices.DeleteFunc(of.parts, func(other *part) bool { return other == p })
		if len(of.parts) == 0 {
			delete(d.files, of.name)
		}
		delete(d.places, place{of.name, p.bytes})
		return true
	})
	if len(d.parts) < before {
		d.list = nil
	}
	if len(d.parts) == 0 && f.folders[d.name] == d {
		delete(f.folders, d.name)
		d.waiting = nil
		d.settled()
	}
}

// encode writes the list, without its oldest parts if it would have more bytes
// than limit.
func (d *folder) encode(limit int) []byte {
	first, size := len(d.parts), len("{}")
	ranges := map[*file][]*part{} // the last one first
	for ; first > 0; first-- {
		p := d.parts[first-1]
		if !p.known() {
			continue
		}
		// Enough for "name":"sum", or for "name":{"start-end":"sum"},
		size += len(p.file.quoted) + len(p.key) + len(p.sum) + len(`:{"":""},`)
		if size > limit {
			break
		}
		if p.bytes != whole {
			ranges[p.file] = append(ranges[p.file], p)
		}
	}
	list := append(make([]byte, 0, min(size, limit)), '{')
	for _, p := range d.parts[first:] {
		if !p.known() {
			continue
		}
		of, ranged := ranges[p.file]
		switch {
		case !ranged:
			list = append(append(list, p.file.quoted...), ':')
			list = append(list, p.entry()...)
		case of != nil: // of a file that is listed both whole and in ranges, the ranges
			list = append(append(list, p.file.quoted...), ":{"...)
			for _, r := range slices.Backward(of) {
				list = append(append(list, r.key...), ':')
				list = append(list, r.entry()...)
			}
			list[len(list)-1] = '}'
			list = append(list, ',')
			ranges[p.file] = nil // once
		}
	}
	return append(bytes.TrimSuffix(list, []byte{','}), '}')
}

func (p *part) known() bool { return p.sum != "" && !p.file.doubted }

func (p *part) entry() string { return `"` + p.sum + `",` }
