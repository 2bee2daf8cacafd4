package loader_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// connected follows the names of those who are spoken with, in the order they came.
func (s *stage) connected() *[]string {
	var names []string
	s.hear = func(e loader.Event) {
		switch e := e.(type) {
		case loader.PeerConnected:
			names = append(names, e.Peer.String()[:1])
		case loader.PeerClosed:
			names = slices.DeleteFunc(names, func(name string) bool { return name == e.Peer.String()[:1] })
		}
	}
	return &names
}

// offers brings a peer of each name, as far as its offer is taken.
func (s *stage) offers(names ...string) {
	for _, name := range names {
		before := len(s.peers)
		s.offer(name)
		if len(s.peers) > before {
			s.peers[before].name = name
			s.peers[before].receiver.Opened()
		}
		s.pass(0)
	}
}

// counts has the tracker say how many there are.
func (s *stage) counts(n int) {
	hash := wire.HashSwarm(wire.SHA1, wire.StreamSwarmID(playlist, "main-index"))
	s.tracker().Message(fmt.Appendf(nil, `{"action":"announce","info_hash":%q,"interval":120,"complete":0,"incomplete":%d}`, hash, n))
	s.pass(0)
}

// watching is a stage with one segment, as its page wants it.
func watching(t *testing.T, bounds func(s *stage)) *stage {
	s := newStage(t)
	bounds(s)
	s.loader.Configure(s.settings)
	s.list(0, 2)
	s.load(0)
	s.tracker().Opened()
	s.pass(0)
	return s
}

// Each reply of a tracker is told, with its count.
func TestWhatATrackerCounts(t *testing.T) {
	s := watching(t, func(*stage) {})
	var heard []string
	s.hear = func(e loader.Event) {
		if reply, ok := e.(loader.TrackerReplied); ok {
			heard = append(heard, fmt.Sprintf("%s %s %s %d", reply.Type, reply.Tracker, reply.Hash[:], reply.Viewers))
		}
	}
	s.counts(1)
	s.counts(1)
	s.counts(4)
	hash := wire.HashSwarm(wire.SHA1, wire.StreamSwarmID(playlist, "main-index"))
	from := fmt.Sprintf("main %s %s ", s.settings.Main.AnnounceTrackers[0], hash[:])
	if want := []string{from + "1", from + "1", from + "4"}; !slices.Equal(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
}

func TestPeersAtMost(t *testing.T) {
	for most, want := range map[float64]struct{ offers, peers int }{
		0: {5, 8}, 1: {1, 1}, 2.5: {3, 3}, 7: {5, 7}, math.Inf(1): {5, 8},
	} {
		s := watching(t, func(s *stage) { s.settings.MaxPeers = most })
		if n := len(s.peers); n != want.offers {
			t.Errorf("at most %v: %d offers, want %d", most, n, want.offers)
		}
		names := s.connected()
		s.offers("a", "b", "c", "d", "e", "f", "g", "h")
		if n := len(*names); n != want.peers {
			t.Errorf("at most %v: there are %q, want %d", most, *names, want.peers)
		}
	}
}

func TestThoseOnTheirWayCount(t *testing.T) {
	s := watching(t, func(s *stage) { s.settings.MaxPeers = 2 })
	names := s.connected()
	s.offer("a")
	s.offer("b")
	s.offers("c")
	if len(*names) > 0 {
		t.Errorf("there are %q beside two that are on their way", *names)
	}
	s.pass(15 * time.Second) // they do not come
	s.offers("c", "d", "e")
	if want := []string{"c", "d"}; !slices.Equal(*names, want) {
		t.Errorf("there are %q, want %q", *names, want)
	}
	s.peers[len(s.peers)-1].receiver.Closed(nil)
	s.offers("e")
	if want := []string{"c", "e"}; !slices.Equal(*names, want) {
		t.Errorf("there are %q, want %q", *names, want)
	}
}

func TestThoseMetLastAreLeft(t *testing.T) {
	s := watching(t, func(*stage) {})
	names := s.connected()
	s.offers("a", "b", "c", "d")
	s.settings.MaxPeers = 2
	s.loader.Configure(s.settings)
	if want := []string{"a", "b"}; !slices.Equal(*names, want) {
		t.Errorf("there are %q, want %q", *names, want)
	}
	s.settings.MaxPeers = 3
	s.loader.Configure(s.settings)
	s.offers("e", "f")
	if want := []string{"a", "b", "e"}; !slices.Equal(*names, want) {
		t.Errorf("there are %q, want %q", *names, want)
	}
}

func TestNoPeersBelowANumberOfViewers(t *testing.T) {
	s := watching(t, func(s *stage) { s.settings.MinViewers = 3 })
	names := s.connected()
	if len(s.joined[0]) != 1 {
		t.Fatalf("the tracker was told %d times", len(s.joined[0]))
	}
	s.offers("a") // before it is known how many there are
	s.counts(2)
	s.offers("b")
	for range 6 {
		s.pass(10 * time.Second)
		s.counts(2)
	}
	if len(s.peers) > 0 || len(*names) > 0 {
		t.Fatalf("%d offers, and there are %q", len(s.peers), *names)
	}
	s.counts(3)
	if n := len(s.peers); n != 5 {
		t.Errorf("%d offers once there are enough, want 5", n)
	}
	s.counts(3)
	if n := len(s.peers); n != 5 {
		t.Errorf("%d offers, want no others so soon", n)
	}
	s.offers("c")
	s.counts(2)
	s.offers("d")
	if want := []string{"c"}; !slices.Equal(*names, want) {
		t.Errorf("there are %q when the number has fallen, want %q", *names, want)
	}
}

// Whoever offers has come since the tracker counted.
func TestAnOfferIsAReasonToCountAnew(t *testing.T) {
	s := watching(t, func(s *stage) { s.settings.MinViewers = 3 })
	s.counts(2)
	for _, wait := range []time.Duration{10, 20, 2} { // it announces after 10 s and after 30
		s.pass(wait * time.Second)
		s.counts(2)
	}
	before := s.announced
	s.offers("a")
	s.pass(7 * time.Second)
	if s.announced != before {
		t.Error("it announced again too soon")
	}
	s.pass(time.Second)
	s.counts(2)
	s.pass(15 * time.Second)
	if n := s.announced - before; n != 1 {
		t.Errorf("it announced %d times, want once", n)
	}
	s.offers("b")
	s.counts(3)
	if n := len(s.peers); n != 5 {
		t.Errorf("%d offers, want 5", n)
	}
}

func TestTheNumberOfViewersIsLowered(t *testing.T) {
	s := watching(t, func(s *stage) { s.settings.MinViewers = 30 })
	s.counts(20)
	s.settings.MinViewers = 20
	s.loader.Configure(s.settings)
	s.pass(0)
	if n := len(s.peers); n != 5 {
		t.Errorf("%d offers, want 5", n)
	}
}

// Below the number the player waits for nobody, and nothing is done for others.
func TestBelowTheNumberAllIsAsWithoutPeers(t *testing.T) {
	alone := func(limit float64, n int) []string {
		s := newStage(t)
		s.settings.MinViewers = limit
		s.loader.Configure(s.settings)
		s.begin()
		s.counts(n)
		s.list(0, 20)
		s.load(1)
		s.pass(time.Second) // in which one waits who hopes for others
		return s.done
	}
	got, want := alone(3, 2), []string{"origin: 1 from 0"}
	if !slices.Equal(got, want) || !slices.Equal(alone(0, 1), want) {
		t.Errorf("did %q, want %q", got, want)
	}
	if hopeful := alone(0, 2); len(hopeful) > 0 {
		t.Errorf("did %q where others can come", hopeful)
	}
}

// A server that does not answer is told of once, and it is over once all of them answer.
func TestServersThatDoNotAnswer(t *testing.T) {
	s := watching(t, func(*stage) {})
	heard := s.warnings()
	a, b := errors.New("stun:a is gone"), errors.New("stun:b is gone")
	for _, r := range s.peers[:2] {
		r.receiver.Unanswered("a", a)
		r.receiver.Unanswered("b", b)
	}
	s.loader.Unanswered("main", "a", a)
	if want := []string{"stun-failed: stun:a is gone", "stun-failed: stun:b is gone"}; !slices.Equal(*heard, want) {
		t.Errorf("heard %q", *heard)
	}
	*heard = nil
	s.peers[1].receiver.Answered("a")
	s.peers[0].receiver.Answered("c")
	if len(*heard) > 0 {
		t.Errorf("heard %q while b does not answer", *heard)
	}
	s.peers[0].receiver.Answered("b")
	s.peers[1].receiver.Answered("b")
	s.loader.Unanswered("secondary", "b", b)
	if want := []string{"over: stun-failed", "stun-failed: stun:b is gone"}; !slices.Equal(*heard, want) {
		t.Errorf("heard %q", *heard)
	}
	s.loader.Close()
	s.loader.Unanswered("main", "c", b)
	s.loader.Answered("b")
	if len(*heard) != 2 {
		t.Errorf("heard %q after its end", *heard)
	}
}
