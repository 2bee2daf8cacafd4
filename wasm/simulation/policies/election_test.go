package policies

import (
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// viewers are n who are all connected, each as it sees itself and the others.
func viewers(n int, segment scheduler.Segment) []*scheduler.State {
	all := make([]*scheduler.State, n)
	for i := range all {
		all[i] = state(func(s *scheduler.State) {
			s.Self = uint64(i)
			for other := range n {
				if other != i {
					s.Peers = append(s.Peers, scheduler.Peer{Key: uint64(other), Giver: true, Ready: true})
				}
			}
			s.Segments = []scheduler.Segment{segment}
		})
	}
	return all
}

func TestElectionElectsOne(t *testing.T) {
	elected := map[int]bool{}
	for id := range int64(50) {
		seg := segment(14)
		seg.ID = id
		asked, backups := 0, map[time.Duration]bool{}
		for i, v := range viewers(8, seg) {
			actions, again := Election()(v, half)
			if say(actions) == "[http 0]" {
				asked++
				elected[i] = true
			} else {
				backups[again] = true
			}
		}
		if asked != 1 || len(backups) != 7 {
			t.Errorf("%d were elected for segment %d, with backups after %v", asked, id, backups)
		}
	}
	if len(elected) != 8 {
		t.Errorf("%d of 8 viewers were elected, for 50 segments", len(elected))
	}
}

// waits is after what time the second of two viewers steps in for a segment.
func waits(t *testing.T, e scheduler.Policy, now time.Duration) time.Duration {
	t.Helper()
	seg := segment(14)
	seg.Since = now
	for lot(0, seg.ID) > lot(1, seg.ID) {
		seg.ID++
	}
	v := viewers(2, seg)[0]
	v.Now = now
	actions, again := e(v, half)
	if len(actions) > 0 {
		t.Fatalf("it does not wait, but %s", say(actions))
	}
	return again
}

func TestElectionWaitsAsLongAsSegmentsTake(t *testing.T) {
	e := Election()
	if got := waits(t, e, time.Minute); got != 4*time.Second {
		t.Errorf("at first it waits for %v, want 2 s for the playlist and as long as the segment plays", got)
	}
	s := state(func(s *scheduler.State) { s.Segments = []scheduler.Segment{wanted(1)} })
	if actions, _ := e(s, half); say(actions) != "[http 0]" {
		t.Fatal(say(actions))
	}
	s.Now += 300 * time.Millisecond
	s.Segments[0].Download = &scheduler.Download{Source: scheduler.HTTP}
	e(s, half)
	s.Now += 200 * time.Millisecond
	s.Segments = nil // it has come
	e(s, half)
	if got := waits(t, e, s.Now); got != 2500*time.Millisecond {
		t.Errorf("it waits for %v, want 2 s for the playlist and half a second", got)
	}
}

// Several can come at once, and then the same must come of it each time.
func TestElectionIsRepeatable(t *testing.T) {
	run := func() time.Duration {
		e := Election()
		s := state(func(s *scheduler.State) {
			s.Settings.SimultaneousP2PDownloads, s.Peers = 8, peers(8)
		})
		for i := range 8 {
			seg := held(segment(float64(4+2*i)), i)
			seg.ID = int64(i)
			s.Segments = append(s.Segments, seg)
			e(s, half)
			s.Segments[i].Download = &p2p
			s.Now += 100 * time.Millisecond
		}
		s.Segments = nil
		e(s, half)
		return waits(t, e, s.Now)
	}
	first := run()
	for range 20 {
		if again := run(); again != first {
			t.Fatalf("it waits for %v, and in another run for %v", first, again)
		}
	}
}

func TestElectionTakesNoTimeOfWhatFails(t *testing.T) {
	e := Election()
	s := state(func(s *scheduler.State) { s.Segments = []scheduler.Segment{wanted(1)} })
	e(s, half)
	s.Now += time.Millisecond
	s.Segments[0].Failures, s.Segments[0].RetryAt = 1, s.Now+time.Second
	e(s, half)
	s.Segments = nil
	e(s, half)
	if got := waits(t, e, s.Now); got != 4*time.Second {
		t.Errorf("it waits for %v, want 4 s as at first", got)
	}
}

func TestElectionIsNotForThoseWhoMayNotUpload(t *testing.T) {
	for id := range int64(20) {
		seg := segment(14)
		seg.ID = id
		for _, v := range viewers(2, seg) {
			v.Settings.IsP2PUploadDisabled = true
			if actions, again := Election()(v, half); len(actions) > 0 || again != never {
				t.Fatalf("one did %s for segment %d", say(actions), id)
			}
		}
	}
}

func TestElectionPassesOverPeersThatGiveNothing(t *testing.T) {
	for id := range int64(20) {
		seg := segment(14)
		seg.ID = id
		v := viewers(2, seg)[0]
		v.Peers[0].Giver = false
		if actions, _ := Election()(v, half); say(actions) != "[http 0]" {
			t.Errorf("it did %s for segment %d", say(actions), id)
		}
	}
}
