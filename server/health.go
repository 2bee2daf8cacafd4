package main

import (
	"io"
	"io/fs"
	"net/http"

	"github.com/p2p-mediastream/p2p-mediastream/server/generator"
)

// serveHealth tells that the process is alive.
func serveHealth(w http.ResponseWriter, _ *http.Request) { serveText(w, http.StatusOK, "ok") }

// serveReadiness tells whether clients should be sent here, and if not, why.
// All sockets are open before any of them is served.
func (srv *server) serveReadiness(w http.ResponseWriter, _ *http.Request) {
	if srv.stopping.Load() {
		serveText(w, http.StatusServiceUnavailable, "the server is stopping")
		return
	}
	if made := srv.stream.made; made != nil {
		if _, err := fs.Stat(made, generator.Master); err != nil {
			serveText(w, http.StatusServiceUnavailable, "the generator has not made the stream yet: "+err.Error())
			return
		}
	}
	serveText(w, http.StatusOK, "ok")
}

func serveText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // fails only when the client has gone
}
