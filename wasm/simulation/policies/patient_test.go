package policies

import (
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// What election and threshold have in common, with a turn that has come or never does.
func TestPatientDecides(t *testing.T) {
	mine := func() scheduler.Policy { return turn(func(*plan, int) time.Duration { return 0 }).decide }
	others := func() scheduler.Policy { return turn(func(*plan, int) time.Duration { return never }).decide }

	test(t, map[string]decision{
		"whose turn it is asks the origin": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{segment(14)}
		}, "[http 0]"},
		"not for what a peer holds": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{held(wanted(14), 0)}
		}, "[p2p 0 from 0]"},
		"nor for what it passes on": {func(s *scheduler.State) {
			s.Peers = peers(1)
			seg := segment(14)
			seg.Passers = []int{0}
			s.Segments = []scheduler.Segment{seg}
		}, "[p2p 0 from 0]"},
		"but whoever holds it is asked first": {func(s *scheduler.State) {
			s.Peers = peers(2)
			seg := held(segment(14), 1)
			seg.Passers = []int{0}
			s.Segments = []scheduler.Segment{seg}
		}, "[p2p 0 from 1]"},
		"nor is the origin for what one is fetching": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{fetching(segment(14))}
		}, "[]"},
		"nor far ahead": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{segment(31)}
		}, "[]"},
		"nor while peers are about to appear": {func(s *scheduler.State) {
			s.Joining, s.Running = true, time.Second
			s.Segments = []scheduler.Segment{wanted(14)}
		}, "[]"},
		"for a few seconds": {func(s *scheduler.State) {
			s.Joining, s.Running = true, 4*time.Second
			s.Segments = []scheduler.Segment{wanted(14)}
		}, "[http 0]"},
		"nor while the origin rests": {func(s *scheduler.State) {
			s.Peers = peers(1)
			seg := failed(wanted(1), 1)
			seg.RetryAt = s.Now + time.Second
			s.Segments = []scheduler.Segment{seg}
		}, "[]"},
		"nor more than it may at a time": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{segment(10), segment(12), segment(14)}
		}, "[http 0 http 1]"},
		"nor for a full storage": {func(s *scheduler.State) {
			s.Peers, s.Free = peers(1), 0.05
			s.Segments = []scheduler.Segment{segment(14)}
		}, "[]"},
	}, mine)

	test(t, map[string]decision{
		"whose turn it is not waits": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{wanted(14)}
		}, "[]"},
		"until it is urgent": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{wanted(3)}
		}, "[http 0]"},
		"unless a peer holds it": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{held(wanted(3), 0)}
		}, "[p2p 0 from 0]"},
		"or is fetching it": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{fetching(wanted(3))}
		}, "[]"},
		"and there is time": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{held(fetching(wanted(2.5)), 0)}
		}, "[http 0]"},
		"of which long segments take more": {func(s *scheduler.State) {
			s.Peers = peers(1)
			long := wanted(7)
			long.End = long.Start + 6
			s.Segments = []scheduler.Segment{long}
		}, "[http 0]"},
		"what is urgent has the line to itself": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{loading(wanted(1), http), held(segment(3), 0)}
		}, "[]"},
		"and takes the place of what is not": {func(s *scheduler.State) {
			s.Settings.SimultaneousHTTPDownloads = 1
			s.Segments = []scheduler.Segment{wanted(1), loading(segment(3), http)}
		}, "[cancel 1 http 0]"},
		"what a peer brings too late moves to the origin": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{loading(wanted(2.5), p2p)}
		}, "[cancel 0 http 0]"},
		"what it brings in time does not": {func(s *scheduler.State) {
			s.Peers = peers(1)
			fast := p2p
			fast.Speed = 1000
			s.Segments = []scheduler.Segment{loading(wanted(2.5), fast)}
		}, "[]"},
		"the time for peers to appear is for those who join": {func(s *scheduler.State) {
			s.Running = time.Second
			s.Segments = []scheduler.Segment{wanted(14)}
		}, "[http 0]"},
		"alone, what the player wants comes from the origin": {func(s *scheduler.State) {
			s.Segments = []scheduler.Segment{wanted(14), segment(16)}
		}, "[http 0]"},
		"what nobody wants any more is ended": {func(s *scheduler.State) {
			gone := loading(segment(-9), http)
			gone.Queued = false
			s.Segments = []scheduler.Segment{gone}
		}, "[cancel 0]"},
		"after three failures the player is told": {func(s *scheduler.State) {
			s.Segments = []scheduler.Segment{failed(wanted(5), 3)}
		}, "[fail 0]"},
		"but not before hls.js would give up": {func(s *scheduler.State) {
			seg := failed(wanted(1), 5)
			seg.GiveUpAt = s.Now + time.Second
			s.Segments = []scheduler.Segment{seg}
		}, "[http 0]"},
		"nor while a peer that holds it is busy": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Peers[0].Ready = false
			s.Segments = []scheduler.Segment{held(failed(wanted(1), 3), 0)}
		}, "[]"},
		"unless a peer holds it after all": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{held(failed(wanted(1), 3), 0)}
		}, "[p2p 0 from 0]"},
		"a page can hold the origin back": {func(s *scheduler.State) {
			s.Settings.HTTPDownloadInitialTimeout, s.Running = 5000, 2*time.Second
			s.Segments = []scheduler.Segment{wanted(1)}
		}, "[]"},
	}, others)
}

// A deadline that lies ahead has to be met although nothing happens until then.
func TestPatientAsksAgainInTime(t *testing.T) {
	later := func(s *scheduler.State) turn {
		return func(*plan, int) time.Duration { return s.Now + 4*time.Second }
	}
	for name, c := range map[string]struct {
		mod  func(*scheduler.State)
		want time.Duration
	}{
		"when its turn comes": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{segment(14)}
		}, 4 * time.Second},
		"when it is urgent": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{fetching(wanted(14))}
		}, 11 * time.Second},
		"when the peer that is fetching it is late": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{fetching(wanted(3))}
		}, 500 * time.Millisecond},
		"when the peer that gives it is": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{loading(wanted(14), p2p)}
		}, 11500 * time.Millisecond},
		"when it comes near": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{segment(36)}
		}, 6 * time.Second},
		"when the origin may be asked again": {func(s *scheduler.State) {
			seg := failed(wanted(1), 1)
			seg.RetryAt = s.Now + time.Second
			s.Segments = []scheduler.Segment{seg}
		}, time.Second},
		"not at all with nothing to do": {func(*scheduler.State) {}, never},
	} {
		s := state(c.mod)
		if _, again := later(s).decide(s, half); again != c.want {
			t.Errorf("%s: asks again after %v, want %v", name, again, c.want)
		}
	}
}
