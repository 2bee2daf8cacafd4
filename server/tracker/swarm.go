package tracker

import (
	"math/rand/v2"
	"time"
)

// few is up to how many members looking at each is cheaper than a map, which is
// what most of a small swarm's memory would go to.
const few = 16

// swarm is the peers of one info hash.
type swarm struct {
	hash     ID
	complete int32          // how many of the members have everything
	members  []*member      // in no order
	byPeer   map[ID]*member // nil as long as there were never more than a few
	next     uint8          // the number of the member that comes next
}

// member is one peer id in one swarm, on one connection.
type member struct {
	peerID     ID
	inSwarm    int32   // index in swarm.members
	client     *Client // nil once it is removed
	swarm      *swarm
	offers     []offer        // sent and not answered yet, oldest first
	introduced *introductions // nil as long as there was none
	announced  moment
	onClient   int32 // index in client.members, and guarded with them
	number     uint8 // by which introductions name it
	complete   bool
}

// find returns the member of that peer id, or nil.
func (s *swarm) find(peer ID) *member {
	if s.byPeer != nil {
		return s.byPeer[peer]
	}
	for _, m := range s.members {
		if m.peerID == peer {
			return m
		}
	}
	return nil
}

func (s *swarm) add(m *member) {
	m.inSwarm = int32(len(s.members))
	m.number = s.next
	s.next++
	s.members = append(s.members, m)
	switch {
	case s.byPeer != nil:
		s.byPeer[m.peerID] = m
	case len(s.members) > few:
		s.byPeer = make(map[ID]*member, 2*few)
		for _, m := range s.members {
			s.byPeer[m.peerID] = m
		}
	}
}

func (s *swarm) remove(m *member) {
	last := len(s.members) - 1
	s.swap(int(m.inSwarm), last)
	s.members[last] = nil
	s.members = s.members[:last]
	delete(s.byPeer, m.peerID)
	if m.complete {
		s.complete--
	}
}

// choose returns count members other than m at random, rather ones that m was
// not introduced to lately. It is no more than a preference: where there are too
// few of those the others are chosen, since a connection may have broken. The
// slice is good until the swarm changes; count must be less than the number of
// members.
func (s *swarm) choose(now moment, m *member, count int, random *rand.Rand) []*member {
	if m.introduced != nil {
		m.introduced.forget(now)
	}
	// The first steps of a Fisher-Yates shuffle, with m out of the way: members
	// have no order, so they may be shuffled in place, without an allocation.
	others := len(s.members) - 1
	s.swap(int(m.inSwarm), others)
	chosen := 0
	for i := 0; chosen < count && i < min(others, count+lookedAt); i++ {
		s.swap(i, i+random.IntN(others-i))
		if m.knows(s.members[i]) {
			continue
		}
		if chosen < i {
			s.swap(chosen, i)
		}
		chosen++
	}
	return s.members[:count]
}

func (s *swarm) swap(i, j int) {
	s.members[i], s.members[j] = s.members[j], s.members[i]
	s.members[i].inSwarm = int32(i)
	s.members[j].inSwarm = int32(j)
}

// counts are the peers that have everything, and the others. A swarm may be nil.
func (s *swarm) counts() (complete, incomplete int) {
	if s == nil {
		return 0, 0
	}
	return int(s.complete), len(s.members) - int(s.complete)
}

// setComplete notes whether the peer has everything: after the event
// "completed", and as `left` says whenever it is there.
func (m *member) setComplete(r *Request) {
	complete := m.complete
	if r.leftGiven {
		complete = r.nothingLeft
	}
	complete = complete || r.completed
	switch {
	case complete && !m.complete:
		m.swarm.complete++
	case !complete && m.complete:
		m.swarm.complete--
	}
	m.complete = complete
}

// yieldsTo says whether a client may take over a peer that is on another
// connection, or else when to ask again. Peer ids are no secret, every peer of the
// swarm is told them: so as long as that connection lives, only its own address
// may. A viewer who moved to another network is back at once, while the old
// connection hangs until the system or Expire notices: it may a little later.
func (m *member) yieldsTo(c *Client) (yields bool, later time.Duration) {
	if m.client.address == c.address {
		return true, 0
	}
	return m.client.conn.Lost()
}
