package simulation

import "time"

// line is one direction of a viewer's access. What goes over it goes one after
// another.
type line struct {
	rate float64       // bytes per second, 0 without a limit
	free time.Duration // when it has sent all that it was given
}

// pass gives the line n bytes and tells when they are through.
func (l *line) pass(now time.Duration, n int) time.Duration {
	l.free = max(now, l.free) + taking(n, l.rate)
	return l.free
}

// taking is how long n bytes take at a rate in bytes per second.
func taking(n int, rate float64) time.Duration {
	if rate <= 0 {
		return 0
	}
	return time.Duration(float64(n) / rate * float64(time.Second))
}

// uplink shares a viewer's line out among its connections, message by message.
type uplink struct {
	world  *World
	line   line
	turns  []*Connection // with something to send, each once
	served *Connection   // whose message the line carries or has carried last
	woken  bool          // next is about to be called
}

// join gives a connection its turn.
func (u *uplink) join(c *Connection) {
	if !c.waiting {
		c.waiting = true
		u.turns = append(u.turns, c)
	}
	u.next()
}

// next sends until the line is busy.
func (u *uplink) next() {
	for u.line.free <= u.world.now {
		if u.served != nil {
			u.turns = append(u.turns, u.served)
			u.served = nil
		}
		for len(u.turns) > 0 && !u.turns[0].canSend() { // or nobody acknowledges: it stays full
			u.turns[0].waiting = false
			u.turns = u.turns[1:]
		}
		if len(u.turns) == 0 {
			return
		}
		u.served, u.turns = u.turns[0], u.turns[1:]
		u.served.carry(u.line.pass(u.world.now, u.served.queue[0].len()))
	}
	if !u.woken && (len(u.turns) > 0 || len(u.served.queue) > 0) {
		u.woken = true
		u.world.At(u.line.free, func() {
			u.woken = false
			u.next()
		})
	}
}
