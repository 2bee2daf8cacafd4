package tracker

import (
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// shard is some of the swarms.
type shard struct {
	mu     sync.Mutex // guards what follows, and all that hangs on the swarms
	swarms map[ID]*swarm
	random *rand.Rand
	peers  int // over all swarms
}

// find returns the member of that peer id, or nil.
func (sh *shard) find(hash, peer ID) *member {
	if s := sh.swarms[hash]; s != nil {
		return s.find(peer)
	}
	return nil
}

// join finds or makes the member that a client announces. Who is refused because
// its peer id is in use may announce again some time later.
func (sh *shard) join(c *Client, r *Request) (m *member, refused Reason, later time.Duration) {
	if m = sh.find(r.infoHash, r.peerID); m != nil {
		if m.client == c {
			return m, None, 0
		}
		if yields, later := m.yieldsTo(c); !yields {
			return nil, InUse, later
		}
		sh.remove(m)
	}
	m = &member{peerID: r.peerID, client: c}
	if !c.keep(m) {
		return nil, TooManyPeers, 0
	}
	m.swarm = sh.swarms[r.infoHash]
	if m.swarm == nil {
		m.swarm = &swarm{hash: r.infoHash}
		sh.swarms[r.infoHash] = m.swarm
	}
	m.swarm.add(m)
	sh.peers++
	return m, None, 0
}

// leave takes a peer out of its swarm, if it is there on that client's
// connection.
func (sh *shard) leave(c *Client, r *Request) {
	if m := sh.find(r.infoHash, r.peerID); m != nil && m.client == c {
		sh.remove(m)
	}
}

// remove takes a member out of its swarm and its client's list.
func (sh *shard) remove(m *member) {
	m.swarm.remove(m)
	if len(m.swarm.members) == 0 {
		delete(sh.swarms, m.swarm.hash)
	}
	sh.peers--
	m.client.drop(m)
	m.client = nil
}

// expiredAtOnce is how many members are looked at for their age while others wait for
// the shard: 0.1 ms where all are to go. A swarm of 100,000 would take 25 ms as a
// whole, and 0.7 where none is to go (BenchmarkExpire, 2026-11-25).
const expiredAtOnce = 256

// expire removes the members that announced before oldest. Of those that move
// meanwhile it may overlook some, until the next time.
func (sh *shard) expire(oldest moment) {
	var swarms []*swarm
	sh.each(func(s *swarm) bool {
		swarms = append(swarms, s)
		return true
	})
	for _, s := range swarms {
		for left := math.MaxInt; left > 0; {
			left = sh.expireSome(s, oldest, left)
		}
	}
}

// expireSome looks at the last of the first members of a swarm, and returns how many
// of them are left to look at.
func (sh *shard) expireSome(s *swarm, oldest moment, first int) (left int) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	first = min(first, len(s.members)) // none, if the swarm is gone
	left = max(0, first-expiredAtOnce)
	for i := first - 1; i >= left; i-- {
		// Removing a member moves only members that were looked at already.
		if m := s.members[i]; m.announced < oldest {
			sh.remove(m)
		}
	}
	return left
}

func (sh *shard) count() (swarms, peers int) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return len(sh.swarms), sh.peers
}

// each calls f with each swarm, in no order, until it says that it had enough. f
// may remove members.
func (sh *shard) each(f func(*swarm) bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for _, s := range sh.swarms {
		if !f(s) {
			return
		}
	}
}
