//go:build !js

package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// openLoop has the clients announce in turns, so many in all and a second, whether
// or not replies come, and returns how long each reply took from the moment when
// its announce was due: what a slow server holds up counts too.
func (c *crowd) openLoop(ctx context.Context, announces, perSecond int) ([]time.Duration, error) {
	var mu sync.Mutex
	took := make([]time.Duration, 0, announces)
	start := time.Now()
	c.onReply(func(one *client) {
		now := time.Since(start)
		due := one.due.Swap(0)
		mu.Lock()
		defer mu.Unlock()
		took = append(took, now-time.Duration(due))
	})
	for i := range announces {
		due := time.Duration(i+1) * time.Second / time.Duration(perSecond)
		if wait := due - time.Since(start); wait > 0 {
			select {
			case <-c.failed:
				return nil, c.cause
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			case <-time.After(wait):
			}
		}
		one := c.clients[i%len(c.clients)]
		if !one.due.CompareAndSwap(0, int64(due)) {
			return nil, fmt.Errorf("client %d has waited for a reply since its turn before", one.number)
		}
		one.announce(offersEach)
	}
	err := c.settle(ctx)
	mu.Lock()
	defer mu.Unlock()
	return took, err
}
