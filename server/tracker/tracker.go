// Package tracker is the state of a WebTorrent tracker: who is in which swarm,
// and which offers wait for an answer. A message comes in, messages go out.
// There are no sockets here, no clock and no lock: the caller passes the time
// and the randomness, and serialises its calls.
//
// The protocol is the one of npm bittorrent-tracker's WebSocket client: JSON
// in text frames, ids as strings of 20 characters U+0000 to U+00FF.
package tracker

import (
	"iter"
	"math/rand/v2"
	"net/netip"
	"time"
)

// Conn names a connection. The caller chooses the value and does not use it
// again for another connection.
type Conn uint64

// Relay carries a message to a connection. Send must not block and must not
// call back into the Tracker; the message is the relay's to keep, not to change.
type Relay interface {
	Send(to Conn, kind Kind, message []byte)
}

// Settings of a Tracker. All must be positive.
type Settings struct {
	// Interval is how often peers are asked to announce, in whole seconds.
	Interval time.Duration
	// MaxOffers is how many offers of one announce are passed on at most.
	MaxOffers int
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

// Tracker is the state of all swarms. It is not safe for concurrent use.
type Tracker struct {
	settings Settings
	relay    Relay
	random   *rand.Rand

	swarms      map[ID]*swarm
	connections map[Conn]*connection
	members     int // over all swarms
}

// connection is what the tracker knows of one Conn.
type connection struct {
	address netip.Addr
	members []*member
}

// New returns a tracker without swarms.
func New(settings Settings, relay Relay, random *rand.Rand) *Tracker {
	return &Tracker{
		settings:    settings,
		relay:       relay,
		random:      random,
		swarms:      make(map[ID]*swarm),
		connections: make(map[Conn]*connection),
	}
}

// Connect makes a connection known. The address is where it comes from: a
// client that lost its connection may take its peer ids over from there while
// the old connection still seems to live. Behind a reverse proxy every client
// has the proxy's address, and so may take over every peer id that it knows.
func (t *Tracker) Connect(conn Conn, address netip.Addr) {
	t.connections[conn] = &connection{address: address.Unmap()}
}

// Disconnect forgets a connection and all its peers.
func (t *Tracker) Disconnect(conn Conn) {
	known := t.connections[conn]
	if known == nil {
		return
	}
	for len(known.members) > 0 {
		t.remove(known.members[len(known.members)-1])
	}
	delete(t.connections, conn)
}

// Handle acts on a request from a connection and sends what follows from it.
// A request from a connection that is not known is dropped.
func (t *Tracker) Handle(now time.Time, from Conn, request Request) {
	conn := t.connections[from]
	if conn == nil {
		return
	}
	switch request.kind {
	case Announce:
		t.announce(now, from, conn, request)
	case Stop:
		t.stop(from, request)
	case Answer:
		t.answer(now, from, request)
	case Scrape:
		t.scrape(from, request)
	default:
		t.fail(from, request, request.failure)
	}
}

// Expire removes the peers that have not announced for several intervals.
// Calling it about once an interval is enough.
func (t *Tracker) Expire(now time.Time) {
	limit := expiryIntervals * t.settings.Interval
	for _, conn := range t.connections {
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
func (t *Tracker) Count() (swarms, peers int) { return len(t.swarms), t.members }

// Swarms yields the info hash of every swarm and how many peers it has.
func (t *Tracker) Swarms() iter.Seq2[ID, int] {
	return func(yield func(ID, int) bool) {
		for hash, s := range t.swarms {
			if !yield(hash, len(s.members)) {
				return
			}
		}
	}
}

func (t *Tracker) announce(now time.Time, from Conn, conn *connection, request Request) {
	m, reason := t.join(now, from, conn, request)
	if reason != "" {
		t.fail(from, request, reason)
		return
	}
	m.announced = now
	m.setComplete(request)
	t.reply(from, request.infoHash, m.swarm)
	t.spread(now, m, request)
}

// join finds or makes the member that a request announces.
func (t *Tracker) join(now time.Time, from Conn, conn *connection, request Request) (m *member, refused string) {
	s := t.swarms[request.infoHash]
	if s != nil {
		m = s.byPeer[request.peerID]
	}
	if m != nil && m.conn != from {
		// Peer ids are no secret: every peer of the swarm is told them. So as long
		// as one is announced in time, only its own address may take it over.
		late := now.Sub(m.announced) > t.settings.Interval+takeoverGrace
		if !late && t.connections[m.conn].address != conn.address {
			return nil, "peer_id is in use on another connection"
		}
		t.remove(m)
		m, s = nil, t.swarms[request.infoHash]
	}
	if m != nil {
		return m, ""
	}
	if len(conn.members) >= maxMemberships {
		return nil, "too many peers and swarms on one connection"
	}
	if s == nil {
		s = newSwarm(request.infoHash)
		t.swarms[request.infoHash] = s
	}
	m = &member{peerID: request.peerID, conn: from, swarm: s}
	s.add(m)
	m.onConn = len(conn.members)
	conn.members = append(conn.members, m)
	t.members++
	return m, ""
}

// remove takes a member out of its swarm and its connection.
func (t *Tracker) remove(m *member) {
	m.swarm.remove(m)
	if len(m.swarm.members) == 0 {
		delete(t.swarms, m.swarm.hash)
	}
	conn := t.connections[m.conn]
	last := len(conn.members) - 1
	conn.members[m.onConn] = conn.members[last]
	conn.members[m.onConn].onConn = m.onConn
	conn.members[last] = nil
	conn.members = conn.members[:last]
	t.members--
}

// stop removes a peer at its own connection's word, and at no one else's. It
// is answered in any case: the client that waits for it closes its socket only
// then.
func (t *Tracker) stop(from Conn, request Request) {
	s := t.swarms[request.infoHash]
	if s != nil {
		if m := s.byPeer[request.peerID]; m != nil && m.conn == from {
			t.remove(m)
		}
	}
	t.reply(from, request.infoHash, s)
}

// spread passes the offers of an announce to as many other peers, chosen at
// random, one each.
func (t *Tracker) spread(now time.Time, m *member, request Request) {
	count := min(len(request.offers), request.wanted, t.settings.MaxOffers, len(m.swarm.members)-1)
	if count <= 0 {
		return
	}
	m.forgetOffers(now)
	for i, other := range m.swarm.choose(m, count, t.random) {
		o := request.offers[i]
		m.offers = append(m.offers, offer{id: o.id, to: other.peerID, sent: now})
		t.relay.Send(other.conn, Offer, offerMessage(request.infoHash, m.peerID, o))
	}
	if surplus := len(m.offers) - offersKept*t.settings.MaxOffers; surplus > 0 {
		m.offers = append(m.offers[:0], m.offers[surplus:]...)
	}
}

// answer passes an answer to the peer that made the offer, if that peer is
// still there and waits for an answer from this very peer.
func (t *Tracker) answer(now time.Time, from Conn, request Request) {
	s := t.swarms[request.infoHash]
	if s == nil {
		t.fail(from, request, "no such swarm: announce first")
		return
	}
	if m := s.byPeer[request.peerID]; m == nil || m.conn != from {
		t.fail(from, request, "peer_id is not in the swarm on this connection: announce first")
		return
	}
	to := s.byPeer[request.toPeerID]
	if to == nil {
		t.fail(from, request, "to_peer_id is not in the swarm (any more)")
		return
	}
	to.forgetOffers(now)
	if !to.takeOffer(request.offerID, request.peerID) {
		t.fail(from, request, "the offer is not outstanding (any more)")
		return
	}
	t.relay.Send(to.conn, Answer, answerMessage(request))
}

func (t *Tracker) scrape(from Conn, request Request) {
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
	t.relay.Send(from, Scrape, scrapeMessage(hashes, t.swarms))
}

func (t *Tracker) reply(to Conn, hash ID, s *swarm) {
	t.relay.Send(to, Announce, announceMessage(hash, t.settings.Interval, s))
}

func (t *Tracker) fail(to Conn, request Request, reason string) {
	t.relay.Send(to, Failure, failureMessage(request, reason))
}
