package loader_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
)

var (
	notFound    = &loader.FetchError{Type: loader.HTTPError, Status: 404}
	unavailable = &loader.FetchError{Type: loader.HTTPError, Status: 503}
	noNetwork   = &loader.FetchError{Type: loader.HTTPError}
)

// refuses answers each request for a segment with that error, for so long. It
// returns when they came.
func (s *stage) refuses(err *loader.FetchError, d time.Duration) (at []time.Duration) {
	began := s.world.Now()
	for answered := len(s.fetches) - 1; s.world.Now()-began < d; {
		if answered < len(s.fetches) {
			at = append(at, s.world.Now()-began)
			answered = len(s.fetches)
			s.origin().Failed(err)
		}
		s.pass(10 * time.Millisecond)
	}
	return at
}

// told is when the player is told, at most so long after it asked.
func (s *stage) told(by *loader.FetchError, most time.Duration) time.Duration {
	began := s.world.Now()
	for s.world.Now()-began < most && !slices.ContainsFunc(s.done, func(line string) bool { return line[0] == 'p' }) {
		s.refuses(by, 20*time.Millisecond)
	}
	return s.world.Now() - began
}

func TestWhenThePlayerIsTold(t *testing.T) {
	for _, c := range []struct {
		name        string
		err         *loader.FetchError
		retries     float64
		least, most time.Duration
	}{
		{"what nothing mends", notFound, 3, 300 * time.Millisecond, time.Second},
		{"no network", noNetwork, 3, 300 * time.Millisecond, time.Second},
		{"a failing origin, as by hls.js alone", unavailable, 3, 31 * time.Second, 34 * time.Second},
		{"a page that allows more", unavailable, 30, 31 * time.Second, time.Minute},
		{"a page that allows less", unavailable, 2, 100 * time.Millisecond, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t)
			s.settings.Main.HTTPErrorRetries = c.retries
			s.open(s.settings)
			s.list(0, 2)
			s.load(0)
			if took := s.told(c.err, 2*time.Minute); took < c.least || took > c.most {
				t.Errorf("told after %v, want %v to %v", took, c.least, c.most)
			}
		})
	}
}

// The end of an outage is noticed soon, and nobody hammers meanwhile.
func TestAnOutage(t *testing.T) {
	s := newStage(t)
	s.list(0, 2)
	s.load(0)
	at := s.refuses(unavailable, 10*time.Second)
	if len(at) < 5 || len(at) > 12 {
		t.Errorf("asked at %v", at)
	}
	asked := len(s.fetches)
	s.pass(2 * time.Second)
	if len(s.fetches) != asked+1 {
		t.Fatalf("asked %d times in the 2 s after it", len(s.fetches)-asked)
	}
	s.done = nil
	s.serve(0, 5, "hello")
	s.expect("player: 0: hello")
	// It does well: nothing rests.
	s.load(1)
	s.expect("origin: 1 from 0")
}

func TestViewersDoNotComeBackInStep(t *testing.T) {
	s := newStage(t)
	s.settings.Main.HTTPErrorRetries = 1000
	s.open(s.settings)
	s.list(0, 2)
	s.load(0)
	at := s.refuses(notFound, 2*time.Minute)
	waits := map[time.Duration]bool{}
	for i := 5; i < len(at); i++ {
		wait := at[i] - at[i-1]
		waits[wait] = true
		if wait < time.Second || wait > 2100*time.Millisecond {
			t.Errorf("waited %v before attempt %d", wait, i)
		}
	}
	if len(waits) < 20 {
		t.Errorf("%d different waits for %d attempts", len(waits), len(at))
	}
}

func TestRetryAfterHoldsForAllOfTheOrigin(t *testing.T) {
	s := newStage(t)
	s.list(0, 5)
	s.load(0)
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPError, Status: 429, RetryAfter: 5 * time.Second})
	s.load(1)
	s.pass(4900 * time.Millisecond)
	s.expect("origin: 0 from 0", "player: 0: loader: aborted")
	s.pass(1200 * time.Millisecond)
	s.expect("origin: 1 from 0")
	s.serve(0, 5, "world")
	s.load(2)
	s.expect("player: 1: world", "origin: 2 from 0")
}

func TestAPeerGivesWhatABusyOriginDoesNot(t *testing.T) {
	s := newStage(t)
	s.begin()
	s.loader.UpdatePlayback(1, 1) // urgent
	s.load(1)
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPError, Status: 503, RetryAfter: time.Minute})
	s.pass(time.Second)
	s.meet("anna", 1)
	s.pass(time.Second)
	s.expect("origin: 1 from 0", "anna: 1 from 0")
}

// failures lists what is told of downloads that fail.
func (s *stage) failures() *[]string {
	heard := new([]string)
	s.hear = func(e loader.Event) {
		if e, ok := e.(loader.SegmentFailed); ok {
			*heard = append(*heard, e.Err.Error())
		}
	}
	return heard
}

func TestSlowHeadersAreWaitedFor(t *testing.T) {
	s := newStage(t)
	heard := s.failures()
	s.list(0, 5)
	s.load(0)
	s.pass(9900 * time.Millisecond)
	s.origin().Headers(0, 5)
	s.pass(2900 * time.Millisecond)
	s.origin().Chunk(text(""))
	s.pass(2900 * time.Millisecond)
	s.serve(0, 5, "hello")
	s.expect("origin: 0 from 0", "player: 0: hello")
	if len(*heard) > 0 {
		t.Errorf("failed: %q", *heard)
	}
}

func TestASilentOriginIsAskedAnew(t *testing.T) {
	s := newStage(t)
	heard := s.failures()
	s.list(0, 5)
	s.load(0)
	s.pass(10400 * time.Millisecond)
	s.expect("origin: 0 from 0", "origin: stop 0", "origin: 0 from 0")
	s.origin().Headers(0, 5)
	s.origin().Chunk(text("he"))
	s.pass(3900 * time.Millisecond)
	s.expect("origin: stop 0", "origin: 0 from 2")
	want := []string{
		"bytes-receiving-timeout: no headers after 10 s",
		"bytes-receiving-timeout: no bytes for 3 s after 2 of 5",
	}
	if !slices.Equal(*heard, want) {
		t.Errorf("told %q, want %q", *heard, want)
	}
}

func TestASilentOriginIsLeftForAPeer(t *testing.T) {
	for name, c := range map[string]struct {
		meets time.Duration
		most  time.Duration
	}{
		"that was there":     {0, 3200 * time.Millisecond},
		"that comes to have": {4 * time.Second, 6200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.begin()
			s.loader.UpdatePlayback(1, 1) // urgent
			s.load(1)
			s.pass(c.meets)
			s.meet("anna", 1)
			s.expect("origin: 1 from 0")
			s.pass(c.most - c.meets)
			s.expect("origin: stop 1", "anna: 1 from 0")
		})
	}
}

// A line that breaks often brings a segment all the same, as long as each attempt
// brings something of it.
func TestAttemptsThatAreWorthwhile(t *testing.T) {
	for _, c := range []struct {
		size, total int
		want        bool
	}{
		{64 << 10, 0, true}, {64 << 10, 10 << 20, true}, {1 << 10, 8 << 10, true},
		{1 << 10, 0, false}, {1 << 10, 9 << 10, false},
	} {
		size, want := c.size, c.want
		s := newStage(t)
		s.list(0, 2)
		s.load(0)
		part := text(make([]byte, size))
		for i := range 6 {
			s.origin().Headers(int64(i*size), int64(c.total))
			s.origin().Chunk(part)
			s.origin().Failed(noNetwork)
			s.pass(2 * time.Second)
		}
		if went := s.done[len(s.done)-1] == fmt.Sprintf("origin: 0 from %d", 6*size); went != want {
			t.Errorf("%d bytes of %d each time: %q", size, c.total, s.done)
		}
	}
}

// An origin that signs its addresses gives new ones with each playlist. They are
// the same segments.
func TestAddressesThatAreSignedAnew(t *testing.T) {
	s := newStage(t)
	s.sign(3, "one")
	s.load(0)
	s.origin().Headers(0, 5)
	s.origin().Chunk(text("he"))
	s.sign(3, "two")
	s.pass(time.Second)
	s.expect("origin: 0 from 0 one") // it goes on
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPError, Status: 403})
	s.pass(time.Second)
	s.expect("origin: 0 from 2 two")
	s.serve(2, 5, "llo")
	s.expect("player: 0: hello")
	s.load(0)
	s.expect("player: 0: hello") // from the storage
}

func TestARequestIsTakenBackByItsFormerAddress(t *testing.T) {
	s := newStage(t)
	s.sign(3, "one")
	s.load(0)
	s.sign(3, "two")
	s.loader.Abort(url(0) + "?one")
	s.expect("origin: 0 from 0 one", "player: 0: loader: aborted")
}

// What is fetched in advance goes on as well.
func TestDownloadsInAdvanceSurviveNewAddresses(t *testing.T) {
	s := newStage(t)
	s.sign(3, "one")
	s.load(0)
	s.tracker().Opened()
	s.meet("anna")
	s.serve(0, 5, "hello")
	s.loader.UpdatePlayback(-20, 1)
	s.pass(time.Second)
	s.done = nil
	s.sign(3, "two")
	s.pass(100 * time.Millisecond)
	s.expect()
	s.serve(0, 5, "world")
	s.done = nil
	s.load(2)
	s.expect("player: 2: world", "origin: stop 1")
}
