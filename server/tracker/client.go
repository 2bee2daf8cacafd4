package tracker

import (
	"sync"
	"time"
)

// Client is what the tracker knows of one connection. Its methods must not be
// called at the same time; those of several clients may.
type Client struct {
	tracker *Tracker
	conn    Conn
	address [16]byte // an IPv4 address as IPv6 has it
	gone    bool

	mu      sync.Mutex // guards what follows: others may remove members too
	members []*member
}

// Disconnect forgets a connection and all its peers.
func (c *Client) Disconnect() {
	c.gone = true
	for m := c.last(); m != nil; m = c.last() {
		sh := c.tracker.shard(m.swarm.hash)
		sh.mu.Lock()
		if m.client == c { // else it was removed meanwhile
			sh.remove(m)
		}
		sh.mu.Unlock()
	}
}

// Handle acts on a request from the connection and sends what follows from it.
// After Disconnect it does nothing.
func (c *Client) Handle(now time.Time, request *Request) {
	if c.gone {
		return
	}
	at := c.tracker.moment(now)
	switch request.kind {
	case Announce:
		c.announce(at, request)
	case Stop:
		c.stop(request)
	case Answer:
		c.answer(at, request)
	case Scrape:
		c.scrape(request)
	default:
		c.fail(request, Unreadable)
	}
}

// Refuse answers a request that is one too many now, for a reason that the tracker
// cannot find by itself.
func (c *Client) Refuse(request *Request, reason Reason) {
	if request.kind != Announce {
		c.fail(request, reason)
		return
	}
	sh := c.tracker.shard(request.infoHash)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	c.postpone(request, sh.swarms[request.infoHash], reason, c.tracker.settings.Interval)
}

func (c *Client) announce(now moment, r *Request) {
	sh := c.tracker.shard(r.infoHash)
	allows := c.tracker.settings.Allows
	allowed := allows == nil || allows(r.infoHash)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if !allowed {
		sh.leave(c, r)
		c.fail(r, NotServed)
		return
	}
	m, refused, later := sh.join(c, r)
	switch refused {
	case None:
	case InUse:
		c.postpone(r, sh.swarms[r.infoHash], refused, later)
		return
	default:
		c.fail(r, refused)
		return
	}
	m.announced = now
	m.setComplete(r)
	c.reply(r, m.swarm)
	c.spread(now, sh, m, r)
}

// spread passes the offers of an announce to as many other peers, one each.
func (c *Client) spread(now moment, sh *shard, m *member, r *Request) {
	limit := c.tracker.settings.MaxOffers
	count := min(len(r.offers), r.wanted, limit, len(m.swarm.members)-1)
	if count <= 0 {
		return
	}
	m.forgetOffers(now, offersKept*limit-count)
	for i, other := range m.swarm.choose(now, m, count, sh.random) {
		o := r.offers[i]
		if other.client.conn.Pass(c.conn, Offer, r.offerMessage(o)) {
			m.addOffer(now, c.tracker.tag(o.id, other.peerID))
		}
	}
}

// stop removes a peer at its own connection's word, and at no one else's. It
// is answered in any case: the client that waits for it closes its socket only
// then.
func (c *Client) stop(r *Request) {
	sh := c.tracker.shard(r.infoHash)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.leave(c, r)
	c.reply(r, sh.swarms[r.infoHash])
}

// answer passes an answer to the peer that made the offer, if that peer is
// still there and waits for an answer from this very peer.
func (c *Client) answer(now moment, r *Request) {
	sh := c.tracker.shard(r.infoHash)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	from, to := sh.find(r.infoHash, r.peerID), sh.find(r.infoHash, r.toPeerID)
	switch {
	case from == nil || from.client != c:
		c.fail(r, NotAnnounced)
	case to == nil:
		c.fail(r, PeerGone)
	default:
		offer := to.findOffer(now, c.tracker.tag(r.offerID, r.peerID))
		if offer < 0 {
			c.fail(r, OfferGone)
		} else if to.client.conn.Pass(c.conn, Answer, r.answerMessage()) {
			to.removeOffer(offer)
			introduce(now, from, to)
		}
	}
}

// scrape locks one shard at a time, so that its figures need not be of one
// moment.
func (c *Client) scrape(r *Request) {
	r.beginScrape()
	for _, hash := range r.scraped {
		sh := c.tracker.shard(hash)
		sh.mu.Lock()
		r.addScraped(hash, sh.swarms[hash])
		sh.mu.Unlock()
	}
	if r.scrapeAll {
		left := maxScraped
		for i := range c.tracker.shards {
			c.tracker.shards[i].each(func(s *swarm) bool {
				if left == 0 {
					return false
				}
				left--
				r.addScraped(s.hash, s)
				return true
			})
		}
	}
	c.conn.Send(Scrape, r.endScrape())
}

func (c *Client) reply(r *Request, s *swarm) {
	c.conn.Send(Announce, r.announceMessage(c.tracker.settings.Interval, s, ""))
}

// postpone answers an announce that may do better a little later. In its form that
// is a reply with a warning: the npm client, once it has lost a connection, never
// announces again after a failure, and comes again when a reply says.
func (c *Client) postpone(r *Request, s *swarm, reason Reason, later time.Duration) {
	c.tracker.failures[reason].Add(1)
	c.conn.Send(Failure, r.announceMessage(later, s, reason.text()))
}

func (c *Client) fail(r *Request, reason Reason) {
	c.tracker.failures[reason].Add(1)
	text := reason.text()
	if reason == Unreadable {
		text = r.failure
	}
	c.conn.Send(Failure, r.failureMessage(text))
}

// keep adds a member to the list, if it may have one more.
func (c *Client) keep(m *member) (ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.members) >= maxMemberships {
		return false
	}
	m.onClient = int32(len(c.members))
	c.members = append(c.members, m)
	return true
}

// drop removes a member that is in the list.
func (c *Client) drop(m *member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := len(c.members) - 1
	c.members[m.onClient] = c.members[last]
	c.members[m.onClient].onClient = m.onClient
	c.members[last] = nil
	c.members = c.members[:last]
}

// last is some member in the list, nil when there is none.
func (c *Client) last() *member {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.members) == 0 {
		return nil
	}
	return c.members[len(c.members)-1]
}
