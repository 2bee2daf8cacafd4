package loader

import (
	"math"
	"slices"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// mostPeers is how many connections are looked for. More are accepted: whoever
// comes brings something.
const mostPeers = 20

// mostLinks bounds the connections that are open or under negotiation.
const mostLinks = 3 * mostPeers

// most is how many peers there may be.
func (w *swarm) most() int {
	if n := w.feed.loader.settings.MaxPeers; n > 0 {
		return int(min(math.Ceil(n), mostLinks))
	}
	return mostLinks
}

// met is how many peers there are, or may be soon, besides one.
func (w *swarm) met(besides wire.PeerID) int {
	others := map[wire.PeerID]bool{}
	for _, l := range w.links {
		if l.remote != (wire.PeerID{}) && l.remote != besides {
			others[l.remote] = true
		}
	}
	return len(others)
}

// joining tells whether peers may be about to appear.
func (w *swarm) joining() bool {
	if len(w.peers) > 0 || len(w.members) == 0 {
		return false
	}
	return w.others() && !w.isSmall() || len(w.counts) < len(w.members)
}

// others tells whether a tracker counts more than this viewer.
func (w *swarm) others() bool {
	for _, count := range w.counts {
		if count > 1 {
			return true
		}
	}
	return false
}

// counted is how many peers a tracker counted last, this one included; 0 if none has.
// That can be two minutes ago.
func (w *swarm) counted() (n int) {
	for _, count := range w.counts {
		n = max(n, int(min(count, math.MaxInt32)))
	}
	return n
}

// size is how many peers the swarm has, this one included, as far as is known. In a
// crowd that grows fast the newest know best: it is what most say, this one among them,
// so that no single one can make us believe in a crowd.
func (w *swarm) size() int {
	said := append(w.said[:0], int64(w.counted()))
	for _, l := range w.peers {
		if n := l.peer.Swarm(); n > 0 {
			said = append(said, n)
		}
	}
	slices.Sort(said)
	w.said = said
	return max(len(w.peers)+1, int(min(said[(len(said)-1)/2], math.MaxInt32)))
}

// isSmall tells whether fewer watch than the page wants peers for.
func (w *swarm) isSmall() bool { return float64(w.counted()) < w.feed.loader.settings.MinViewers }
