// Package origin serves the stream directory and the web files over HTTP.
package origin

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"syscall"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
)

// The kinds of response that Options.Sent is told of.
const (
	KindSegment  = "segment"  // everything below /hls/ but playlists and lists of digests
	KindPlaylist = "playlist" // HLS and DASH
	KindDigests  = "digests"  // hls.DigestList in any folder
	KindWeb      = "web"
)

// Options says what an origin serves and whom it tells.
type Options struct {
	// Stream is below /hls/; nil: there is no stream. Its files must be
	// io.Seekers. For a directory use os.Root, which follows no link to the
	// outside, and open regular files only, since others may block. It may say of
	// its files what Immutable and Digests say.
	Stream fs.FS
	Web    fs.FS        // index.html at /, all of it below /dist/, its docs at /docs/ too; nil: there is no page
	Log    *slog.Logger // faults of the file systems; nil: nobody is told

	// Sent is told of each finished response: its kind, its status, and the
	// bytes of body that were really written. It is called on the goroutine of
	// the request, so from many at once. nil: nobody is told.
	Sent func(kind string, status int, bytes int64)
}

// Immutable is implemented by a stream's file system that knows which of its
// files never change under their name. Others might: an encoder that starts
// again may begin its numbers anew.
type Immutable interface {
	Immutable(name string) bool
}

// Digests is implemented by a stream's file system that knows the digests of its
// segments. A folder may also have a list as a file: that one is served then.
type Digests interface {
	// HasDigests tells whether a folder has a list, its own or that of Digests.
	HasDigests(folder string) bool
	// Digests is the list as JSON, and a tag that changes with it; fs.ErrNotExist
	// where there is none. It may take until ctx ends.
	Digests(ctx context.Context, folder string) (list []byte, tag string, err error)
}

type origin struct {
	stream fs.FS
	web    *webFiles
	log    *slog.Logger
	sent   func(kind string, status int, bytes int64)
}

// exposed are the headers that pages of other sites may read.
const exposed = "Content-Length, Content-Range, ETag, Date, " + hls.DigestsHeader

// New is the handler of all files. They are given to GET and HEAD; OPTIONS is
// answered as a CORS preflight, and every other method with 405. Pages of other
// sites may read every answer.
func New(o Options) http.Handler {
	h := &origin{stream: o.Stream, log: o.Log, sent: o.Sent}
	if o.Web != nil {
		h.web = &webFiles{fsys: o.Web}
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.sent == nil {
		h.sent = func(string, int, int64) {}
	}
	return h
}

func (h *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	counted := &countingWriter{ResponseWriter: w, status: http.StatusOK}
	// Deferred, so that a response that ends in a panic (http.ErrAbortHandler)
	// is told of too.
	defer func() { h.sent(kindOf(r.URL.Path), counted.status, counted.bytes) }()

	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", exposed)
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	header.Set("X-Content-Type-Options", "nosniff")

	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		preflight(counted, r)
		return
	default:
		header.Set("Allow", "GET, HEAD, OPTIONS")
		refuse(counted, r, http.StatusMethodNotAllowed, "only GET and HEAD are answered here")
		return
	}

	if name, ok := strings.CutPrefix(r.URL.Path, "/hls/"); ok {
		h.serveStream(counted, r, name)
	} else if name, ok := strings.CutPrefix(r.URL.Path, "/dist/"); ok {
		h.serveWeb(counted, r, name)
	} else if name, ok := strings.CutPrefix(r.URL.Path, "/docs/"); ok {
		h.serveWeb(counted, r, paper(name))
	} else if r.URL.Path == "/docs" {
		header.Set("Location", "docs/") // relative, since a proxy may have this elsewhere
		counted.WriteHeader(http.StatusMovedPermanently)
	} else if r.URL.Path == "/" {
		h.serveWeb(counted, r, "index.html")
	} else {
		notFound(counted, r)
	}
}

// paper is the file of a page below /docs/: the list of papers without a name.
func paper(name string) string {
	if name == "" {
		name = "index.html"
	}
	return "docs/" + name
}

// preflight answers the question whether a page of another site may send what
// it is about to (Fetch, CORS-preflight request): a Range with more than a
// simple range, or headers that the page adds.
func preflight(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Allow", "GET, HEAD, OPTIONS")
	header.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	// Range by name for browsers that do not know *, and Authorization because *
	// does not stand for it (Fetch, 3.3.3).
	header.Set("Access-Control-Allow-Headers", "Range, Authorization, *")
	header.Set("Access-Control-Max-Age", "86400")
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		// From a public page to a server in the viewer's own network (Private
		// Network Access). All that is served here is public.
		header.Set("Access-Control-Allow-Private-Network", "true")
	}
	w.WriteHeader(http.StatusNoContent)
}

func kindOf(urlPath string) string {
	name, ok := strings.CutPrefix(urlPath, "/hls/")
	switch {
	case !ok:
		return KindWeb
	case isPlaylist(name):
		return KindPlaylist
	case path.Base(name) == hls.DigestList:
		return KindDigests
	}
	return KindSegment
}

// isPlaylist tells what changes while a stream is live from what does not.
func isPlaylist(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".m3u8", ".m3u", ".mpd":
		return true
	}
	return false
}

// seekable is a file of which a range can be sent.
type seekable interface {
	fs.File
	io.Seeker
}

// open opens what is a file and no directory. The caller closes it.
func open(fsys fs.FS, name string) (seekable, fs.FileInfo, error) {
	if !servable(name) {
		return nil, nil, fs.ErrNotExist
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	s, ok := f.(seekable)
	if err == nil && !ok {
		err = errors.New("its file system cannot seek")
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return s, info, nil
}

// servable refuses names that lead out of the directory, hidden files, and what
// no file is called.
func servable(name string) bool {
	if name == "." || !fs.ValidPath(name) {
		return false
	}
	for element := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(element, ".") {
			return false
		}
	}
	return !strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == 0x7f })
}

// isAbsent tells names that nobody can open from faults of the server's.
func isAbsent(err error) bool {
	for _, absent := range []error{
		fs.ErrNotExist, fs.ErrPermission, fs.ErrInvalid, syscall.ENOTDIR, syscall.ENAMETOOLONG, syscall.ELOOP,
	} {
		if errors.Is(err, absent) {
			return true
		}
	}
	return false
}

func notFound(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, http.StatusNotFound, "there is no such file")
}

// fault answers when a file could not be opened or read: as missing when the
// name is to blame, and else as the server's own trouble, which the log tells.
func (h *origin) fault(w http.ResponseWriter, r *http.Request, name string, err error) {
	if isAbsent(err) {
		notFound(w, r)
		return
	}
	h.log.Error("cannot read a file that was asked for", "name", name, "error", err)
	refuse(w, r, http.StatusInternalServerError, "the file cannot be read")
}

// refuse answers with a short text that no cache keeps: what is missing now may
// be there in a second.
func refuse(w http.ResponseWriter, r *http.Request, status int, reason string) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		io.WriteString(w, reason+"\n")
	}
}

// types are set here, because what the operating system says differs.
var types = map[string]string{
	".m3u8":   "application/vnd.apple.mpegurl", // RFC 8216, 4
	".m3u":    "audio/mpegurl",
	".mpd":    "application/dash+xml",
	".ts":     "video/mp2t", // but see typeOf
	".m4s":    "video/iso.segment",
	".mp4":    "video/mp4",
	".m4a":    "audio/mp4",
	".aac":    "audio/aac",
	".mp3":    "audio/mpeg",
	".ac3":    "audio/ac3",
	".ec3":    "audio/eac3",
	".vtt":    "text/vtt; charset=utf-8",
	".webvtt": "text/vtt; charset=utf-8",
	".html":   "text/html; charset=utf-8",
	".css":    "text/css; charset=utf-8",
	".js":     "text/javascript; charset=utf-8", // RFC 9239
	".mjs":    "text/javascript; charset=utf-8",
	".json":   "application/json",
	".map":    "application/json",
	".wasm":   "application/wasm", // or the browser does not compile while loading
	".svg":    "image/svg+xml",
	".png":    "image/png",
	".ico":    "image/x-icon",
	".txt":    "text/plain; charset=utf-8",
	".tgz":    "application/gzip",
}

func typeOf(name string) string {
	name = strings.ToLower(name)
	if strings.HasSuffix(name, ".d.ts") {
		return types[".txt"] // TypeScript declarations have no type of their own
	}
	if t, ok := types[path.Ext(name)]; ok {
		return t
	}
	return "application/octet-stream"
}
