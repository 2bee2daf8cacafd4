package policies

import (
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// asked counts those of a swarm who ask the origin for a segment by some time after it
// came up, if nobody hears of the others. It is urgent 10 s after.
func asked(size int, after time.Duration) (n int) {
	for i := range size {
		s := state(func(s *scheduler.State) {
			s.Self, s.Size, s.Peers = uint64(i), size, peers(1)
			s.Segments = []scheduler.Segment{segment(13 - after.Seconds())}
			s.Segments[0].Since = s.Now - after
		})
		if actions, _ := Threshold()(s, half); len(actions) > 0 {
			n++
		}
	}
	return n
}

func TestThresholdGrows(t *testing.T) {
	for _, c := range []struct {
		size        int
		after       time.Duration
		least, most int
	}{
		// Twenty at first, at most, however many there are.
		{1000, 0, 10, 30},
		{10_000, 0, 10, 30},
		{100, 0, 1, 12},
		// Half of the time later, the geometric mean of that and of all.
		{1000, 5 * time.Second, 110, 175},
		{10_000, 5 * time.Second, 400, 500},
		{1000, 9999 * time.Millisecond, 980, 1000},
	} {
		if got := asked(c.size, c.after); got < c.least || got > c.most {
			t.Errorf("%d of %d ask after %v, want %d to %d", got, c.size, c.after, c.least, c.most)
		}
	}
}

func TestThresholdWakesInTime(t *testing.T) {
	for self := range uint64(20) {
		s := state(func(s *scheduler.State) {
			s.Self, s.Size, s.Peers = self, 1000, peers(1)
			s.Segments = []scheduler.Segment{segment(13)}
		})
		decide := Threshold()
		actions, again := decide(s, half)
		if len(actions) > 0 {
			continue
		}
		if again > 10*time.Second {
			t.Errorf("viewer %d comes back after %v, want 10 s at most", self, again)
		}
		s.Now += again
		s.Position += again.Seconds()
		// The playhead's time is a float.
		if actions, left := decide(s, half); len(actions) == 0 && left > time.Millisecond {
			t.Errorf("viewer %d comes back after %v for nothing, %v early", self, again, left)
		}
	}
}

func TestThresholdIsNotForThoseWhoMayNotUpload(t *testing.T) {
	s := state(func(s *scheduler.State) {
		s.Peers = peers(1)
		s.Settings.IsP2PUploadDisabled = true
		s.Segments = []scheduler.Segment{segment(13)}
		s.Segments[0].Since = s.Now - 10*time.Second
	})
	if actions, again := Threshold()(s, half); len(actions) > 0 || again != never {
		t.Errorf("it did %s", say(actions))
	}
}
