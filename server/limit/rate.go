// Package limit bounds what one address may ask of a server: how often, and how
// much at once.
package limit

import (
	"math"
	"net/netip"
	"sync"
	"time"
)

// maxTracked is how many addresses a Rate remembers at most. Beyond that new
// ones pass unbounded: who can send from so many addresses is not stopped by
// counting them, and the others must not suffer.
const maxTracked = 1 << 18

// sweepEvery is how often a Rate forgets the addresses that are quiet.
const sweepEvery = 10 * time.Second

// Rate bounds how often each address may do something: by the generic cell rate
// algorithm (ITU-T I.371), which keeps one moment for each address and forgets
// nothing by dropping those that have passed. It may be used from several
// goroutines at once. A nil Rate allows everything.
type Rate struct {
	interval time.Duration // of one event, in the long run
	burst    time.Duration // how far ahead of that an address may be

	mu    sync.Mutex
	next  map[netip.Addr]int64 // when the address is in step again, in ns since start
	swept int64
	start time.Time
}

// NewRate returns a bound of so many events a second, and so many at once; nil
// when perSecond is 0, which bounds nothing.
func NewRate(perSecond, burst float64) *Rate {
	if perSecond <= 0 {
		return nil
	}
	interval := time.Duration(float64(time.Second) / perSecond)
	return &Rate{
		interval: interval,
		burst:    time.Duration(math.Max(burst, 1) * float64(interval)),
		next:     make(map[netip.Addr]int64),
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
	r.sweep(at)
	next, known := r.next[key]
	if !known && len(r.next) >= maxTracked {
		return true
	}
	next = max(next, at) + int64(events)*int64(r.interval)
	if next-at > int64(r.burst) {
		return false
	}
	r.next[key] = next
	return true
}

// sweep forgets who is in step: it is as if they had never been.
func (r *Rate) sweep(at int64) {
	if at-r.swept < int64(sweepEvery) {
		return
	}
	r.swept = at
	for key, next := range r.next {
		if next <= at {
			delete(r.next, key)
		}
	}
}

// Key is what an address is counted under: itself, and of IPv6 its network of 64
// bits, which is what one line has (RFC 6177).
func Key(address netip.Addr) netip.Addr {
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address
	}
	prefix, err := address.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.Addr()
}
