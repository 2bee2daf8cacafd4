package loader_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// got is how many bytes of segments each peer has been sent since this was last called.
func (s *stage) got(peers ...*remote) (bytes []int) {
	for _, r := range peers {
		n := 0
		for _, line := range s.done {
			if sent, ok := strings.CutPrefix(line, r.name+": "); ok {
				n += len(sent)
			}
		}
		bytes = append(bytes, n)
	}
	s.done = nil
	return bytes
}

func sum(numbers []int) (n int) {
	for _, each := range numbers {
		n += each
	}
	return n
}

// strangers brings so many peers that do not speak our additions to the protocol: they
// are given to at all times.
func (s *stage) strangers(n int) (strangers []*remote) {
	for range n {
		strangers = append(strangers, s.meet(fmt.Sprint("stranger", len(s.peers))))
	}
	return strangers
}

func TestWhatIsGivenKeepsToTheRate(t *testing.T) {
	for _, c := range []struct {
		kbits  float64
		takers int
		hidden bool
	}{{100, 1, false}, {100, 2, false}, {100, 8, false}, {16, 3, false}, {400, 8, false}, {100, 1, true}, {100, 3, true}} {
		t.Run(fmt.Sprintf("%v kbit/s for %d, hidden: %v", c.kbits, c.takers, c.hidden), func(t *testing.T) {
			s := uploading(t)
			s.hidden = c.hidden
			s.settings.UploadRateLimit = c.kbits
			s.loader.Configure(s.settings)
			takers := s.strangers(c.takers)
			s.arrives(10 * time.Second)
			s.got()
			for _, r := range takers {
				r.ask(0)
			}
			rate, has := c.kbits*1000/8, make([]int, c.takers)
			for second := 1; second <= 10; second++ {
				s.arrives(time.Second)
				for i, n := range s.got(takers...) {
					if n == 0 && has[i] < big {
						t.Errorf("taker %d of %d bytes heard nothing for a second", i, has[i])
					}
					has[i] += n
				}
				if most := rate * (float64(second) + 1.5); float64(sum(has)) > most {
					t.Fatalf("%d bytes in %d s, want at most %v", sum(has), second, most)
				}
			}
			if want := min(rate*10, float64(c.takers*big)); float64(sum(has)) < want {
				t.Errorf("%d bytes in 10 s, want %v", sum(has), want)
			}
		})
	}
}

// Neither does what is passed on while it arrives.
func TestWhatIsPassedOnKeepsToTheRate(t *testing.T) {
	s := uploading(t)
	s.settings.UploadRateLimit = 8
	s.loader.Configure(s.settings)
	anna := s.strangers(1)[0]
	s.receives(50_000, strings.Repeat("a", 10_000))
	anna.ask(1)
	s.got()
	s.pass(2 * time.Second)
	s.origin().Chunk(text(strings.Repeat("b", 10_000)))
	if n := s.got(anna)[0]; n < 1500 || n > 3000 {
		t.Errorf("%d bytes in 2 s, want some 2000", n)
	}
}

// One that waits for its turn is in nobody's way when it goes.
func TestWhoIsGoneHasNoTurn(t *testing.T) {
	s := uploading(t)
	s.settings.UploadRateLimit = 100
	s.loader.Configure(s.settings)
	takers := s.strangers(3)
	for _, r := range takers {
		r.ask(0)
	}
	takers[1].receiver.Closed(nil)
	s.got()
	s.arrives(2 * time.Second)
	if got := s.got(takers...); got[0] < 9000 || got[1] != 0 || got[2] < 9000 {
		t.Errorf("they got %v bytes in 2 s", got)
	}
}

// A rate that is lifted holds nobody up any more.
func TestTheRateIsLifted(t *testing.T) {
	s := uploading(t)
	s.settings.UploadRateLimit = 0.01
	s.loader.Configure(s.settings)
	anna := s.strangers(1)[0]
	anna.ask(0)
	s.pass(time.Second)
	s.settings.UploadRateLimit = 0
	s.loader.Configure(s.settings)
	s.pass(0)
	if n := s.got(anna)[0]; n < big-1000 || n > big {
		t.Errorf("it got %d bytes, want about %d", n, big)
	}
}

func TestALowRateIsSharedByFew(t *testing.T) {
	for kbits, want := range map[float64]int{0: 4, 1: 1, 1000: 1, 2500: 2, 4000: 3, 1e9: 4} {
		s := uploading(t)
		s.settings.UploadRateLimit = kbits
		s.loader.Configure(s.settings)
		if n := given(s.givers(8)); n != want {
			t.Errorf("%v kbit/s: %d are given to, want %d", kbits, n, want)
		}
	}
}

// Those who are given to at all times take it, too.
func TestASlotIsOfferedWhereThereIsOne(t *testing.T) {
	s := uploading(t)
	s.settings.UploadRateLimit = 100
	s.loader.Configure(s.settings)
	lent, refused := s.strangers(2), s.givers(1)
	for _, r := range lent {
		r.ask(1)
	}
	if refused[0].gets() {
		t.Error("there was a slot")
	}
	if got := s.invited(lent[0]); got != nil {
		t.Errorf("%q heard of a slot that is taken", got)
	}
	if got, want := s.invited(lent[1]), []string{refused[0].name}; !slices.Equal(got, want) {
		t.Errorf("%q heard of the slot, want %q", got, want)
	}
}

// Those who cannot give get the only slot, too, where nobody else wants it.
func TestTheOnlySlotIsForAll(t *testing.T) {
	s := uploading(t)
	s.settings.UploadRateLimit = 100
	s.loader.Configure(s.settings)
	if n := given(s.mutes(2)); n != 1 {
		t.Errorf("%d are given to who give nothing, want 1", n)
	}
}

// both has two loaders on the page, each with segment 0, and a peer.
func both(t *testing.T, limit func(s *stage)) (s *stage, first, second *remote) {
	s = uploading(t)
	limit(s)
	s.loader.Configure(s.settings)
	first = s.strangers(1)[0]
	s.open(s.settings)
	s.list(0, 2)
	s.load(0)
	s.tracker().Opened()
	s.serve(0, big, strings.Repeat("-", big))
	second = s.strangers(1)[0]
	s.done = nil
	return s, first, second
}

func TestPlayersOfAPageShareTheRate(t *testing.T) {
	s, first, second := both(t, func(s *stage) { s.settings.UploadRateLimit = 80 })
	first.ask(0)
	second.ask(0)
	s.pass(9 * time.Second)
	got := s.got(first, second)
	if n := sum(got); n < 90_000 || n > 100_000 || min(got[0], got[1]) < 40_000 {
		t.Errorf("they got %v bytes in 9 s, want up to 100,000 and half each", got)
	}
}

// warnings collects what the page is warned of.
func (s *stage) warnings() *[]string {
	var heard []string
	s.hear = func(e loader.Event) {
		switch e := e.(type) {
		case loader.Warned:
			heard = append(heard, fmt.Sprintf("%s: %v", e.Code, e.Err))
		case loader.WarningOver:
			heard = append(heard, fmt.Sprintf("over: %s", e.Code))
		}
	}
	return &heard
}

const spent = "upload-limit-reached: peers were given 0.15 MB, as much as uploadTotalLimit allows"

func TestWhatIsGivenEnds(t *testing.T) {
	s := uploading(t)
	heard := s.warnings()
	s.settings.UploadTotalLimit = 0.15
	s.loader.Configure(s.settings)
	anna, ben := s.strangers(1)[0], s.givers(1)[0]
	anna.ask(0)
	anna.expectAnswers("0: 100000 bytes", "0: completed")
	ben.wants(0, 0)
	s.pass(time.Second)
	if got := s.got(anna, ben); !slices.Equal(got, []int{100_000, 50_000}) {
		t.Errorf("they got %v bytes", got)
	}
	ben.expectAnswers("0: 100000 bytes", "0: absent, busy 0")
	ben.wants(1, 0)
	anna.ask(0)
	ben.expectAnswers("1: absent, busy 0")
	anna.expectAnswers("0: absent, busy 0")
	s.loader.Configure(s.settings) // as a page does for other settings
	if ids := s.announcedTo("cleo"); len(ids) > 0 {
		t.Errorf("announced %v", ids)
	}
	if got := s.got(anna, ben); sum(got) > 0 {
		t.Errorf("they got another %v bytes", got)
	}
	if !slices.Equal(*heard, []string{spent}) {
		t.Errorf("heard %q", *heard)
	}

	s.settings.UploadTotalLimit = 1
	s.loader.Configure(s.settings)
	if ids := s.announcedTo("dora"); !slices.Equal(ids, []int64{0}) {
		t.Errorf("announced %v when it may give again", ids)
	}
	if !slices.Equal(*heard, []string{spent, "over: upload-limit-reached"}) {
		t.Errorf("heard %q when it may give again", *heard)
	}
}

// announcedTo is what a peer that comes now is told of segments that are stored.
func (s *stage) announcedTo(name string) []int64 {
	r := s.meet(name)
	for _, c := range slices.Backward(r.told) {
		if c.Code == wire.SegmentsAnnouncement {
			return c.Loaded
		}
	}
	return nil
}

// Where the storage takes its time, a loan comes when nothing is given any more.
func TestALoanThatComesTooLate(t *testing.T) {
	c, s := newCupboard(t)
	s.load(0)
	s.tracker().Opened()
	s.serve(0, big, strings.Repeat("-", big))
	c.answer()
	takers := s.strangers(2)
	takers[0].ask(0)
	c.answer()
	s.settings.UploadTotalLimit = 0.05 // less than that
	takers[1].ask(0)
	s.loader.Configure(s.settings)
	s.pass(0)
	s.got()
	takers[1].told = nil
	c.answer()
	takers[1].expectAnswers("0: 100000 bytes", "0: absent, busy 0")
	if got := s.got(takers...); sum(got) > 0 {
		t.Errorf("they got another %v bytes", got)
	}
}

// It ends at once where the page lowers it below what was given.
func TestTheTotalIsLowered(t *testing.T) {
	s := uploading(t)
	s.settings.UploadRateLimit = 100
	s.loader.Configure(s.settings)
	heard := s.warnings()
	anna := s.strangers(1)[0]
	anna.ask(0)
	s.pass(2 * time.Second)
	s.settings.UploadTotalLimit = 0.01
	s.loader.Configure(s.settings)
	s.got()
	s.pass(2 * time.Second)
	if n := sum(s.got(anna)); n > 0 || len(*heard) != 1 {
		t.Errorf("gave another %d bytes, and told %q", n, *heard)
	}
	anna.expectAnswers("0: 100000 bytes", "0: absent, busy 0")
}

// What ends exactly with a segment has ended as well.
func TestWhatIsGivenEndsWithASegment(t *testing.T) {
	s := uploading(t)
	heard := s.warnings()
	s.settings.UploadTotalLimit = big / 1e6
	s.loader.Configure(s.settings)
	anna := s.strangers(1)[0]
	anna.ask(0)
	s.pass(time.Second)
	anna.expectAnswers("0: 100000 bytes", "0: completed")
	if len(*heard) != 1 {
		t.Errorf("heard %q", *heard)
	}
}

// Who is not done when it ends looks elsewhere at once.
func TestAllHearOfTheEnd(t *testing.T) {
	s := uploading(t)
	s.settings.UploadTotalLimit = 0.15
	s.loader.Configure(s.settings)
	takers := s.strangers(3)
	s.settings.UploadRateLimit = 400 // so that all are at it when it ends
	s.loader.Configure(s.settings)
	s.done = nil
	for _, r := range takers {
		r.ask(0)
	}
	s.pass(10 * time.Second)
	for _, r := range takers {
		r.expectAnswers("0: 100000 bytes", "0: absent, busy 0")
	}
	if got := s.got(takers...); sum(got) != 150_000 {
		t.Errorf("they got %v bytes", got)
	}
}

// The end is the page's, and each player is told of it.
func TestPlayersOfAPageShareTheTotal(t *testing.T) {
	s, first, second := both(t, func(s *stage) { s.settings.UploadTotalLimit = 0.15 })
	heard := s.warnings()
	first.ask(0)
	second.ask(0)
	s.pass(time.Second)
	if got := s.got(first, second); !slices.Equal(got, []int{100_000, 50_000}) {
		t.Errorf("they got %v bytes", got)
	}
	first.ask(0)
	first.expectAnswers("0: 100000 bytes", "0: completed", "0: absent, busy 0")
	s.open(s.settings) // another film
	s.pass(0)
	if !slices.Equal(*heard, []string{spent, spent, spent}) {
		t.Errorf("heard %q", *heard)
	}
}
