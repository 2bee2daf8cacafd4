// Package origin serves the stream directory and the web files over HTTP.
package origin

import (
	"io/fs"
	"log/slog"
	"net/http"
)

// The kinds of response that Options.Sent is told of.
const (
	KindSegment  = "segment"
	KindPlaylist = "playlist"
	KindWeb      = "web"
)

// Options says what an origin serves and whom it tells.
type Options struct {
	Stream fs.FS        // below /hls/; nil: there is no stream
	Web    fs.FS        // at / and below /dist/; nil: there is no page
	Log    *slog.Logger // faults of the file systems; nil: nobody is told

	// Sent is told of each finished response: its kind, its status, and the
	// bytes of body that were really written. It is called on the goroutine of
	// the request, so from many at once. nil: nobody is told.
	Sent func(kind string, status int, bytes int64)
}

// New is the handler of everything below / that is a file.
func New(o Options) http.Handler {
	mux := http.NewServeMux()
	if o.Stream != nil {
		mux.Handle("/hls/", http.StripPrefix("/hls/", http.FileServerFS(o.Stream)))
	}
	if o.Web != nil {
		mux.Handle("/dist/", http.StripPrefix("/dist/", http.FileServerFS(o.Web)))
		mux.Handle("/", http.FileServerFS(o.Web))
	}
	return mux
}
