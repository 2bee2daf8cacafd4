//go:build !js

package main

import (
	"context"
	"sync/atomic"
	"time"
)

// closedLoop has each client announce again as soon as it has its reply, until so
// many announces are sent, and waits for all that comes of them.
func (c *crowd) closedLoop(ctx context.Context, announces int) error {
	var left atomic.Int64
	left.Store(int64(announces))
	sent := make(chan struct{})
	again := func(one *client) {
		switch n := left.Add(-1); {
		case n > 0:
			one.announce(offersEach)
		case n == 0:
			one.announce(offersEach)
			close(sent)
		}
	}
	c.onReply(again)
	for _, one := range c.clients {
		again(one)
	}
	for replied := c.tally.replied.Load(); ; replied = c.tally.replied.Load() {
		select {
		case <-sent:
			return c.settle(ctx)
		case <-c.failed:
			return c.cause
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(c.patience):
			if c.tally.replied.Load() == replied {
				return c.impatient()
			}
		}
	}
}
