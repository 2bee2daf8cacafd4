package limit

import (
	"net/netip"
	"testing"
	"time"
)

var (
	one     = netip.MustParseAddr("192.0.2.1")
	another = netip.MustParseAddr("192.0.2.2")
)

func TestRate(t *testing.T) {
	r := NewRate(0.3)
	now := r.start
	allowed := func(address netip.Addr, times int) (n int) {
		for range times {
			if r.Allow(now, address, 1) {
				n++
			}
		}
		return n
	}
	if n := allowed(one, 5); n != 3 {
		t.Errorf("%d of 5 at once, want the burst of 3", n)
	}
	if n := allowed(another, 5); n != 3 {
		t.Errorf("%d of another address, want 3", n)
	}
	now = now.Add(4 * time.Second)
	if n := allowed(one, 5); n != 1 {
		t.Errorf("%d four seconds later, want 1", n)
	}
	now = now.Add(time.Hour)
	if n := allowed(one, 5); n != 3 {
		t.Errorf("%d an hour later, want 3", n)
	}
	if n := len(r.recent) + len(r.before); n != 1 {
		t.Errorf("%d addresses are remembered, want the one that is not quiet", n)
	}
}

// An address that goes on is bound as before when a period ends, and none that may not
// be forgotten is.
func TestRateFromPeriodToPeriod(t *testing.T) {
	for perSecond, burst := range map[float64]float64{2: 20, 0.05: 1} {
		r := NewRate(perSecond)
		count := 0.0
		for now := time.Duration(0); now < 5*time.Minute; now += 50 * time.Millisecond {
			if r.Allow(r.start.Add(now), one, 1) {
				count++
			}
			if most := burst + perSecond*now.Seconds(); count > most+1e-6 {
				t.Fatalf("%v a second: %v after %v, want %v at most", perSecond, count, now, most)
			}
		}
		if least := perSecond * 299; count < least {
			t.Errorf("%v a second: %v in five minutes, want at least %v", perSecond, count, least)
		}
		// All at once at the end of a period, and again at the beginning of the next.
		r = NewRate(perSecond)
		if !r.Allow(r.start.Add(r.burst-1), one, int(burst)) || r.Allow(r.start.Add(r.burst), one, 2) {
			t.Errorf("%v a second: a burst is forgotten when its period ends", perSecond)
		}
		if r.Allow(r.start.Add(r.burst+r.burst/2), one, int(burst)) {
			t.Errorf("%v a second: a burst is forgotten before its time", perSecond)
		}
	}
}

// What forgetting as many addresses as there may be takes who comes next. Time is
// taken here: with a timer that is stopped while they come it would take hours.
func BenchmarkRateForgets(b *testing.B) {
	var took time.Duration
	for b.Loop() {
		r := NewRate(200)
		address := netip.MustParseAddr("10.0.0.0")
		for range maxTracked {
			address = address.Next()
			r.Allow(r.start, address, 1)
		}
		start := time.Now()
		r.Allow(r.start.Add(time.Hour), address, 1)
		took += time.Since(start)
	}
	b.ReportMetric(float64(took.Microseconds())/float64(b.N), "µs/forgetting")
	b.ReportMetric(0, "ns/op") // which is that of their coming
}

func TestRateOfSeveralAtOnce(t *testing.T) {
	r := NewRate(0.5)
	for _, c := range []struct {
		events int
		want   bool
	}{{6, false}, {3, true}, {3, false}, {2, true}, {0, true}, {1, false}} {
		if got := r.Allow(r.start, one, c.events); got != c.want {
			t.Errorf("%d events: %v", c.events, got)
		}
	}
}

func TestRateIsBounded(t *testing.T) {
	r := NewRate(1)
	hog, now := netip.MustParseAddr("192.0.2.1"), r.start.Add(r.burst-1)
	if !r.Allow(r.start, hog, Burst) || !r.Allow(now, hog, Burst-1) {
		t.Fatal("a burst is refused")
	}
	now = now.Add(2) // another period
	address := netip.MustParseAddr("10.0.0.0")
	for range maxTracked + 10 {
		if !r.Allow(now, address, 1) {
			t.Fatalf("%v is refused its first", address)
		}
		address = address.Next()
	}
	if len(r.recent) != maxTracked {
		t.Errorf("%d addresses are remembered, want %d", len(r.recent), maxTracked)
	}
	if r.Allow(now, hog, Burst) {
		t.Error("an address that is at its bound passes unbounded among many others")
	}
}

func TestNoBound(t *testing.T) {
	var r *Rate = NewRate(0)
	var c *Count = NewCount(0)
	for range 100 {
		if !r.Allow(time.Now(), one, 1000) || !c.Take(one, 1) {
			t.Fatal("refused without a bound")
		}
	}
	c.Return(one, 1)
}

func TestCount(t *testing.T) {
	c := NewCount(2)
	take := func(address netip.Addr, more int, want bool) {
		t.Helper()
		if got := c.Take(address, more); got != want {
			t.Errorf("%d for %v: %v, want %v", more, address, got, want)
		}
	}
	take(one, 3, false)
	take(one, 1, true)
	take(one, 2, false)
	take(one, 1, true)
	take(one, 1, false)
	take(another, 2, true)
	c.Return(one, 1)
	take(one, 1, true)
	c.Return(one, 2)
	c.Return(another, 2)
	if len(c.has) != 0 {
		t.Errorf("%v is kept of those who have nothing", c.has)
	}
}

func TestKey(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1":            "192.0.2.1",
		"::ffff:192.0.2.1":     "192.0.2.1",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1::",
		"fe80::1%eth0":         "fe80::",
		"2001:db8:1:ff::":      "2001:db8:1::",
		"2001:db8:1:100::":     "2001:db8:1:100::",
	} {
		if got := Key(netip.MustParseAddr(address)); got != netip.MustParseAddr(want) {
			t.Errorf("%s is counted under %v, want %s", address, got, want)
		}
	}
	if got := Key(netip.Addr{}); got != (netip.Addr{}) {
		t.Errorf("no address is counted under %v", got)
	}
}

func TestPairs(t *testing.T) {
	p := NewPairs(100) // 1000 at once
	now := p.start
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	allow := func(from netip.Addr, to uint32, bytes int, want bool) {
		t.Helper()
		if got := p.Allow(now, from, to, bytes); got != want {
			t.Errorf("after %v, %d bytes from %v to %d: %v, want %v", now.Sub(p.start), bytes, from, to, got, want)
		}
	}
	allow(a, 1, 999, true)
	allow(a, 1, 501, true) // one may be longer
	allow(a, 1, 1, false)
	allow(a, 2, 1000, true)
	allow(b, 1, 1000, true)
	now = now.Add(5 * time.Second)
	allow(a, 1, 1, false)
	allow(a, 2, 1, true)
	now = now.Add(time.Millisecond)
	allow(a, 1, 1, true)
	now = now.Add(time.Hour)
	allow(a, 1, 1<<20, true)
	allow(a, 1, 1, false)
	if p = NewPairs(0); p != nil || !p.Allow(now, a, 1, 1<<30) {
		t.Error("what is not bound is")
	}
}
