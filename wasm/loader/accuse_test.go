package loader_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

func digest(text string) wire.Digest { return sha256.Sum256([]byte(text)) }

// beginsToGive has a peer give the beginning of what it was asked for, and then be out of
// reach, so that the rest is had elsewhere.
func (r *remote) beginsToGive(size int, beginning string) {
	r.begins(size)
	r.sends(beginning)
	r.receiver.Suspected(true)
	r.stage.pass(0)
}

// A listener may end the player as it hears what has become of a peer or a list.
func TestAListenerEndsThePlayerAsAPeerIsCutOff(t *testing.T) {
	for name, segments := range map[string]map[int]string{
		"a liar": {1: "true1", 2: "true2"}, "a list that is wrong": {1: "true1", 2: "nonsense"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := checking(t, &digestList{segments: segments})
			s.list(0, 3)
			anna := s.meet("anna", 1, 2)
			s.load(1)
			anna.gives("true1")
			heard := 0
			s.hear = func(e loader.Event) {
				switch e.(type) {
				case loader.PeerFailed, loader.Warned:
					heard++
					s.loader.Close()
				}
			}
			s.loader.UpdatePlayback(3, 1)
			s.load(2)
			anna.gives("other")
			s.pass(time.Minute)
			if heard != 1 {
				t.Errorf("heard of %d", heard)
			}
		})
	}
}

// A list is read again before anybody is accused by what it said earlier: an encoder that
// starts again may use its names again.
func TestAListThatHasChanged(t *testing.T) {
	l := &digestList{segments: map[int]string{1: "true1", 2: "old"}}
	s, warned := checking(t, l)
	anna := s.meet("anna", 1, 2)
	s.load(1)
	anna.gives("true1")
	s.pass(time.Second)
	l.segments[2] = "true2"
	s.list(0, 3)
	s.load(2)
	anna.gives("true2")
	s.pass(time.Second)
	if len(*warned) > 0 || !slices.Contains(s.done, "player: 2: true2") {
		t.Error(*warned, s.done)
	}
}

// A list that was false as a peer was accused by it, and is true as the segment comes from
// the origin, has nobody cut off.
func TestAListThatIsMendedBeforeTheVerdict(t *testing.T) {
	for name, proven := range map[string]int{"by the segment itself": 1, "by another": 2} {
		t.Run(name, func(t *testing.T) {
			l := &digestList{segments: map[int]string{1: "nonsense"}}
			s, warned := checking(t, l)
			anna, bert := s.meet("anna", 1), s.meet("bert", 2)
			s.load(1)
			anna.gives("true1")
			s.pass(time.Second)
			l.segments = map[int]string{1: "true1", 2: "true2"}
			s.list(0, 3)
			if proven == 1 {
				s.serve(0, 5, "true1")
			} else {
				s.load(2)
				bert.gives("true2")
			}
			s.pass(time.Second)
			want := fmt.Sprintf("player: %d: true%d", proven, proven)
			if len(*warned) > 0 || slices.Contains(s.done, "anna: closed") || !slices.Contains(s.done, want) {
				t.Error(*warned, s.done)
			}
		})
	}
}

// Who was cut off by a list that said something else for a moment may come back, though the
// player has been attached anew meanwhile; until then he may not.
func TestAListThatIsMendedAfterTheVerdict(t *testing.T) {
	for name, attached := range map[string]bool{"the same player": false, "another": true} {
		t.Run(name, func(t *testing.T) {
			l := &digestList{segments: map[int]string{1: "true1", 2: "nonsense"}}
			s, _ := checking(t, l)
			s.list(0, 4)
			anna := s.meet("anna", 1, 2)
			s.load(1)
			anna.gives("true1")
			s.loader.UpdatePlayback(3, 1)
			s.load(2)
			anna.gives("true2")
			s.pass(time.Second)
			if !slices.Contains(s.done, "anna: closed") {
				t.Fatal("anna is not cut off", s.done)
			}
			if attached {
				s.loader.Close()
				s.open(s.settings)
				s.begin()
			}
			isTakenBack := func() bool {
				before := len(s.peers)
				s.offer("anna")
				return len(s.peers) > before
			}
			if isTakenBack() {
				t.Fatal("anna is taken back as the list is as it was")
			}
			l.segments = map[int]string{1: "true1", 2: "true2", 3: "true3"}
			s.meet("bert", 3)
			s.list(0, 4)
			s.loader.UpdatePlayback(4, 1)
			s.load(3)
			s.pass(time.Second)
			if !isTakenBack() {
				t.Error("anna is not taken back")
			}
		})
	}
}

// A list that was found wrong is left alone for a while, and believed again once it has
// been right.
func TestAListThatWasWrong(t *testing.T) {
	l := &digestList{segments: map[int]string{}}
	for id := range 8 {
		l.segments[id] = fmt.Sprint("true", id)
	}
	s, warned := checking(t, l)
	s.list(0, 5)
	anna := s.meet("anna", 1)
	s.load(1)
	anna.gives("true1")
	for id := 2; id <= 4; id++ {
		s.loader.UpdatePlayback(float64(2*id-1), 1)
		s.load(id)
		s.serve(0, 5, "proxy") // something between the origin and us
		s.pass(time.Second)
	}
	if fmt.Sprint(*warned) != "[digests-false]" {
		t.Fatal(*warned)
	}
	s.loader.UpdatePlayback(-10, 1)
	asked := l.asked
	plays := func(id int, given string) bool {
		giver := s.meet(fmt.Sprint("peer", id), int64(id))
		s.list(0, id+1)
		s.load(id)
		giver.gives(given)
		s.pass(time.Second)
		return slices.Contains(s.done, fmt.Sprintf("player: %d: %s", id, given))
	}
	if !plays(5, "other") || l.asked > asked {
		t.Error("the list is still in use", s.done)
	}
	s.pass(30 * time.Second)
	*warned = nil
	if !plays(6, "true6") || l.asked == asked {
		t.Error("the list is not tried again", s.done)
	}
	if plays(7, "other") {
		t.Error("the list is not believed again")
	}
	if fmt.Sprint(*warned) != "[over: digests-false peer p2p-segment-validation-failed]" {
		t.Error(*warned)
	}
}

// A list that is wrong again is left alone for longer, and nobody is told of that twice.
func TestAListThatStaysWrong(t *testing.T) {
	l := &digestList{segments: map[int]string{}}
	for id := range 62 {
		l.segments[id] = "nonsense"
	}
	s, warned := checking(t, l)
	var tried []time.Duration
	for id := 2; id <= 61; id++ {
		giver, asked := s.meet(fmt.Sprint("peer", id), int64(id)), l.asked
		s.list(0, id+1)
		s.loader.UpdatePlayback(float64(2*id-10), 1)
		s.load(id)
		giver.gives("true")
		s.loader.UpdatePlayback(float64(2*id-1), 1)
		s.pass(0)
		if l.asked > asked {
			tried = append(tried, s.world.Now().Round(time.Minute))
			s.serve(0, 4, "true")
		}
		giver.receiver.Closed(nil)
		s.pass(20 * time.Second)
	}
	if want := "[0s 1m0s 2m0s 4m0s 8m0s 16m0s]"; fmt.Sprint(tried) != want {
		t.Errorf("tried after %v, want %v", tried, want)
	}
	if fmt.Sprint(*warned) != "[digests-false]" {
		t.Error(*warned)
	}
}

// Digests may come in any order: the origin's word before that of what is judged by it.
func TestDigestsInAnyOrder(t *testing.T) {
	for _, gave := range []string{"true", "lies"} {
		l := &digestList{segments: map[int]string{1: "truetrue"}}
		s, warned := checking(t, l)
		anna := s.meet("anna", 1)
		s.loader.UpdatePlayback(1, 1)
		s.load(1)
		anna.beginsToGive(8, gave)
		l.slow = true
		s.serve(4, 8, "lies") // some proxy's
		l.answers(0)          // of the whole: false. That of anna's part waits
		s.pass(0)
		s.serve(0, 8, "truetrue")
		for len(l.waiting) > 0 {
			l.answers(len(l.waiting) - 1)
			s.pass(0)
		}
		want := "[]"
		if gave == "lies" {
			want = "[anna p2p-segment-validation-failed]"
		}
		if got := fmt.Sprint(*warned); got != want {
			t.Errorf("who gave %s: %s, want %s", gave, got, want)
		}
	}
}

// A list is found wrong by what a peer and the origin gave between them, too.
func TestAWrongListAndTwoWhoShare(t *testing.T) {
	s, warned := checking(t, &digestList{segments: map[int]string{1: "nonsense"}})
	anna := s.meet("anna", 1)
	s.loader.UpdatePlayback(1, 1)
	s.load(1)
	anna.beginsToGive(8, "true")
	s.serve(4, 8, "true")
	s.serve(0, 8, "truetrue")
	if got := fmt.Sprint(*warned); got != "[digests-false]" {
		t.Error(got)
	}
}

// What the origin gives against a digest is played and not given to peers, who would take
// us for a liar; three times in a row end the list.
func TestTheOriginContradictsItsList(t *testing.T) {
	l := &digestList{segments: map[int]string{1: "true1", 2: "true2", 3: "true3", 4: "true4", 5: "true5"}}
	s, warned := checking(t, l)
	s.list(0, 6)
	anna := s.meet("anna", 1)
	s.load(1)
	anna.gives("true1")
	for id := 2; id <= 4; id++ {
		if len(*warned) > 0 {
			t.Error("after", id-2, *warned)
		}
		s.loader.UpdatePlayback(float64(2*id-1), 1)
		s.load(id)
		s.serve(0, 5, "proxy")
		s.pass(time.Second)
		loaded := anna.announced().Loaded
		if want := id == 4; slices.Contains(loaded, int64(id)) != want || !slices.Contains(s.done, fmt.Sprintf("player: %d: proxy", id)) {
			t.Errorf("after segment %d, announced %v: %q", id, loaded, s.done)
		}
	}
	if got := fmt.Sprint(*warned); got != "[digests-false]" {
		t.Error(got)
	}
}

// One true segment between two that are not is no row.
func TestContradictionsInARow(t *testing.T) {
	l := &digestList{segments: map[int]string{1: "true1", 2: "true2", 3: "true3", 4: "true4", 5: "true5"}}
	s, warned := checking(t, l)
	s.list(0, 6)
	anna := s.meet("anna", 1)
	s.load(1)
	anna.gives("true1")
	for i, gives := range []string{"proxy", "proxy", "true4", "proxy"} {
		id := i + 2
		s.loader.UpdatePlayback(float64(2*id-1), 1)
		s.load(id)
		s.serve(0, 5, gives)
		s.pass(time.Second)
	}
	if len(*warned) > 0 {
		t.Error(*warned)
	}
}

// Where a segment was false twice the origin is asked, unless it has it no more.
func TestASegmentThatWasFalseAndIsGone(t *testing.T) {
	s, _ := checking(t, &digestList{segments: map[int]string{1: "true1"}})
	liar := s.meet("liar", 1)
	s.loader.UpdatePlayback(1, 1)
	s.load(1)
	anna := s.meet("anna", 1)
	liar.gives("false")
	s.done = nil
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPUnexpectedStatus, Status: 404})
	s.pass(0)
	if !slices.Contains(s.done, "anna: 1 from 0") {
		t.Fatal(s.done)
	}
	anna.gives("true1")
	s.pass(0)
	if !slices.Contains(s.done, "player: 1: true1") || !slices.Contains(s.done, "liar: closed") {
		t.Error(s.done)
	}
}

// A list that is wrong is not used: what it calls false is played, and given to
// peers.
func TestAWrongListIsNotUsed(t *testing.T) {
	s, warned := checking(t, &digestList{segments: map[int]string{1: "nonsense", 2: "nonsense"}})
	anna := s.meet("anna", 1)
	s.loader.UpdatePlayback(1, 1)
	s.load(1)
	anna.gives("true1")
	s.serve(0, 5, "true1")
	bert := s.meet("bert", 2)
	s.loader.UpdatePlayback(-10, 1)
	s.list(0, 3)
	s.load(2)
	bert.gives("true2")
	s.pass(time.Second)
	if got := anna.announced().Loaded; len(got) != 3 || !slices.Contains(s.done, "player: 2: true2") {
		t.Error(got, s.done)
	}
	if got := fmt.Sprint(*warned); got != "[digests-false]" {
		t.Error(got)
	}
}

// One that passes on a false beginning may not know that: it is left when it does so again
// and again, and has not given what is true meanwhile.
func TestFalseBeginningsThatArePassedOn(t *testing.T) {
	for _, honest := range []bool{false, true} {
		l := &digestList{segments: map[int]string{}}
		for id := 1; id <= 6; id++ {
			l.segments[id] = "truetrue"
		}
		s, warned := checking(t, l)
		anna := s.meet("anna")
		lies := 0
		for id := 1; id <= 4 && len(*warned) == 0; id++ {
			s.list(0, id+1)
			s.loader.UpdatePlayback(float64(2*id)-8, 1)
			anna.receiver.Suspected(false)
			anna.greets(wire.Command{Arriving: []int64{int64(id)}})
			s.load(id)
			if anna.request.Segment != int64(id) {
				t.Fatalf("it is not asked for %d: %q", id, s.done)
			}
			if honest && id == 3 {
				anna.gives("truetrue")
				s.pass(time.Second)
				continue
			}
			lies++
			anna.beginsToGive(8, "lies")
			s.loader.UpdatePlayback(float64(2*id)-1, 1)
			s.pass(0)
			s.serve(4, 8, "true")
			s.serve(0, 8, "truetrue")
			s.pass(time.Second)
		}
		if left := len(*warned) > 0; left == honest || lies != 3 {
			t.Errorf("honest %v: after %d false beginnings %v", honest, lies, *warned)
		}
	}
}

// What a peer passed on and then broke off is not gone on from: who gave it to that peer may
// have lied. What came before stays.
func TestWhatIsBrokenOffIsTakenBack(t *testing.T) {
	s, _ := checking(t, &digestList{segments: map[int]string{1: "truetrue"}})
	anna := s.meet("anna", 1)
	s.load(1)
	anna.beginsToGive(8, "true")
	ben := s.meet("ben")
	s.done = nil
	ben.greets(wire.Command{Arriving: []int64{1}})
	ben.begins(4)
	ben.sends("li")
	ben.say(wire.Command{Code: wire.SegmentAbsent, Segment: 1, Request: ben.request.Request})
	s.loader.UpdatePlayback(1, 1)
	s.pass(0)
	s.expect("ben: 1 from 4", "origin: 1 from 4")
	s.serve(4, 8, "true")
	s.expect("player: 1: truetrue")
}

// The end of what no list vouches for is given to nobody.
func TestTheEndOfWhatIsUnproven(t *testing.T) {
	l := &digestList{segments: map[int]string{1: "true1"}}
	s, _ := checking(t, l)
	anna := s.meet("anna", 1, 2)
	s.load(1)
	anna.gives("true1")
	s.pass(time.Second)
	ben := s.silent("ben")
	s.list(0, 3)
	s.load(2)
	anna.begins(8)
	anna.sends("any")
	s.pass(100 * time.Millisecond)
	ben.told, s.done = nil, nil
	ben.wants(2, 0)
	anna.sends("thing")
	anna.completes()
	s.pass(2 * time.Second)
	s.expect("ben: any", "player: 2: anything")
	ben.expectAnswers("2: 8 bytes", "2: absent, busy 0")
}
