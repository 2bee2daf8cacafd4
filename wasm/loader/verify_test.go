package loader_test

import (
	"crypto/sha256"
	"errors"
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

// digestList is an origin's list of digests.
type digestList struct {
	segments map[int]string // what they are, as the list has it
	none     bool           // the origin has no list
	fails    error
	late     bool // it does not answer
	slow     bool // digests are computed when the test says so
	asked    int
	stopped  int
	computed int
	waiting  []func() // answers with digests, where these are slow
}

func (l *digestList) Find(_, option string) string {
	if l.none {
		return ""
	}
	return "https://origin.test/" + option + "segments-sha256.json"
}

func (l *digestList) Fetch(_ hls.StreamType, _ string, done func([]byte, error)) (stop func()) {
	l.asked++
	if l.late {
		return func() { l.stopped++ }
	}
	if l.fails != nil {
		done(nil, l.fails)
		return nil
	}
	var entries []string
	for id, text := range l.segments {
		entries = append(entries, fmt.Sprintf(`"%d.ts": "%x"`, id, sha256.Sum256([]byte(text))))
	}
	done([]byte("{"+strings.Join(entries, ",")+"}"), nil)
	return nil
}

func (l *digestList) Compute(bytes payload.Bytes, done func(wire.Digest)) {
	l.computed++
	answer := func() { done(sha256.Sum256([]byte(bytes.(text)))) }
	if l.slow {
		l.waiting = append(l.waiting, answer)
		return
	}
	answer()
}

// answers has the digest computed that was asked for as the n-th of those that wait.
func (l *digestList) answers(n int) {
	answer := l.waiting[n]
	l.waiting = slices.Delete(l.waiting, n, n+1)
	answer()
}

// checking is a stage whose origin lists these digests, at which the player has segment 0
// and waits for none.
func checking(t *testing.T, l *digestList) (s *stage, warned *[]string) { return checkingBy(t, l) }

func checkingBy(t *testing.T, digests loader.Digests) (s *stage, warned *[]string) {
	s = newStage(t)
	s.digests = digests
	s.loader.Close()
	s.open(s.settings)
	warned = new([]string)
	s.hear = func(e loader.Event) {
		switch e := e.(type) {
		case loader.Warned:
			*warned = append(*warned, string(e.Code))
		case loader.WarningOver:
			*warned = append(*warned, "over: "+string(e.Code))
		case loader.PeerFailed:
			*warned = append(*warned, e.Peer.String()[:4]+" "+e.Code)
		}
	}
	s.begin()
	return s, warned
}

// gives answers the last request.
func (r *remote) gives(body string) {
	r.begins(len(body))
	r.sends(body)
	r.completes()
}

func TestWhatIsTrueIsPlayed(t *testing.T) {
	l := &digestList{segments: map[int]string{1: "true!"}}
	s, warned := checking(t, l)
	anna := s.meet("anna", 1)
	s.load(1)
	anna.gives("true!")
	s.expect("anna: 1 from 0", "player: 1: true!")
	if len(*warned) > 0 || l.asked != 1 {
		t.Error(*warned, l.asked)
	}
}

// A list that has been right once is believed: who gives something else is cut off, and
// the segment comes from another.
func TestWhoLiesIsCutOff(t *testing.T) {
	s, warned := checking(t, &digestList{segments: map[int]string{1: "true1", 2: "true2"}})
	s.list(0, 3)
	anna := s.meet("anna", 1)
	s.load(1)
	anna.gives("true1")
	liar := s.meet("liar", 2)
	s.load(2)
	s.done = nil
	liar.gives("false")
	s.expect("liar: closed", "liar: closed")
	if got := fmt.Sprint(*warned); got != "[liar p2p-segment-validation-failed]" {
		t.Error(got)
	}
	s.offer("liar") // is not taken back
	if n := len(s.peers); s.peers[n-1] != liar {
		t.Error("the liar is answered")
	}
	anna.say(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{1, 2}})
	s.pass(100 * time.Millisecond)
	anna.gives("true2")
	s.expect("anna: 2 from 0", "player: 2: true2")
}

// Before the list was right about anything it may itself be what is false: the origin
// tells.
func TestTheOriginTellsWhetherTheListIsRight(t *testing.T) {
	for name, right := range map[string]bool{"right": true, "wrong": false} {
		t.Run(name, func(t *testing.T) {
			l := &digestList{segments: map[int]string{1: "true1"}}
			given := "false"
			if !right {
				l.segments[1], given = "nonsense", "true1"
			}
			s, warned := checking(t, l)
			anna := s.meet("anna", 1)
			bert := s.meet("bert", 1)
			s.loader.UpdatePlayback(1, 1)
			s.load(1)
			s.done = nil
			asked := anna
			if anna.request.Request == 0 {
				asked = bert
			}
			asked.gives(given)
			s.expect("origin: 1 from 0") // and not the other
			s.serve(0, 5, "true1")
			if right {
				s.expect("player: 1: true1", asked.name+": closed", asked.name+": closed")
			} else {
				s.expect("player: 1: true1")
			}
			want := "[" + asked.name + " p2p-segment-validation-failed]"
			if !right {
				want = "[digests-false]"
			}
			if got := fmt.Sprint(*warned); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

// A list that has been right may be wrong once. Who was cut off for that may come back.
func TestAListThatIsWrongAfterItWasRight(t *testing.T) {
	s, warned := checking(t, &digestList{segments: map[int]string{1: "true1", 2: "nonsense"}})
	s.list(0, 3)
	anna := s.meet("anna", 1, 2)
	s.load(1)
	anna.gives("true1")
	s.loader.UpdatePlayback(3, 1)
	s.load(2)
	s.done = nil
	anna.gives("true2")
	s.expect("anna: closed", "anna: closed", "origin: 2 from 0")
	s.done = nil
	s.serve(0, 5, "true2")
	s.expect("player: 2: true2")
	if got := fmt.Sprint(*warned); got != "[anna p2p-segment-validation-failed digests-false]" {
		t.Error(got)
	}
	before := len(s.peers)
	s.offer("anna")
	if len(s.peers) == before {
		t.Error("anna is not taken back")
	}
}

// Of two who gave a segment between them, the one whose part was false is found out.
func TestHalfALie(t *testing.T) {
	for _, first := range []string{"lies", "true"} {
		s, warned := checking(t, &digestList{segments: map[int]string{1: "truetrue"}})
		anna := s.meet("anna", 1)
		s.loader.UpdatePlayback(-2, 1)
		s.load(1)
		anna.begins(8)
		anna.sends(first)
		bert := s.meet("bert", 1)
		s.done = nil
		anna.receiver.Suspected(true) // the rest comes from elsewhere
		s.pass(0)
		bert.begins(4)
		second := "lies"
		if first == "lies" {
			second = "true"
		}
		bert.sends(second)
		bert.completes()
		s.loader.UpdatePlayback(1, 1)
		s.pass(0)
		s.expect("bert: 1 from 4", "origin: 1 from 0")
		s.done = nil
		s.serve(0, 8, "truetrue")
		liar := map[string]string{"lies": "anna", "true": "bert"}[first]
		s.expect("player: 1: truetrue", liar+": closed", liar+": closed")
		if got, want := fmt.Sprint(*warned), "["+liar+" p2p-segment-validation-failed]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// What a peer began and the origin ended is checked as well, and is no failure of the
// origin's.
func TestALieBeforeTheOriginsWord(t *testing.T) {
	s, warned := checking(t, &digestList{segments: map[int]string{1: "truetrue"}})
	anna := s.meet("anna", 1)
	s.loader.UpdatePlayback(1, 1)
	s.load(1)
	anna.begins(8)
	anna.sends("lies")
	anna.receiver.Suspected(true)
	s.pass(0)
	s.done = nil
	s.serve(4, 8, "true")
	s.expect("origin: 1 from 0")
	s.serve(0, 8, "truetrue")
	s.expect("player: 1: truetrue", "anna: closed", "anna: closed")
	if got := fmt.Sprint(*warned); got != "[anna p2p-segment-validation-failed]" {
		t.Error(got)
	}
}

// What no list vouches for is played, and not given to others until one does.
func TestALateList(t *testing.T) {
	l := &digestList{}
	s, warned := checking(t, l)
	anna := s.meet("anna", 1)
	s.load(1)
	s.done = nil
	anna.gives("true1")
	s.pass(900 * time.Millisecond)
	s.expect()
	s.pass(200 * time.Millisecond)
	s.expect("player: 1: true1")
	if got := fmt.Sprint(*warned); got != "[digests-missing]" {
		t.Error(got)
	}
	bert := s.meet("bert")
	if got := bert.announced(); len(got.Loaded) != 1 || got.Loaded[0] != 0 {
		t.Errorf("announced %+v", got)
	}
	s.done, bert.told = nil, nil
	bert.wants(1, 0)
	bert.expectAnswers("1: absent, busy 0")

	l.segments = map[int]string{1: "true1", 2: "true2"} // here it is
	s.list(0, 3)
	anna.say(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{1, 2}})
	s.load(2)
	s.pass(time.Second)
	anna.gives("true2")
	s.pass(time.Second)
	if got := bert.announced(); len(got.Loaded) != 3 {
		t.Errorf("announced %+v", got)
	}
}

// A list that cannot be had is waited for no longer than that is known, and asked for
// again more and more rarely.
func TestAListThatCannotBeHad(t *testing.T) {
	l := &digestList{fails: errors.New("404")}
	s, warned := checking(t, l)
	anna := s.meet("anna", 1)
	s.load(1)
	s.done = nil
	anna.gives("any")
	s.expect("player: 1: any")
	if got := fmt.Sprint(*warned); got != "[digests-missing]" || l.asked != 1 {
		t.Error(got, l.asked)
	}
}

// Where the origin has no list, what peers give is played and given to others.
func TestNoList(t *testing.T) {
	s, warned := checking(t, &digestList{none: true})
	anna := s.meet("anna", 1)
	bert := s.meet("bert")
	s.load(1)
	anna.gives("any")
	s.pass(time.Second)
	if got := bert.announced(); len(got.Loaded) != 2 || len(*warned) > 0 {
		t.Errorf("announced %+v, warned %v", got, *warned)
	}
}

func TestAPageThatWantsDigests(t *testing.T) {
	for name, l := range map[string]*digestList{
		"no list":           {none: true},
		"a list that fails": {fails: errors.New("404")},
		"a list without it": {},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := checking(t, l)
			s.settings.IsSegmentSHA256Required = true
			s.loader.Configure(s.settings)
			anna := s.meet("anna", 1)
			s.loader.UpdatePlayback(1, 1)
			s.load(1)
			if anna.request.Request > 0 {
				anna.gives("any")
				s.pass(1100 * time.Millisecond)
			}
			s.done = nil
			s.serve(0, 4, "true")
			s.expect("player: 1: true")
		})
	}
}

// While a list is waited for the loader can be closed, and the page can rest.
func TestAListThatIsWaitedFor(t *testing.T) {
	l := &digestList{late: true}
	s, _ := checking(t, l)
	anna := s.meet("anna", 1)
	s.load(1)
	anna.gives("any")
	s.page.Rest()
	s.page.Wake()
	if l.stopped != 1 {
		t.Errorf("stopped %d times", l.stopped)
	}
	s.pass(3 * time.Second) // the bytes are here: only the check is left
	s.loader.Close()
	s.pass(time.Minute)
	if l.stopped != 2 {
		t.Errorf("stopped %d times", l.stopped)
	}
}

// What a peer gives is passed on while it arrives once it has given something true.
func TestWhoIsNotKnownToTellTheTruthIsNotPassedOn(t *testing.T) {
	s, _ := checking(t, &digestList{segments: map[int]string{1: "true1", 2: "true2"}})
	s.list(0, 3)
	ben := s.meet("ben")
	anna := s.meet("anna", 1, 2)
	for i, passes := range []bool{false, true} {
		id := i + 1
		s.load(id)
		anna.begins(5)
		anna.sends("tr")
		s.pass(time.Second)
		if got := ben.announced(); slices.Contains(got.Arriving, int64(id)) != passes {
			t.Errorf("while segment %d arrives, announced %+v", id, got)
		}
		anna.sends(fmt.Sprintf("ue%d", id))
		anna.completes()
		s.pass(time.Second)
		if got := ben.announced(); !slices.Contains(got.Loaded, int64(id)) {
			t.Errorf("when segment %d was here, announced %+v", id, got)
		}
	}
}

// A digest that never comes is done without after a while.
func TestADigestThatIsNeverComputed(t *testing.T) {
	l := &digestList{segments: map[int]string{1: "true1"}, slow: true}
	s, _ := checking(t, l)
	anna := s.meet("anna", 1)
	bert := s.meet("bert")
	s.load(1)
	s.done = nil
	anna.gives("true1")
	s.pass(4900 * time.Millisecond)
	s.expect()
	s.pass(200 * time.Millisecond)
	s.expect("player: 1: true1")
	if got := bert.announced(); slices.Contains(got.Loaded, 1) {
		t.Errorf("announced %+v", got)
	}
	l.answers(0) // much too late
	s.pass(time.Second)
	s.expect()
}

// The time that a digest takes is not the line's.
func TestTheWaitForADigestIsNoBandwidth(t *testing.T) {
	measure := func(l *digestList) (told float64) {
		s, _ := checking(t, l)
		anna := s.meet("anna", 1)
		if err := s.loader.Load(url(1), func(r loader.Result, err error) { told = r.Bandwidth }); err != nil {
			t.Fatal(err)
		}
		s.pass(0)
		anna.begins(1_000_000)
		for range 10 {
			s.pass(20 * time.Millisecond)
			anna.sends(strings.Repeat("x", 100_000))
		}
		anna.completes()
		s.pass(1100 * time.Millisecond)
		return told
	}
	if without, with := measure(&digestList{none: true}), measure(&digestList{late: true}); with < without*0.99 {
		t.Errorf("%.1f Mbit/s with a list that hangs, %.1f without", with/1e6, without/1e6)
	}
}
