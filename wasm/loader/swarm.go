package loader

import (
	"hash/fnv"
	"slices"
	"strings"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/signaling"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// swarm is this viewer among the others of one stream: its memberships at the
// trackers, and its connections. It is the negotiator of its memberships, see
// negotiation.go; of several connections to one peer spares.go leaves one.
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

// key draws 64 bits from a peer id (FNV-1a, draft-eastlake-fnv).
func key(id wire.PeerID) uint64 {
	h := fnv.New64a()
	h.Write(id[:])
	return h.Sum64()
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
