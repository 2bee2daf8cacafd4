//go:build !js

package main

import (
	"errors"
	"path"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/native"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/native/player"
)

// guest is a viewer of the site in a process of its own.
type guest struct {
	*testing.T
	site    *site
	process *native.Process
	player  *player.Player
	loaded  chan player.Segment
}

func (s *site) view(adjust func(*player.Options)) *guest {
	g := &guest{T: s.T, site: s, process: native.Start(), loaded: make(chan player.Segment, 1000)}
	connector, err := g.process.NewConnector(native.RTCOptions{Loopback: true})
	if err != nil {
		s.Fatal(err)
	}
	settings := config.Default()
	settings.Main.AnnounceTrackers = []string{s.tracker}
	o := player.Options{
		URL: s.url(), Settings: settings, Connector: connector,
		Behind: 8 * time.Second, Buffer: time.Hour,
		Loaded: func(segment player.Segment) { g.loaded <- segment },
	}
	if adjust != nil {
		adjust(&o)
	}
	g.player, err = player.Open(s.Context(), g.process, o)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(g.leave)
	return g
}

func (g *guest) leave() {
	g.player.Close()
	g.process.Stop()
}

// takes waits for n more segments, and checks their bytes.
func (g *guest) takes(n int) {
	g.Helper()
	for range n {
		select {
		case s := <-g.loaded:
			number, err := strconv.Atoi(path.Base(s.URL))
			if err != nil {
				g.Fatal(err)
			}
			if want := g.site.digest(number); s.SHA256 != want {
				g.Errorf("segment %d from %s: SHA-256 %s of %d bytes, want %s", number, s.Source, s.SHA256, s.Bytes, want)
			}
		case <-g.process.Ended():
			g.Fatal(g.process.Err())
		case <-time.After(time.Minute): // to fail with a report, not to wait
			g.Fatalf("no segment for a minute: %+v", g.player.Report())
		}
	}
}

func TestTheSecondTakesFromTheFirst(t *testing.T) {
	t.Parallel()
	const segments = 20
	s := newSite(t, 200_000, vod(segments))
	first := s.view(nil)
	first.takes(segments)
	second := s.view(nil)
	second.takes(segments)

	a, b := first.player.Report(), second.player.Report()
	if b.PeerShare() <= 0.5 {
		t.Errorf("%.0f %% from the first, want more than half: %d bytes over HTTP, %d from peers", 100*b.PeerShare(), b.HTTPBytes, b.P2PBytes)
	}
	if a.UploadedBytes != b.P2PBytes {
		t.Errorf("%d bytes sent, %d received", a.UploadedBytes, b.P2PBytes)
	}
	if total := b.HTTPBytes + b.P2PBytes; total != segments*200_000 {
		t.Errorf("the second took %d bytes, want each once", total)
	}
	if a.Peers != 1 || b.Peers != 1 {
		t.Errorf("%d and %d peers, want 1 each", a.Peers, b.Peers)
	}
	first.leave()
	second.leave()
	s.origin.Close() // so that all is counted
	if s.sent != a.HTTPBytes+b.HTTPBytes {
		t.Errorf("the origin sent %d bytes, %d and %d came", s.sent, a.HTTPBytes, b.HTTPBytes)
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	s := newSite(t, 200_000, live())
	first := s.view(nil)
	first.takes(8)
	second := s.view(nil)
	second.takes(15)
	a, b := first.player.Report(), second.player.Report()
	if b.P2PBytes == 0 || b.Stalls > 0 || b.Skipped > 0 || b.Position < 5 {
		t.Errorf("%+v", b)
	}
	// Each fetches some for both; of the second's start some leave twice.
	if once := a.HTTPBytes + a.P2PBytes; a.HTTPBytes+b.HTTPBytes > once+5*200_000 {
		t.Errorf("the origin sent %d and %d bytes, of %d", a.HTTPBytes, b.HTTPBytes, once)
	}
}

// Whatever becomes of the peer in mid-segment, the rest comes from the origin,
// from the byte on where it stopped.
func TestAPeerEndsInMidSegment(t *testing.T) {
	t.Parallel()
	const segments, size = 6, 4_000_000
	for _, test := range []struct {
		name string
		end  func(g *guest, thaw <-chan struct{})
	}{
		{"it leaves", func(g *guest, _ <-chan struct{}) { go g.player.Close() }},
		{"it freezes", func(g *guest, thaw <-chan struct{}) { g.process.Loop().Post(func() { <-thaw }) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, size, vod(segments))
			first := s.view(nil)
			first.takes(segments)

			thaw := make(chan struct{})
			var once sync.Once
			second := s.view(func(o *player.Options) {
				o.Listen = func(e loader.Event) {
					if c, ok := e.(loader.ChunkDownloaded); ok && c.Source == loader.P2P {
						once.Do(func() { test.end(first, thaw) })
					}
				}
			})
			t.Cleanup(func() { close(thaw) })
			second.takes(segments)
			r := second.player.Report()
			if total := r.HTTPBytes + r.P2PBytes; total != segments*size || r.P2PBytes == 0 {
				t.Errorf("%d bytes over HTTP and %d from the peer, want %d in all", r.HTTPBytes, r.P2PBytes, segments*size)
			}
			if !slices.ContainsFunc(s.asked(), func(header string) bool { return header != "" }) {
				t.Error("the origin was never asked for the rest of a segment")
			}
		})
	}
}

func TestTheTrackerGoesAway(t *testing.T) {
	t.Parallel()
	const segments = 20
	s := newSite(t, 200_000, vod(segments))
	first := s.view(nil)
	first.takes(segments)
	var once sync.Once
	lost := make(chan error, 100)
	second := s.view(func(o *player.Options) {
		o.Listen = func(e loader.Event) {
			if c, ok := e.(loader.ChunkDownloaded); ok && c.Source == loader.P2P {
				once.Do(func() { go s.stop() })
			}
		}
		o.Warn = func(err error) { lost <- err }
	})
	second.takes(segments)
	if r := second.player.Report(); r.PeerShare() <= 0.5 {
		t.Errorf("%+v", r)
	}
	if err, want := <-lost, (*player.TrackerError)(nil); !errors.As(err, &want) || want.Tracker != s.tracker {
		t.Errorf("warned of %v, want the tracker", err)
	}
}

func TestWithoutATracker(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1000, vod(3))
	s.stop()
	lone := s.view(nil)
	lone.takes(3)
	<-lone.player.Done()
	if r := lone.player.Report(); !r.Ended || r.HTTPBytes != 3000 || r.Warnings == 0 || r.Stalls > 0 {
		t.Errorf("%+v", r)
	}
}
