package loader_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// big is how long the stored segment is, of which it can be measured how fast it went.
const big = 100_000

// uploading brings the player to where segment 0 is stored and segment 1 arrives.
func uploading(t *testing.T) *stage {
	s := newStage(t)
	s.list(0, 2)
	s.load(0)
	s.tracker().Opened()
	s.serve(0, big, strings.Repeat("-", big))
	s.receives(80, "ab")
	return s
}

// arrives passes time in which segment 1 goes on to arrive.
func (s *stage) arrives(d time.Duration) {
	for ; d > time.Second; d -= time.Second {
		s.pass(time.Second)
		s.origin().Chunk(text("c"))
	}
	s.pass(d)
}

// givers brings so many peers of our own that have announced something.
func (s *stage) givers(n int) (givers []*remote) {
	for range n {
		r := s.meet(fmt.Sprint("giver", len(s.peers)))
		r.say(wire.Command{Swarm: 2})
		givers = append(givers, r)
	}
	return givers
}

// mutes brings so many that have not.
func (s *stage) mutes(n int) (mutes []*remote) {
	for range n {
		mutes = append(mutes, s.silent(fmt.Sprint("mute", len(s.peers))))
	}
	return mutes
}

// gets tells whether a peer that asks for segment 1 is given it.
func (r *remote) gets() bool {
	r.told = nil
	r.wants(1, 0)
	return slices.Equal(r.answers(), []string{"1: 80 bytes"})
}

// given counts those of some peers that are given segment 1.
func given(peers []*remote) (n int) {
	for _, r := range peers {
		if r.gets() {
			n++
		}
	}
	return n
}

// invited lists those who are told something when a peer goes.
func (s *stage) invited(by *remote) (names []string) {
	for _, r := range s.peers {
		r.told = nil
	}
	by.receiver.Closed(nil)
	s.pass(0)
	for _, r := range s.peers {
		if r != by && len(r.told) > 0 {
			names = append(names, r.name)
		}
	}
	return names
}

func TestAFreeSlotIsOfferedToGiversFirst(t *testing.T) {
	s := uploading(t)
	lent := s.givers(4)
	if n := given(lent); n != 4 {
		t.Fatalf("%d of 4 are given to", n)
	}
	refused := append(s.mutes(1), s.givers(3)...)
	if n := given(refused); n != 0 {
		t.Fatalf("%d more are", n)
	}
	want := []string{refused[1].name, refused[2].name}
	if got := s.invited(lent[0]); !slices.Equal(got, want) {
		t.Errorf("%q heard of the slot, want %q", got, want)
	}
	if !refused[3].gets() { // it was quicker than those, and wants none any more
		t.Error("the slot is not free")
	}
	if got, want := s.invited(lent[1]), []string{refused[0].name}; !slices.Equal(got, want) {
		t.Errorf("%q heard of the slot, want %q", got, want)
	}
}

func TestAFreeSlotIsNotOfferedToWhoIsGone(t *testing.T) {
	s := uploading(t)
	lent, refused := s.givers(4), s.givers(3)
	if n, more := given(lent), given(refused); n != 4 || more != 0 {
		t.Fatalf("%d and %d are given to", n, more)
	}
	refused[0].receiver.Closed(nil)
	refused[1].receiver.Closed(nil)
	if got, want := s.invited(lent[0]), []string{refused[2].name}; !slices.Equal(got, want) {
		t.Errorf("%q heard of the slot, want %q", got, want)
	}
}

// Those who have never offered anything share half of the slots.
func TestThoseWhoGiveNothingLeaveRoomForOthers(t *testing.T) {
	s := uploading(t)
	mutes, givers := s.mutes(4), s.givers(4)
	if n := given(mutes); n != 2 {
		t.Errorf("%d are given to who give nothing, want 2", n)
	}
	if n := given(givers); n != 2 {
		t.Errorf("%d are given to besides, want 2", n)
	}
}

// Who is not done after a long time is in nobody's way.
func TestALoanThatLastsTooLong(t *testing.T) {
	s := uploading(t)
	lent, next := s.givers(4), s.givers(1)
	if n := given(lent); n != 4 {
		t.Fatalf("%d of 4 are given to", n)
	}
	s.arrives(19 * time.Second)
	if next[0].gets() {
		t.Error("the slots are not taken")
	}
	s.arrives(2 * time.Second)
	if !next[0].gets() {
		t.Error("no slot has become free")
	}
}

func TestSlotsFollowTheUplink(t *testing.T) {
	for name, c := range map[string]struct {
		others int           // that are given to meanwhile
		times  int           // that the stored segment is given
		takes  time.Duration // each time
		from   int64         // which byte on
		want   int           // slots
	}{
		"at first":             {0, 0, 0, 0, 4},
		"quick, and all taken": {3, 2, 0, 0, 5}, // with five, four are not all
		"quick, but not taken": {2, 3, 0, 0, 4},
		"as fast as it plays":  {3, 2, 1500 * time.Millisecond, 0, 4},
		"slower":               {3, 1, 3 * time.Second, 0, 3},
		"much slower":          {0, 5, 3 * time.Second, 0, 2},
		"slow for a part":      {3, 1, 1900 * time.Millisecond, 20_000, 3},
		"too short to tell":    {3, 1, 3 * time.Second, 60_000, 4},
	} {
		t.Run(name, func(t *testing.T) {
			s := uploading(t)
			taker, others := s.givers(1)[0], s.givers(c.others)
			given(others)
			for range c.times {
				taker.buffered = peer.HighWater
				taker.wants(0, c.from)
				s.arrives(c.takes)
				taker.buffered = 0
				taker.receiver.Drained()
				s.pass(0)
			}
			if n := c.others + given(s.givers(8)); n != c.want {
				t.Errorf("%d are given to, want %d", n, c.want)
			}
		})
	}
}

func TestNothingIsGivenWhereThatIsSwitchedOff(t *testing.T) {
	s := uploading(t)
	anna := s.givers(1)[0]
	s.settings.Main.IsP2PUploadDisabled = true
	s.loader.Configure(s.settings)
	anna.told = nil
	anna.wants(1, 0)
	anna.wants(0, 0)
	anna.expectAnswers("1: absent, busy 0", "0: absent, busy 0")
}

// What comes of a segment that begins anew is nothing to those who have its beginning.
func TestASegmentThatBeginsAnew(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna")
	s.receives(8, "abcd")
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPError, Status: 500})
	s.pass(10 * time.Second) // it is tried again
	anna.told, s.done = nil, nil
	anna.wants(1, 0)
	s.origin().Headers(0, 8)
	s.origin().Chunk(text("ABCD"))
	s.expect("anna: abcd")
	anna.expectAnswers("1: 8 bytes", "1: absent, busy 0")
}

// It breaks off as well where the segment has left the playlist.
func TestASegmentThatNobodyNeedsBreaksOff(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.silent("anna")
	s.pass(time.Second)
	s.expect("origin: 1 from 0") // for all
	s.origin().Headers(0, 8)
	s.origin().Chunk(text("abcd"))
	anna.told = nil
	anna.wants(1, 0)
	s.list(2, 4)
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPError, Status: 500})
	s.pass(0)
	anna.expectAnswers("1: 8 bytes", "1: absent, busy 0")
}

// Segments of video and audio have the same ids.
func TestEachStreamIsPassedOnToItsOwn(t *testing.T) {
	const audio = "https://origin.test/audio.m3u8"
	s := uploading(t)
	ben := s.meet("ben")
	s.loader.AddStream(hls.Stream{RuntimeID: audio, Type: hls.Secondary, Index: hls.Index{Text: "audio"}})
	s.loader.UpdateStream(audio, []hls.Segment{
		{RuntimeID: "audio 1", ExternalID: 1, URL: "https://origin.test/audio/1", Start: 2, End: 4},
	}, nil)
	if err := s.loader.Load("audio 1", func(loader.Result, error) {}); err != nil {
		t.Fatal(err)
	}
	s.pass(0)
	s.tracker().Opened()
	s.origin().Headers(0, 80)
	s.origin().Chunk(text("AB"))
	s.offerOf("secondary-audio", "anna")
	anna := s.peers[len(s.peers)-1]
	anna.name = "anna"
	anna.receiver.Opened()
	s.pass(0)
	s.done = nil
	anna.wants(1, 0)
	ben.wants(1, 0)
	s.expect("anna: AB", "ben: ab")
	s.origin().Chunk(text("CD"))
	s.expect("anna: CD")
	s.fetches[1].Chunk(text("cd"))
	s.expect("ben: cd")
}

// So have two renditions of the video.
func TestAnotherRenditionIsNotPassedOn(t *testing.T) {
	const other = "https://origin.test/other.m3u8"
	s := uploading(t)
	ben := s.givers(1)[0]
	s.loader.AddStream(hls.Stream{RuntimeID: other, Type: hls.Main, Index: hls.Index{Text: "other"}})
	s.loader.UpdateStream(other, []hls.Segment{
		{RuntimeID: "other 1", ExternalID: 1, URL: "https://origin.test/other/1", Start: 2, End: 4},
	}, nil)
	if err := s.loader.Load("other 1", func(loader.Result, error) {}); err != nil {
		t.Fatal(err)
	}
	s.pass(0)
	s.origin().Headers(0, 80)
	s.origin().Chunk(text("AB"))
	ben.told = nil
	ben.wants(1, 0)
	ben.expectAnswers("1: absent, busy 0")
}

// One that passes on what its source gave it does not answer for that.
func TestOneThatPassesOnWhatIsRefused(t *testing.T) {
	s := newStage(t)
	s.checks = checker("world")
	s.open(s.settings)
	s.begin()
	heard := s.kinds()
	anna := s.meet("anna")
	anna.greets(wire.Command{Arriving: []int64{1}})
	s.expect("anna: 1 from 0")
	anna.begins(5)
	anna.sends("wrong")
	anna.completes()
	if want := []string{"segment: p2p-segment-validation-failed: the page does not take it for segment 1"}; !slices.Equal(*heard, want) {
		t.Errorf("heard %q, want %q", *heard, want)
	}
	s.done = nil
	anna.greets(wire.Command{Loaded: []int64{1}}) // it holds it by now
	s.expect("anna: 1 from 0")
}

// Who is being given a segment as uploads are switched off gets no more of it.
func TestUploadsAreSwitchedOffInTheMidstOfOne(t *testing.T) {
	s := newStage(t)
	s.list(0, 2)
	s.load(0)
	s.tracker().Opened()
	s.serve(0, 1<<20, strings.Repeat("x", 1<<20))
	s.loader.UpdatePlayback(-10, 1)
	anna := s.meet("anna")
	anna.buffered = peer.HighWater
	anna.wants(0, 0)
	s.settings.Main.IsP2PUploadDisabled = true
	s.loader.Configure(s.settings)
	s.pass(time.Second)
	s.done = nil
	anna.buffered = 0
	anna.receiver.Drained()
	s.pass(time.Second)
	for _, did := range s.done {
		if strings.HasPrefix(did, "anna: x") {
			t.Fatalf("%d bytes were given", len(did)-len("anna: "))
		}
	}
}
