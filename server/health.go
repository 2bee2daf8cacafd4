package main

import (
	"io"
	"net/http"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/generator"
)

// serveHealth tells that the process is alive.
func serveHealth(w http.ResponseWriter, _ *http.Request) { serveText(w, http.StatusOK, "ok") }

// serveReadiness tells whether clients should be sent here, and if not, why.
// All sockets are open before any of them is served.
func (srv *server) serveReadiness(w http.ResponseWriter, _ *http.Request) {
	if made := srv.stream.made; made != nil {
		if err := generator.Check(made, time.Now()); err != nil {
			serveText(w, http.StatusServiceUnavailable, "the generator's stream cannot be played: "+err.Error())
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
