// Package tracker is the state of a WebTorrent tracker: who is in which swarm,
// and which offers wait for an answer. A message comes in, messages go out.
// There are no sockets here and no clock: the caller passes the time, and what
// carries messages to a peer is one small interface, Conn.
//
// The protocol is the one of npm bittorrent-tracker's WebSocket client: JSON
// in text frames, ids as strings of 20 characters U+0000 to U+00FF.
//
// Two kinds of locks: a shard's guards its swarms with all their members, and a
// Client's, which may be taken while a shard's is held and never the other way
// round, guards the list of its members.
package tracker

import (
	"encoding/binary"
	"hash/maphash"
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"time"
)

// Conn carries messages to the peers that announced themselves on it: a
// WebSocket, or whatever leads to one. Its methods must not block and must not
// call back into the tracker. Calls may come from several goroutines at once, and
// none comes once Disconnect has returned.
type Conn interface {
	// Send sends a message, which is good only until it returns.
	Send(kind Kind, message []byte)
	// Pass does so with an offer or an answer that has come on a connection, maybe
	// this one, and says whether it was taken: it may be dropped.
	Pass(from Conn, kind Kind, message []byte) (taken bool)
	// Lost says whether the other end is known to be gone though nobody has heard
	// so. Where that is not known it asks the other end for a sign of life, and says
	// how much later it will be.
	Lost() (lost bool, later time.Duration)
}

// Settings of a Tracker. All must be positive.
type Settings struct {
	// Interval is how often peers are asked to announce, in whole seconds.
	Interval time.Duration
	// MaxOffers is how many offers of one announce are passed on at most.
	MaxOffers int
	// Allows says which swarms there may be; nil: all. It must not block, and may
	// change its mind: an announce to a swarm that is not allowed any more is
	// refused, and takes the peer out of it.
	Allows func(infoHash ID) bool
}

const (
	// expiryIntervals is how many intervals a peer may stay silent. Browsers wake
	// a hidden page's timers once a minute, so two of wt-tracker's default
	// interval of 20 s would throw out peers that are well.
	expiryIntervals = 4
	// maxMemberships bounds the pairs of peer id and swarm of one connection.
	maxMemberships = 4096
	// maxScraped bounds the swarms in the answer to a scrape, of those named or of
	// all: the rest is left out.
	maxScraped = 1000
	// shardBits says how many shards there are: enough that two cores seldom want
	// the same one at once.
	shardBits = 6
)

// moment is a time, in ms since the tracker's epoch.
type moment int64

// Tracker is the state of all swarms. It may be used from several goroutines at
// once.
type Tracker struct {
	settings Settings
	epoch    time.Time // not now: only what moments count from
	tags     maphash.Seed
	shards   [1 << shardBits]shard
	failures [reasons]atomic.Uint64
}

// New returns a tracker without swarms. seed is what decides who is sent whose
// offer: not for a stranger to foresee.
func New(settings Settings, seed [32]byte) *Tracker {
	t := &Tracker{settings: settings, epoch: time.Now(), tags: maphash.MakeSeed()}
	seeds := rand.NewChaCha8(seed)
	for i := range t.shards {
		seeds.Read(seed[:]) // never fails
		t.shards[i] = shard{swarms: make(map[ID]*swarm), random: rand.New(rand.NewChaCha8(seed))}
	}
	return t
}

// Connect makes a connection known, until its Disconnect. The address is where
// it comes from: a client that lost its connection may take its peer ids over
// from there while the old connection still seems to live. Behind a reverse
// proxy that is not trusted every client has the proxy's address, and so may
// take over every peer id that it knows.
func (t *Tracker) Connect(conn Conn, address netip.Addr) *Client {
	return &Client{tracker: t, conn: conn, address: address.As16()}
}

// Expire removes the peers that have not announced for several intervals.
// Calling it about once an interval is enough.
func (t *Tracker) Expire(now time.Time) {
	oldest := t.moment(now) - inMoments(expiryIntervals*t.settings.Interval)
	for i := range t.shards {
		t.shards[i].expire(oldest)
	}
}

// Count returns how many swarms there are and how many peers they have in all;
// a peer in two swarms counts twice.
func (t *Tracker) Count() (swarms, peers int) {
	for i := range t.shards {
		s, p := t.shards[i].count()
		swarms, peers = swarms+s, peers+p
	}
	return swarms, peers
}

// Failures is how many requests have not been granted for a reason.
func (t *Tracker) Failures(reason Reason) uint64 { return t.failures[reason].Load() }

// Swarms is the number of peers of each swarm.
func (t *Tracker) Swarms() map[ID]int {
	swarms := make(map[ID]int)
	for i := range t.shards {
		t.shards[i].each(func(s *swarm) bool {
			swarms[s.hash] = len(s.members)
			return true
		})
	}
	return swarms
}

// shard is where the swarm of an info hash is, or would be.
func (t *Tracker) shard(hash ID) *shard {
	// Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4): hashes may
	// be text, of which not every bit is random.
	const golden = 0x9e3779b97f4a7c15
	return &t.shards[binary.LittleEndian.Uint64(hash[:])*golden>>(64-shardBits)]
}

func (t *Tracker) moment(now time.Time) moment { return inMoments(now.Sub(t.epoch)) }

func inMoments(d time.Duration) moment { return moment(d / time.Millisecond) }
