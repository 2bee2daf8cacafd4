package loader

import (
	"bytes"
	"errors"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/signaling"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// Room implements signaling.Negotiator.
func (w *swarm) Room() int {
	if w.isSmall() {
		return 0
	}
	return min(mostPeers, w.most()) - len(w.peers)
}

// Connected implements signaling.Negotiator.
func (w *swarm) Connected() int { return len(w.peers) }

// fresh is how long a connection under negotiation is reckoned to open.
const fresh = 5 * time.Second

// Wants implements signaling.Negotiator. Two peers often hold each other's offer
// at once, from each tracker. So that one connection comes of it, none is begun
// beside one of which both sides know by now, and of two peers that have answered
// each other the one with the higher id does not take the answer; the other always
// does. That leaves none to be closed, and never two: a JavaScript peer drops others
// only once one is open, and what was not begun cannot be that. A connection that
// fails to open stands in nobody's way after a moment; two may open then, which
// settle looks after.
func (w *swarm) Wants(remote wire.PeerID, offered bool) bool {
	if remote == w.self.peerID || w.peers.find(remote) != nil || w.feed.loader.page.bans(remote) {
		return false
	}
	if w.isSmall() {
		w.recount() // somebody has come
		return false
	}
	if w.met(remote) >= w.most() {
		return false
	}
	now, answered := w.feed.loader.now(), 0
	for _, l := range w.links {
		switch {
		case l.remote != remote || now-l.metAt >= fresh:
		case l.offered:
			return false
		default:
			answered++
		}
	}
	if offered {
		return answered == 0 || bytes.Compare(w.self.peerID[:], remote[:]) < 0
	}
	return answered < len(w.members) && len(w.links) < mostLinks
}

// NewLink implements signaling.Negotiator.
func (w *swarm) NewLink() signaling.Link {
	l := &link{swarm: w, timeout: func() {}}
	l.pulse.link = l
	l.Connection = w.feed.loader.host.Connector.Connect(w.feed.kind, l)
	w.links = append(w.links, l)
	return l
}

// Meet implements signaling.Negotiator.
func (w *swarm) Meet(negotiated signaling.Link, remote wire.PeerID, offered bool) {
	negotiated.(*link).meet(remote, offered) // made by NewLink
}

// Counted implements signaling.Negotiator.
func (w *swarm) Counted(tracker string, peers int64) {
	w.counts[tracker] = peers
	w.bound()
	w.feed.emit(TrackerReplied{Type: w.feed.kind, Tracker: tracker, Hash: w.hash, Viewers: peers})
	w.feed.replan()
}

// Warned implements signaling.Negotiator. Who cannot connect has no business in
// a swarm: the others would send offers for nothing.
func (w *swarm) Warned(tracker string, err error) {
	if _, ok := errors.AsType[*RefusedError](err); ok {
		if len(w.members) == 0 {
			return // as was told before
		}
		w.leave()
		w.feed.emit(TrackerWarned{Type: w.feed.kind, Err: err}) // none of the tracker's doing
		w.feed.replan()
		return
	}
	if _, counted := w.counts[tracker]; !counted {
		w.counts[tracker] = 0
	}
	w.feed.emit(TrackerWarned{Type: w.feed.kind, Tracker: tracker, Err: err})
	w.feed.replan()
}
