package loader_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

func TestAlone(t *testing.T) {
	s := newStage(t)
	s.list(0, 5)
	s.load(0)
	s.expect("origin: 0 from 0")
	s.serve(0, 5, "hello")
	s.expect("player: 0: hello")
	s.load(0)
	s.expect("player: 0: hello") // from the storage
}

func TestANewRequestAbortsTheFormer(t *testing.T) {
	s := newStage(t)
	s.list(0, 5)
	s.load(0)
	s.serve(0, 5, "hello")
	s.done = nil
	s.loader.UpdatePlayback(2, 1)
	s.load(1)
	s.expect("origin: 1 from 0")
	s.load(0) // which is stored
	s.expect("player: 1: loader: aborted", "player: 0: hello")
}

func TestADownloadGoesOnWhereItStopped(t *testing.T) {
	s := newStage(t)
	s.list(0, 5)
	s.load(0)
	s.origin().Headers(0, 5)
	s.origin().Chunk(text("he"))
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPError})
	s.pass(time.Second)
	s.expect("origin: 0 from 0", "origin: 0 from 2")
	s.serve(2, 5, "llo")
	s.expect("player: 0: hello")
}

func TestAnOriginThatSendsTheWholeAgain(t *testing.T) {
	s := newStage(t)
	s.list(0, 5)
	s.load(0)
	s.origin().Headers(0, 5)
	s.origin().Chunk(text("he"))
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPError})
	s.pass(time.Second)
	s.done = nil
	s.serve(0, 5, "hello")
	s.expect("player: 0: hello")
}

func TestAnEmptySegmentIsNone(t *testing.T) {
	s := newStage(t)
	s.list(0, 5)
	s.load(0)
	s.origin().Headers(0, 0)
	s.origin().Done()
	s.pass(time.Second)
	s.expect("origin: 0 from 0", "origin: 0 from 0")
}

func TestThePlayerIsToldAfterThreeFailures(t *testing.T) {
	s := newStage(t)
	s.list(0, 5)
	s.load(0)
	for range 3 {
		s.origin().Failed(&loader.FetchError{Type: loader.HTTPError})
		s.pass(time.Second)
	}
	s.expect("origin: 0 from 0", "origin: 0 from 0", "origin: 0 from 0", "player: 0: loader: the segment cannot be had")
	s.load(0) // asked for anew, it gets all its tries
	s.expect("origin: 0 from 0")
}

// A live playlist moves on, whether or not the player has what it waits for.
func TestTheSegmentThatThePlayerWaitsForMayLeaveThePlaylist(t *testing.T) {
	s := newStage(t)
	s.list(0, 5)
	s.load(0)
	s.list(1, 6)
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPError})
	s.pass(time.Second)
	s.expect("origin: 0 from 0", "origin: 0 from 0")
	s.serve(0, 5, "hello")
	s.expect("player: 0: hello")
}

// A player that stands still while a live playlist moves on plays nothing of what
// follows: peers are asked for none of it, until the player asks again.
func TestAPlayerThatThePlaylistHasLeftBehind(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna", 1, 2, 5)
	s.expect("anna: 1 from 0")
	s.list(1, 3)
	anna.begins(5)
	anna.sends("world")
	anna.completes()
	s.expect("anna: 2 from 0") // it follows: the player is in time still
	anna.begins(5)
	anna.sends("again")
	anna.completes()
	s.list(4, 8)
	s.pass(5 * time.Second)
	s.expect()
	s.loader.UpdatePlayback(8, 1)
	s.load(4)
	s.serve(0, 3, "new")
	s.expect("origin: 4 from 0", "player: 4: new", "anna: 5 from 0")
}

// A listener may take back the request that is being looked after.
func TestAbortedByAListener(t *testing.T) {
	s := newStage(t)
	s.list(0, 5)
	s.load(0)
	s.hear = func(e loader.Event) {
		if _, failed := e.(loader.SegmentFailed); failed {
			s.loader.Abort(url(0))
		}
	}
	for range 3 {
		s.origin().Failed(&loader.FetchError{Type: loader.HTTPError})
		s.pass(time.Second)
	}
	s.expect("origin: 0 from 0", "player: 0: loader: aborted")
}

func TestClosedByAListener(t *testing.T) {
	for name, is := range map[string]func(loader.Event) bool{
		"when a download starts": func(e loader.Event) bool { _, ok := e.(loader.SegmentStarted); return ok },
		"at the first bytes":     func(e loader.Event) bool { _, ok := e.(loader.ChunkDownloaded); return ok },
		"when it is here":        func(e loader.Event) bool { _, ok := e.(loader.SegmentLoaded); return ok },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			closed := false
			s.hear = func(e loader.Event) {
				if closed {
					return
				}
				if is(e) {
					closed = true
					s.loader.Close()
				}
			}
			s.list(0, 5)
			s.load(0)
			if len(s.fetches) > 0 {
				s.serve(0, 5, "hello")
			}
			s.pass(time.Minute)
			if got := s.done[len(s.done)-1]; got != "player: 0: loader: aborted" && got != "origin: stop 0" {
				t.Errorf("the last thing done was %q", got)
			}
			if err := s.loader.Load(url(1), nil); err == nil {
				t.Error("a closed loader loads")
			}
		})
	}
}

// The player may close its loader when it hears that a request was aborted, even
// if that is because it has just asked for something else.
func TestClosedByTheFormerRequest(t *testing.T) {
	s := newStage(t)
	s.list(0, 5)
	if err := s.loader.Load(url(0), func(loader.Result, error) { s.loader.Close() }); err != nil {
		t.Fatal(err)
	}
	s.load(1)
	s.expect("player: 1: loader: aborted")
	s.pass(time.Minute)
	s.expect()
}

func TestAPeerGivesWhatItHolds(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna", 1)
	s.load(1)
	s.expect("anna: 1 from 0")
	anna.begins(5)
	anna.sends("wo")
	anna.sends("rld")
	anna.completes()
	s.expect("player: 1: world")
}

// What one peer claims of a segment's size binds nobody once nothing of it is
// held.
func TestAPeerThatLiesAboutTheSize(t *testing.T) {
	s := newStage(t)
	s.begin()
	liar := s.meet("liar", 1)
	s.load(1)
	s.expect("liar: 1 from 0")
	liar.begins(3)
	s.done = nil
	honest := s.meet("honest", 1)
	liar.say(wire.Command{Code: wire.SegmentsAnnouncement}) // it has it no more
	s.pass(2 * time.Second)                                 // and says nothing
	s.expect("honest: 1 from 0")
	honest.begins(5)
	honest.sends("world")
	honest.completes()
	s.expect("player: 1: world")
}

// A peer has given the beginning of something that is not as long as the
// origin's segment: nothing of it can be kept.
func TestTheOriginKnowsTheSize(t *testing.T) {
	s := newStage(t)
	s.begin()
	liar := s.meet("liar", 1)
	s.load(1)
	liar.begins(4)
	liar.sends("ab")
	liar.receiver.Closed(nil)
	s.loader.UpdatePlayback(1, 1) // urgent now
	s.pass(time.Second)
	s.done = nil
	s.origin().Headers(2, 5)
	s.pass(0) // at once: the origin has done nothing wrong
	s.expect("origin: stop 1", "origin: 1 from 0")
	s.serve(0, 5, "world")
	s.expect("player: 1: world")
}

// A connection that breaks while its offer is being made takes no others along.
func TestAnOfferThatCannotBeMade(t *testing.T) {
	s := newStage(t)
	s.unready = true
	warnings := 0
	s.hear = func(e loader.Event) {
		if _, ok := e.(loader.TrackerWarned); ok {
			warnings++
		}
	}
	s.list(0, 3)
	s.load(0)
	s.tracker().Opened()
	if len(s.peers) == 0 {
		t.Fatal("no offers were made")
	}
	for _, r := range s.peers {
		r.receiver.Closed(errors.New("no network"))
	}
	if warnings != len(s.peers) {
		t.Errorf("%d warnings for %d offers that could not be made", warnings, len(s.peers))
	}
}

// A segment that the storage refuses reaches the player, and is not fetched over
// and over because it is still missing.
func TestASegmentThatDoesNotFit(t *testing.T) {
	s := newStage(t)
	small := s.settings
	small.StorageLimit = 4.0 / (1 << 20)
	s.open(small)
	s.list(0, 3)
	s.load(0)
	s.tracker().Opened()
	s.meet("anna")
	s.done = nil
	s.serve(0, 5, "hello")
	s.pass(time.Minute)
	fetched := 0
	for _, what := range s.done {
		if what == "origin: 0 from 0" {
			fetched++
		}
	}
	if fetched > 0 {
		t.Errorf("fetched %d times more", fetched)
	}
	s.done = nil
	s.load(0)
	s.expect("origin: 0 from 0")
}

func TestAPeerThatOffersWithoutEnd(t *testing.T) {
	s := newStage(t)
	s.list(0, 3)
	s.load(0)
	for range 100 {
		s.offer("peer")
	}
	if n := len(s.peers); n > 2 {
		t.Errorf("%d connections were made for it", n)
	}
	for i := range 100 {
		s.offer(fmt.Sprint("peer", i))
	}
	if n := len(s.peers); n > 60 {
		t.Errorf("%d connections were made for all", n)
	}
}

func TestDisabledForAWhile(t *testing.T) {
	s := newStage(t)
	s.list(0, 2)
	s.load(0)
	off, on := s.settings, s.settings
	off.Main.IsP2PDisabled = true
	s.done = nil
	s.loader.Configure(off)
	s.expect("player: 0: loader: aborted", "origin: stop 0")
	s.loader.Configure(on)
	s.load(0)
	s.expect("origin: 0 from 0")
	s.serve(0, 5, "hello")
	s.expect("player: 0: hello")
}

// What was played before the module was here comes to it though sharing was switched off
// meanwhile: nobody is to hear of that, and nothing is fetched ahead.
func TestDisabledBeforeItBegins(t *testing.T) {
	s := newStage(t)
	s.loader.Close()
	off, on := s.settings, s.settings
	off.Main.IsP2PDisabled = true
	s.open(off)
	s.list(0, 3)
	if err := s.loader.Seed(url(0), text("hello")); err != nil {
		t.Fatal(err)
	}
	if err := s.loader.Served(url(1)); err != nil {
		t.Fatal(err)
	}
	s.page.Rest()
	s.page.Wake()
	s.pass(time.Minute)
	if len(s.sockets) > 0 || len(s.done) > 0 {
		t.Fatal("it has joined a swarm", s.done)
	}
	s.loader.Configure(on)
	s.load(2)
	s.expect("origin: 2 from 0")
	if len(s.sockets) != 1 {
		t.Error("it has not joined when it was switched on")
	}
}

// Bytes that are all here are the segment, whether or not the peer says so.
func TestAPeerThatGoesBeforeItIsDone(t *testing.T) {
	s := newStage(t)
	s.begin()
	anna := s.meet("anna", 1)
	s.load(1)
	anna.begins(5)
	s.done = nil
	anna.sends("world")
	s.expect("player: 1: world")
	anna.receiver.Closed(nil)
	s.loader.UpdatePlayback(1, 1)
	s.pass(time.Second)
	s.expect("anna: closed", "anna: closed")
}

func TestBandwidthIsNeverNothing(t *testing.T) {
	s := newStage(t)
	s.list(0, 3)
	s.loader.SetActiveLevelBitrate(3e6)
	if err := s.loader.Seed(url(0), text("hello")); err != nil {
		t.Fatal(err)
	}
	s.load(1)
	s.pass(2 * time.Second) // silence is no measure
	var told float64
	if err := s.loader.Load(url(0), func(r loader.Result, _ error) { told = r.Bandwidth }); err != nil {
		t.Fatal(err)
	}
	if told != 3e6 {
		t.Errorf("told %v bit/s, want that of the level", told)
	}
}

// Before there is a peer: twice 20 ms for the segment, and a second.
func TestWhatWasLearnedOfTheOriginElsewhere(t *testing.T) {
	s := newStage(t)
	s.list(0, 2)
	if err := s.loader.Seed(url(0), text("hello")); err != nil {
		t.Fatal(err)
	}
	s.loader.Learn(hls.Main, 0.01)
	s.load(1)
	s.pass(950 * time.Millisecond)
	s.expect()
	s.pass(20 * time.Millisecond)
	s.expect("origin: 1 from 0")
}

// Nobody tells a page that a response from another origin was compressed.
func TestAResponseLongerThanAnnounced(t *testing.T) {
	s := newStage(t)
	s.list(0, 2)
	s.load(0)
	s.serve(0, 4, "hello")
	s.expect("origin: 0 from 0", "player: 0: hello")
}

// A page's rtcConfig that the browser does not take.
func TestWithoutConnectionsThereIsNoSwarm(t *testing.T) {
	s := newStage(t)
	s.settings.Main.AnnounceTrackers = []string{"wss://one.test", "wss://two.test"}
	s.open(s.settings)
	s.refusal = &loader.RefusedError{Err: errors.New("invalid ICE server")}
	var warnings []string
	s.hear = func(e loader.Event) {
		if warned, ok := e.(loader.TrackerWarned); ok {
			warnings = append(warnings, warned.Tracker+warned.Err.Error())
		}
	}
	s.list(0, 2)
	s.load(0)
	for _, receiver := range s.sockets {
		receiver.Opened()
	}
	s.pass(10 * time.Minute)
	if want := "no connections to peers, HTTP alone: invalid ICE server"; len(warnings) != 1 || warnings[0] != want {
		t.Errorf("warned of %q, want %q once", warnings, want)
	}
	if len(s.sockets) != 2 || s.hungUp != 2 {
		t.Errorf("%d sockets, %d of them closed, want 2", len(s.sockets), s.hungUp)
	}
	s.done = nil
	s.load(1)
	s.expect("origin: 1 from 0")
}

// kinds lists the events of the types that a test is about, in the order of
// their coming.
func (s *stage) kinds() *[]string {
	heard := new([]string)
	s.hear = func(e loader.Event) {
		switch e := e.(type) {
		case loader.PeerFailed:
			*heard = append(*heard, fmt.Sprintf("failed: %s %v", e.Code, e.Err))
		case loader.SegmentFailed:
			*heard = append(*heard, fmt.Sprintf("segment: %v", e.Err))
		case loader.PeerClosed:
			*heard = append(*heard, "closed")
		case loader.TrackerWarned:
			*heard = append(*heard, fmt.Sprintf("warned: %v", e.Err))
		}
	}
	return heard
}

func TestAConnectionThatBreaks(t *testing.T) {
	broken := &loader.ConnectionError{Code: loader.ChannelFailed, Err: errors.New("abort")}
	for name, c := range map[string]struct {
		reason error
		want   []string
	}{
		"breaks":    {broken, []string{"failed: ERR_DATA_CHANNEL abort", "segment: peer-closed: abort", "closed"}},
		"is closed": {errors.New("bye"), []string{"segment: peer-closed: bye", "closed"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.begin()
			anna := s.meet("anna", 1)
			s.load(1)
			heard := s.kinds()
			anna.receiver.Closed(c.reason)
			anna.receiver.Closed(c.reason)
			if !slices.Equal(*heard, c.want) {
				t.Errorf("heard %q, want %q", *heard, c.want)
			}
		})
	}
}

func TestAConnectionThatDoesNotOpen(t *testing.T) {
	s := newStage(t)
	s.begin()
	heard := s.kinds()
	s.offer("anna")
	s.pass(time.Minute)
	// Of two connections to one peer the other may close one.
	s.meet("zoe")
	s.offer("bert")
	s.offer("bert")
	s.peers[len(s.peers)-1].receiver.Opened()
	s.pass(time.Minute)
	*heard = slices.DeleteFunc(*heard, func(line string) bool { return strings.HasPrefix(line, "segment") })
	want := []string{"warned: connection to anna----------------: connection did not open"}
	if !slices.Equal(*heard, want) {
		t.Errorf("heard %q, want %q", *heard, want)
	}
}

// A page may set anything while it plays. It is told once, whatever its engine
// opens and closes.
func TestSettingsThatMakeNoSense(t *testing.T) {
	s := newStage(t)
	var complaints []string
	s.hear = func(e loader.Event) {
		if e, ok := e.(loader.SettingIgnored); ok {
			complaints = append(complaints, e.Complaint)
		}
	}
	settings := s.settings
	settings.Main.WebRTCMaxMessageSize = 0
	settings.Main.HTTPErrorRetries = math.NaN()
	settings.Main.HTTPNotReceivingBytesTimeout = math.Inf(1)
	s.open(settings)
	s.loader.Configure(settings)
	settings.Main.WebRTCMaxMessageSize = -1
	s.loader.Configure(settings)
	s.loader.Configure(settings)
	want := []string{
		"webRtcMaxMessageSize cannot be 0: the default is used",
		"httpErrorRetries cannot be NaN: the default is used",
		"webRtcMaxMessageSize cannot be -1: the default is used",
	}
	if !slices.Equal(complaints, want) {
		t.Errorf("complained of %q, want %q", complaints, want)
	}

	s.list(0, 5)
	s.load(0)
	s.pass(time.Hour) // the origin has all the time it wants
	for range 3 {
		s.origin().Failed(&loader.FetchError{Type: loader.HTTPError})
		s.pass(time.Second)
	}
	s.expect("origin: 0 from 0", "origin: 0 from 0", "origin: 0 from 0", "player: 0: loader: the segment cannot be had")
}

func TestWhoAnnouncesForTheFirstTimeIsToldAgain(t *testing.T) {
	s := newStage(t)
	s.begin()
	s.offer("anna")
	anna := s.peers[len(s.peers)-1]
	anna.receiver.Opened()
	for announcement, want := range []int{1, 2, 2} {
		if announcement > 0 {
			anna.say(wire.Command{Code: wire.SegmentsAnnouncement})
		}
		if len(anna.told) != want || !slices.Equal(anna.told[want-1].Loaded, []int64{0}) {
			t.Errorf("told after %d announcements: %v", announcement, anna.told)
		}
	}
}
