package loader_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// heirs brings the player to where a peer that is gone has given the first two
// bytes of segment 1, as one of four, and another one has been asked for the rest.
func heirs(t *testing.T, checks loader.Validator) (s *stage, honest *remote) {
	s = newStage(t)
	s.checks = checks
	s.open(s.settings)
	s.begin()
	liar := s.meet("liar", 1)
	s.load(1)
	liar.begins(4)
	liar.sends("ab")
	honest = s.meet("honest", 1)
	liar.receiver.Closed(nil)
	s.pass(0)
	if last := s.done[len(s.done)-1]; last != "honest: 1 from 2" {
		t.Fatal(last)
	}
	s.done = nil
	return s, honest
}

// Where two peers disagree either may be right.
func TestPeersThatDisagreeAboutTheSize(t *testing.T) {
	s, honest := heirs(t, nil)
	heard := s.kinds()
	honest.begins(3)
	s.expect("honest: 1 from 0")
	honest.sends("rld") // was on its way
	honest.begins(5)
	honest.sends("world")
	honest.completes()
	s.expect("player: 1: world")
	if want := []string{"segment: peer-response-bytes-length-mismatch"}; !slices.Equal(*heard, want) {
		t.Errorf("heard %q, want %q", *heard, want)
	}
}

// Who has given the end of a segment does not answer for its beginning.
func TestASegmentOfTwoPeersThatIsRefused(t *testing.T) {
	s, honest := heirs(t, checker("world"))
	heard := s.kinds()
	honest.begins(2)
	honest.sends("ld")
	honest.completes()
	s.expect("honest: 1 from 0")
	honest.begins(4)
	honest.sends("abld")
	honest.completes() // and these are all its own
	s.load(1)
	s.done = nil
	const reason = "p2p-segment-validation-failed: the page does not take it for segment 1"
	want := []string{
		"segment: " + reason, "segment: " + reason,
		"failed: p2p-segment-validation-failed " + reason, "closed",
	}
	if !slices.Equal(*heard, want) {
		t.Errorf("heard %q, want %q", *heard, want)
	}
}

// checker takes one segment for valid.
type checker string

func (checker) Validates(source loader.Source, _ hls.StreamType) bool { return source == loader.P2P }
func (c checker) Validate(_ loader.Source, _ hls.StreamType, _ hls.Segment, b payload.Bytes, done func(bool)) {
	done(string(b.(text)) == string(c))
}

func TestAPeerThatContradictsTheOrigin(t *testing.T) {
	s := newStage(t)
	s.begin()
	s.loader.UpdatePlayback(1, 1) // urgent
	s.load(1)
	s.origin().Headers(0, 5)
	s.origin().Chunk(text("wo"))
	s.loader.UpdatePlayback(-10, 1)
	anna := s.meet("anna", 1)
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPError})
	s.pass(0)
	heard := s.kinds()
	anna.begins(4)
	const reason = "peer-response-bytes-length-mismatch: segment 1 from byte 2: 4 bytes were offered, which cannot be"
	if want := []string{"segment: " + reason, "failed: peer-response-bytes-length-mismatch " + reason, "closed"}; !slices.Equal(*heard, want) {
		t.Errorf("heard %q, want %q", *heard, want)
	}
}

func TestASizeThatNoSegmentHas(t *testing.T) {
	s := newStage(t)
	s.begin()
	liar := s.meet("liar", 1)
	s.load(1)
	heard := s.kinds()
	liar.begins(1 << 30)
	if len(*heard) == 0 || (*heard)[len(*heard)-1] != "closed" {
		t.Errorf("heard %q", *heard)
	}
}

// What a second connection to a peer brings is kept until it is used, within bounds.
func TestAFloodOverASpare(t *testing.T) {
	for name, c := range map[string]struct {
		command wire.Command
		times   int
		closed  bool
	}{
		"announcements": {wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{1}}, 200, false},
		"too many":      {wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{1}}, 300, true},
		"too long ones": {wire.Command{Code: wire.SegmentsAnnouncement, Loaded: make10000()}, 50, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.begin()
			s.offer("anna")
			spare := s.peers[len(s.peers)-1]
			s.pass(5 * time.Second) // it is slow to open
			spare.name = "spare"
			used := s.meet("anna", 1)
			spare.receiver.Opened()
			s.done = nil
			for range c.times {
				spare.say(c.command)
			}
			spare.sends(strings.Repeat("x", 1000)) // is dropped
			if slices.Contains(s.done, "spare: closed") != c.closed {
				t.Fatalf("did %q", s.done)
			}
			s.load(1)
			used.receiver.Closed(nil)
			s.pass(time.Second)
			if slices.Contains(s.done, "spare: 1 from 0") == c.closed {
				t.Errorf("did %q", s.done)
			}
		})
	}
}

func make10000() (ids []int64) {
	for id := range int64(10_000) {
		ids = append(ids, id)
	}
	return ids
}

// However much peers have to say, plans are made at their own pace.
func BenchmarkAnnouncements(b *testing.B) {
	s := newStage(&testing.T{})
	s.list(0, 200)
	s.load(0)
	s.tracker().Opened()
	for i := range 20 {
		s.meet(fmt.Sprint("peer", i), make10000()...)
	}
	last := s.peers[len(s.peers)-1]
	messages, err := wire.EncodeCommand(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: make10000()}, 65535)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		last.receiver.Command(messages[0])
		s.pass(time.Millisecond)
	}
}
