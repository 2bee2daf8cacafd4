package limit

import (
	"math"
	"net/netip"
	"sync"
)

// Count bounds how many of something each address has at once. It may be used
// from several goroutines at once. A nil Count allows everything.
type Count struct {
	most int

	mu  sync.Mutex
	has map[netip.Addr]int
}

// NewCount returns a bound of so many at once; nil when that is 0, which bounds
// nothing.
func NewCount(most int) *Count {
	if most <= 0 {
		return nil
	}
	return &Count{most: most, has: make(map[netip.Addr]int)}
}

// Take says whether an address may have so many more, and counts them if so:
// Return them then.
func (c *Count) Take(address netip.Addr, more int) bool {
	return c.TakeWithin(address, more, math.MaxInt)
}

// TakeWithin is Take where the address may not have more than so many either.
func (c *Count) TakeWithin(address netip.Addr, more, most int) bool {
	if c == nil {
		return true
	}
	key := Key(address)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.has[key]+more > min(c.most, most) {
		return false
	}
	c.has[key] += more
	return true
}

// Return counts so many less.
func (c *Count) Return(address netip.Addr, less int) {
	if c == nil {
		return
	}
	key := Key(address)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.has[key] -= less; c.has[key] <= 0 {
		delete(c.has, key)
	}
}
