package policies

import (
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

func TestJavaScriptDecides(t *testing.T) {
	test(t, map[string]decision{
		"all within the window of high demand comes from the origin, two at a time": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{wanted(1), segment(3), segment(5), segment(16)}
		}, "[http 0 http 1]"},
		"whoever holds it": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{held(wanted(14), 0)}
		}, "[http 0]"},
		"or is fetching it": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{fetching(wanted(14))}
		}, "[http 0]"},
		"a third one comes from a peer": {func(s *scheduler.State) {
			s.Peers = peers(2)
			s.Segments = []scheduler.Segment{loading(wanted(1), http), loading(segment(3), http), held(segment(5), 1)}
		}, "[p2p 2 from 1]"},
		"for which the last one from a peer is ended": {func(s *scheduler.State) {
			s.Peers = peers(2)
			s.Settings.SimultaneousP2PDownloads = 1
			s.Segments = []scheduler.Segment{
				loading(wanted(1), http), loading(segment(3), http), held(segment(5), 1), loading(segment(9), p2p),
			}
		}, "[cancel 3 p2p 2 from 1]"},
		"what a peer is giving moves to the origin": {func(s *scheduler.State) {
			s.Peers = peers(1)
			fast := p2p
			fast.Loaded, fast.Speed = 990, 1e6
			s.Segments = []scheduler.Segment{loading(wanted(14), fast)}
		}, "[cancel 0 http 0]"},
		"unless the origin has enough to do": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{loading(wanted(1), http), loading(segment(3), http), loading(held(segment(5), 0), p2p)}
		}, "[]"},
		"what no peer holds ends none": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Settings.SimultaneousP2PDownloads = 1
			s.Segments = []scheduler.Segment{
				loading(wanted(1), http), loading(segment(3), http), segment(5), loading(segment(16), p2p),
			}
		}, "[]"},
		"the soonest take the place of those after them": {func(s *scheduler.State) {
			s.Segments = []scheduler.Segment{wanted(1), loading(segment(3), http), loading(segment(5), http)}
		}, "[cancel 2 http 0]"},
		"beyond the window peers are asked": {func(s *scheduler.State) {
			s.Peers = peers(2)
			s.Segments = []scheduler.Segment{held(wanted(16), 0), segment(18), fetching(segment(20)), held(segment(22), 0, 1)}
		}, "[p2p 0 from 0 p2p 3 from 1]"},
		"one of each at a time": {func(s *scheduler.State) {
			s.Peers = peers(2)
			s.Peers[1].Ready = false
			s.Segments = []scheduler.Segment{held(wanted(16), 0), held(segment(18), 0, 1)}
		}, "[p2p 0 from 0]"},
		"but not for what they would pass on": {func(s *scheduler.State) {
			s.Peers = peers(1)
			seg := fetching(segment(16))
			seg.Passers = []int{0}
			s.Segments = []scheduler.Segment{seg}
		}, "[]"},
		"three at a time": {func(s *scheduler.State) {
			s.Peers = peers(4)
			s.Segments = []scheduler.Segment{
				held(segment(16), 0), held(segment(18), 1), held(segment(20), 2), held(segment(22), 3),
			}
		}, "[p2p 0 from 0 p2p 1 from 1 p2p 2 from 2]"},
		"the window is a setting": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Settings.HighDemandTimeWindow = 4
			s.Segments = []scheduler.Segment{held(wanted(4.5), 0)}
		}, "[p2p 0 from 0]"},
		"and grows with the rate": {func(s *scheduler.State) {
			s.Rate = 2
			s.Segments = []scheduler.Segment{wanted(29), segment(31)}
		}, "[http 0]"},
		"just behind the playhead is high demand": {func(s *scheduler.State) {
			s.Segments = []scheduler.Segment{wanted(-3), segment(-1)}
		}, "[http 0 http 1]"},
		"unless the player does not wait for it": {func(s *scheduler.State) {
			s.Segments = []scheduler.Segment{segment(-3), segment(-1)}
		}, "[]"},
		"farther behind nothing is done": {func(s *scheduler.State) {
			s.Segments = []scheduler.Segment{wanted(-7), segment(-5), segment(-3), segment(-1)}
		}, "[]"},
		"what is not in the queue is ended": {func(s *scheduler.State) {
			gone := loading(segment(-9), http)
			gone.Queued = false
			s.Settings.SimultaneousHTTPDownloads = 1
			s.Segments = []scheduler.Segment{wanted(1), gone}
		}, "[cancel 1 http 0]"},
		"but for what the player waits for": {func(s *scheduler.State) {
			gone := loading(wanted(-9), http)
			gone.Queued = false
			s.Segments = []scheduler.Segment{gone}
		}, "[]"},
		"after three failures the player is told": {func(s *scheduler.State) {
			seg := failed(wanted(1), 3)
			seg.GiveUpAt = s.Now + time.Minute
			s.Segments = []scheduler.Segment{seg, failed(segment(3), 3)}
		}, "[fail 0]"},
		"and a peer is asked": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{held(failed(wanted(1), 3), 0)}
		}, "[fail 0 p2p 0 from 0]"},
		"before, the origin is tried again at once": {func(s *scheduler.State) {
			seg := failed(wanted(1), 2)
			seg.RetryAt = s.Now + time.Second
			s.Segments = []scheduler.Segment{seg}
		}, "[http 0]"},
		"a page can hold the origin back": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Settings.HTTPDownloadInitialTimeout, s.Running = 5000, 2*time.Second
			s.Segments = []scheduler.Segment{wanted(1), held(segment(3), 0)}
		}, "[p2p 1 from 0]"},
		"a full storage takes nothing in advance, and keeps nothing under way": {func(s *scheduler.State) {
			s.Peers, s.Free = peers(1), 0.05
			s.Segments = []scheduler.Segment{wanted(1), held(segment(16), 0), loading(segment(18), p2p)}
		}, "[cancel 2 http 0]"},
		"one that is nearly full takes from peers what it would from the origin": {func(s *scheduler.State) {
			s.Peers, s.Free = peers(2), 0.1
			s.Settings.HTTPDownloadTimeWindow = 20
			s.Segments = []scheduler.Segment{held(segment(19), 0), held(segment(21), 1)}
		}, "[p2p 0 from 0]"},
		"with no downloads allowed nothing is done": {func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Settings.SimultaneousHTTPDownloads, s.Settings.SimultaneousP2PDownloads = 0, 0
			s.Segments = []scheduler.Segment{held(wanted(1), 0), held(segment(16), 0), segment(18)}
		}, "[]"},
	}, JavaScript)
}

// gambles is what the policy does when its timer fires, with each draw of that chance.
func gambles(draw float64, mod func(*scheduler.State)) string {
	s := state(mod)
	decide := JavaScript()
	missing := s.Segments
	s.Segments = nil
	_, again := decide(s, half)
	s.Now, s.Segments = s.Now+again, missing
	actions, _ := decide(s, func() float64 { return draw })
	return say(actions)
}

func TestJavaScriptGambles(t *testing.T) {
	for name, c := range map[string]struct {
		draw float64
		mod  func(*scheduler.State)
		want string
	}{
		"one segment among four viewers, with luck": {0.2, func(s *scheduler.State) {
			s.Peers = peers(3)
			s.Segments = []scheduler.Segment{segment(16)}
		}, "[http 0]"},
		"and without": {0.3, func(s *scheduler.State) {
			s.Peers = peers(3)
			s.Segments = []scheduler.Segment{segment(16)}
		}, "[]"},
		"for sure when there are as many as viewers": {0.99, func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{segment(16), segment(18)}
		}, "[http 1]"},
		"as many as there are slots": {0, func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{segment(16), segment(18), segment(20), segment(22), segment(24)}
		}, "[http 0 http 3]"},
		"not what a peer holds or is fetching": {0, func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Peers[0].Ready = false
			s.Segments = []scheduler.Segment{held(segment(16), 0), fetching(segment(18))}
		}, "[]"},
		"not what has failed": {0, func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Segments = []scheduler.Segment{failed(segment(16), 3)}
		}, "[]"},
		"not beyond the window": {0, func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Settings.HTTPDownloadTimeWindow = 20
			s.Segments = []scheduler.Segment{segment(21)}
		}, "[]"},
		"not while the page holds the origin back": {0, func(s *scheduler.State) {
			s.Peers = peers(1)
			s.Settings.HTTPDownloadInitialTimeout, s.Running = 5000, 0
			s.Segments = []scheduler.Segment{segment(16)}
		}, "[]"},
		"not alone": {0, func(s *scheduler.State) {
			s.Segments = []scheduler.Segment{segment(16)}
		}, "[]"},
		"not into a storage that is nearly full": {0, func(s *scheduler.State) {
			s.Peers, s.Free = peers(1), 0.1
			s.Segments = []scheduler.Segment{segment(16)}
		}, "[]"},
	} {
		if got := gambles(c.draw, c.mod); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// The more peers, the longer it takes: from 1 s to 1 s more than there are peers.
func TestJavaScriptTimer(t *testing.T) {
	s := state(func(s *scheduler.State) {
		s.Peers = peers(8)
		s.Segments = []scheduler.Segment{segment(16)}
	})
	for draw, want := range map[float64]time.Duration{0: time.Second, 0.5: 5 * time.Second, 1: 9 * time.Second} {
		decide := JavaScript()
		random := func() float64 { return draw }
		if actions, again := decide(s, random); again != want || len(actions) > 0 {
			t.Errorf("with a draw of %v it fires after %v, want %v, and before that does %s", draw, again, want, say(actions))
		}
		s.Now += want - time.Millisecond
		if _, again := decide(s, random); again != time.Millisecond {
			t.Errorf("a decision before that puts it off to %v later", again)
		}
	}
}

func TestJavaScriptWakesWhenThePageAllowsTheOrigin(t *testing.T) {
	s := state(func(s *scheduler.State) {
		s.Settings.HTTPDownloadInitialTimeout, s.Running = 5000, 4500*time.Millisecond
		s.Segments = []scheduler.Segment{wanted(1)}
	})
	if _, again := JavaScript()(s, half); again != 500*time.Millisecond {
		t.Errorf("it decides again after %v, want half a second", again)
	}
}
