// Package loop is the one goroutine that owns the loader's state. Sockets,
// timers and JavaScript callbacks convert their arguments and post; everything
// after that runs in order and needs no locks. The simulation puts a heap of
// events in the place of the real loop.
package loop

import "time"

// Loop runs posted functions one at a time, in the order they were posted.
type Loop interface {
	// Now is the time since some fixed moment. It never goes back.
	Now() time.Duration
	// Post queues f. It never blocks and may be called from anywhere, the loop
	// itself included: f then runs after the function that posted it.
	Post(f func())
	// After posts f once d has passed. The function it returns calls that off;
	// once it has been called on the loop, f does not run.
	After(d time.Duration, f func()) (cancel func())
}
