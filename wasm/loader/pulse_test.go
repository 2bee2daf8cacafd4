package loader_test

import (
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
)

// asked is a stage with two peers that hold segment 1, and what was awaited from
// the one that was asked for it.
func asked(t *testing.T) (s *stage, one, other *remote) {
	s = newStage(t)
	s.begin()
	one = s.meet("one", 1)
	s.load(1)
	s.expect("one: 1 from 0")
	return s, one, s.meet("other", 1)
}

// lost notes for which peers it is over.
func (s *stage) lost() *[]string {
	lost := &[]string{}
	s.hear = func(e loader.Event) {
		if closed, ok := e.(loader.PeerClosed); ok {
			*lost = append(*lost, closed.Peer.String()[:3])
		}
	}
	return lost
}

func TestAPeerThatCrashedInMidSegment(t *testing.T) {
	s, one, _ := asked(t)
	lost := s.lost()
	one.begins(4)
	one.sends("ab")
	s.pass(2 * time.Second)
	s.expect("other: 1 from 2")
	s.pass(time.Second - 1)
	if !slices.Equal(*lost, []string{"one"}) {
		t.Errorf("lost %q within 3 s", *lost)
	}
}

func TestAPeerThatIsAliveAndBusy(t *testing.T) {
	s, one, _ := asked(t)
	lost := s.lost()
	one.begins(4)
	one.sends("ab")
	s.pass(time.Second)
	one.alive = true // its machine acknowledges
	s.pass(2500 * time.Millisecond)
	s.expect("other: 1 from 2", "one: 1 from 2") // for the other says nothing at all
	s.pass(1500 * time.Millisecond)
	if len(*lost) != 1 || (*lost)[0] != "oth" {
		t.Errorf("lost %q", *lost)
	}
}

func TestAPeerWhoseMachineCannotBeCounted(t *testing.T) {
	s, one, other := asked(t)
	one.received, other.received = -1, -1
	lost := s.lost()
	s.pass(5 * time.Second)
	if len(*lost) > 0 {
		t.Errorf("lost %q on no evidence", *lost)
	}
}

// Who speaks is there, whatever is counted.
func TestAPeerThatSpeaksInDoubt(t *testing.T) {
	s := newStage(t)
	s.begin()
	one := s.meet("one", 1)
	s.load(1)
	lost := s.lost()
	s.loader.UpdatePlayback(-100, 1) // there is time for it
	one.begins(10)
	for range 8 {
		s.pass(1900 * time.Millisecond)
		one.sends("x")
	}
	if len(*lost) > 0 {
		t.Errorf("lost %q", *lost)
	}
}

// A connection that is out of reach may come back.
func TestASuspectIsNotAsked(t *testing.T) {
	s, one, other := asked(t)
	one.begins(4)
	one.sends("ab")
	one.receiver.Suspected(true)
	s.pass(0)
	s.expect("other: 1 from 2")
	other.receiver.Suspected(true)
	s.pass(0)
	s.expect()
	one.receiver.Suspected(false)
	s.pass(2 * time.Second) // until it is sure that the former answer has ended
	s.expect("one: 1 from 2")
}

// With nobody else, the origin is asked for the rest.
func TestTheOriginGoesOnAtTheByteWhereAPeerStopped(t *testing.T) {
	s := newStage(t)
	s.begin()
	one := s.meet("one", 1)
	s.load(1)
	one.begins(4)
	one.sends("ab")
	s.done = nil
	lost := s.lost()
	s.loader.UpdatePlayback(-1, 1)
	s.pass(time.Second)
	s.expect() // it is doubted, and there is time
	s.loader.UpdatePlayback(1.5, 1)
	s.pass(time.Second)
	s.expect("origin: 1 from 2")
	s.pass(time.Second - 1)
	if len(*lost) != 1 {
		t.Errorf("lost %q within 3 s, although nothing was awaited any more", *lost)
	}
	s.done = nil
	s.serve(2, 4, "cd")
	s.expect("player: 1: abcd")
}
