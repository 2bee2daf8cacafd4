package main

import (
	"io"
	"net/http"

	"github.com/p2p-mediastream/p2p-mediastream/server/socket"
)

// route is everything at one address: upgrade requests that the endpoint wants
// go to the tracker, a few paths tell how the server is, the rest is files.
func (srv *server) route(endpoint *socket.Endpoint, files http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", files)
	mux.HandleFunc("GET /stats.json", srv.serveStats)
	mux.Handle("GET /metrics", srv.metrics.handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, "ok\n")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if endpoint.Wants(r) {
			endpoint.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
