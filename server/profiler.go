package main

import (
	"errors"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// profiler serves Go's profiler, see net/http/pprof, at an address of its own:
// whoever reaches it can look into the process and slow it down.
type profiler struct {
	listener net.Listener
	http     http.Server
}

func openProfiler(address string) (*profiler, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, explain(err, "tcp", address, "--pprof 127.0.0.1:6061 (or --pprof off)")
	}
	routes := http.NewServeMux()
	routes.HandleFunc("/debug/pprof/", pprof.Index)
	routes.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	routes.HandleFunc("/debug/pprof/profile", pprof.Profile)
	routes.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	routes.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return &profiler{listener: listener, http: http.Server{Handler: routes, ReadHeaderTimeout: 10 * time.Second}}, nil
}

func (p *profiler) serve() error {
	if err := p.http.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// close ends it at once: nobody waits for a profile of a server that stops.
func (p *profiler) close() {
	p.http.Close()
	p.listener.Close() // when it has not served yet
}
