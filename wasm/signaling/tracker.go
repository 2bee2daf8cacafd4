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
	// opening is how long a socket may take to open.
	opening = 10 * time.Second
	// replying is how long a tracker may be silent after an announcement. All
	// answer those, and so a socket over which nothing comes is dead although
	// nobody has closed it: the machine slept, or a router forgot.
	replying = 5 * time.Second
)

var (
	errNotOpened = errors.New("socket did not open")
	errSilent    = errors.New("no reply to an announcement")
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
	dialled time.Duration
	open    bool
	opened  time.Duration
	heard   bool          // something came over the socket
	doubt   *loop.Silence // ends a socket that does not open or reply, nil while there is no doubt
	backoff backoff
	cancel  func() // calls the retry off, nil if none is pending
}

// NewTracker makes a tracker that is dialled when the first member joins.
// random gives 64 uniform bits.
func NewTracker(url string, l loop.Loop, dialer Dialer, random func() uint64) *Tracker {
	return &Tracker{url: url, loop: l, dialer: dialer, random: random}
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
	t.wait(nil)
	t.hangUp()
}

// Retry is for when the network may have changed, or the machine has slept. A
// lost tracker is dialled at once. One that seems to be there gets an
// announcement; when it does not reply, it is dialled anew.
func (t *Tracker) Retry() {
	switch {
	case t.cancel != nil:
		t.wait(nil)
		t.dial()
	case t.open && t.doubt == nil:
		t.suspect(replying, errSilent)
		t.announceAll("")
	}
}

// wait sets what calls the pending retry off, after calling off the former.
func (t *Tracker) wait(cancel func()) {
	if t.cancel != nil {
		t.cancel()
	}
	t.cancel = cancel
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
	t.socket, t.dialled, t.heard = c.socket, t.loop.Now(), false
	t.suspect(opening, errNotOpened)
}

// hangUp closes the socket, if there is one.
func (t *Tracker) hangUp() {
	t.trust()
	if t.socket != nil {
		t.socket.Close()
		t.socket, t.open = nil, false
	}
}

// suspect gives the socket up unless it is trusted again in time.
func (t *Tracker) suspect(patience time.Duration, reason error) {
	if t.doubt == nil {
		t.doubt = loop.WaitForSilence(t.loop, patience, func() { t.lost(reason) })
	}
}

func (t *Tracker) trust() {
	if t.doubt != nil {
		t.doubt.Stop()
		t.doubt = nil
	}
}

func (t *Tracker) send(text []byte) {
	if t.open {
		t.socket.Send(text)
	}
}

func (t *Tracker) announceAll(event wire.Event) {
	for _, m := range slices.Clone(t.members) { // a warning may end memberships
		if !m.left {
			m.announce(event)
		}
	}
}

// announce sends an announcement, which a tracker replies to.
func (t *Tracker) announce(text []byte) {
	if t.open {
		t.socket.Send(text)
		t.suspect(replying, errSilent)
	}
}

// lost plans the next try to reach the tracker.
func (t *Tracker) lost(reason error) {
	now, from := t.loop.Now(), t.dialled
	if t.open {
		from = now
		if t.heard && now-t.opened >= lasting {
			t.backoff.clear()
		}
	}
	t.hangUp()
	if _, ok := errors.AsType[*UnusableError](reason); ok {
		t.giveUp(reason)
		return
	}
	wait := max(from+t.backoff.next(now, t.random)-now, 0)
	t.wait(t.loop.After(wait, t.dial))
	for _, m := range slices.Clone(t.members) { // a warning may end memberships
		m.lost()
		m.negotiator.Warned(t.url, &LostError{RetryIn: wait, Reason: reason})
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
	t.trust()
	t.open, t.opened = true, t.loop.Now()
	t.announceAll(wire.Started)
}

// Closed implements SocketReceiver.
func (c *connection) Closed(reason error) {
	if c.current() {
		c.tracker.lost(reason)
	}
}

// Message implements SocketReceiver.
func (c *connection) Message(text []byte) {
	t := c.tracker
	if !c.current() {
		return
	}
	t.trust()
	t.heard = true
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
