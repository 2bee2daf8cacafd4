//go:build !js

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/socket"
	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

// site is an origin with a stream of segments of one second, and a tracker.
// The segments are below /s/, each a pure function of its number.
type site struct {
	*testing.T
	size    int                   // of a segment, bytes
	list    func() playlist.Media // the playlist now
	hub     *socket.Hub           // nil: there is no tracker
	stop    func()                // ends the tracker
	origin  *httptest.Server      // at /master.m3u8
	tracker string                // address
	mu      sync.Mutex            // guards what follows
	sent    int64                 // bytes of segments
	ranges  []string              // Range headers of requests for segments
}

func newSite(t *testing.T, size int, list func() playlist.Media) *site {
	s := &site{T: t, size: size, list: list}
	s.origin = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.origin.Close)

	s.hub = socket.NewHub(socket.Options{
		Tracker: tracker.Settings{Interval: 20 * time.Second, MaxOffers: 20},
		Log:     slog.New(slog.DiscardHandler),
	})
	server := httptest.NewServer(s.hub.Endpoint(config.DefaultServer().WebSockets))
	s.tracker = "ws" + strings.TrimPrefix(server.URL, "http")
	s.stop = sync.OnceFunc(func() {
		cut, cancel := context.WithCancel(context.Background())
		cancel()
		s.hub.Close(cut)
		server.Close()
	})
	t.Cleanup(s.stop)
	return s
}

func (s *site) url() string { return s.origin.URL + "/master.m3u8" }

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/master.m3u8":
		fmt.Fprint(w, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000000,CODECS=\"avc1.4d401e,mp4a.40.2\"\nmedia.m3u8\n")
	case r.URL.Path == "/media.m3u8":
		media := s.list()
		text, err := media.Encode()
		if err != nil {
			s.Error(err)
		}
		w.Write(text)
	case strings.HasPrefix(r.URL.Path, "/s/"):
		n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/s/"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		counted := &countedWriter{ResponseWriter: w}
		http.ServeContent(counted, r, "", time.Time{}, bytes.NewReader(s.segment(n)))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sent += counted.n
		s.ranges = append(s.ranges, r.Header.Get("Range"))
	default:
		http.NotFound(w, r)
	}
}

// asked is the Range header of each finished request for a segment.
func (s *site) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ranges)
}

// segment is the bytes of a segment, unlike those of any other.
func (s *site) segment(n int) []byte {
	var seed [32]byte
	seed[0], seed[1] = byte(n), byte(n>>8)
	data := make([]byte, s.size)
	rand.NewChaCha8(seed).Read(data)
	return data
}

func (s *site) digest(n int) string {
	sum := sha256.Sum256(s.segment(n))
	return hex.EncodeToString(sum[:])
}

type countedWriter struct {
	http.ResponseWriter
	n int64
}

func (w *countedWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.n += int64(n)
	return n, err
}

// vod is a presentation of n segments.
func vod(n int) func() playlist.Media {
	return func() playlist.Media { return listed(0, n, true) }
}

// live is one that began a minute ago and lists the last ten segments.
func live() func() playlist.Media {
	began := time.Now().Add(-time.Minute)
	return func() playlist.Media { return listed(int(time.Since(began).Seconds())-10, 10, false) }
}

func listed(first, n int, ended bool) playlist.Media {
	m := playlist.Media{TargetDuration: 1, Sequence: int64(first), Ended: ended}
	for i := range n {
		m.Segments = append(m.Segments, playlist.Segment{URL: fmt.Sprintf("s/%d", first+i), Duration: 1})
	}
	return m
}
