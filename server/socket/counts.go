package socket

import (
	"sync/atomic"

	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

// Direction tells messages from clients from messages to them.
type Direction uint8

// The directions.
const (
	In Direction = iota
	Out
)

func (d Direction) String() string { return [...]string{"in", "out"}[d] }

// Kinds are all kinds of messages there are.
var Kinds = [...]tracker.Kind{tracker.Announce, tracker.Stop, tracker.Offer, tracker.Answer, tracker.Scrape, tracker.Failure}

// Cause is why a connection ended.
type Cause uint8

// The causes.
const (
	Gone       Cause = iota // the client went
	Slow                    // it does not read what it is sent
	Silent                  // nothing came for idleTimeout, or no goodbye for ours
	Unfinished              // it does not end its message
	NoMemory                // what waits for it or of it is more than there is memory for
	Protocol                // it does not speak WebSocket
	TooLong                 // its message is longer than maxPayloadLength
	Flood                   // it sends far more than it may
	Stopped                 // the server stops
	causes
)

func (c Cause) String() string {
	return [...]string{"gone", "slow", "silent", "unfinished", "memory", "protocol", "too_long", "flood", "stopped"}[c]
}

// Causes are all there are.
func Causes() (all []Cause) {
	for c := range causes {
		all = append(all, c)
	}
	return all
}

// Refusal is why a client does not get its connection.
type Refusal uint8

// The refusals.
const (
	Origin         Refusal = iota // websocketsAccess
	Full                          // maxConnections
	Crowded                       // limits.connectionsPerAddress
	Hasty                         // limits.announcesPerSecond, which connects count towards
	NoWebSocket                   // the handshake is wrong
	TooManySockets                // TCP connections of its address, whatever was to come over this one
	refusals
)

func (r Refusal) String() string {
	return [...]string{"origin", "full", "crowded", "hasty", "handshake", "sockets"}[r]
}

// Refusals are all there are.
func Refusals() (all []Refusal) {
	for r := range refusals {
		all = append(all, r)
	}
	return all
}

// Drop is why an offer or an answer is not passed on.
type Drop uint8

// The reasons.
const (
	Waiting Drop = iota // too much waits for who was to have it
	Limited             // its address has had too much passed on to that one
	drops
)

func (d Drop) String() string { return [...]string{"waiting", "limited"}[d] }

// Drops are all there are.
func Drops() (all []Drop) {
	for d := range drops {
		all = append(all, d)
	}
	return all
}

// counts is what happened since the start.
type counts struct {
	messages [2][len(Kinds)]counter
	dropped  [drops]counter
	ends     [causes]counter
	refused  [refusals]counter
}

// counter has a cache line of its own: the loops count at once.
type counter struct {
	atomic.Uint64
	_ [56]byte
}

func (c *counts) message(d Direction, kind tracker.Kind) { c.messages[d][index(kind)].Add(1) }

func (c *counts) drop(why Drop) { c.dropped[why].Add(1) }

func (c *counts) cut(cause Cause) { c.ends[cause].Add(1) }

func (c *counts) refuse(why Refusal) { c.refused[why].Add(1) }

// index is where a kind stands in Kinds.
func index(kind tracker.Kind) int {
	switch kind {
	case tracker.Announce:
		return 0
	case tracker.Stop:
		return 1
	case tracker.Offer:
		return 2
	case tracker.Answer:
		return 3
	case tracker.Scrape:
		return 4
	}
	return 5
}

// Messages is how many there were since the start.
func (h *Hub) Messages(d Direction, kind tracker.Kind) uint64 {
	return h.counts.messages[d][index(kind)].Load()
}

// Dropped is how many offers and answers were not passed on for a reason.
func (h *Hub) Dropped(why Drop) uint64 { return h.counts.dropped[why].Load() }

// Ended is how many connections have ended so.
func (h *Hub) Ended(why Cause) uint64 { return h.counts.ends[why].Load() }

// Refused is how many have been refused so.
func (h *Hub) Refused(why Refusal) uint64 { return h.counts.refused[why].Load() }

// Held is how many bytes wait in all connections together.
func (h *Hub) Held() int64 { return h.memory.held.Load() }
