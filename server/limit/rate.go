// Package limit bounds what one address may ask of a server: how often, and how
// much at once.
package limit

import (
	"math"
	"net/netip"
	"sync"
	"time"
)

// Burst is how many seconds' worth of a Rate an address may do at once.
const Burst = 10

// maxTracked is how many new addresses a Rate remembers in a period at most. Beyond that
// others pass unbounded: who can send from so many addresses is not stopped by
// counting them, and the others must not suffer.
const maxTracked = 1 << 17

// Rate bounds how often each address may do something: by the generic cell rate
// algorithm (ITU-T I.371), which keeps one moment for each address and forgets
// nothing by dropping those that have passed. It may be used from several
// goroutines at once. A nil Rate allows everything.
type Rate struct {
	interval time.Duration // of one event, in the long run
	burst    time.Duration // how far ahead of that an address may be
	start    time.Time

	mu     sync.Mutex
	recent map[netip.Addr]int64 // when an address that came in this period is in step again, in ns since start
	before map[netip.Addr]int64 // the same of the period before
	began  int64                // the period
}

// NewRate returns a bound of so many events a second in the long run, and of the
// Burst of that, but at least one, at once; nil when it is 0, which bounds nothing.
func NewRate(perSecond float64) *Rate {
	if perSecond <= 0 {
		return nil
	}
	interval := time.Duration(float64(time.Second) / perSecond)
	return &Rate{
		interval: interval,
		burst:    time.Duration(math.Max(Burst*perSecond, 1) * float64(interval)),
		recent:   make(map[netip.Addr]int64),
		start:    time.Now(),
	}
}

// Allow says whether an address may do something now that counts as many events
// (0 always may), and counts them if so. One that asks for more at once than the
// burst never may.
func (r *Rate) Allow(now time.Time, address netip.Addr, events int) bool {
	if r == nil || events <= 0 {
		return true
	}
	if time.Duration(events) > r.burst/r.interval {
		return false
	}
	at, key := int64(now.Sub(r.start)), Key(address)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn(at)
	next, known := r.recent[key]
	if !known {
		next, known = r.before[key]
	}
	if !known && len(r.recent) >= maxTracked {
		return true // who came before them stays bound
	}
	next = max(next, at) + int64(events)*int64(r.interval)
	if next-at > int64(r.burst) {
		return false
	}
	r.recent[key] = next
	return true
}

// turn begins a new period when the last is over, and forgets the one before it: who
// came in that one alone is in step by now, for a period is as long as the burst. To
// look for them one by one would let everyone wait.
func (r *Rate) turn(at int64) {
	period := int64(r.burst)
	switch since := at - r.began; {
	case since < period:
		return
	case since < 2*period:
		r.before = r.recent
	default:
		r.before = nil
	}
	r.recent, r.began = make(map[netip.Addr]int64), at
}

// Key is what an address is counted under: itself, and of IPv6 its network of 56
// bits, which is what a line at home has (RFC 6177, RIPE-690). A phone has one of 64,
// and shares its count with 255 others, as many do behind an address of IPv4.
func Key(address netip.Addr) netip.Addr {
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address
	}
	prefix, err := address.Prefix(56)
	if err != nil {
		return address
	}
	return prefix.Addr()
}
