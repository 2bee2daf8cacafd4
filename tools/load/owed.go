//go:build !js

package main

import (
	"sync"
	"sync/atomic"
)

// kind is what a tracker replies to.
type kind int

const (
	nothing kind = iota
	announce
	answer
)

// owed is the replies that a tracker owes a client. aquatic replies to answers as
// well, in the words of a reply to an announce, so that only the order tells them
// apart: it is that of what they reply to. A client waits for one announce at a
// time.
type owed struct {
	mu            sync.Mutex
	announced     bool // an announce waits for its reply
	before, after int  // answers that were sent before it, and since
}

// send sends a message that a reply may be owed for.
func (o *owed) send(what kind, send func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case what == announce:
		o.announced = true
	case o.announced:
		o.after++
	default:
		o.before++
	}
	send() // before anybody else does
}

// take says what the next reply is to. toAnswers is whether the tracker replies to
// answers: it does if a client has a reply that waits for none to an announce, as
// those who answer while the crowd joins.
func (o *owed) take(toAnswers *atomic.Bool) kind {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.announced && o.before > 0 {
		toAnswers.Store(true)
	}
	switch {
	case o.before > 0 && toAnswers.Load():
		o.before--
		return answer
	case o.announced:
		o.announced, o.before, o.after = false, o.before+o.after, 0
		return announce
	}
	return nothing
}
