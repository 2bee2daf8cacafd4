package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/access"
	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/origin"
	"github.com/p2p-mediastream/p2p-mediastream/server/socket"
	"github.com/p2p-mediastream/p2p-mediastream/server/stun"
	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
	"github.com/p2p-mediastream/p2p-mediastream/server/watch"
	"github.com/p2p-mediastream/p2p-mediastream/web"
)

// stopTimeout is how long requests and connections get to end by themselves.
const stopTimeout = 3 * time.Second

// server is the four jobs with their sockets.
type server struct {
	log     *slog.Logger
	metrics *metrics
	figures thrifty // /stats.json
	watcher *watch.Watcher
	hub     *socket.Hub
	stream  stream
	config  string // the file that was read; empty: none
	limits  config.Limits
	https   []*httpServer
	stun    *stun.Server // nil: off
	pprof   *profiler    // nil: off
}

// httpServer serves everything that goes over HTTP at one address.
type httpServer struct {
	settings config.Server
	secure   *certificate // nil without TLS
	listener net.Listener
	endpoint *socket.Endpoint
	http     http.Server
	unused   unused
}

// open opens all sockets, or none when one of them fails.
func open(s settings, log *slog.Logger) (_ *server, err error) {
	srv := &server{log: log, metrics: newMetrics(), watcher: watch.New(log), config: s.config, limits: s.limits}
	srv.figures.make = func() any { return srv.stats() }
	defer func() {
		if err != nil {
			srv.closeSockets()
			if srv.stream.release != nil {
				srv.stream.release()
			}
		}
	}()
	allows, err := access.Open(s.infoHashes, srv.watcher)
	if err != nil {
		return nil, err
	}
	files, _ := openFiles()
	srv.hub = socket.NewHub(socket.Options{
		Tracker:        tracker.Settings{Interval: s.tracker.AnnounceInterval, MaxOffers: s.tracker.MaxOffers, Allows: allows},
		Access:         s.access,
		Limits:         s.limits,
		TrustedProxies: s.trustedProxies,
		Files:          files,
		Log:            log,
	})
	if srv.stream, err = openStream(s.generator, s.hlsDir, log); err != nil {
		return nil, err
	}
	content := origin.New(origin.Options{Stream: srv.stream.files, Web: web.Dist(), Log: log, Sent: srv.metrics.response})
	if err := srv.openSockets(s, content); err != nil {
		return nil, err
	}
	if s.pprof != config.Off {
		if srv.pprof, err = openProfiler(s.pprof); err != nil {
			return nil, err
		}
	}
	srv.measure()
	return srv, nil
}

// openSockets opens those of the clients. Of addresses that are taken it tells all.
func (srv *server) openSockets(s settings, files http.Handler) (err error) {
	var others taken
	for _, settings := range s.servers {
		if err := note(srv.listen(settings, files), &others); err != nil {
			return err
		}
	}
	if s.stun != config.Off {
		srv.stun, err = listenSTUN(s)
		if err := note(err, &others); err != nil {
			return err
		}
	}
	if len(others) > 0 {
		return others
	}
	return nil
}

// note adds an address that is taken to the others, and returns any other error.
func note(err error, to *taken) error {
	var found taken
	if !errors.As(err, &found) {
		return err
	}
	*to = append(*to, found...)
	return nil
}

// listen opens the socket of an HTTP server.
func (srv *server) listen(settings config.Server, files http.Handler) (err error) {
	h := &httpServer{settings: settings, endpoint: srv.hub.Endpoint(settings.WebSockets)}
	if settings.KeyFile != "" {
		if h.secure, err = openCertificate(settings, srv.watcher); err != nil {
			return err
		}
	}
	if h.listener, err = listenTCP(settings); err != nil {
		return err
	}
	h.listener = srv.hub.Bound(&watched{Listener: h.listener, log: srv.log})
	h.http = http.Server{
		Handler:           srv.route(h.endpoint, files),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second, // no request has a body worth more
		WriteTimeout:      chunkTimeout,     // until the first chunk, see patiently
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10, // as in Node.js; half a request holds them until ReadHeaderTimeout
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: socket.RequestsAtOnce},
		ConnState:         h.unused.note,
		// What net/http logs is what clients do wrong, such as a bad TLS handshake.
		ErrorLog: slog.NewLogLogger(srv.log.Handler(), slog.LevelDebug),
	}
	if h.secure != nil {
		h.http.TLSConfig = h.secure.config()
	}
	h.http.RegisterOnShutdown(h.unused.close)
	srv.https = append(srv.https, h)
	return nil
}

// serve does the jobs until ctx ends, and returns nil then, or the first error
// that makes going on pointless.
func (srv *server) serve(ctx context.Context) error {
	working, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var jobs sync.WaitGroup
	job := func(do func() error) {
		jobs.Go(func() {
			if err := do(); err != nil {
				fail(err)
			}
		})
	}
	for _, h := range srv.https {
		job(h.serve)
	}
	if srv.stun != nil {
		job(func() error { srv.stun.Serve(); return nil })
	}
	if srv.pprof != nil {
		job(srv.pprof.serve)
	}
	if srv.stream.encode != nil {
		job(func() error { return srv.stream.encode(working) })
	}
	if srv.stream.digests != nil {
		job(func() error { srv.stream.digests.Run(working); return nil })
	}
	job(func() error { srv.hub.Expire(working); return nil })
	job(func() error { srv.watcher.Run(working); return nil })

	<-working.Done()
	srv.log.Info("stopping")
	srv.stop()
	jobs.Wait()
	srv.log.Info("stopped")
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(working)
}

// port is the TCP port that is bound, which settings may have left to the system.
func (h *httpServer) port() string {
	return strconv.Itoa(h.listener.Addr().(*net.TCPAddr).Port)
}

func (h *httpServer) serve() error {
	var err error
	if h.secure != nil {
		err = h.http.ServeTLS(h.listener, "", "")
	} else {
		err = h.http.Serve(h.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// stop ends requests and connections, gently until stopTimeout and then not.
func (srv *server) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var stopping sync.WaitGroup
	for _, h := range srv.https {
		stopping.Go(func() {
			if h.http.Shutdown(ctx) != nil {
				srv.log.Info("cutting requests that have not ended", "server", h.listener.Addr())
				h.http.Close()
			}
		})
	}
	stopping.Go(func() { srv.hub.Close(ctx) })
	stopping.Wait()
	srv.closeSockets()
}

func (srv *server) closeSockets() {
	for _, h := range srv.https {
		h.listener.Close()
	}
	if srv.stun != nil {
		srv.stun.Close()
	}
	if srv.pprof != nil {
		srv.pprof.close()
	}
}
