package tracker

import (
	"math/rand/v2"
	"time"
)

// swarm is the peers of one info hash.
type swarm struct {
	hash     ID
	members  []*member // in no order
	byPeer   map[ID]*member
	complete int // how many of the members have everything
}

// member is one peer id in one swarm, on one connection.
type member struct {
	peerID    ID
	client    *Client
	swarm     *swarm
	inSwarm   int // index in swarm.members
	onClient  int // index in client.members
	announced time.Time
	complete  bool
	offers    []offer // sent and not answered yet, oldest first
}

// offer is an offer on its way: only the peer it was sent to may answer it.
type offer struct {
	id, to ID
	sent   time.Time
}

func newSwarm(hash ID) *swarm {
	return &swarm{hash: hash, byPeer: make(map[ID]*member)}
}

func (s *swarm) add(m *member) {
	m.inSwarm = len(s.members)
	s.members = append(s.members, m)
	s.byPeer[m.peerID] = m
}

func (s *swarm) remove(m *member) {
	s.swap(m.inSwarm, len(s.members)-1)
	s.members[len(s.members)-1] = nil
	s.members = s.members[:len(s.members)-1]
	delete(s.byPeer, m.peerID)
	if m.complete {
		s.complete--
	}
}

// choose returns count members other than m, each set of them as likely as any
// other. The slice is good until the swarm changes; count must be less than the
// number of members.
func (s *swarm) choose(m *member, count int, random *rand.Rand) []*member {
	// The first steps of a Fisher-Yates shuffle, with m out of the way: members
	// have no order, so they may be shuffled in place, without an allocation.
	others := len(s.members) - 1
	s.swap(m.inSwarm, others)
	for i := range count {
		s.swap(i, i+random.IntN(others-i))
	}
	return s.members[:count]
}

func (s *swarm) swap(i, j int) {
	s.members[i], s.members[j] = s.members[j], s.members[i]
	s.members[i].inSwarm = i
	s.members[j].inSwarm = j
}

// setComplete notes whether the peer has everything: after the event
// "completed", and as `left` says whenever it is there.
func (m *member) setComplete(request *Request) {
	complete := m.complete
	if request.left != nil {
		complete = *request.left == 0
	}
	complete = complete || request.completed
	if complete == m.complete {
		return
	}
	m.complete = complete
	if complete {
		m.swarm.complete++
	} else {
		m.swarm.complete--
	}
}

// forgetOffers drops the offers that no one will answer any more.
func (m *member) forgetOffers(now time.Time) {
	old := 0
	for old < len(m.offers) && now.Sub(m.offers[old].sent) > offerLifetime {
		old++
	}
	m.offers = append(m.offers[:0], m.offers[old:]...)
}

// takeOffer removes the offer with the given id that was sent to a peer and
// reports whether there was one.
func (m *member) takeOffer(id, to ID) bool {
	for i, o := range m.offers {
		if o.id == id && o.to == to {
			m.offers = append(m.offers[:i], m.offers[i+1:]...)
			return true
		}
	}
	return false
}
