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
	turns  fifo[*Connection] // with something to send, each once
	served *Connection       // whose message the line carries or has carried last
	wake   func()            // what next is called by
	woken  time.Duration     // when it is called next, if that is still to come
}

func newUplink(w *World, rate float64) *uplink {
	u := &uplink{world: w, line: line{rate: rate}}
	u.wake = u.next
	return u
}

// join gives a connection its turn. A command needs none: it is a packet, and goes
// between those of the messages that other connections send.
func (u *uplink) join(c *Connection) {
	if first := c.queue.first(); c.queue.len() == 1 && first.data == nil && c != u.served && c.canSend() {
		took := taking(first.len(), u.line.rate)
		u.line.free = max(u.line.free, u.world.now) + took
		c.carry(u.world.now + took)
		return
	}
	if !c.waiting {
		c.waiting = true
		u.turns.push(c)
	}
	u.next()
}

// window is how much a connection may have on its way to a line that is busy: what
// congestion control would let it have.
const window = 200 * time.Millisecond

// next sends until the line is busy, or the lines of all who are sent to.
func (u *uplink) next() {
	for u.line.free <= u.world.now {
		if u.served != nil {
			u.turns.push(u.served)
			u.served = nil
		}
		room := u.choose()
		if u.served == nil {
			if room > 0 {
				u.wakeAt(room)
			}
			return
		}
		u.served.carry(u.line.pass(u.world.now, u.served.queue.first().len()))
	}
	if u.turns.len() > 0 || u.served.queue.len() > 0 {
		u.wakeAt(u.line.free)
	}
}

// choose serves the first connection whose other end has room for a message, or tells
// when one will have it, 0 for never. Who has nothing to send loses its turn, and who
// sends to nobody that acknowledges: what it has stays in the buffer.
func (u *uplink) choose() (room time.Duration) {
	for range u.turns.len() {
		c := u.turns.pop()
		if !c.canSend() {
			c.waiting = false
			continue
		}
		at := c.remote.viewer.down.free - window
		if at <= u.world.now {
			u.served = c
			return 0
		}
		if room == 0 || at < room {
			room = at
		}
		u.turns.push(c)
	}
	return room
}

// wakeAt has next called then, unless it is sooner.
func (u *uplink) wakeAt(t time.Duration) {
	if now := u.world.now; u.woken <= now || t < u.woken {
		u.woken = t
		u.world.At(t, u.wake)
	}
}
