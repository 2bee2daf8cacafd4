// Package tracker is the state of a WebTorrent tracker: who is in which swarm,
// and which offers wait for an answer. A message comes in, messages go out.
// There are no sockets here and no clock: the caller passes the time, and what
// carries messages to a peer is one small interface, Conn.
//
// The protocol is the one of npm bittorrent-tracker's WebSocket client: JSON
// in text frames, ids as strings of 20 characters U+0000 to U+00FF.
package tracker

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// Conn carries messages to the peers that announced themselves on it: a
// WebSocket, or whatever leads to one. Send must not block and must not call
// back into the tracker; the message is good only until Send returns. Calls may
// come from several goroutines at once.
type Conn interface {
	Send(kind Kind, message []byte)
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
	// takeoverGrace is how late an announce may be before anyone may take the
	// peer id over: a viewer who moved to another network is back at once, while
	// its old connection hangs until the system or Expire notices.
	takeoverGrace = 5 * time.Second
	// offerLifetime is how long an offer can be answered. The npm client gives
	// one up after 50 s, and our own loader is no more patient.
	offerLifetime = time.Minute
	// offersKept bounds the offers of one peer in one swarm that wait for an
	// answer, as a multiple of Settings.MaxOffers; the oldest give way.
	offersKept = 4
	// maxMemberships bounds the pairs of peer id and swarm of one connection.
	maxMemberships = 4096
	// maxScraped bounds the swarms named in the answer to a scrape of them all.
	maxScraped = 1000
)

// Tracker is the state of all swarms. It may be used from several goroutines at
// once.
type Tracker struct {
	settings Settings

	mu      sync.Mutex // guards what follows
	random  *rand.Rand
	swarms  map[ID]*swarm
	clients map[*Client]struct{}
	members int // over all swarms
}

// Client is what the tracker knows of one connection. Its methods must not be
// called at the same time; those of several clients may.
type Client struct {
	tracker *Tracker
	conn    Conn
	address netip.Addr
	members []*member
	gone    bool
}

// New returns a tracker without swarms. seed is what decides who is sent whose
// offer: not for a stranger to foresee.
func New(settings Settings, seed [32]byte) *Tracker {
	return &Tracker{
		settings: settings,
		random:   rand.New(rand.NewChaCha8(seed)),
		swarms:   make(map[ID]*swarm),
		clients:  make(map[*Client]struct{}),
	}
}

// Connect makes a connection known, until its Disconnect. The address is where
// it comes from: a client that lost its connection may take its peer ids over
// from there while the old connection still seems to live. Behind a reverse
// proxy that is not trusted every client has the proxy's address, and so may
// take over every peer id that it knows.
func (t *Tracker) Connect(conn Conn, address netip.Addr) *Client {
	c := &Client{tracker: t, conn: conn, address: address.Unmap()}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clients[c] = struct{}{}
	return c
}

// Disconnect forgets a connection and all its peers.
func (c *Client) Disconnect() {
	c.tracker.mu.Lock()
	defer c.tracker.mu.Unlock()
	c.gone = true
	for len(c.members) > 0 {
		c.tracker.remove(c.members[len(c.members)-1])
	}
	delete(c.tracker.clients, c)
}

// Handle acts on a request from the connection and sends what follows from it.
// After Disconnect it does nothing.
func (c *Client) Handle(now time.Time, request *Request) {
	t := c.tracker
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.gone {
		return
	}
	switch request.kind {
	case Announce:
		t.announce(now, c, request)
	case Stop:
		t.stop(c, request)
	case Answer:
		t.answer(now, c, request)
	case Scrape:
		t.scrape(c, request)
	default:
		c.fail(request, request.failure)
	}
}

// Expire removes the peers that have not announced for several intervals.
// Calling it about once an interval is enough.
func (t *Tracker) Expire(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	limit := expiryIntervals * t.settings.Interval
	for conn := range t.clients {
		for i := len(conn.members) - 1; i >= 0; i-- {
			// Removing a member moves only members that were looked at already.
			if m := conn.members[i]; now.Sub(m.announced) > limit {
				t.remove(m)
			}
		}
	}
}

// Count returns how many swarms there are and how many peers they have in all;
// a peer in two swarms counts twice.
func (t *Tracker) Count() (swarms, peers int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.swarms), t.members
}

// Swarms is the number of peers of each swarm.
func (t *Tracker) Swarms() map[ID]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	swarms := make(map[ID]int, len(t.swarms))
	for hash, s := range t.swarms {
		swarms[hash] = len(s.members)
	}
	return swarms
}

func (t *Tracker) announce(now time.Time, from *Client, request *Request) {
	if t.settings.Allows != nil && !t.settings.Allows(request.infoHash) {
		t.leave(from, request)
		from.fail(request, "this tracker does not serve this info_hash")
		return
	}
	m, reason := t.join(now, from, request)
	if reason != "" {
		from.fail(request, reason)
		return
	}
	m.announced = now
	m.setComplete(request)
	t.reply(from, request.infoHash, m.swarm)
	t.spread(now, m, request)
}

// join finds or makes the member that a request announces.
func (t *Tracker) join(now time.Time, from *Client, request *Request) (m *member, refused string) {
	s := t.swarms[request.infoHash]
	if s != nil {
		m = s.byPeer[request.peerID]
	}
	if m != nil && m.client != from {
		// Peer ids are no secret: every peer of the swarm is told them. So as long
		// as one is announced in time, only its own address may take it over.
		late := now.Sub(m.announced) > t.settings.Interval+takeoverGrace
		if !late && m.client.address != from.address {
			return nil, "peer_id is in use on another connection"
		}
		t.remove(m)
		m, s = nil, t.swarms[request.infoHash]
	}
	if m != nil {
		return m, ""
	}
	if len(from.members) >= maxMemberships {
		return nil, "too many peers and swarms on one connection"
	}
	if s == nil {
		s = newSwarm(request.infoHash)
		t.swarms[request.infoHash] = s
	}
	m = &member{peerID: request.peerID, client: from, swarm: s}
	s.add(m)
	m.onClient = len(from.members)
	from.members = append(from.members, m)
	t.members++
	return m, ""
}

// remove takes a member out of its swarm and its connection.
func (t *Tracker) remove(m *member) {
	m.swarm.remove(m)
	if len(m.swarm.members) == 0 {
		delete(t.swarms, m.swarm.hash)
	}
	c := m.client
	last := len(c.members) - 1
	c.members[m.onClient] = c.members[last]
	c.members[m.onClient].onClient = m.onClient
	c.members[last] = nil
	c.members = c.members[:last]
	t.members--
}

// stop removes a peer at its own connection's word, and at no one else's. It
// is answered in any case: the client that waits for it closes its socket only
// then.
func (t *Tracker) stop(from *Client, request *Request) {
	t.leave(from, request)
	t.reply(from, request.infoHash, t.swarms[request.infoHash])
}

// leave takes the peer of a request out of its swarm, if it is there on this
// connection.
func (t *Tracker) leave(from *Client, request *Request) {
	if s := t.swarms[request.infoHash]; s != nil {
		if m := s.byPeer[request.peerID]; m != nil && m.client == from {
			t.remove(m)
		}
	}
}

// spread passes the offers of an announce to as many other peers, chosen at
// random, one each.
func (t *Tracker) spread(now time.Time, m *member, request *Request) {
	count := min(len(request.offers), request.wanted, t.settings.MaxOffers, len(m.swarm.members)-1)
	if count <= 0 {
		return
	}
	m.forgetOffers(now)
	for i, other := range m.swarm.choose(m, count, t.random) {
		o := request.offers[i]
		m.offers = append(m.offers, offer{id: o.id, to: other.peerID, sent: now})
		other.client.conn.Send(Offer, offerMessage(request.infoHash, m.peerID, o))
	}
	if surplus := len(m.offers) - offersKept*t.settings.MaxOffers; surplus > 0 {
		m.offers = append(m.offers[:0], m.offers[surplus:]...)
	}
}

// answer passes an answer to the peer that made the offer, if that peer is
// still there and waits for an answer from this very peer.
func (t *Tracker) answer(now time.Time, from *Client, request *Request) {
	s := t.swarms[request.infoHash]
	if s == nil {
		from.fail(request, "no such swarm: announce first")
		return
	}
	if m := s.byPeer[request.peerID]; m == nil || m.client != from {
		from.fail(request, "peer_id is not in the swarm on this connection: announce first")
		return
	}
	to := s.byPeer[request.toPeerID]
	if to == nil {
		from.fail(request, "to_peer_id is not in the swarm (any more)")
		return
	}
	to.forgetOffers(now)
	if !to.takeOffer(request.offerID, request.peerID) {
		from.fail(request, "the offer is not outstanding (any more)")
		return
	}
	to.client.conn.Send(Answer, answerMessage(request))
}

func (t *Tracker) scrape(from *Client, request *Request) {
	hashes := request.scraped
	if request.scrapeAll {
		hashes = make([]ID, 0, min(len(t.swarms), maxScraped))
		for hash := range t.swarms {
			if len(hashes) == maxScraped {
				break
			}
			hashes = append(hashes, hash)
		}
	}
	from.conn.Send(Scrape, scrapeMessage(hashes, t.swarms))
}

func (t *Tracker) reply(to *Client, hash ID, s *swarm) {
	to.conn.Send(Announce, announceMessage(hash, t.settings.Interval, s))
}

// Refuse answers a request with a failure, for a reason that the tracker does not
// know: plain ASCII without quotes.
func (c *Client) Refuse(request *Request, reason string) { c.fail(request, reason) }

func (c *Client) fail(request *Request, reason string) {
	c.conn.Send(Failure, failureMessage(request, reason))
}
