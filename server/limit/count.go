package limit

import (
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

// Take says whether an address may have one more, and counts it if so: Return
// it then.
func (c *Count) Take(address netip.Addr) bool {
	if c == nil {
		return true
	}
	key := Key(address)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.has[key] >= c.most {
		return false
	}
	c.has[key]++
	return true
}

// Return counts one less.
func (c *Count) Return(address netip.Addr) {
	if c == nil {
		return
	}
	key := Key(address)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.has[key]--; c.has[key] <= 0 {
		delete(c.has, key)
	}
}
