package signaling

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

const (
	// A lost tracker is tried again after a random time around firstRetry,
	// which doubles up to lastRetry.
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
	// lasting is how long a connection must have held for the next retry to be
	// a first one again: a tracker that accepts and drops is not hammered.
	lasting = 10 * time.Second
)

// Tracker is one tracker and all that a page is a member of there, over one
// socket, which is open as long as there is a member.
type Tracker struct {
	// in
	url    string
	loop   loop.Loop
	dialer Dialer
	random func() uint64

	members []*Member // in the order they joined
	socket  Socket    // nil while there is none
	open    bool
	opened  time.Duration
	retry   time.Duration // how long to wait when the socket is lost
	cancel  func()        // calls the retry off, nil if none is pending
}

// NewTracker makes a tracker that is dialled when the first member joins.
// random gives 64 uniform bits.
func NewTracker(url string, l loop.Loop, dialer Dialer, random func() uint64) *Tracker {
	return &Tracker{url: url, loop: l, dialer: dialer, random: random, retry: firstRetry}
}

// Serves tells whether there is a member of the swarm.
func (t *Tracker) Serves(swarm wire.InfoHash) bool { return t.member(swarm) != nil }

// Join enters a swarm that is not served yet.
func (t *Tracker) Join(swarm wire.InfoHash, self wire.PeerID, negotiator Negotiator) *Member {
	m := &Member{tracker: t, swarm: swarm, self: self, negotiator: negotiator}
	t.members = append(t.members, m)
	switch {
	case t.open:
		m.announce(wire.Started)
	case t.socket == nil && t.cancel == nil:
		t.dial()
	}
	return m
}

func (t *Tracker) leave(m *Member) {
	t.members = slices.DeleteFunc(t.members, func(other *Member) bool { return other == m })
	if len(t.members) > 0 {
		return
	}
	if t.cancel != nil {
		t.cancel()
		t.cancel = nil
	}
	if t.socket != nil {
		t.socket.Close()
		t.socket, t.open = nil, false
	}
}

func (t *Tracker) member(swarm wire.InfoHash) *Member {
	i := slices.IndexFunc(t.members, func(m *Member) bool { return m.swarm == swarm })
	if i < 0 {
		return nil
	}
	return t.members[i]
}

func (t *Tracker) dial() {
	t.cancel = nil
	c := &connection{tracker: t}
	c.socket = t.dialer.Dial(t.url, c)
	t.socket = c.socket
}

func (t *Tracker) send(text []byte) {
	if t.open {
		t.socket.Send(text)
	}
}

// connection is one socket's life; what it says after it was replaced or closed
// is not for the tracker any more.
type connection struct {
	tracker *Tracker
	socket  Socket
}

func (c *connection) current() bool { return c.socket != nil && c.tracker.socket == c.socket }

// Opened implements SocketReceiver.
func (c *connection) Opened() {
	t := c.tracker
	if !c.current() {
		return
	}
	t.open, t.opened = true, t.loop.Now()
	for _, m := range t.members {
		m.announce(wire.Started)
	}
}

// Closed implements SocketReceiver.
func (c *connection) Closed(reason error) {
	t := c.tracker
	if !c.current() {
		return
	}
	if t.open && t.loop.Now()-t.opened >= lasting {
		t.retry = firstRetry
	}
	t.socket, t.open = nil, false
	if _, ok := errors.AsType[*UnusableError](reason); ok {
		t.giveUp(reason)
		return
	}
	wait := t.retry/2 + time.Duration(t.random()%uint64(t.retry))
	t.retry = min(2*t.retry, lastRetry)
	t.cancel = t.loop.After(wait, t.dial)
	for _, m := range slices.Clone(t.members) { // a warning may end memberships
		m.lost()
		m.negotiator.Warned(t.url, fmt.Errorf("tracker lost, trying again in %.1f s: %w", wait.Seconds(), reason))
	}
}

// Message implements SocketReceiver.
func (c *connection) Message(text []byte) {
	t := c.tracker
	if !c.current() {
		return
	}
	message, err := wire.DecodeTracker(text)
	if err != nil {
		t.warnAll(err)
		return
	}
	if message.Kind == wire.TrackerUnknown {
		t.warnAll(fmt.Errorf("tracker message with unknown action %q", message.Action))
		return
	}
	m := t.member(message.InfoHash)
	if m == nil {
		if message.Kind == wire.TrackerFailure {
			t.warnAll(errors.New(message.Failure))
		}
		return // of a swarm that was left
	}
	m.hear(message)
}

// giveUp ends all memberships: there is nothing to be a member of.
func (t *Tracker) giveUp(reason error) {
	members := t.members
	t.members = nil
	for _, m := range members {
		m.left = true
		m.negotiator.Warned(t.url, reason)
	}
}

func (t *Tracker) warnAll(err error) {
	for _, m := range slices.Clone(t.members) {
		m.negotiator.Warned(t.url, err)
	}
}
