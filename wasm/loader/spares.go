package loader

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// spares is how long there may be other connections to a peer that is connected.
// A JavaScript peer keeps the one that it saw first and closes the others at once;
// which one that is, only it knows.
const spares = 2 * time.Second

// opened takes a link whose channel is open.
func (w *swarm) opened(l *link) {
	if w.peers.find(l.remote) == nil {
		w.adopt(l)
	}
	if !l.closed && w.count(l.remote) > 1 {
		l.timeout = w.feed.loader.page.machine.Loop.After(spares, func() { w.settle(l.remote) })
	}
}

// settle leaves one connection to a peer. Of those that are open it is that of the
// offerer with the lower id; where both have the same offerer, it decides. Those
// that are still to open come too late.
func (w *swarm) settle(remote wire.PeerID) {
	used := w.peers.find(remote)
	if used == nil {
		return
	}
	for _, l := range slices.Clone(w.links) {
		if l == used || l.remote != remote {
			continue
		}
		switch {
		case !l.open:
			l.Close()
		case l.offered == used.offered:
			if l.offered {
				l.Close()
			}
		case l.offered == (bytes.Compare(w.self.peerID[:], remote[:]) < 0):
			used.Close() // the spare takes its place
			return
		default:
			l.Close()
		}
	}
}

// cutOff ends all links to a peer for what it did, those first that would take the place
// of the one in use.
func (w *swarm) cutOff(remote wire.PeerID, misdeed *peer.Error) {
	used := w.peers.find(remote)
	for _, l := range slices.Clone(w.links) {
		if l.remote == remote && l != used {
			l.Close()
		}
	}
	if used != nil {
		used.end(misdeed)
	}
}

// count is how many links to a peer there are.
func (w *swarm) count(remote wire.PeerID) (n int) {
	for _, l := range w.links {
		if l.remote == remote {
			n++
		}
	}
	return n
}

// adopt makes a link the one that its peer is spoken with over.
func (w *swarm) adopt(l *link) {
	w.peers = w.peers.with(l)
	l.begin()
	w.reconsider()
	w.feed.replan()
}

// gone forgets a link. A spare one to the same peer takes its place.
func (w *swarm) gone(l *link) {
	w.links = slices.DeleteFunc(w.links, func(other *link) bool { return other == l })
	if w.peers.find(l.remote) != l {
		return
	}
	w.peers = w.peers.without(l)
	for _, spare := range w.links {
		if spare.open && spare.remote == l.remote && !w.closed {
			w.adopt(spare)
			return
		}
	}
	if !w.closed {
		w.reconsider()
	}
	w.feed.replan()
}

// broke tells of a connection that has broken. While it was negotiated that is
// a warning, unless there is another to the same peer, which may have closed
// this one for that.
func (w *swarm) broke(l *link, failure *ConnectionError) {
	if l.peer != nil {
		w.feed.emit(PeerFailed{Peer: l.remote, Type: w.feed.kind, Code: failure.Code, Err: failure})
		return
	}
	another := func(other *link) bool { return other != l && other.remote == l.remote }
	if !slices.ContainsFunc(w.links, another) && l.remote != (wire.PeerID{}) {
		w.feed.emit(TrackerWarned{Type: w.feed.kind, Err: fmt.Errorf("connection to %s: %w", l.remote, failure)})
	}
}
