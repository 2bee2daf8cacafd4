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
	world *World
	line  line
	busy  bool
	turns []*Connection // with something to send, each once
}

// join gives a connection its turn.
func (u *uplink) join(c *Connection) {
	if !c.waiting {
		c.waiting = true
		u.turns = append(u.turns, c)
	}
	u.next()
}

func (u *uplink) next() {
	for !u.busy && len(u.turns) > 0 {
		c := u.turns[0]
		u.turns = u.turns[1:]
		if len(c.queue) == 0 || c.viewer.gone || c.remote.viewer.gone {
			c.waiting = false
			continue // closed meanwhile, or nobody acknowledges: it stays full
		}
		m := c.queue[0]
		u.busy = true
		u.world.At(u.line.pass(u.world.now, m.len()), func() {
			u.busy, c.waiting = false, false
			c.sent(m)
			if len(c.queue) > 0 {
				u.join(c)
			}
			u.next()
		})
	}
}
