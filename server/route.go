package main

import (
	"encoding/json"
	"net/http"

	"github.com/p2p-mediastream/p2p-mediastream/server/socket"
)

// route is everything at one address: upgrade requests that the endpoint wants
// go to the tracker, a few paths tell how the server is, the rest is files.
//
// It is no http.ServeMux, which answers a path such as //hls/a.ts with a
// redirect that pages of other sites may not follow.
func (srv *server) route(endpoint *socket.Endpoint, files http.Handler) http.Handler {
	metrics := srv.metrics.handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if endpoint.Wants(r) {
			endpoint.ServeHTTP(w, r)
			return
		}
		handler := files
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			switch r.URL.Path {
			case "/stats.json":
				handler = http.HandlerFunc(srv.figures.serve)
			case "/endpoints.json":
				handler = http.HandlerFunc(srv.serveEndpoints)
			case "/metrics":
				handler = metrics
			case "/healthz":
				handler = http.HandlerFunc(serveHealth)
			case "/readyz":
				handler = http.HandlerFunc(srv.serveReadiness)
			}
		}
		handler.ServeHTTP(patiently(w), r)
	})
}

// endpoints is /endpoints.json: what a page cannot know from its own address.
type endpoints struct {
	STUN *int `json:"stun"` // the UDP port; null: there is no STUN server
}

func (srv *server) serveEndpoints(w http.ResponseWriter, _ *http.Request) {
	var e endpoints
	if srv.stun != nil {
		e.STUN = &srv.stun.LocalAddr().Port
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	sendJSON(w, encode(e))
}

// encode is a value of ours as JSON, with a line break, which cannot fail.
func encode(value any) []byte {
	text, _ := json.Marshal(value)
	return append(text, '\n')
}

func sendJSON(w http.ResponseWriter, text []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // fails only when the client has gone
}
