package scheduler

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

// within counts the viewers whose turn for a segment comes in so much time. Each knows
// those that knows lists for it.
func within(d time.Duration, keys []uint64, segment int64, knows func(viewer int) []int) (n int) {
	settings := config.Default().Main
	for i, key := range keys {
		s := &State{Settings: &settings, Rate: 1, Self: key, Size: len(keys)}
		for _, j := range knows(i) {
			s.Peers = append(s.Peers, Peer{Key: keys[j], Giver: true})
		}
		seg := &Segment{ID: segment, Start: 14, End: 16, Room: 14, Since: time.Second}
		if turn := (&decision{State: s}).turn(seg); turn-seg.Since <= d {
			n++
		}
	}
	return n
}

func draw(n int) ([]uint64, *rand.Rand) {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	keys := make([]uint64, n)
	for i := range keys {
		keys[i] = r.Uint64()
	}
	return keys, r
}

func TestWhereAllKnowEachOtherOneComesFirst(t *testing.T) {
	for _, n := range []int{2, 3, 4, 5, 6, 8, 20} {
		keys, _ := draw(n)
		for segment := range int64(50) {
			all := func(viewer int) (others []int) {
				for j := range keys {
					if j != viewer {
						others = append(others, j)
					}
				}
				return others
			}
			if got := within(0, keys, segment, all); got != 1 {
				t.Errorf("%d of %d come first for segment %d", got, n, segment)
			}
		}
	}
}

// comeBy counts how many of a crowd have their turn within so much time, in the mean. Each
// knows so many others.
func comeBy(t *testing.T, d time.Duration, viewers, neighbours int) float64 {
	t.Helper()
	const segments = 60
	keys, r := draw(viewers)
	total := 0
	for segment := range int64(segments) {
		others := make([][]int, viewers)
		for viewer := range others {
			for len(others[viewer]) < neighbours {
				if j := r.IntN(viewers); j != viewer {
					others[viewer] = append(others[viewer], j)
				}
			}
		}
		total += within(d, keys, segment, func(viewer int) []int { return others[viewer] })
	}
	return float64(total) / segments
}

// Whom they know beside that makes them a few less.
func TestInACrowdAFewComeEarly(t *testing.T) {
	if mean := comeBy(t, 2*time.Second, 500, 5); mean < 0.7*few || mean > 1.1*few {
		t.Errorf("%.2f come early in the mean, want about %v", mean, few)
	}
	if mean := comeBy(t, 5*time.Second, 500, 5); mean > 2*few {
		t.Errorf("%.2f have come when half of the time is over: it had no time to spread", mean)
	}
}

// Where they know each other at second hand, fewer come, and further apart.
func TestAmongFriendsOfFriendsFewerComeEarly(t *testing.T) {
	const want = few - fewer
	if mean := comeBy(t, 6*time.Second, 100, 16); mean < 0.7*want || mean > 1.1*want {
		t.Errorf("%.2f come before it has to spread, want about %v", mean, want)
	}
	if mean := comeBy(t, 2*time.Second, 100, 16); mean > 0.6*want {
		t.Errorf("%.2f come at once: they cannot hear of each other", mean)
	}
}

func TestTurnsAreSpreadOverTheTimeThatThereIs(t *testing.T) {
	settings := config.Default().Main
	for _, c := range []struct{ room, last float64 }{
		{8, 4},   // before it would be late
		{30, 10}, // in a film those who are ahead do not wait for all behind them
	} {
		var last time.Duration
		for _, before := range []int{1, 2, 5, 20} {
			s := &State{Settings: &settings, Rate: 1, Self: self, Size: 21}
			for i := range 20 {
				s.Peers = append(s.Peers, Peer{Key: keyed(i < before), Giver: true})
			}
			d := decision{State: s}
			turn := d.turn(&Segment{Start: c.room, End: c.room + 2, Room: c.room})
			if turn <= last {
				t.Errorf("after %d others the turn comes at %v, after fewer at %v", before, turn, last)
			}
			last = turn
		}
		if want := config.Seconds(c.last); last != want {
			t.Errorf("with %v s the last turn comes at %v, want %v", c.room, last, want)
		}
	}
}

// Those who are not known are reckoned to give as those who are.
func TestWhoGivesNothingDoesNotComeBefore(t *testing.T) {
	s := &State{Self: self, Size: 101}
	for i := range 20 {
		s.Peers = append(s.Peers, Peer{Key: keyed(true), Giver: i < 5})
	}
	d := decision{State: s}
	before, known, others := d.before(&Segment{})
	if want := 5 + 20*ticket(self, 0); before != want || known != 5 || others != 20 {
		t.Errorf("%v of %v come before, and of %v that are not known; want %v of 5 and 20", before, known, others, want)
	}
}
