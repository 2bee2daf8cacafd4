package signaling

import (
	"errors"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

const (
	// offersAtOnce is how many offers go with an announcement, as in
	// P2P Media Loader.
	offersAtOnce = 5
	// offerLife is how long an offer waits for an answer. JavaScript peers give
	// up their own after as long.
	offerLife = 50 * time.Second
	// renewal is how soon after an announcement the next one is due where more
	// peers are counted than are connected: its offers are made and out before
	// the former ones end.
	renewal = offerLife - 5*time.Second
	// Trackers say how often they want to be told; these bound it.
	usualInterval = 120 * time.Second
	leastInterval = 10 * time.Second
)

// Member is this page in one swarm at one tracker.
type Member struct {
	// in
	tracker    *Tracker
	swarm      wire.InfoHash
	self       wire.PeerID
	negotiator Negotiator

	offers    []*offer
	announced time.Duration // when, the last time
	interval  time.Duration // as the tracker wants it, 0 until it has said so
	least     time.Duration // how much sooner it bears it
	lonely    time.Duration // how soon to announce again while there is nobody
	counted   int64         // peers, this one included, 0 until the tracker has said so
	curious   bool          // to hear how many there are
	trackerID string
	cancel    func()        // calls the next announcement off
	current   *announcement // the last one, nil without a socket
	left      bool
}

// offer is one of ours that nobody has answered yet.
type offer struct {
	id     wire.OfferID
	link   Link
	expire func() // stops the timer
}

// Leave ends the membership. Offers that are out are withdrawn; connections
// that were met stay.
func (m *Member) Leave() {
	m.left = true
	m.lost()
	m.tracker.leave(m)
}

// lost is what happens when the socket goes: nobody can answer any more.
func (m *Member) lost() {
	m.current.stop()
	m.current = nil
	m.counted = 0
	if m.cancel != nil {
		m.cancel()
		m.cancel = nil
	}
	for len(m.offers) > 0 {
		m.withdraw(m.offers[0].id)
	}
}

// withdraw closes an offer, if it is still out.
func (m *Member) withdraw(id wire.OfferID) {
	if o := m.take(id); o != nil {
		o.link.Close()
	}
}

// take takes an offer off the list of those that are out.
func (m *Member) take(id wire.OfferID) *offer {
	i := slices.IndexFunc(m.offers, func(o *offer) bool { return o.id == id })
	if i < 0 {
		return nil
	}
	o := m.offers[i]
	o.expire()
	m.offers = slices.Delete(m.offers, i, i+1)
	return o
}

// announce makes offers and sends them.
func (m *Member) announce(event wire.Event) {
	m.announced, m.curious = m.tracker.loop.Now(), false
	m.lonely = max(2*m.lonely, leastInterval)
	if !m.isLonely() {
		m.lonely = leastInterval
	}
	m.schedule()
	offers := min(m.negotiator.Room(), offersAtOnce)
	if m.isComplete() {
		offers = 0
	}
	m.current.stop()
	m.current = &announcement{member: m, event: event}
	m.current.begin(offers)
}

// newOffer makes a link that closes by itself when nobody answers.
func (m *Member) newOffer() (wire.OfferID, Link) {
	var id wire.OfferID
	for i := range id {
		id[i] = byte(m.tracker.random())
	}
	link := m.negotiator.NewLink()
	expire := m.tracker.loop.After(offerLife, func() { m.withdraw(id) })
	m.offers = append(m.offers, &offer{id: id, link: link, expire: expire})
	return id, link
}

// isComplete tells whether all that the tracker knows are connected. Who comes
// later has offers of its own.
func (m *Member) isComplete() bool {
	return m.counted > 0 && m.counted-1 <= int64(m.negotiator.Connected())
}

// isLonely tells whether nobody is connected although the tracker knows others.
func (m *Member) isLonely() bool { return m.negotiator.Connected() == 0 && m.counted > 1 }

// schedule plans the next announcement: when the tracker wants it, or sooner
// while others are to be met.
func (m *Member) schedule() {
	if m.cancel != nil {
		m.cancel()
	}
	wait := m.interval
	if wait == 0 {
		wait = usualInterval
	}
	if m.counted > 0 && !m.isComplete() && m.negotiator.Room() > 0 {
		wait = min(wait, renewal)
	}
	if m.isLonely() {
		wait = min(wait, m.lonely)
	}
	if m.curious {
		wait = 0
	}
	due := m.announced + max(wait, m.least, leastInterval)
	m.cancel = m.tracker.loop.After(max(due-m.tracker.loop.Now(), 0), func() { m.announce("") })
}

// Reconsider plans the next announcement anew, when somebody has come or is gone.
// Who has come since the tracker counted may be missed when gone.
func (m *Member) Reconsider() {
	if m.counted > 0 {
		m.counted = max(m.counted, int64(m.negotiator.Connected())+1)
	}
	if m.cancel != nil {
		m.schedule()
	}
}

// Seek announces at once, with offers that there was no room for before.
func (m *Member) Seek() {
	if m.cancel != nil {
		m.announce("")
	}
}

// Recount announces as soon as the tracker bears it, to hear how many there are.
func (m *Member) Recount() {
	m.curious = true
	if m.cancel != nil {
		m.schedule()
	}
}

// hear takes what the tracker says to this swarm.
func (m *Member) hear(message wire.TrackerMessage) {
	if message.Warning != "" {
		m.negotiator.Warned(m.tracker.url, errors.New(message.Warning))
	}
	switch message.Kind {
	case wire.TrackerReply:
		m.interval, m.least = message.Interval, message.MinInterval
		if message.TrackerID != "" {
			m.trackerID = message.TrackerID
		}
		m.counted = message.Complete + message.Incomplete
		m.schedule()
		m.negotiator.Counted(m.tracker.url, m.counted)
	case wire.TrackerOffer:
		m.answer(message)
	case wire.TrackerAnswer:
		m.accept(message)
	case wire.TrackerFailure:
		m.negotiator.Warned(m.tracker.url, errors.New(message.Failure))
	}
}

// answer takes the offer of another peer.
func (m *Member) answer(message wire.TrackerMessage) {
	if message.PeerID == m.self || !m.negotiator.Wants(message.PeerID, false) {
		return
	}
	link := m.negotiator.NewLink()
	m.negotiator.Meet(link, message.PeerID, false)
	link.Answer(message.SDP, func(sdp string, err error) {
		switch {
		case err != nil:
			link.Close()
			m.negotiator.Warned(m.tracker.url, err)
		case !m.left:
			m.tracker.send(wire.Answer{
				InfoHash: m.swarm, PeerID: m.self, To: message.PeerID,
				OfferID: message.OfferID, SDP: sdp, TrackerID: m.trackerID,
			}.Encode())
		}
	})
}

// accept takes the answer to an offer of ours. An answer to one that has run
// out finds no link any more.
func (m *Member) accept(message wire.TrackerMessage) {
	o := m.take(message.OfferID)
	if o == nil {
		return
	}
	if !m.negotiator.Wants(message.PeerID, true) {
		o.link.Close()
		return
	}
	m.negotiator.Meet(o.link, message.PeerID, true)
	o.link.Accept(message.SDP)
}
