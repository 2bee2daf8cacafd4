// Package signaling brings viewers together: it announces them to WebTorrent
// trackers over WebSockets and passes the offers and answers of WebRTC
// connections to and fro. What comes of a connection is not its business.
package signaling

import (
	"fmt"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// Socket is a WebSocket to a tracker. Sending on a closed one does nothing.
type Socket interface {
	Send(text []byte)
	Close()
}

// SocketReceiver is what a Socket tells, on the loop.
type SocketReceiver interface {
	Opened()
	Message(text []byte)
	// Closed comes once and last, also instead of Opened, and not after Close.
	Closed(reason error)
}

// UnusableError is why a socket closed that will never open: there can be no
// tracker at that address.
type UnusableError struct{ Reason string }

func (e *UnusableError) Error() string { return e.Reason }

// LostError is why a tracker cannot be spoken with just now, as Warned tells it.
type LostError struct {
	RetryIn time.Duration // after which it is dialled again
	Reason  error
}

func (e *LostError) Error() string {
	return fmt.Sprintf("tracker lost, trying again in %.1f s: %v", e.RetryIn.Seconds(), e.Reason)
}

func (e *LostError) Unwrap() error { return e.Reason }

// Dialer opens sockets. The receiver hears nothing before Dial has returned.
type Dialer interface {
	Dial(url string, receiver SocketReceiver) Socket
}

// Link is a WebRTC connection under negotiation. The functions given to it are
// called on the loop, once, and not after Close. Descriptions are complete:
// there is no trickle of candidates.
type Link interface {
	Offer(done func(sdp string, err error))
	Answer(offer string, done func(sdp string, err error))
	// Accept takes the answer to the offer.
	Accept(answer string)
	Close()
}

// Negotiator is the member of a swarm that connections are made for.
type Negotiator interface {
	// Room is how many more peers are wanted.
	Room() int
	// Connected is how many peers there are.
	Connected() int
	// Wants tells whether a connection to this peer is wanted: an answer to its
	// offer, or, where offered tells that the offer was ours, its answer.
	Wants(remote wire.PeerID, offered bool) bool
	// NewLink makes a connection without its other end.
	NewLink() Link
	// Meet says who is at the other end of a link, which from now on is the
	// negotiator's to close. offered tells whether the offer was ours.
	Meet(link Link, remote wire.PeerID, offered bool)
	// Counted says how many peers the tracker knows in the swarm, this one
	// included.
	Counted(tracker string, peers int64)
	// Warned reports what goes wrong between this swarm and the tracker, which
	// is tried again.
	Warned(tracker string, err error)
}
