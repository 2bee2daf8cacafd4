package loop

import "time"

// turn is the shortest time that a browser's timer takes.
const turn = time.Millisecond

// Silence runs f when d has passed and nothing came: whoever waits cancels it
// with each sign of life and starts anew.
//
// A page that was busy for longer than d has this timer and all that has come
// meanwhile before it at once, in an order that browsers do not promise. So the
// last turn of d begins when all before it is over, and what had come in time is
// heard in it.
func Silence(l Loop, d time.Duration, f func()) (cancel func()) {
	var stop func() // owned by the loop
	stop = l.After(d-turn, func() { stop = l.After(turn, f) })
	return func() { stop() }
}
