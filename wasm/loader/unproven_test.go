package loader_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// late is a stage at which the player has segment 1 from anna, as no list vouched for it.
func late(t *testing.T, l *digestList, gave string) (s *stage, anna, bert *remote, warned *[]string) {
	s, warned = checking(t, l)
	anna = s.meet("anna", 1)
	s.load(1)
	anna.gives(gave)
	s.pass(1100 * time.Millisecond)
	if !slices.Contains(s.done, "player: 1: "+gave) {
		t.Fatal(s.done)
	}
	bert = s.meet("bert")
	s.done = nil
	return s, anna, bert, warned
}

// The list that comes late may show that what is stored is false: that is not played again.
// What comes in its place finds no room in the storage, and is fetched when it is played.
func TestWhatTurnsOutToBeFalse(t *testing.T) {
	l := &digestList{}
	s, _, bert, _ := late(t, l, "lies1")
	l.segments = map[int]string{1: "true1"}
	s.pass(time.Minute)
	s.loader.UpdatePlayback(1, 1)
	for range 2 { // seeks back
		s.done = nil
		s.load(1)
		s.expect("origin: 1 from 0")
		s.serve(0, 5, "true1")
		s.expect("player: 1: true1")
		s.pass(5 * time.Second)
		s.expect()
		if got := bert.announced().Loaded; slices.Contains(got, 1) {
			t.Error("announced", got)
		}
	}
}

// What is stored is looked at once for each digest, not with each list that comes.
func TestWhatIsFalseIsComputedOnce(t *testing.T) {
	l := &digestList{}
	s, anna, _, _ := late(t, l, "lies1")
	l.segments = map[int]string{1: "true1"}
	s.pass(time.Minute)
	if l.computed != 1 {
		t.Fatalf("computed %d digests", l.computed)
	}
	for id := 2; id < 6; id++ {
		l.segments[id] = fmt.Sprintf("true%d", id)
		s.list(0, id+1)
		anna.say(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{int64(id)}})
		s.load(id)
		anna.gives(l.segments[id])
		s.pass(time.Second)
	}
	if l.computed != 5 {
		t.Errorf("computed %d digests of 5 segments", l.computed)
	}
}

// What waits for one list is not vouched for by another one's end, and where the origin
// turns out to have none, nothing waits.
func TestNoListAfterAll(t *testing.T) {
	l := &digestList{fails: errors.New("404")}
	s, anna, bert, _ := late(t, l, "true1")
	if got := bert.announced().Loaded; slices.Contains(got, 1) {
		t.Error("announced", got)
	}
	l.none = true // the origin has answered, without a word of one
	s.list(0, 3)
	anna.say(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{2}})
	s.load(2)
	anna.gives("true2")
	s.pass(2 * time.Second)
	if got := bert.announced().Loaded; len(got) != 3 {
		t.Error("announced", got)
	}
}
