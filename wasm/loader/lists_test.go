package loader_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
)

// playsFromPeers has a peer that holds all give the player these segments, and tells how
// long the player waited for each after its last byte was here.
func (s *stage) playsFromPeers(first, last int) (waited []time.Duration) {
	s.t.Helper()
	s.list(0, last+1)
	var all []int64
	for id := range int64(last + 1) {
		all = append(all, id)
	}
	giver := s.meet("giver", all...)
	for id := first; id <= last; id++ {
		s.load(id)
		giver.gives(fmt.Sprintf("true%d", id))
		at, want := s.world.Now(), fmt.Sprintf("player: %d: true%d", id, id)
		for !slices.Contains(s.done, want) {
			if s.world.Now()-at > 10*time.Second {
				s.t.Fatalf("no segment %d: %q", id, s.done)
			}
			s.pass(50 * time.Millisecond)
		}
		waited = append(waited, s.world.Now()-at)
	}
	return waited
}

// What a list does not tell costs the patience with it once; then it is left alone.
func TestAListIsWaitedForOnce(t *testing.T) {
	for name, l := range map[string]*digestList{"it hangs": {late: true}, "it lacks all": {}} {
		t.Run(name, func(t *testing.T) {
			s, warned := checking(t, l)
			total := time.Duration(0)
			for _, waited := range s.playsFromPeers(1, 10) {
				total += waited
			}
			if total < time.Second || total > 1100*time.Millisecond {
				t.Errorf("10 segments waited for %v, want 1s", total)
			}
			if got := fmt.Sprint(*warned); got != "[digests-missing]" {
				t.Error(got)
			}
		})
	}
}

// A list that fails is asked for more and more rarely, and told of once.
func TestPausesBetweenFailures(t *testing.T) {
	l := &digestList{fails: errors.New("503")}
	s, warned := checking(t, l)
	s.playsFromPeers(1, 1) // which is marked, and has the list be asked for
	for _, c := range []struct {
		after      time.Duration
		from, most int
	}{{8 * time.Second, 3, 6}, {120 * time.Second, 6, 14}} {
		if s.pass(c.after); l.asked < c.from || l.asked > c.most {
			t.Errorf("%v later it was asked for %d times, want %d to %d", c.after, l.asked, c.from, c.most)
		}
	}
	if got := fmt.Sprint(*warned); got != "[digests-missing]" {
		t.Error(got)
	}
}

// When it is back listeners hear so, once, and of the next failure again.
func TestAListThatIsBack(t *testing.T) {
	l := &digestList{fails: errors.New("503")}
	s, warned := checking(t, l)
	s.replies = true
	s.playsFromPeers(1, 1)
	s.pass(10 * time.Second)
	l.fails, l.segments = nil, map[int]string{1: "true1", 2: "true2", 3: "true3"}
	s.pass(time.Minute)
	s.playsFromPeers(2, 3)
	s.pass(time.Minute)
	if got, want := fmt.Sprint(*warned), "[digests-missing over: digests-missing]"; got != want {
		t.Fatalf("heard %v, want %v", got, want)
	}
	l.fails = errors.New("503 again")
	s.playsFromPeers(4, 4)
	if got, want := fmt.Sprint(*warned), "[digests-missing over: digests-missing digests-missing]"; got != want {
		t.Errorf("heard %v, want %v", got, want)
	}
}

// listOfEach has a list for each segment, of which some cannot be had.
type listOfEach struct {
	*digestList
	missing string
}

func (l listOfEach) Find(segment, _ string) string { return segment + ".json" }

func (l listOfEach) Fetch(t hls.StreamType, url string, done func([]byte, error)) (stop func()) {
	if strings.HasSuffix(url, l.missing) {
		done(nil, errors.New("404"))
		return nil
	}
	return l.digestList.Fetch(t, url, done)
}

// Who plays what has a list again is not warned any longer of one that cannot be had.
func TestAListThatIsNotNeededAnyMore(t *testing.T) {
	l := &digestList{segments: map[int]string{2: "true2", 3: "true3"}}
	s, warned := checkingBy(t, listOfEach{l, "/1.ts.json"})
	s.playsFromPeers(1, 3)
	if got, want := fmt.Sprint(*warned), "[digests-missing over: digests-missing]"; got != want {
		t.Errorf("heard %v, want %v", got, want)
	}
}

// While a list is left alone no segment that is asked of a peer has it fetched.
func TestAListIsLeftAlone(t *testing.T) {
	l := &digestList{fails: errors.New("503")}
	s, _ := checking(t, l)
	s.playsFromPeers(1, 1)
	for l.asked < 5 {
		s.pass(100 * time.Millisecond) // it has just failed again
	}
	anna := s.meet("anna", 2)
	s.list(0, 3)
	s.load(2)
	anna.begins(5)
	s.pass(time.Second)
	if l.asked > 5 {
		t.Errorf("asked for %d times more", l.asked-5)
	}
}

// With the network the list may be back.
func TestAListIsAskedForWhenTheNetworkIsBack(t *testing.T) {
	l := &digestList{fails: errors.New("no network")}
	s, _ := checking(t, l)
	s.pass(time.Second)
	s.playsFromPeers(1, 3)
	s.pass(600 * time.Millisecond)
	asked := l.asked
	l.fails, l.segments = nil, map[int]string{4: "true4"}
	s.page.Reconnect()
	s.meet("anna", 4)
	s.list(0, 5)
	s.load(4)
	s.pass(500 * time.Millisecond)
	if l.asked != asked+1 {
		t.Errorf("asked for %d times more", l.asked-asked)
	}
}

// The digest is asked for while the segment comes.
func TestAListIsFetchedAhead(t *testing.T) {
	l := &digestList{segments: map[int]string{1: "true1"}}
	s, _ := checking(t, l)
	anna := s.meet("anna", 1)
	s.load(1)
	anna.begins(5)
	if l.asked != 1 {
		t.Errorf("asked for %d times", l.asked)
	}
}

// While a segment waits the list is read again and again, and a digest that is appended
// in time is found.
func TestADigestThatIsAppendedInTime(t *testing.T) {
	l := &digestList{segments: map[int]string{0: "hello"}}
	s, warned := checking(t, l)
	s.pass(time.Second)
	anna := s.meet("anna", 1)
	s.load(1)
	s.pass(100 * time.Millisecond)
	s.done = nil
	anna.gives("true1")
	s.pass(600 * time.Millisecond) // which is one reading
	s.expect()
	l.segments[1] = "true1"
	s.pass(400 * time.Millisecond)
	s.expect("player: 1: true1")
	if len(*warned) > 0 || l.asked != 3 {
		t.Error(*warned, l.asked)
	}
}

// What is abandoned while it waits for its digest is not played when that comes.
func TestPeersAreDoneWithoutWhileADigestIsAwaited(t *testing.T) {
	for name, l := range map[string]*digestList{
		"to be read": {late: true}, "to be computed": {segments: map[int]string{1: "true1"}, slow: true},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := checking(t, l)
			anna := s.meet("anna", 1)
			s.load(1)
			anna.gives("true1")
			s.settings.Main.IsP2PDisabled = true
			s.loader.Configure(s.settings)
			s.done = nil
			for len(l.waiting) > 0 {
				l.answers(0)
			}
			s.pass(2 * time.Second)
			s.expect()
		})
	}
}

// rawList is a list as a text, under an address of each segment's own if that is wanted.
type rawList struct {
	digestList
	text string
	each bool
}

func (l *rawList) Find(segment, _ string) string {
	if l.each {
		return segment + ".json"
	}
	return "https://origin.test/segments-sha256.json"
}

func (l *rawList) Fetch(kind hls.StreamType, url string, done func([]byte, error)) (stop func()) {
	if l.late {
		return l.digestList.Fetch(kind, url, done)
	}
	l.asked++
	done([]byte(l.text), nil)
	return nil
}

func checkingWith(t *testing.T, d loader.Digests) (s *stage, warned *[]string) {
	s, warned = checking(t, &digestList{none: true})
	s.digests = d
	s.loader.Close()
	s.open(s.settings)
	s.begin()
	return s, warned
}

// Of a list that can be read in part that part is used, and the rest is told of once.
func TestAListThatCanBeReadInPart(t *testing.T) {
	sum := func(text string) string { return digest(text).String() }
	l := &rawList{text: `{"x":7,"1.ts":"` + sum("true1") + `","2.ts":"` + sum("true2") + `"}`}
	s, warned := checkingWith(t, l)
	s.list(0, 3)
	anna := s.meet("anna", 1, 2)
	s.load(1)
	anna.gives("true1")
	s.load(2)
	anna.gives("false")
	s.pass(time.Second)
	if got := fmt.Sprint(*warned); got != "[digests-missing anna p2p-segment-validation-failed]" {
		t.Error(got)
	}
}

// A digest of a byte range is found under its first and its last byte.
func TestADigestOfAByteRange(t *testing.T) {
	l := &rawList{text: fmt.Sprintf(`{"all.mp4":{"100-104":"%v"}}`, digest("true1"))}
	s, warned := checkingWith(t, l)
	s.loader.UpdateStream(playlist, []hls.Segment{{
		RuntimeID: "range", ExternalID: 7, URL: "https://origin.test/all.mp4", Start: 4, End: 6,
		ByteRange: &hls.ByteRange{Start: 100, End: 104},
	}}, nil)
	anna := s.meet("anna", 7)
	got := ""
	if err := s.loader.Load("range", func(r loader.Result, _ error) { got = string(r.Bytes.(text)) }); err != nil {
		t.Fatal(err)
	}
	s.pass(0)
	anna.gives("true1")
	if got != "true1" || len(*warned) > 0 {
		t.Errorf("got %q, warned %v", got, *warned)
	}
}

// No more than 32 lists are kept.
func TestListsAreForgotten(t *testing.T) {
	l := &rawList{each: true}
	l.late = true
	s, _ := checkingWith(t, l)
	s.playsFromPeers(1, 40)
	if l.stopped < 8 {
		t.Errorf("%d of 40 lists were forgotten", l.stopped)
	}
}
