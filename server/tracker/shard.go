package tracker

import (
	"math/rand/v2"
	"sync"
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

// join finds or makes the member that a client announces.
func (sh *shard) join(now moment, c *Client, r *Request) (m *member, refused string) {
	if m = sh.find(r.infoHash, r.peerID); m != nil {
		if m.client == c {
			return m, ""
		}
		if !m.yieldsTo(c, now) {
			return nil, "peer_id is in use on another connection"
		}
		sh.remove(m)
	}
	m = &member{peerID: r.peerID, client: c}
	if !c.keep(m) {
		return nil, "too many peers and swarms on one connection"
	}
	m.swarm = sh.swarms[r.infoHash]
	if m.swarm == nil {
		m.swarm = &swarm{hash: r.infoHash}
		sh.swarms[r.infoHash] = m.swarm
	}
	m.swarm.add(m)
	sh.peers++
	return m, ""
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

// expire removes the members that announced before oldest.
func (sh *shard) expire(oldest moment) {
	sh.each(func(s *swarm) bool {
		for i := len(s.members) - 1; i >= 0; i-- {
			// Removing a member moves only members that were looked at already.
			if m := s.members[i]; m.announced < oldest {
				sh.remove(m)
			}
		}
		return true
	})
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
