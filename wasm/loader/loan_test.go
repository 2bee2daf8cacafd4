package loader_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// greets has a peer announce as our own do.
func (r *remote) greets(c wire.Command) {
	c.Swarm = max(c.Swarm, 2)
	r.say(c)
	r.stage.pass(time.Second)
}

// receives brings the beginning of segment 1, of so many bytes, from the origin.
func (s *stage) receives(size int64, beginning string) {
	s.t.Helper()
	s.loader.UpdatePlayback(1, 1) // urgent
	s.load(1)
	s.origin().Headers(0, size)
	s.origin().Chunk(text(beginning))
}

// wants has a peer of our own ask for a segment.
func (r *remote) wants(segment, from int64) {
	r.say(wire.Command{Code: wire.SegmentRequest, Segment: segment, Request: 1, From: from, Busy: 1})
	r.stage.pass(0)
}

// answers are what a peer was told beside announcements, since it was last asked.
func (r *remote) answers() (said []string) {
	for _, c := range r.told {
		switch c.Code {
		case wire.SegmentData:
			said = append(said, fmt.Sprintf("%d: %d bytes", c.Segment, c.Size))
		case wire.SegmentDataSendingCompleted:
			said = append(said, fmt.Sprintf("%d: completed", c.Segment))
		case wire.SegmentAbsent:
			said = append(said, fmt.Sprintf("%d: absent, busy %d", c.Segment, c.Busy))
		}
	}
	r.told = nil
	return said
}

func (r *remote) expectAnswers(want ...string) {
	r.stage.t.Helper()
	if got := r.answers(); !slices.Equal(got, want) {
		r.stage.t.Errorf("%s was told %q, want %q", r.name, got, want)
	}
}

func TestASegmentIsPassedOnWhileItArrives(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna")
	s.loader.UpdatePlayback(1, 1)
	s.load(1)
	s.origin().Headers(0, 8)
	s.pass(time.Second)
	if got := anna.announced(); len(got.Arriving) > 0 || !slices.Equal(got.Loading, []int64{1}) {
		t.Errorf("before the first byte it announced %+v", got)
	}
	s.origin().Chunk(text("abcd"))
	s.pass(time.Second)
	if got := anna.announced(); !slices.Equal(got.Arriving, []int64{1}) {
		t.Errorf("announced %+v", got)
	}
	s.done, anna.told = nil, nil
	anna.wants(1, 0)
	s.expect("anna: abcd")
	s.origin().Chunk(text("ef"))
	s.expect("anna: ef")
	s.origin().Chunk(text("gh"))
	s.origin().Done()
	s.pass(0)
	s.expect("anna: gh", "player: 1: abcdefgh")
	anna.expectAnswers("1: 8 bytes", "1: completed")
}

func TestWhoAsksForTheRestGetsTheRest(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna")
	s.receives(8, "abcd")
	s.done, anna.told = nil, nil
	anna.wants(1, 3)
	s.origin().Chunk(text("ef"))
	s.expect("anna: d", "anna: ef")
	anna.expectAnswers("1: 5 bytes")
	anna.wants(1, 7) // more than is here: two that wait for each other would wait for ever
	anna.expectAnswers("1: absent, busy 0")
}

// A peer to whom a segment was being passed on hears at once when no more comes.
func TestASegmentThatBreaksOff(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna")
	s.receives(8, "abcd")
	anna.wants(1, 0)
	anna.told = nil
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPError, Status: 500})
	s.pass(0)
	anna.expectAnswers("1: absent, busy 0")
	s.pass(10 * time.Second) // it is tried again
	s.done = nil
	anna.wants(1, 0)
	s.origin().Headers(4, 8)
	s.origin().Chunk(text("e"))
	s.expect("anna: abcd", "anna: e")
}

// One that gets a segment from a peer passes it on, too; what a peer had only a part
// of is no reason to leave it when the rest does not come.
func TestAPeersSegmentIsPassedOn(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna")
	anna.greets(wire.Command{Arriving: []int64{1}})
	ben := s.meet("ben")
	s.load(1)
	anna.begins(6)
	anna.sends("abc")
	s.pass(time.Second)
	if got := ben.announced(); !slices.Equal(got.Arriving, []int64{1}) || len(got.Loading) > 0 {
		t.Errorf("announced %+v", got)
	}
	s.done = nil
	ben.wants(1, 0)
	anna.sends("def")
	anna.completes()
	s.expect("ben: abc", "ben: def", "player: 1: abcdef")
}

func TestOneThatPassesOnIsNotLeftForWhatItDoesNotHave(t *testing.T) {
	s := newStage(t)
	s.settings.Main.P2PErrorRetries = 1
	s.loader.Configure(s.settings)
	s.begin()
	anna := s.meet("anna")
	anna.greets(wire.Command{Arriving: []int64{1}})
	s.expect("anna: 1 from 0")
	anna.begins(6)
	s.pass(2500 * time.Millisecond)
	s.expect("origin: 1 from 0") // and anna stays
}

// Those who give go first, nobody waits who would not understand it, and whoever was
// refused is told when there is a slot.
func TestUploadSlots(t *testing.T) {
	s := newStage(t)
	s.begin()
	s.receives(80, "ab")
	var givers []*remote
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		r := s.meet(name)
		r.greets(wire.Command{})
		givers = append(givers, r)
	}
	foreign, mute := s.meet("foreign"), s.silent("mute")
	for _, r := range givers {
		r.told = nil
		r.wants(1, 0)
	}
	for _, r := range givers[:4] {
		r.expectAnswers("1: 80 bytes")
	}
	givers[4].expectAnswers("1: absent, busy 1")
	mute.told = nil
	mute.wants(1, 0)
	mute.expectAnswers("1: absent, busy 1")
	foreign.told = nil
	foreign.say(wire.Command{Code: wire.SegmentRequest, Segment: 1, Request: 1})
	s.pass(0)
	foreign.expectAnswers("1: 80 bytes")
	for _, r := range givers[:2] {
		r.receiver.Closed(nil)
	}
	s.pass(0)
	if got := givers[4].announced(); !slices.Equal(got.Arriving, []int64{1}) {
		t.Errorf("the one that was refused heard %+v of the free slot", got)
	}
}

// silent brings a peer that announces nothing.
func (s *stage) silent(name string) *remote {
	s.offer(name)
	r := s.peers[len(s.peers)-1]
	r.name = name
	r.receiver.Opened()
	s.pass(0)
	return r
}

// A busy peer is asked again when it has news, or after a moment.
func TestABusyPeer(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna", 1)
	s.expect("anna: 1 from 0")
	busy := func() {
		anna.say(wire.Command{Code: wire.SegmentAbsent, Segment: 1, Request: anna.request.Request, Busy: 1})
	}
	busy()
	s.pass(400 * time.Millisecond)
	s.expect()
	s.pass(200 * time.Millisecond)
	s.expect("anna: 1 from 0")
	for range 2 { // though it be what it said before
		busy()
		s.pass(0)
		anna.say(wire.Command{Loaded: []int64{1}})
		s.pass(100 * time.Millisecond) // plans are not made more often
		s.expect("anna: 1 from 0")
	}
}

// What peers say is heeded long before it would be looked at anyhow.
func TestNewsOfPeers(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna")
	s.pass(20 * time.Millisecond)
	if got := anna.announced(); !slices.Equal(got.Loading, []int64{1}) {
		t.Fatalf("announced %+v", got)
	}
	anna.say(wire.Command{Loading: []int64{1}})
	s.pass(130 * time.Millisecond)
	if got := anna.announced(); len(got.Loading) > 0 {
		t.Errorf("a claim stands that is not the first: %+v", got)
	}
	anna.say(wire.Command{Loading: []int64{1}, Arriving: []int64{1}})
	s.pass(60 * time.Millisecond)
	s.expect("anna: 1 from 0")
}

// Nor does a claim outlive the wish.
func TestAClaimOfWhatIsNotNeededAnyMore(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.silent("anna")
	s.list(0, 6)
	s.pass(100 * time.Millisecond)
	if got := anna.announced(); !slices.Contains(got.Loading, 1) {
		t.Fatalf("announced %+v", got)
	}
	s.load(5)
	s.pass(2500 * time.Millisecond)
	if got := anna.announced(); slices.Contains(got.Loading, 1) {
		t.Errorf("announced %+v", got)
	}
}

// A JavaScript peer does not say that its origin has failed.
func TestOneThatFetchesForTooLong(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna")
	anna.say(wire.Command{Loading: []int64{1}})
	s.pass(5 * time.Second)
	s.expect()
	s.pass(4 * time.Second)
	s.expect("origin: 1 from 0")
}

// Who fetches in vain because the origin fails for all is not to blame, and is believed
// ever after.
func TestOneThatFetchesInVainAsTheOriginFails(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna")
	waited := func(id int) time.Duration {
		s.list(id, id+1)
		s.loader.UpdatePlayback(float64(2*id)-15, 1)
		anna.say(wire.Command{Loading: []int64{int64(id)}})
		began, asked := s.world.Now(), fmt.Sprintf("origin: %d from 0", id)
		for !slices.Contains(s.done, asked) && s.world.Now() < began+time.Minute {
			s.pass(100 * time.Millisecond)
		}
		return s.world.Now() - began
	}
	for id := 1; id < 8; id++ {
		if w := waited(id); w < 5*time.Second || w > 10*time.Second {
			t.Fatalf("segment %d is asked for after %v", id, w)
		}
		s.load(id) // the player has come to it
		s.origin().Failed(&loader.FetchError{Type: loader.HTTPUnexpectedStatus, Status: 503})
		s.pass(3 * time.Second)
	}
}

// One that says of all segments that it fetches them holds up a few of them, and then no
// more for a while.
func TestOneThatFetchesAllInVain(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna")
	waited := func(id int) time.Duration {
		s.list(0, id+1)
		s.loader.UpdatePlayback(float64(2*id)-15, 1)
		anna.say(wire.Command{Loading: []int64{int64(id)}})
		s.done = nil
		began := s.world.Now()
		for len(s.done) == 0 && s.world.Now() < began+time.Minute {
			s.pass(100 * time.Millisecond)
		}
		s.serve(0, 5, "hello")
		return s.world.Now() - began
	}
	for id := range 3 {
		if w := waited(id + 1); w < 5*time.Second {
			t.Fatalf("segment %d is asked for after %v", id+1, w)
		}
	}
	if w := waited(4); w > 3*time.Second {
		t.Errorf("still held up for %v", w)
	}
	s.pass(time.Minute)
	if w := waited(5); w < 5*time.Second {
		t.Errorf("never believed again: it is asked for after %v", w)
	}
}

// Of two that claim a segment at the same time one fetches it. A JavaScript peer that
// fetches it says the same, and knows of no claims.
func TestClaims(t *testing.T) {
	for _, crossing := range []bool{false, true} {
		s := newStage(t)
		s.begin()
		anna := s.silent("anna")
		s.pass(100 * time.Millisecond)
		s.expect() // a claim stands for a moment
		if got := anna.announced(); !slices.Equal(got.Loading, []int64{1}) {
			t.Errorf("announced %+v", got)
		}
		if crossing {
			anna.say(wire.Command{Loading: []int64{1}})
		}
		s.pass(time.Second)
		if got := anna.announced(); crossing && len(got.Loading) > 0 {
			t.Errorf("did not take back its claim: %+v", got)
		}
		if fetched := slices.Contains(s.done, "origin: 1 from 0"); fetched == crossing {
			t.Errorf("crossing %v, fetched %v", crossing, fetched)
		}
	}
}

// A crowd makes a viewer wait for others to fetch; one that lies about it does not.
func TestOneThatTellsOfACrowd(t *testing.T) {
	const crowd = 1 << 30
	claims := func(says ...int64) time.Duration {
		s := newStage(t)
		s.list(0, 1)
		s.load(0)
		s.tracker().Opened()
		s.serve(0, 5, "hello")
		s.loader.UpdatePlayback(-20, 1)
		var last *remote
		for i, n := range says {
			last = s.meet(fmt.Sprint("d", i))
			last.greets(wire.Command{Swarm: n})
		}
		s.list(0, 2) // the next one comes up
		began := s.world.Now()
		for len(last.announced().Loading) == 0 && s.world.Now() < began+time.Minute {
			s.pass(100 * time.Millisecond)
		}
		return s.world.Now() - began
	}
	honest := claims(4, 4, 4)
	if liar := claims(4, 4, crowd); liar != honest {
		t.Errorf("beside a liar it claims after %v, without after %v", liar, honest)
	}
	if most := claims(crowd, crowd, crowd); most <= honest {
		t.Errorf("in a crowd it claims after %v, without after %v", most, honest)
	}
}

// Where the origin compresses it can tell the wrong size; what is longer than that is no
// segment of that size to anybody.
func TestACompressedSegmentIsNotPassedOnAsAShorterOne(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna")
	s.receives(4, "ab")
	anna.told, s.done = nil, nil
	anna.wants(1, 0)
	s.expect("anna: ab")
	s.origin().Chunk(text("cd")) // which looks like the end
	s.expect()
	s.origin().Chunk(text("ef"))
	anna.expectAnswers("1: 4 bytes", "1: absent, busy 0")
	s.origin().Done()
	s.pass(0)
	s.expect("player: 1: abcdef")
}

// One that passes on nothing is left alone for a while, whatever it announces.
func TestOneThatPassesOnInVain(t *testing.T) {
	s := newStage(t)
	s.begin()
	s.loader.UpdatePlayback(-100, 1) // there is time
	anna := s.meet("anna")
	asked := 0
	for range 20 {
		s.done = nil
		anna.greets(wire.Command{Arriving: []int64{1}})
		if slices.Contains(s.done, "anna: 1 from 0") {
			asked++
			anna.say(wire.Command{Code: wire.SegmentAbsent, Segment: 1, Request: anna.request.Request})
		}
	}
	if asked == 0 || asked > 3 {
		t.Errorf("asked %d times in 20 s", asked)
	}
}
