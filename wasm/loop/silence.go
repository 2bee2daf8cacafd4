package loop

import "time"

// hearing is how long a page that was busy gets to hear what has arrived.
const hearing = 100 * time.Millisecond

// Silence runs f when d has passed and nothing came: whoever waits cancels it
// with each sign of life and starts anew.
//
// A page that was busy for longer than d has this timer and all that has come
// meanwhile before it at once, in an order that browsers do not promise. So the
// last part of d begins when the rest is over, and what had come in time is
// heard in it.
func Silence(l Loop, d time.Duration, f func()) (cancel func()) {
	last := min(hearing, d)
	var stop func() // owned by the loop
	stop = l.After(d-last, func() { stop = l.After(last, f) })
	return func() { stop() }
}
