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
	r := NewRate(10, 3)
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
	now = now.Add(100 * time.Millisecond)
	if n := allowed(one, 5); n != 1 {
		t.Errorf("%d a tenth of a second later, want 1", n)
	}
	now = now.Add(time.Hour)
	if n := allowed(one, 5); n != 3 {
		t.Errorf("%d an hour later, want 3", n)
	}
	if len(r.next) != 1 {
		t.Errorf("%d addresses are remembered, want the one that is not quiet", len(r.next))
	}
}

func TestRateOfSeveralAtOnce(t *testing.T) {
	r := NewRate(10, 5)
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
	r := NewRate(1, 1)
	address := netip.MustParseAddr("10.0.0.0")
	for range maxTracked + 10 {
		if !r.Allow(r.start, address, 1) {
			t.Fatalf("%v is refused its first", address)
		}
		address = address.Next()
	}
	if len(r.next) != maxTracked {
		t.Errorf("%d addresses are remembered, want %d", len(r.next), maxTracked)
	}
}

func TestNoBound(t *testing.T) {
	var r *Rate = NewRate(0, 5)
	var c *Count = NewCount(0)
	for range 100 {
		if !r.Allow(time.Now(), one, 1000) || !c.Take(one) {
			t.Fatal("refused without a bound")
		}
	}
	c.Return(one)
}

func TestCount(t *testing.T) {
	c := NewCount(2)
	take := func(address netip.Addr, want bool) {
		t.Helper()
		if got := c.Take(address); got != want {
			t.Errorf("%v: %v, want %v", address, got, want)
		}
	}
	take(one, true)
	take(one, true)
	take(one, false)
	take(another, true)
	c.Return(one)
	take(one, true)
	c.Return(one)
	c.Return(one)
	c.Return(another)
	if len(c.has) != 0 {
		t.Errorf("%v is kept of those who have nothing", c.has)
	}
}

func TestKey(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1":            "192.0.2.1",
		"::ffff:192.0.2.1":     "192.0.2.1",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::",
		"fe80::1%eth0":         "fe80::",
		"2001:db8:1:3::":       "2001:db8:1:3::",
	} {
		if got := Key(netip.MustParseAddr(address)); got != netip.MustParseAddr(want) {
			t.Errorf("%s is counted under %v, want %s", address, got, want)
		}
	}
	if got := Key(netip.Addr{}); got != (netip.Addr{}) {
		t.Errorf("no address is counted under %v", got)
	}
}
