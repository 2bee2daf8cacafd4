package peer_test

import (
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/simulation"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// passing is a stage on which the peer has asked for segment 7, of 30 bytes, and was
// sent the 10 that are here.
func passing(t *testing.T) *stage {
	s := newStage()
	s.stored[7], s.here = 30, 10
	s.hear(wire.Command{Code: wire.SegmentRequest, Segment: 7, Request: 3})
	s.expect(t, "sends data 3: 7, 30 bytes", "sends bytes 0-10")
	return s
}

func (s *stage) more(segment int64, from, to int) {
	s.peer.More(segment, simulation.Bytes{From: from, To: to})
}

func TestWhatComesLaterGoesOnLater(t *testing.T) {
	s := passing(t)
	s.more(6, 10, 20) // another segment's
	s.more(7, 10, 40) // more than there can be
	s.expect(t)
	s.more(7, 10, 30)
	s.expect(t, "sends bytes 10-30", "sends completed 3: 7")
	s.more(7, 30, 40)
	s.peer.Broken(7)
	s.expect(t)
	if want := []int64{30}; !slices.Equal(s.returned, want) {
		t.Errorf("returned %v, want %v", s.returned, want)
	}
}

func TestWhatBreaksOff(t *testing.T) {
	s := passing(t)
	s.peer.Broken(6)
	s.expect(t)
	s.peer.Broken(7)
	s.expect(t, "sends absent 3: 7")
	if want := []int64{0}; !slices.Equal(s.returned, want) {
		t.Errorf("returned %v, want %v", s.returned, want)
	}
}

// What has all come before is sent, however full the channel is.
func TestWhatIsWholeDoesNotBreakOff(t *testing.T) {
	s := passing(t)
	s.buffered = peer.HighWater
	s.more(7, 10, 30)
	s.peer.Broken(7)
	s.buffered = 0
	s.peer.Drained()
	s.expect(t, "sends bytes 10-30", "sends completed 3: 7")
}

// An upload is over when the line is free for another.
func TestALoanLastsUntilTheLineIsFree(t *testing.T) {
	s := newStage()
	s.fills, s.stored[7] = true, 100_000
	s.hear(wire.Command{Code: wire.SegmentRequest, Segment: 7, Request: 3, From: 10_000})
	if len(s.returned) > 0 {
		t.Errorf("returned with %d bytes in the buffer", s.buffered)
	}
	s.buffered = 0
	s.peer.Drained()
	if want := []int64{90_000}; !slices.Equal(s.returned, want) {
		t.Errorf("returned %v, want %v", s.returned, want)
	}
}

// arriving is a stage on which segment 7 was asked of a peer to which it is on its way.
func arriving(t *testing.T) *stage {
	s := newStage()
	s.pass(time.Minute)
	s.hear(wire.Command{Code: wire.SegmentsAnnouncement, Arriving: []int64{7}})
	s.download(7)
	s.expect(t, "announced", "sends request 9: 7 from 0")
	return s
}

// It may not be its doing, but it is not asked for that again for a while.
func TestWhatIsPassedOnInVain(t *testing.T) {
	for name, c := range map[string]struct {
		play func(s *stage)
		want []string
	}{
		"it breaks off": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.hearBytes(10)
			s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: 7, Request: 9})
		}, []string{"size 30", "chunk 10", "failed: peer-segment-absent"}},
		"it stands still": {func(s *stage) {
			s.settings.P2PErrorRetries = 1
			s.hearData(7, 30, 9)
			s.pass(2 * time.Second)
		}, []string{"size 30", "sends cancel 9: 7", "failed: peer-segment-absent"}},
		"its size cannot be": {func(s *stage) {
			s.refuse = true
			s.hearData(7, 30, 9)
			s.hearBytes(30) // was on its way
		}, []string{"size 30", "sends cancel 9: 7", "failed: peer-segment-absent"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := arriving(t)
			c.play(s)
			s.expect(t, c.want...)
			again := wire.Command{Code: wire.SegmentsAnnouncement, Arriving: []int64{7, 8}}
			s.hear(again)
			if !s.peer.Ready() || s.peer.Passes(7) || !s.peer.Passes(8) {
				t.Errorf("ready %v, passes 7 %v, 8 %v", s.peer.Ready(), s.peer.Passes(7), s.peer.Passes(8))
			}
			s.pass(11 * time.Second)
			s.hear(again)
			if !s.peer.Passes(7) {
				t.Error("it is never tried again")
			}
		})
	}
}

// One that passes on nothing is not believed for a while, but one that gives is.
func TestOneThatPassesOnNothing(t *testing.T) {
	for _, gives := range []bool{false, true} {
		s := newStage()
		all := wire.Command{Code: wire.SegmentsAnnouncement, Arriving: []int64{1, 2, 3, 4, 5, 6}}
		s.hear(all)
		request := int64(firstRequest)
		for segment := range int64(5) {
			if gives && segment == 3 {
				request++
				s.download(20)
				s.hearData(20, 30, request)
				s.hearBytes(30)
				s.hearCompleted(20, request)
			}
			request++
			s.download(segment + 1)
			s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: segment + 1, Request: request})
		}
		s.hear(all)
		if s.peer.Passes(6) != gives {
			t.Errorf("gives %v, believed %v", gives, s.peer.Passes(6))
		}
	}
}

// What has all come stands, though the peer has still to say that it was all.
func TestWhatIsWholeIsNotCalledOff(t *testing.T) {
	s := newStage()
	s.download(7)
	s.hearData(7, 30, 9)
	s.hearBytes(30)
	s.done = nil
	s.peer.Cancel()
	s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: 7, Request: 9})
	s.expect(t)
	if s.peer.Ready() {
		t.Error("it is asked for another before it has said that this was all")
	}
	s.hearCompleted(7, 9)
	s.expect(t, "willing")
}

// Lacking some of what it announces is forgiven to one that gives.
func TestAGiverMayLackSome(t *testing.T) {
	s := newStage()
	request := int64(firstRequest)
	lacks := func(segment int64) {
		request++
		s.download(segment)
		s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: segment, Request: request})
	}
	lacks(1)
	lacks(2)
	request++
	s.download(3)
	s.hearData(3, 30, request)
	s.hearBytes(30)
	s.hearCompleted(3, request)
	lacks(4)
	s.hear(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{5}})
	if !s.peer.Holds(5) {
		t.Error("it is not believed")
	}
}

// News end the time in which a busy peer is left alone, and no other.
func TestNewsOfABusyPeer(t *testing.T) {
	s := newStage()
	refuses := func(request int64) {
		s.download(7)
		s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: 7, Request: request, Busy: 1})
		if s.peer.Ready() {
			t.Error("it is asked at once")
		}
	}
	refuses(9)
	s.pass(300 * time.Millisecond)
	s.hear(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{7}})
	if !s.peer.Ready() || !s.peer.Holds(7) {
		t.Errorf("ready %v, holds %v", s.peer.Ready(), s.peer.Holds(7))
	}
	refuses(10)
	s.done = nil
	s.pass(300 * time.Millisecond)
	s.expect(t)
	s.pass(300 * time.Millisecond)
	s.expect(t, "willing")
}

func TestWhoIsKin(t *testing.T) {
	for name, c := range map[string]struct {
		said       []wire.Command
		kin, giver bool
	}{
		"who says nothing":                   {nil, false, false},
		"a JavaScript peer":                  {[]wire.Command{{Loaded: []int64{1}}}, false, true},
		"one of our own":                     {[]wire.Command{{Swarm: 2}}, true, true},
		"one that gives no more":             {[]wire.Command{{Swarm: 2}, {}}, true, false},
		"one that asks as our own do":        {[]wire.Command{{Code: wire.SegmentRequest, Busy: 1}}, true, false},
		"a JavaScript peer that asks":        {[]wire.Command{{Code: wire.SegmentRequest}}, false, false},
		"one that asked, and will take a no": {[]wire.Command{{Code: wire.SegmentRequest, Busy: 1}, {Code: wire.SegmentRequest}}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage()
			for _, command := range c.said {
				s.hear(command)
			}
			if s.peer.IsKin() != c.kin || s.peer.IsGiver() != c.giver {
				t.Errorf("kin %v, giver %v", s.peer.IsKin(), s.peer.IsGiver())
			}
		})
	}
}

// What there is no leave for waits until there is.
func TestWhatMayNotGoYet(t *testing.T) {
	s := newStage()
	leave := 10
	s.leave, s.stored[7] = &leave, 30
	s.hear(wire.Command{Code: wire.SegmentRequest, Segment: 7, Request: 3})
	s.expect(t, "sends data 3: 7, 30 bytes", "sends bytes 0-10")
	s.peer.Continue()
	s.peer.Announce(peer.Holdings{Loaded: []int64{7}})
	s.expect(t, "sends announcement [7] []")
	leave = 100
	s.peer.Continue()
	s.expect(t, "sends bytes 10-30", "sends completed 3: 7")
	if leave != 80 {
		t.Errorf("%d bytes are left, want 80", leave)
	}
}

// However long that is, it is not the peer's fault.
func TestOneThatThereIsNoLeaveForIsNotGone(t *testing.T) {
	s := newStage()
	leave := peer.HighWater
	s.leave, s.fills, s.stored[7] = &leave, true, 1<<20
	s.hear(wire.Command{Code: wire.SegmentRequest, Segment: 7, Request: 3})
	s.buffered = 0
	s.peer.Drained()
	s.done = nil
	s.pass(time.Hour)
	s.expect(t)
}

// A peer that takes nothing although there is leave is gone all the same.
func TestLeaveIsOfNoUseToOneThatTakesNothing(t *testing.T) {
	s := newStage()
	leave := peer.HighWater
	s.leave, s.fills, s.stored[7] = &leave, true, 1<<20
	s.hear(wire.Command{Code: wire.SegmentRequest, Segment: 7, Request: 3})
	s.done = nil
	s.pass(19 * time.Second)
	s.expect(t)
	s.pass(2 * time.Second)
	if len(s.done) == 0 || s.done[0] != "closes" {
		t.Errorf("did %q", s.done)
	}
}

func TestALoanIsWithdrawn(t *testing.T) {
	s := passing(t)
	s.peer.Withdraw()
	s.peer.Withdraw()
	s.more(7, 10, 30)
	s.expect(t, "sends absent 3: 7")
	if want := []int64{0}; !slices.Equal(s.returned, want) {
		t.Errorf("returned %v, want %v", s.returned, want)
	}
}

// One that has been sent is past that, and one that is being read goes out.
func TestALoanThatCannotBeWithdrawn(t *testing.T) {
	s := newStage()
	s.stored[7], s.slow = 30, true
	s.hear(wire.Command{Code: wire.SegmentRequest, Segment: 7, Request: 3})
	s.peer.Withdraw()
	s.fills, s.buffered = true, peer.LowWater
	s.reads[0]()
	s.peer.Withdraw()
	s.expect(t, "sends data 3: 7, 30 bytes", "sends bytes 0-30", "sends completed 3: 7")
}
