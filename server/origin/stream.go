package origin

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
)

// How long caches may keep what is below /hls/.
const (
	// A live playlist changes once per target duration, and one that is older
	// than half of that makes players late. A browser asks every time (and often
	// gets 304); a CDN may collapse the questions of one second, which is half of
	// the shortest usual target. must-revalidate: rather an error than an old one.
	playlistCaching = "public, max-age=0, s-maxage=1, must-revalidate"
	// Of a directory nothing is known: an encoder that starts again may use its
	// names again. A minute is longer than a live window, so that a CDN asks once
	// per segment, and short enough for such a mistake to heal.
	segmentCaching = "public, max-age=60"
	// A file system that knows better says so (Immutable).
	immutableSegmentCaching = "public, max-age=86400, immutable"
)

// maxPlaylist bounds what is read into memory, in bytes. An event of a day in
// segments of 2 s needs 3 MiB.
const maxPlaylist = 16 << 20

func (h *origin) serveStream(w http.ResponseWriter, r *http.Request, name string) {
	if h.stream == nil {
		notFound(w, r)
		return
	}
	kind := kindOf(r.URL.Path)
	header := w.Header()
	if kind == KindSegment && servable(name) && h.hasDigests(path.Dir(name)) {
		header.Set(hls.DigestsHeader, hls.DigestList) // also where there is no such segment
	}
	f, info, err := open(h.stream, name)
	if err != nil && kind == KindDigests && isAbsent(err) {
		h.serveDigests(w, r, name)
		return
	}
	if err != nil {
		h.fault(w, r, name, err)
		return
	}
	defer f.Close()
	if kind != KindSegment {
		h.serveChanging(w, r, f, name)
		return
	}
	header.Set("Content-Type", typeOf(name))
	header.Set("Cache-Control", segmentCaching)
	if i, ok := h.stream.(Immutable); ok && i.Immutable(name) {
		header.Set("Cache-Control", immutableSegmentCaching)
	}
	if !info.ModTime().IsZero() {
		header.Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
	}
	http.ServeContent(w, r, "", info.ModTime(), f)
}

// serveChanging reads a playlist or a list of digests first, so that the ETag is
// that of the bytes sent: two versions can have one size and be written in one
// tick of the file system's clock. For that reason there is no Last-Modified
// either.
func (h *origin) serveChanging(w http.ResponseWriter, r *http.Request, f io.Reader, name string) {
	data, err := io.ReadAll(io.LimitReader(f, maxPlaylist+1))
	if err == nil && len(data) > maxPlaylist {
		err = fmt.Errorf("it has more than %d bytes", maxPlaylist)
	}
	if err != nil {
		h.fault(w, r, name, err)
		return
	}
	sum := sha256.Sum256(data)
	sendChanging(w, r, name, data, hex.EncodeToString(sum[:8]))
}

func sendChanging(w http.ResponseWriter, r *http.Request, name string, data []byte, tag string) {
	header := w.Header()
	header.Set("Cache-Control", playlistCaching)
	header.Set("Content-Type", typeOf(name))
	header.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// serveDigests gives the list that the file system makes for a folder that has
// none of its own.
func (h *origin) serveDigests(w http.ResponseWriter, r *http.Request, name string) {
	d, ok := h.stream.(Digests)
	if !ok || !servable(name) {
		notFound(w, r)
		return
	}
	list, tag, err := d.Digests(r.Context(), path.Dir(name))
	if err != nil {
		h.fault(w, r, name, err)
		return
	}
	sendChanging(w, r, name, list, tag)
}

func (h *origin) hasDigests(folder string) bool {
	if d, ok := h.stream.(Digests); ok {
		return d.HasDigests(folder)
	}
	_, err := fs.Stat(h.stream, path.Join(folder, hls.DigestList))
	return err == nil
}
