package loader

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/signaling"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// swarm is this viewer among the others of one stream: its memberships at the
// trackers, and its connections. It is the negotiator of its memberships.
type swarm struct {
	// in
	feed   *feed
	stream *stream
	hash   wire.InfoHash
	self   *identity // nil until it has joined
	key    uint64    // drawn from its peer id

	members []*signaling.Member
	links   []*link // all, also those under negotiation
	peers   company
	counts  map[string]int64 // peers by tracker, this one included; 0 where it was lost before it counted
	expire  func()           // stops the timer of a stream that was left
	news    news
	said    []int64 // by the peers, of the swarm's size; for size alone
	small   bool    // fewer watch than the page wants peers for
	closed  bool
}

// mostPeers is how many connections are looked for. More are accepted: whoever
// comes brings something.
const mostPeers = 20

// mostLinks bounds the connections that are open or under negotiation.
const mostLinks = 3 * mostPeers

func newSwarm(f *feed, s *stream) *swarm {
	w := &swarm{feed: f, stream: s, counts: map[string]int64{}}
	w.news.swarm, w.small = w, w.isSmall()
	return w
}

// join enters the swarm at all trackers.
func (w *swarm) join() {
	f, page := w.feed, w.feed.loader.page
	if f.loader.host.Connector == nil {
		return
	}
	generation := wire.SHA1
	if w.stream.Index.Numeric {
		generation = wire.MD5
	}
	hash := wire.HashSwarm(generation, w.stream.swarm.Stream)
	// Two renditions can be one stream to peers; they need not meet each other.
	for _, other := range slices.Clone(f.swarms) {
		if other != w && other.hash == hash {
			other.close()
		}
	}
	w.hash = hash
	self, err := page.identity(hash, f.settings.TrackerClientVersionPrefix)
	if err != nil {
		w.Warned("", err)
		return
	}
	w.self, w.key = self, key(self.peerID)
	self.taken = true
	f.emit(SwarmJoined{Type: f.kind, Swarm: w.stream.swarm, Hash: hash, Self: self.peerID})
	addresses := trackers(f.settings.AnnounceTrackers)
	if oneTracker(page.machine.UserAgent) {
		addresses = addresses[:min(1, len(addresses))]
	}
	for _, url := range addresses {
		w.members = append(w.members, page.join(url, hash, self.peerID, w))
	}
}

// trackers lists the addresses, each once, and as the JavaScript client has
// them: without a slash at the end.
func trackers(given []string) (addresses []string) {
	for _, url := range given {
		if url = strings.TrimSuffix(url, "/"); !slices.Contains(addresses, url) {
			addresses = append(addresses, url)
		}
	}
	return addresses
}

// joining tells whether peers may be about to appear.
func (w *swarm) joining() bool {
	if len(w.peers) > 0 || len(w.members) == 0 {
		return false
	}
	return w.others() && !w.isSmall() || len(w.counts) < len(w.members)
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

// key draws 64 bits from a peer id (FNV-1a, draft-eastlake-fnv).
func key(id wire.PeerID) uint64 {
	h := fnv.New64a()
	h.Write(id[:])
	return h.Sum64()
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

// leaveLater closes the swarm of a rendition that the player has left, unless
// it comes back. One that has nothing to give closes at once.
func (w *swarm) leaveLater() {
	if len(w.holdings().Loaded) == 0 {
		w.close()
		return
	}
	wait := config.Milliseconds(w.feed.settings.P2PInactiveLoaderDestroyTimeout)
	w.expire = w.feed.loader.page.machine.Loop.After(wait, w.close)
}

func (w *swarm) stay() {
	if w.expire != nil {
		w.expire()
		w.expire = nil
	}
}

func (w *swarm) close() {
	w.closed = true
	w.stay()
	w.news.close()
	w.feed.swarms = slices.DeleteFunc(w.feed.swarms, func(other *swarm) bool { return other == w })
	w.leave()
	for _, l := range slices.Clone(w.links) {
		l.Close()
	}
	if w.self != nil {
		w.self.taken = false
		w.feed.emit(SwarmLeft{Type: w.feed.kind, Swarm: w.stream.swarm})
	}
}

// leave ends the memberships; connections stay.
func (w *swarm) leave() {
	members := w.members
	w.members = nil
	for _, m := range members {
		m.Leave()
	}
}

// bound has the page's bounds hold. Of more peers than there may be, those met last are
// left; a swarm that was too small is joined in earnest.
func (w *swarm) bound() {
	for _, l := range slices.Backward(slices.Clone(w.links)) {
		if l.remote != (wire.PeerID{}) && w.met(l.remote) >= w.most() {
			l.Close()
		}
	}
	was := w.small
	if w.small = w.isSmall(); was && !w.small {
		for _, m := range w.members {
			m.Seek()
		}
	}
}

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

// isSmall tells whether fewer watch than the page wants peers for.
func (w *swarm) isSmall() bool { return float64(w.counted()) < w.feed.loader.settings.MinViewers }

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
	if remote == w.self.peerID || w.peers.find(remote) != nil || w.feed.loader.page.isBanned(remote) {
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

// reconsider has the memberships look whether there is company.
func (w *swarm) reconsider() {
	for _, m := range w.members {
		m.Reconsider()
	}
}

// recount has the trackers say again how many there are.
func (w *swarm) recount() {
	for _, m := range w.members {
		m.Recount()
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
