package scheduler

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

// state is a viewer at position 100 s whose settings are the defaults; mod
// makes the case.
func state(mod func(*State)) *State {
	settings := config.Default().Main
	s := &State{Now: time.Minute, Running: time.Minute, Settings: &settings, Position: 100, Rate: 1, Free: 1, Self: self}
	mod(s)
	s.Size = max(s.Size, len(s.Peers)+1)
	return s
}

const self = 1

// keyed is a key whose ticket for the test's segments is above or below this viewer's.
func keyed(below bool) uint64 {
	for key := uint64(self + 1); ; key++ {
		if (ticket(key, 0) < ticket(self, 0)) == below {
			return key
		}
	}
}

// segment is two seconds long and begins slack seconds ahead of the playhead; it came
// up just now with room for all that is to be done.
func segment(slack float64) Segment {
	return Segment{Start: 100 + slack, End: 102 + slack, Queued: true, Since: time.Minute, Room: max(slack, 14)}
}

func wanted(slack float64) Segment {
	s := segment(slack)
	s.Wanted = true
	return s
}

func half() float64 { return 0.5 }

func decide(s *State) string {
	actions, _ := Decide(s, half)
	var out []string
	for _, a := range actions {
		switch a.Verb {
		case FetchHTTP:
			out = append(out, fmt.Sprintf("http %d", a.Segment))
		case FetchP2P:
			out = append(out, fmt.Sprintf("p2p %d from %d", a.Segment, a.Peer))
		case Cancel:
			out = append(out, fmt.Sprintf("cancel %d", a.Segment))
		case Fail:
			out = append(out, fmt.Sprintf("fail %d", a.Segment))
		case Claim:
			out = append(out, fmt.Sprintf("claim %d", a.Segment))
		case Yield:
			out = append(out, fmt.Sprintf("yield %d", a.Segment))
		}
	}
	return fmt.Sprint(out)
}

func TestDecisions(t *testing.T) {
	holder := func(s Segment, peers ...int) Segment { s.Holders = peers; return s }
	passer := func(s Segment, peers ...int) Segment { s.Passers = peers; return s }
	fetching := func(s Segment) Segment { s.Fetchers = []int{0}; return s }
	claimed := func(s Segment, ago time.Duration) Segment { s.Claimed = time.Minute - ago; return s }
	cameUp := func(s Segment, ago time.Duration) Segment { s.Since -= ago; return s }
	failed := func(s Segment, n int) Segment { s.Failures = n; return s }
	wishing := func(s Segment, since, until time.Duration) Segment {
		s.Wish = Wish{Since: since, Until: until}
		return s
	}
	loading := func(s Segment, d Download) Segment { s.Download = &d; return s }
	first := Peer{Key: keyed(true), Kin: true, Giver: true, Ready: true}
	later := Peer{Key: keyed(false), Kin: true, Giver: true, Ready: true}
	busy, foreign, mute := first, later, first
	busy.Ready, foreign.Kin, mute.Giver = false, false, false

	for name, c := range map[string]struct {
		mod  func(*State)
		want string
	}{
		"alone, what the player wants comes from the origin": {func(s *State) {
			s.Segments = []Segment{wanted(0), segment(2), segment(4)}
		}, "[http 0]"},
		"alone, even when it is not urgent": {func(s *State) {
			s.Segments = []Segment{wanted(12)}
		}, "[http 0]"},
		"a newcomer holds back what can wait": {func(s *State) {
			s.Joining, s.Running = true, time.Second
			s.Segments = []Segment{wanted(6)}
		}, "[]"},
		"but not what is urgent": {func(s *State) {
			s.Joining, s.Running = true, time.Second
			s.Segments = []Segment{wanted(1)}
		}, "[http 0]"},
		"and not for ever": {func(s *State) {
			s.Joining, s.Running = true, 4*time.Second
			s.Segments = []Segment{wanted(6)}
		}, "[http 0]"},
		"who comes first says so": {func(s *State) {
			s.Peers = []Peer{later}
			s.Segments = []Segment{segment(14)}
		}, "[claim 0]"},
		"so that whoever says so too is heard": {func(s *State) {
			s.Peers = []Peer{later}
			s.Segments = []Segment{claimed(segment(14), claiming/2)}
		}, "[]"},
		"and fetches for all": {func(s *State) {
			s.Peers = []Peer{later}
			s.Segments = []Segment{claimed(segment(14), claiming)}
		}, "[http 0]"},
		"the next waits for it": {func(s *State) {
			s.Peers = []Peer{first}
			s.Segments = []Segment{wanted(14)}
		}, "[]"},
		"and steps in when its turn comes": {func(s *State) {
			s.Peers = []Peer{first, later, later}
			s.Segments = []Segment{cameUp(wanted(6), 8*time.Second)}
		}, "[claim 0]"},
		"but not while the first is at it": {func(s *State) {
			s.Peers = []Peer{first, later, later}
			s.Segments = []Segment{fetching(cameUp(wanted(6), 8*time.Second))}
		}, "[]"},
		"it says so of no more than it can fetch": {func(s *State) {
			s.Peers, s.Settings.SimultaneousHTTPDownloads = []Peer{later}, 2
			s.Segments = []Segment{segment(14), segment(16), segment(18)}
		}, "[claim 0 claim 1]"},
		"and takes it back when it cannot": {func(s *State) {
			s.Peers, s.Settings.SimultaneousHTTPDownloads = []Peer{later}, 1
			s.Segments = []Segment{loading(segment(14), Download{Source: HTTP}), claimed(segment(16), claiming)}
		}, "[yield 1]"},
		"or when something else needs the line": {func(s *State) {
			s.Peers, s.Took = []Peer{later}, [2]float64{0.1, 0.1}
			s.Segments = []Segment{loading(wanted(3), Download{Source: HTTP}), claimed(segment(9), claiming)}
		}, "[yield 1]"},
		"those who give nothing are not waited for": {func(s *State) {
			s.Peers = []Peer{mute, later}
			s.Segments = []Segment{segment(14)}
		}, "[claim 0]"},
		"who gives nothing does not fetch for others": {func(s *State) {
			s.Peers = []Peer{later}
			s.Settings.IsP2PUploadDisabled = true
			s.Segments = []Segment{segment(14)}
		}, "[]"},
		"in a crowd others come before who are not connected": {func(s *State) {
			s.Peers, s.Size = []Peer{later}, 1000
			s.Segments = []Segment{segment(14)}
		}, "[]"},
		"of two claims the first stands": {func(s *State) {
			s.Peers = []Peer{later}
			s.Segments = []Segment{fetching(claimed(segment(14), claiming))}
		}, "[http 0]"},
		"and the other yields": {func(s *State) {
			s.Peers = []Peer{first}
			s.Segments = []Segment{fetching(claimed(segment(14), claiming))}
		}, "[yield 0]"},
		"and to one that does not know what a claim is": {func(s *State) {
			s.Peers = []Peer{foreign}
			s.Segments = []Segment{fetching(claimed(segment(14), claiming))}
		}, "[yield 0]"},
		"what a peer has meanwhile is not claimed any more": {func(s *State) {
			s.Peers = []Peer{later}
			s.Segments = []Segment{holder(claimed(segment(14), claiming), 0)}
		}, "[yield 0 p2p 0 from 0]"},
		"or when it is urgent": {func(s *State) {
			s.Peers = []Peer{first}
			s.Segments = []Segment{wanted(3.9)}
		}, "[http 0]"},
		"which is half of the time that there was": {func(s *State) {
			s.Peers, s.Took = []Peer{first}, [2]float64{0.1, 0.1}
			seg := wanted(2)
			seg.Room = 4
			s.Segments = []Segment{seg}
		}, "[http 0]"},
		"and not more": {func(s *State) {
			s.Peers, s.Took = []Peer{first}, [2]float64{0.1, 0.1}
			seg := wanted(2.1)
			seg.Room = 4
			s.Segments = []Segment{seg}
		}, "[]"},
		"unless a peer is at it and there is time": {func(s *State) {
			s.Peers = []Peer{first}
			s.Segments = []Segment{fetching(wanted(3.9))}
		}, "[]"},
		"but not at the last moment": {func(s *State) {
			s.Peers = []Peer{first}
			s.Segments = []Segment{fetching(wanted(2))}
		}, "[http 0]"},
		"which comes later where the origin is known to be fast": {func(s *State) {
			s.Peers, s.Took = []Peer{first}, [2]float64{0.1, 0.1}
			s.Segments = []Segment{fetching(wanted(2))}
		}, "[]"},
		"what a peer gets comes from it as it comes": {func(s *State) {
			s.Peers = []Peer{first}
			s.Segments = []Segment{passer(wanted(14), 0)}
		}, "[p2p 0 from 0]"},
		"but rather from one that has it": {func(s *State) {
			s.Peers = []Peer{first, later}
			s.Segments = []Segment{holder(passer(wanted(14), 0), 1)}
		}, "[p2p 0 from 1]"},
		"rare segments come first": {func(s *State) {
			s.Peers = []Peer{first, later}
			s.Segments = []Segment{holder(segment(9), 0, 1), holder(segment(11), 1)}
		}, "[p2p 1 from 1 p2p 0 from 0]"},
		"what a peer holds comes from it": {func(s *State) {
			s.Peers = []Peer{first}
			s.Segments = []Segment{holder(wanted(3.5), 0), holder(segment(5), 0)}
		}, "[p2p 0 from 0]"},
		"while there is time for the origin to bring it after all": {func(s *State) {
			s.Peers = []Peer{first}
			s.Segments = []Segment{holder(wanted(2.9), 0)}
		}, "[http 0]"},
		"which longer segments take more of": {func(s *State) {
			s.Peers = []Peer{first}
			long := holder(wanted(6.5), 0)
			long.End = long.Start + 6
			s.Segments = []Segment{long}
		}, "[http 0]"},
		"what the player needs soon has the line to itself, asked for or not": {func(s *State) {
			s.Peers = []Peer{first, later}
			s.Took = [2]float64{0.1, 0.1}
			s.Segments = []Segment{fetching(segment(3)), holder(segment(9), 1)}
		}, "[]"},
		"unless the origin rests, and it cannot come": {func(s *State) {
			s.Peers = []Peer{first, later}
			seg := wanted(3)
			seg.RetryAt = s.Now + time.Second
			s.Segments = []Segment{seg, holder(segment(9), 1)}
		}, "[p2p 1 from 1]"},
		"a slow line is cleared for what is urgent": {func(s *State) {
			s.Peers, s.Took = []Peer{busy, later}, [2]float64{0.6, 0.1}
			s.Segments = []Segment{wanted(1), loading(segment(9), Download{Source: P2P})}
		}, "[http 0 cancel 1]"},
		"a fast one is not": {func(s *State) {
			s.Peers, s.Took = []Peer{busy, later}, [2]float64{0.1, 0.1}
			s.Segments = []Segment{wanted(0.5), loading(segment(9), Download{Source: P2P})}
		}, "[http 0]"},
		"a slow line is shared later": {func(s *State) {
			s.Peers = []Peer{first, later}
			s.Took = [2]float64{0.5, 0.1}
			s.Segments = []Segment{fetching(wanted(7)), holder(segment(9), 1)}
		}, "[]"},
		"a fast one sooner": {func(s *State) {
			s.Peers = []Peer{first, later}
			s.Took = [2]float64{0.1, 0.1}
			s.Segments = []Segment{fetching(wanted(7)), holder(segment(9), 1)}
		}, "[p2p 1 from 1]"},
		"an urgent segment has the line to itself": {func(s *State) {
			s.Peers = []Peer{later, later}
			s.Segments = []Segment{wanted(1), holder(segment(9), 0), segment(11)}
		}, "[http 0]"},
		"each peer gives one at a time": {func(s *State) {
			s.Peers = []Peer{later, later}
			s.Segments = []Segment{holder(wanted(9), 0), holder(segment(11), 0, 1), holder(segment(13), 0, 1)}
		}, "[p2p 0 from 0 p2p 1 from 1]"},
		"a holder that is busy is waited for": {func(s *State) {
			s.Peers = []Peer{busy}
			s.Segments = []Segment{holder(wanted(9), 0)}
		}, "[]"},
		"not when it is urgent": {func(s *State) {
			s.Peers = []Peer{busy}
			s.Segments = []Segment{holder(wanted(3), 0)}
		}, "[http 0]"},
		"a starving player is served by the origin": {func(s *State) {
			s.Peers = []Peer{later}
			s.Segments = []Segment{holder(wanted(-1), 0)}
		}, "[http 0]"},
		"a download that comes too late moves to the origin": {func(s *State) {
			s.Peers = []Peer{busy}
			s.Segments = []Segment{loading(wanted(1), Download{Source: P2P, Total: 1000, Loaded: 10, Speed: 10})}
		}, "[cancel 0 http 0]"},
		"the sooner the less of it has come": {func(s *State) {
			s.Peers = []Peer{busy, busy}
			s.Segments = []Segment{loading(wanted(2.2), Download{Source: P2P, Total: 1000, Loaded: 10, Speed: 10})}
		}, "[cancel 0 http 0]"},
		"the later the more": {func(s *State) {
			s.Peers = []Peer{busy, busy}
			s.Segments = []Segment{loading(wanted(2.2), Download{Source: P2P, Total: 1000, Loaded: 900, Speed: 10})}
		}, "[]"},
		"one that makes it stays": {func(s *State) {
			s.Peers = []Peer{busy}
			s.Segments = []Segment{loading(wanted(1), Download{Source: P2P, Total: 1000, Loaded: 10, Speed: 2000})}
		}, "[]"},
		"one that drags goes on at another peer": {func(s *State) {
			s.Peers = []Peer{busy, later}
			s.Segments = []Segment{holder(loading(wanted(14), Download{Source: P2P, Age: 2 * time.Second, Total: 1000, Loaded: 10, Speed: 10}), 0, 1)}
		}, "[cancel 0 p2p 0 from 1]"},
		"not before it is known how fast it is": {func(s *State) {
			s.Peers = []Peer{busy, later}
			s.Segments = []Segment{holder(loading(wanted(14), Download{Source: P2P, Age: time.Second, Total: 1000, Loaded: 10, Speed: 10}), 0, 1)}
		}, "[]"},
		"nor where nobody else is": {func(s *State) {
			s.Peers = []Peer{busy, busy}
			s.Segments = []Segment{holder(loading(wanted(14), Download{Source: P2P, Age: 2 * time.Second, Total: 1000, Loaded: 10, Speed: 10}), 0, 1)}
		}, "[]"},
		"but it gives way to another segment": {func(s *State) {
			s.Peers = []Peer{busy, later}
			s.Settings.SimultaneousP2PDownloads = 1
			s.Segments = []Segment{
				holder(loading(wanted(14), Download{Source: P2P, Age: 2 * time.Second, Total: 1000, Loaded: 10, Speed: 10}), 0),
				holder(segment(16), 1),
			}
		}, "[cancel 0 p2p 1 from 1]"},
		"what nobody wants any more is ended": {func(s *State) {
			seg := loading(segment(-20), Download{Source: HTTP})
			seg.Queued = false
			s.Segments = []Segment{seg, wanted(0)}
		}, "[cancel 0 http 1]"},
		"the urgent one takes the place of a later one": {func(s *State) {
			s.Peers = []Peer{later}
			s.Settings.SimultaneousHTTPDownloads = 1
			s.Segments = []Segment{wanted(0), loading(segment(8), Download{Source: HTTP})}
		}, "[cancel 1 http 0]"},
		"after too many failures the player is told": {func(s *State) {
			s.Segments = []Segment{failed(wanted(0), 3)}
		}, "[fail 0]"},
		"unless a peer has it": {func(s *State) {
			s.Peers = []Peer{later}
			s.Segments = []Segment{holder(failed(wanted(0), 3), 0)}
		}, "[p2p 0 from 0]"},
		"or has it in vain": {func(s *State) {
			s.Peers = []Peer{later}
			s.Settings.SimultaneousP2PDownloads = 0
			s.Segments = []Segment{holder(failed(wanted(0), 3), 0)}
		}, "[fail 0]"},
		"or has it and does not give it, after a while": {func(s *State) {
			s.Peers = []Peer{busy}
			seg := holder(failed(wanted(0), 3), 0)
			seg.GiveUpAt = s.Now - lastHope
			s.Segments = []Segment{seg}
		}, "[fail 0]"},
		"but not at once": {func(s *State) {
			s.Peers = []Peer{busy}
			seg := holder(failed(wanted(0), 3), 0)
			seg.GiveUpAt = s.Now - lastHope + time.Second
			s.Segments = []Segment{seg}
		}, "[]"},
		"but not before hls.js would give up": {func(s *State) {
			seg := failed(wanted(0), 5)
			seg.GiveUpAt = s.Now + time.Second
			s.Segments = []Segment{seg}
		}, "[http 0]"},
		"what an origin wishes is granted while the player can wait": {func(s *State) {
			s.Segments = []Segment{wishing(failed(wanted(14), 1), s.Now-9*time.Second, s.Now+9*time.Second)}
		}, "[]"},
		"and for as long as hls.js would wait": {func(s *State) {
			s.Segments = []Segment{wishing(failed(wanted(0), 1), s.Now-7*time.Second, s.Now+time.Minute)}
		}, "[]"},
		"but no longer": {func(s *State) {
			s.Segments = []Segment{wishing(failed(wanted(0), 1), s.Now-8*time.Second, s.Now+time.Minute)}
		}, "[http 0]"},
		"what nobody waits for waits that long": {func(s *State) {
			s.Peers = []Peer{later}
			s.Segments = []Segment{wishing(segment(3), s.Now-30*time.Second, s.Now+time.Second)}
		}, "[]"},
		"peers are asked meanwhile": {func(s *State) {
			s.Peers = []Peer{later}
			s.Segments = []Segment{holder(wishing(wanted(1), s.Now, s.Now+time.Minute), 0)}
		}, "[p2p 0 from 0]"},
		"a peer that is late is still better than an origin that fails": {func(s *State) {
			s.Peers = []Peer{later}
			seg := loading(wanted(1), Download{Source: P2P, Total: 1000, Loaded: 10, Speed: 10})
			seg.Failing = true
			s.Segments = []Segment{seg}
		}, "[]"},
		"and so is one that holds it": {func(s *State) {
			s.Peers = []Peer{later}
			seg := holder(wanted(0), 0)
			seg.Failing = true
			s.Segments = []Segment{seg}
		}, "[p2p 0 from 0]"},
		"one that fetches from it is not": {func(s *State) {
			s.Peers = []Peer{later}
			seg := fetching(wanted(3.9))
			seg.Failing = true
			s.Segments = []Segment{seg}
		}, "[http 0]"},
		"between tries the origin is left alone": {func(s *State) {
			seg := failed(wanted(0), 1)
			seg.RetryAt = s.Now + time.Second
			s.Segments = []Segment{seg}
		}, "[]"},
		"a page can hold back the origin at the start": {func(s *State) {
			s.Settings.HTTPDownloadInitialTimeout, s.Running = 5000, time.Second
			s.Segments = []Segment{wanted(0)}
		}, "[]"},
		"the page bounds what is urgent": {func(s *State) {
			s.Peers, s.Settings.HighDemandTimeWindow = []Peer{first}, 1
			s.Segments = []Segment{wanted(2)}
		}, "[]"},
		"of long segments two are": {func(s *State) {
			s.Peers = []Peer{first}
			seg := wanted(11)
			seg.End, seg.Room = seg.Start+6, 30
			s.Segments = []Segment{seg}
		}, "[http 0]"},
		"of short ones two rounds": {func(s *State) {
			s.Peers = []Peer{first}
			seg := wanted(3.5)
			seg.End = seg.Start + 0.5
			s.Segments = []Segment{seg}
		}, "[http 0]"},
		"a player that is fast needs it sooner": {func(s *State) {
			s.Peers, s.Rate = []Peer{first}, 2
			s.Segments = []Segment{wanted(5)}
		}, "[http 0]"},
		"who may be alone asks earlier": {func(s *State) {
			s.Joining, s.Running, s.Took = true, time.Second, [2]float64{0.1, 0.1}
			seg := wanted(1.2)
			seg.Room = 2
			s.Segments = []Segment{seg}
		}, "[http 0]"},
		"who is not alone asks later": {func(s *State) {
			s.Peers, s.Took = []Peer{first}, [2]float64{0.1, 0.1}
			seg := wanted(1.2)
			seg.Room = 2
			s.Segments = []Segment{seg}
		}, "[]"},
		"a fast peer is asked although it is urgent": {func(s *State) {
			s.Peers, s.Took = []Peer{later}, [2]float64{1, 0.1}
			s.Segments = []Segment{holder(wanted(2), 0)}
		}, "[p2p 0 from 0]"},
		"what is far ahead is not claimed": {func(s *State) {
			s.Peers = []Peer{later}
			s.Segments = []Segment{segment(Ahead + 1)}
		}, "[]"},
		"who was too early takes its claim back": {func(s *State) {
			s.Peers = []Peer{first}
			s.Segments = []Segment{claimed(segment(14), claiming)}
		}, "[yield 0]"},
		"and so does who has to give up": {func(s *State) {
			s.Segments = []Segment{claimed(failed(wanted(0), 3), claiming)}
		}, "[yield 0 fail 0]"},
		"what the player waits for goes before what is rare": {func(s *State) {
			s.Peers, s.Settings.SimultaneousP2PDownloads = []Peer{later, later}, 1
			s.Segments = []Segment{holder(segment(9), 1), holder(wanted(11), 0, 1)}
		}, "[p2p 1 from 0]"},
		"what is about to be held is less rare": {func(s *State) {
			s.Peers, s.Settings.SimultaneousP2PDownloads = []Peer{later, later}, 1
			s.Segments = []Segment{passer(holder(segment(9), 0), 1), holder(segment(11), 0)}
		}, "[p2p 1 from 0]"},
		"no more peers are asked at a time than the page allows": {func(s *State) {
			s.Peers, s.Settings.SimultaneousP2PDownloads = []Peer{later, later}, 1
			s.Segments = []Segment{holder(segment(9), 0), holder(segment(11), 1)}
		}, "[p2p 0 from 0]"},
		"one that drags gives no way to what nobody wants": {func(s *State) {
			s.Peers, s.Settings.SimultaneousP2PDownloads = []Peer{busy, later}, 1
			past := holder(loading(segment(-20), Download{Source: P2P}), 1)
			past.Queued = false
			s.Segments = []Segment{
				past,
				holder(loading(wanted(14), Download{Source: P2P, Age: 2 * time.Second, Total: 1000, Loaded: 10, Speed: 10}), 0),
				loading(segment(16), Download{Source: P2P}),
			}
		}, "[cancel 0]"},
		"one that is done before the next could be does not drag": {func(s *State) {
			s.Peers = []Peer{busy, later}
			s.Segments = []Segment{holder(loading(wanted(5), Download{Source: P2P, Age: 2 * time.Second, Total: 1000, Loaded: 850, Speed: 100}), 0, 1)}
		}, "[]"},
		"nor one that is done before it is urgent": {func(s *State) {
			s.Peers = []Peer{busy, later}
			s.Segments = []Segment{holder(loading(wanted(14), Download{Source: P2P, Age: 2 * time.Second, Total: 1000, Loaded: 500, Speed: 100}), 0, 1)}
		}, "[]"},
		"one of which nothing comes does": {func(s *State) {
			s.Peers = []Peer{busy, later}
			s.Segments = []Segment{holder(loading(wanted(14), Download{Source: P2P, Age: 2 * time.Second}), 0, 1)}
		}, "[cancel 0 p2p 0 from 1]"},
		"what is nearly there is waited for": {func(s *State) {
			s.Peers = []Peer{busy}
			s.Segments = []Segment{loading(wanted(0.2), Download{Source: P2P, Total: 1000, Loaded: 995, Speed: 100})}
		}, "[]"},
		"what would come at the last moment is not": {func(s *State) {
			s.Peers = []Peer{busy}
			s.Segments = []Segment{loading(wanted(0.5), Download{Source: P2P, Total: 1000, Loaded: 980, Speed: 100})}
		}, "[cancel 0 http 0]"},
		"one that is not known yet is not cleared": {func(s *State) {
			s.Peers = []Peer{busy, later}
			s.Segments = []Segment{wanted(1), loading(segment(9), Download{Source: P2P})}
		}, "[http 0]"},
		"a slow line is cleared for what is late": {func(s *State) {
			s.Peers, s.Took = []Peer{busy, busy}, [2]float64{0.6, 0.1}
			s.Segments = []Segment{
				loading(wanted(1), Download{Source: P2P, Total: 1000, Loaded: 10, Speed: 10}),
				loading(segment(9), Download{Source: P2P}),
			}
		}, "[cancel 0 http 0 cancel 1]"},
		"what is late takes no place of what comes before it": {func(s *State) {
			s.Peers, s.Settings.SimultaneousHTTPDownloads = []Peer{busy}, 1
			s.Segments = []Segment{
				loading(segment(-1), Download{Source: HTTP}),
				loading(wanted(1), Download{Source: P2P, Total: 1000, Loaded: 10, Speed: 10}),
			}
		}, "[]"},
		"a full storage claims nothing": {func(s *State) {
			s.Peers, s.Free = []Peer{later}, 0.01
			s.Segments = []Segment{segment(9)}
		}, "[]"},
		"and asks no peer": {func(s *State) {
			s.Peers, s.Free = []Peer{later}, 0.01
			s.Segments = []Segment{holder(segment(9), 0)}
		}, "[]"},
		"one that is nearly full takes what comes soon": {func(s *State) {
			s.Peers, s.Free, s.Settings.HTTPDownloadTimeWindow = []Peer{later, later}, 0.08, 15
			s.Segments = []Segment{holder(segment(9), 0), holder(segment(20), 1)}
		}, "[p2p 0 from 0]"},
		"but what the player asks for": {func(s *State) {
			s.Peers, s.Free = []Peer{later}, 0.01
			s.Segments = []Segment{holder(wanted(12), 0)}
		}, "[p2p 0 from 0]"},
		"a full storage takes nothing in advance": {func(s *State) {
			s.Peers, s.Free = []Peer{later}, 0.01
			s.Segments = []Segment{wanted(0), segment(8), holder(segment(10), 0)}
		}, "[http 0]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := decide(state(c.mod)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// A deadline that lies ahead has to be met although nothing happens until then.
func TestAsksAgainInTime(t *testing.T) {
	for name, c := range map[string]struct {
		mod  func(*State)
		want time.Duration
	}{
		"when its turn comes": {func(s *State) {
			s.Peers = []Peer{{Key: keyed(true), Giver: true}}
			s.Segments = []Segment{segment(14)}
		}, 2 * time.Second}, // a fifth of the 10 s until it is urgent
		"when its claim has stood": {func(s *State) {
			s.Peers = []Peer{{Key: keyed(false), Giver: true}}
			s.Segments = []Segment{segment(14)}
		}, claiming},
		"when it becomes urgent": {func(s *State) {
			s.Peers = []Peer{{Key: keyed(true), Giver: true}}
			s.Segments = []Segment{{Start: 105, End: 107, Wanted: true, Queued: true, Room: 14, Fetchers: []int{0}}}
		}, time.Second},
		"when a peer's download becomes critical": {func(s *State) {
			seg := wanted(3)
			seg.Download = &Download{Source: P2P}
			s.Segments = []Segment{seg}
		}, 500 * time.Millisecond},
		"when the rest of its claim has stood": {func(s *State) {
			s.Peers = []Peer{{Key: keyed(false), Giver: true}}
			seg := segment(14)
			seg.Claimed = s.Now - claiming/4
			s.Segments = []Segment{seg}
		}, claiming * 3 / 4},
		"when peers should have come": {func(s *State) {
			s.Joining, s.Running = true, time.Second
			s.Segments = []Segment{wanted(9)}
		}, meeting - time.Second},
		"when it comes near": {func(s *State) {
			s.Peers = []Peer{{Key: keyed(false), Giver: true}}
			s.Segments = []Segment{segment(Ahead + 3)}
		}, 3 * time.Second},
		"when what is just in time may have slowed down": {func(s *State) {
			seg := wanted(1)
			seg.Download = &Download{Source: P2P, Total: 1000, Loaded: 10, Speed: 2000}
			s.Segments = []Segment{seg}
		}, glance},
		"when another peer may be free for what drags": {func(s *State) {
			s.Settings.SimultaneousP2PDownloads = 1
			s.Peers = []Peer{{}, {Ready: true}}
			seg, other := segment(14), segment(16)
			seg.Download, seg.Holders = &Download{Source: P2P, Age: 2 * time.Second}, []int{0}
			other.Holders = []int{1}
			s.Segments = []Segment{seg, other}
		}, glance},
		"when the origin may be tried again": {func(s *State) {
			seg := wanted(0)
			seg.RetryAt = s.Now + 700*time.Millisecond
			s.Segments = []Segment{seg}
		}, 700 * time.Millisecond},
		"when the player is to be told, although the origin rests": {func(s *State) {
			seg := wanted(0)
			seg.Failures, seg.GiveUpAt = 3, s.Now+400*time.Millisecond
			seg.RetryAt = s.Now + 700*time.Millisecond
			s.Segments = []Segment{seg}
		}, 400 * time.Millisecond},
		"when the player can wait no more": {func(s *State) {
			seg := wanted(20)
			seg.Wish = Wish{Since: s.Now, Until: s.Now + time.Hour}
			s.Segments = []Segment{seg}
		}, 16 * time.Second},
		"not at all with nothing to do": {func(*State) {}, never},
	} {
		t.Run(name, func(t *testing.T) {
			if _, got := Decide(state(c.mod), half); got != c.want {
				t.Errorf("asks again after %v, want %v", got, c.want)
			}
		})
	}
}

func TestDecideLeavesItsStateAlone(t *testing.T) {
	s := state(func(s *State) {
		s.Settings.SimultaneousHTTPDownloads = 1
		later := segment(8)
		later.Download = &Download{Source: HTTP}
		s.Segments = []Segment{wanted(0), later}
	})
	before := slices.Clone(s.Segments)
	Decide(s, half)
	if fmt.Sprintf("%+v", s.Segments) != fmt.Sprintf("%+v", before) {
		t.Errorf("changed %+v to %+v", before, s.Segments)
	}
}

func TestFastPeersAreAskedMoreOften(t *testing.T) {
	s := state(func(s *State) {
		s.Peers = []Peer{{Ready: true, Speed: 1e5}, {Ready: true, Speed: 9e5}}
		seg := segment(9)
		seg.Holders = []int{0, 1}
		s.Segments = []Segment{seg}
	})
	seed := uint64(1)
	random := func() float64 { // xorshift, Marsaglia 2003
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		return float64(seed>>11) / (1 << 53)
	}
	asked := [2]int{}
	for range 10_000 {
		actions, _ := Decide(s, random)
		asked[actions[0].Peer]++
	}
	if share := float64(asked[1]) / 10_000; share < 0.87 || share > 0.93 {
		t.Errorf("the peer that is nine times as fast got %.2f of the requests", share)
	}
}

// What a source takes is so many seconds of the clock, however fast the segment plays.
func TestTimesAtOtherRates(t *testing.T) {
	for _, c := range []struct{ rate, took, want float64 }{
		{1, 0.2, 0.8}, {2, 0.2, 0.8}, {0.5, 0.2, 0.8}, // twice 0.4 s
		{1, 0.8, 2}, {2, 0.8, 1}, {2, 0, 1}, // no longer than it plays
	} {
		d := decision{State: &State{Rate: c.rate, Took: [2]float64{c.took, 0}}}
		if got := d.takes(&Segment{Start: 10, End: 12}, HTTP); got != c.want {
			t.Errorf("at rate %v with %v s for a second: %v s, want %v", c.rate, c.took, got, c.want)
		}
	}
}
