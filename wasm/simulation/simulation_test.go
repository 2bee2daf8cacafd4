package simulation_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/simulation"
)

const trackerURL = "wss://tracker.test"

// show is a world with one origin, one tracker, and viewers who are told apart
// by when they join.
type show struct {
	*simulation.World
	origin  *simulation.Origin
	tracker *simulation.Tracker
	options simulation.Options
}

func newShow(seed uint64, s simulation.Stream) *show {
	w := simulation.NewWorld(seed)
	return &show{World: w, origin: w.NewOrigin(s), tracker: w.NewTracker(trackerURL), options: simulation.Options{
		Access: simulation.Home(), Behind: 16, Trackers: []string{trackerURL},
	}}
}

// join lets time pass and a viewer join.
func (s *show) join(at time.Duration) *simulation.Viewer {
	s.Run(at)
	return s.Join(s.origin, s.options)
}

// report counts segments first asked for 10 s after the last viewer had joined.
func (s *show) report() simulation.Report {
	viewers := s.Viewers()
	return s.origin.Report(viewers[len(viewers)-1].Joined+10*time.Second, s.Now())
}

// check fails for what must never be.
func (s *show) check(t *testing.T) {
	t.Helper()
	for _, v := range s.Viewers() {
		if v.Player.Wrong > 0 {
			t.Errorf("viewer %d was given %d segments with bytes that are not theirs", v.ID, v.Player.Wrong)
		}
		if v.Player.Played == 0 {
			t.Errorf("viewer %d played nothing", v.ID)
		}
	}
}

func (s *show) noStalls(t *testing.T) {
	t.Helper()
	s.check(t)
	for _, v := range s.Viewers() {
		if n := len(v.Player.Stalls); n > 0 {
			t.Errorf("viewer %d stalled %d times, first at %v", v.ID, n, v.Player.Stalls[0].At)
		}
	}
}

func TestTwoLiveViewers(t *testing.T) {
	s := newShow(1, simulation.Live())
	s.join(0)
	s.join(10 * time.Second)
	s.Run(3 * time.Minute)
	r := s.report()
	if r.Segments < 70 || r.Copies > 1.02 {
		t.Errorf("%.2f copies of each of %d segments, want at most 1.02", r.Copies, r.Segments)
	}
	// They take turns.
	for _, v := range s.Viewers() {
		if share := float64(v.Stats.P2P) / float64(v.Stats.P2P+v.Stats.HTTP); share < 0.3 || share > 0.7 {
			t.Errorf("viewer %d got %.0f %% from the other", v.ID, 100*share)
		}
	}
	s.noStalls(t)
}

// Eight viewers whose uplinks carry three streams each. It takes chance a minute or
// two until all of them have met; two that have not may both fetch a segment.
func TestEightLiveViewers(t *testing.T) {
	for seed := range uint64(3) {
		s := newShow(seed, simulation.Live())
		s.options.Access.Up = 6e6 / 8
		for i := range 8 {
			s.join(time.Duration(i) * 3 * time.Second)
		}
		s.Run(3 * time.Minute)
		r := s.report()
		if r.Segments < 50 || r.Copies > 1.1 {
			t.Errorf("seed %d: %.2f copies of each of %d segments, want at most 1.1", seed, r.Copies, r.Segments)
		}
		s.noStalls(t)
	}
}

// Uplinks that cannot carry what is asked of them slow every download down; the
// picture must not stand still for that.
func TestTightUplinksStallNobody(t *testing.T) {
	for seed := range uint64(5) {
		s := newShow(seed, simulation.Live())
		s.options.Behind, s.options.Access.Up = 6, 6e6/8
		for i := range 8 {
			s.join(time.Duration(i) * 2 * time.Second)
		}
		s.Run(90 * time.Second)
		s.noStalls(t)
	}
}

// Long segments take a weak peer most of the time that there is: the origin must
// still be able to finish them.
func TestWeakPeersWithLongSegments(t *testing.T) {
	for _, live := range []bool{true, false} {
		stream := simulation.Stream{Live: live, Duration: 6, Sizes: []int{5e6 / 8 * 6}, Window: 10, Segments: 40}
		for _, down := range []float64{16e6, 10e6} {
			stalls := [2]int{}
			for plain, n := range []int{0, 0} {
				s := newShow(1, stream)
				s.options.Plain = plain == 1
				s.options.Behind, s.options.Access.Down, s.options.Access.Up = 30, down/8, 2e6/8
				for i := range 4 {
					s.join(time.Duration(i) * 5 * time.Second)
				}
				s.Run(3 * time.Minute)
				s.check(t)
				for _, v := range s.Viewers() {
					n += len(v.Player.Stalls)
				}
				stalls[plain] = n
			}
			if stalls[0] > stalls[1] {
				t.Errorf("live: %v, %.0f Mbit/s: %d stalls, %d over plain HTTP", live, down/1e6, stalls[0], stalls[1])
			}
		}
	}
}

func TestALoneViewerPlaysAsPlainHTTP(t *testing.T) {
	play := func(plain bool) (simulation.Report, *simulation.Viewer) {
		s := newShow(1, simulation.Live())
		s.options.Plain = plain
		v := s.join(0)
		s.Run(2 * time.Minute)
		s.noStalls(t)
		return s.report(), v
	}
	plain, _ := play(true)
	ours, v := play(false)
	// The loader may hold back what is not urgent while it might meet peers.
	if ours.StartupMost != plain.StartupMost {
		t.Errorf("the first frame came after %.3f s, with plain HTTP after %.3f s", ours.StartupMost, plain.StartupMost)
	}
	if ours.Played != plain.Played || ours.HTTP != plain.HTTP || v.Stats.P2P != 0 {
		t.Errorf("played %d segments of %d bytes, with plain HTTP %d of %d",
			ours.Played, ours.HTTP, plain.Played, plain.HTTP)
	}
}

func TestTheSecondViewerOfAFilmTakesWhatTheFirstHolds(t *testing.T) {
	s := newShow(1, simulation.VOD(60))
	s.join(0)
	second := s.join(20 * time.Second)
	s.Run(150 * time.Second)
	s.noStalls(t)
	// What it needs before it can have met anybody has to come from the origin.
	if got := second.Stats; float64(got.P2P) < 0.8*float64(got.P2P+got.HTTP) {
		t.Errorf("got %d bytes from the first and %d from the origin", got.P2P, got.HTTP)
	}
	if !second.Player.Ended || second.Player.Played != 60 {
		t.Errorf("played %d of 60 segments, to the end: %v", second.Player.Played, second.Player.Ended)
	}
}

// Whatever fails, nobody waits longer than with plain HTTP on the same links.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(s *show)
		during  func(s *show, at time.Duration) // each second, from 0 s on
		after   func(t *testing.T, s *show)
	}{
		"tracker down": {
			prepare: func(s *show) { s.tracker.SetDown(true) },
			after: func(t *testing.T, s *show) {
				if s.Viewers()[1].Stats.TrackerWarnings == 0 {
					t.Error("nobody was warned")
				}
			},
		},
		"tracker down for a while": {
			during: func(s *show, at time.Duration) {
				s.tracker.SetDown(at >= 20*time.Second && at < 60*time.Second)
			},
			after: func(t *testing.T, s *show) {
				if n := s.tracker.Members(); n != 4 {
					t.Errorf("%d of 4 viewers came back to the tracker", n)
				}
			},
		},
		"links cut in the middle of a segment": {
			prepare: func(s *show) {
				chunks := 0
				s.options.Hear = func(v *simulation.Viewer, e loader.Event) {
					if c, ok := e.(loader.ChunkDownloaded); ok && c.Source == loader.P2P {
						if chunks++; chunks%20 == 3 {
							v.CutLinks()
						}
					}
				}
			},
			after: func(t *testing.T, s *show) {
				if s.Viewers()[1].Stats.PeersLost == 0 {
					t.Error("no link was cut")
				}
			},
		},
		"each segment refused three times": {
			prepare: func(s *show) {
				s.origin.Fail = func(_ *simulation.Viewer, _ int64, nth int) bool { return nth < 3 }
			},
		},
		"the origin away for 8 s": {
			prepare: func(s *show) {
				s.origin.Fail = func(*simulation.Viewer, int64, int) bool {
					return s.Now() > 40*time.Second && s.Now() < 48*time.Second
				}
			},
		},
		"the first vanishes without a word": {
			during: func(s *show, at time.Duration) {
				if at == 40*time.Second {
					s.Viewers()[0].Vanish()
				}
			},
		},
		"the first vanishes in the middle of a segment": {
			prepare: func(s *show) {
				chunks := 0
				s.options.Hear = func(v *simulation.Viewer, e loader.Event) {
					c, ok := e.(loader.ChunkDownloaded)
					if first := s.Viewers()[0]; ok && c.Source == loader.P2P && v != first && !first.Left {
						if chunks++; chunks == 100 {
							first.Vanish()
						}
					}
				}
			},
			after: func(t *testing.T, s *show) {
				if !s.Viewers()[0].Left {
					t.Error("it stayed")
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			play := func(plain bool) *show {
				s := newShow(3, simulation.Live())
				s.options.Plain = plain
				if c.prepare != nil {
					c.prepare(s)
				}
				for at := time.Duration(0); at < 2*time.Minute; at += time.Second {
					s.Run(at)
					if at%(5*time.Second) == 0 && at < 20*time.Second {
						s.join(at)
					}
					if c.during != nil {
						c.during(s, at)
					}
				}
				return s
			}
			plain, s := play(true), play(false)
			s.check(t)
			for i, v := range s.Viewers() {
				if ours, theirs := v.Player.Waited(), plain.Viewers()[i].Player.Waited(); ours > theirs {
					t.Errorf("viewer %d waited %v, stalls %v; with plain HTTP %v, stalls %v", i,
						ours, v.Player.Stalls, theirs, plain.Viewers()[i].Player.Stalls)
				}
			}
			if c.after != nil {
				c.after(t, s)
			}
		})
	}
}

// A download that was cut in the middle goes on where it stopped: no byte comes
// twice.
func TestCutDownloadsAreResumed(t *testing.T) {
	s := newShow(1, simulation.Live())
	s.join(0)
	chunks, failed, loaded := 0, 0, 0
	s.options.Hear = func(v *simulation.Viewer, e loader.Event) {
		switch e := e.(type) {
		case loader.ChunkDownloaded:
			if e.Source == loader.P2P {
				if chunks++; chunks == 20 {
					v.CutLinks()
				}
			}
		case loader.SegmentFailed:
			if err, ok := e.Err.(*peer.Error); ok && err.Type == peer.Closed {
				failed++
			}
		case loader.SegmentLoaded:
			loaded += e.Bytes
		}
	}
	second := s.join(10 * time.Second)
	s.Run(30 * time.Second)
	if failed != 1 {
		t.Fatalf("%d downloads were cut, want 1", failed)
	}
	// Sooner or later nothing is on its way.
	came := func() int { return int(second.Stats.P2P + second.Stats.HTTP) }
	for came() != loaded && s.Now() < 40*time.Second {
		s.Run(s.Now() + 50*time.Millisecond)
	}
	if came() != loaded {
		t.Errorf("%d bytes came for segments of %d", came(), loaded)
	}
	s.noStalls(t)
}

// After Close nothing is reported any more and nothing is left that would run.
// It is tried at many moments, in the middle of whatever is going on then.
func TestClosingLeavesNothingBehind(t *testing.T) {
	step := 97 * time.Millisecond
	if testing.Short() {
		step = 389 * time.Millisecond
	}
	for at := 8 * time.Second; at < 18*time.Second; at += step {
		s := newShow(uint64(at), simulation.Live())
		s.join(0)
		leaver := s.join(7 * time.Second)
		s.join(8 * time.Second)
		s.Run(at)
		leaver.Leave()
		events := leaver.Stats.Events
		s.Run(s.Now()) // what was posted already
		if n := leaver.Pending(); n != 0 {
			t.Fatalf("closed at %v, %d functions still wait", at, n)
		}
		s.Run(at + 40*time.Second)
		if n := leaver.Stats.Events - events; n != 0 {
			t.Fatalf("closed at %v, %d events were reported afterwards", at, n)
		}
		if n := leaver.Connected(); n != 0 {
			t.Fatalf("closed at %v, %d connections are open", at, n)
		}
		if n := s.tracker.Members(); n != 2 {
			t.Fatalf("closed at %v, the tracker has %d members, want 2", at, n)
		}
		s.noStalls(t)
	}
}

// Two viewers who lost each other announce themselves at the same moment, so
// that each answers the other's offer while its own is on its way.
func TestSimultaneousOffersEndWithOneConnection(t *testing.T) {
	for seed := range uint64(8) { // the lower id is now the one's, now the other's
		s := newShow(seed, simulation.Live())
		s.tracker.Interval = 10 * time.Second
		a, b := s.join(0), s.join(0)
		s.Run(9500 * time.Millisecond)
		if a.Connected() != 1 || b.Connected() != 1 {
			t.Fatalf("seed %d: they have %d and %d connections to begin with", seed, a.Connected(), b.Connected())
		}
		a.CutLinks()
		answers := s.tracker.Answers
		s.Run(30 * time.Second)
		if n := s.tracker.Answers - answers; n != 2 {
			t.Fatalf("seed %d: %d answers, want one from each", seed, n)
		}
		for range 10 {
			s.Run(s.Now() + time.Second)
			if a.Connected() != 1 || b.Connected() != 1 {
				t.Fatalf("seed %d: %d and %d connections at %v", seed, a.Connected(), b.Connected(), s.Now())
			}
		}
		before := a.Stats.P2P + b.Stats.P2P
		s.Run(s.Now() + 10*time.Second)
		if a.Stats.P2P+b.Stats.P2P == before {
			t.Errorf("seed %d: nothing went over the connection that was kept", seed)
		}
		s.noStalls(t)
	}
}

// The same over two trackers, with all that can be on its way at once: who offers
// first, and which of offers and answers comes first, is another in each run.
func TestOffersThatCrossEndWithOneConnection(t *testing.T) {
	crossed := 0
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		delay := func() time.Duration { return time.Duration(random.IntN(300)) * time.Millisecond }
		s := newShow(seed, simulation.Live())
		second := s.NewTracker("wss://second.example")
		for _, tracker := range []*simulation.Tracker{s.tracker, second} {
			tracker.Interval, tracker.Latency = 10*time.Second, delay()
		}
		options := s.options
		options.Trackers = []string{trackerURL, "wss://second.example"}
		var viewers []*simulation.Viewer
		for range 2 {
			options.Access.Latency = delay() / 4
			viewers = append(viewers, s.Join(s.origin, options))
		}
		a, b := viewers[0], viewers[1]
		s.Run(9500 * time.Millisecond)
		a.CutLinks()
		answers := s.tracker.Answers + second.Answers
		for s.Now() < 25*time.Second {
			s.Run(s.Now() + 20*time.Millisecond)
			if a.Connected() > 1 || b.Connected() > 1 {
				t.Fatalf("seed %d: %d and %d connections at %v", seed, a.Connected(), b.Connected(), s.Now())
			}
		}
		if s.tracker.Answers+second.Answers > answers+1 {
			crossed++
		}
		if a.Connected() != 1 || b.Connected() != 1 {
			t.Fatalf("seed %d: %d and %d connections in the end", seed, a.Connected(), b.Connected())
		}
	}
	if crossed < 100 {
		t.Errorf("offers crossed in %d runs, which shows little", crossed)
	}
}

// One of them leaves while two connections are under negotiation.
func TestClosingBetweenTwoConnections(t *testing.T) {
	for at := 10 * time.Second; at < 12*time.Second; at += 23 * time.Millisecond {
		s := newShow(uint64(at), simulation.Live()) // the lower id is now the one's, now the other's
		s.tracker.Interval = 10 * time.Second
		a, b := s.join(0), s.join(0)
		s.Run(9500 * time.Millisecond)
		a.CutLinks()
		s.Run(at)
		a.Leave()
		s.Run(s.Now())
		if n := a.Pending(); n != 0 {
			t.Fatalf("closed at %v, %d functions still wait", at, n)
		}
		s.Run(s.Now() + 10*time.Second)
		if n := b.Connected(); n != 0 {
			t.Fatalf("closed at %v, the other has %d connections", at, n)
		}
	}
}

func TestAViewerLeavesAndComesBack(t *testing.T) {
	s := newShow(1, simulation.Live())
	first := s.join(0)
	second := s.join(10 * time.Second)
	s.Run(40 * time.Second)
	second.Leave()
	s.Run(45 * time.Second)
	if first.Connected() != 0 {
		t.Errorf("the first has %d connections to a viewer who left", first.Connected())
	}
	before := second.Stats
	second.Return()
	s.Run(90 * time.Second)
	s.noStalls(t)
	if p2p, http := second.Stats.P2P-before.P2P, second.Stats.HTTP-before.HTTP; p2p <= http {
		t.Errorf("back again, it got %d bytes from the first and %d from the origin", p2p, http)
	}
}

func TestTheSameSeedGivesTheSameRun(t *testing.T) {
	play := func(seed uint64) []byte {
		s := newShow(seed, simulation.Live())
		var log bytes.Buffer
		s.Log = &log
		s.origin.Fail = func(v *simulation.Viewer, id int64, nth int) bool {
			return nth == 0 && (id+int64(v.ID))%7 == 0
		}
		for i := range 8 {
			s.join(time.Duration(i) * time.Second)
		}
		s.Run(20 * time.Second)
		s.Viewers()[2].CutLinks()
		s.Run(30 * time.Second)
		s.Viewers()[0].Vanish()
		s.Run(35 * time.Second)
		s.Viewers()[1].Leave()
		s.Run(time.Minute)
		return log.Bytes()
	}
	one, two := play(1), play(1)
	if !bytes.Equal(one, two) {
		t.Error("two runs of one seed differ")
	}
	if bytes.Equal(one, play(2)) {
		t.Error("the seed changes nothing")
	}
	if bytes.Count(one, []byte("\n")) < 500 {
		t.Errorf("the log is too short to show anything:\n%s", one)
	}
}

// Whoever takes a segment from a viewer that vanishes goes on within seconds, long
// before its connection fails.
func TestVanishingIsNoticedWhileSomethingIsAwaited(t *testing.T) {
	noticed := 0
	for seed := range uint64(10) {
		s := newShow(seed, simulation.Live())
		giver := s.join(0)
		taker := s.join(10 * time.Second)
		s.Run(20 * time.Second)
		for before := taker.Stats.P2P; taker.Stats.P2P == before; {
			s.Run(s.Now() + 20*time.Millisecond) // a segment is on its way now
		}
		giver.Vanish()
		s.Run(s.Now() + 3*time.Second)
		if taker.Connected() == 0 {
			noticed++
		}
		s.Run(s.Now() + 20*time.Second)
		if taker.Connected() != 0 {
			t.Errorf("seed %d: a viewer that vanished is still counted", seed)
		}
		if n := len(taker.Player.Stalls); n > 0 {
			t.Errorf("seed %d: the other stalled %d times", seed, n)
		}
	}
	if noticed < 8 {
		t.Errorf("noticed in %d of 10 runs", noticed)
	}
}
