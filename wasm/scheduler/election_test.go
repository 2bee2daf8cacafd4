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

// Whom they know beside that makes them a few less.
func TestInACrowdAFewComeEarly(t *testing.T) {
	const viewers, segments, neighbours = 500, 60, 10
	keys, r := draw(viewers)
	total := 0
	for segment := range int64(segments) {
		total += within(2*time.Second, keys, segment, func(viewer int) (others []int) {
			for len(others) < neighbours {
				if j := r.IntN(viewers); j != viewer {
					others = append(others, j)
				}
			}
			return others
		})
	}
	if mean := float64(total) / segments; mean < 0.7*few || mean > 1.1*few {
		t.Errorf("%.2f come early in the mean, want about %v", mean, few)
	}
}

func TestTurnsAreSpreadOverTheTimeThatThereIs(t *testing.T) {
	settings := config.Default().Main
	var last time.Duration
	for _, before := range []int{1, 2, 5, 20} {
		s := &State{Settings: &settings, Rate: 1, Self: self, Size: 21}
		for i := range 20 {
			s.Peers = append(s.Peers, Peer{Key: keyed(i < before), Giver: true})
		}
		d := decision{State: s}
		seg := &Segment{Start: 14, End: 16, Room: 14}
		turn := d.turn(seg)
		if turn <= last {
			t.Errorf("after %d others the turn comes at %v, after fewer at %v", before, turn, last)
		}
		last = turn
	}
	if want := 10 * time.Second; last != want { // 4 s before it would be late
		t.Errorf("the last turn comes at %v, want %v", last, want)
	}
}
