package loader

import (
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
)

// news are a swarm's announcements. Each tells all peers everything, so that what
// happens within a moment goes into one.
type news struct {
	swarm  *swarm
	told   peer.Holdings // last, to all
	toldAt time.Duration
	cancel func() // calls off the next telling, nil if there is none
	posted bool   // that is about to run
	apart  bool   // a peer was told something else since
}

// announceBetween is how soon after an announcement the next one follows, unless it
// cannot wait.
const announceBetween = 100 * time.Millisecond

// announce tells the peers what is here, soon.
func (w *swarm) announce() {
	n, l := &w.news, w.feed.loader
	if n.posted || n.cancel != nil || len(w.peers) == 0 {
		return
	}
	rest := n.toldAt + announceBetween - l.now()
	if rest <= 0 {
		w.announceNow()
		return
	}
	n.cancel = l.page.machine.Loop.After(rest, n.tell)
}

// announceNow tells the peers what is here, once after all that is happening now.
func (w *swarm) announceNow() {
	n := &w.news
	if n.posted || len(w.peers) == 0 {
		return
	}
	n.posted = true
	w.feed.loader.page.machine.Loop.Post(n.tell)
}

func (n *news) tell() {
	n.close()
	n.posted = false
	w := n.swarm
	if w.closed {
		return
	}
	now := w.holdings()
	if n.isOld(now) {
		return
	}
	n.told, n.toldAt, n.apart = now, w.feed.loader.now(), false
	for _, l := range w.peers {
		l.peer.Announce(now)
	}
}

// isOld tells whether all know that already.
func (n *news) isOld(now peer.Holdings) bool {
	return n.toldAt > 0 && !n.apart && slices.Equal(now.Loaded, n.told.Loaded) && slices.Equal(now.Loading, n.told.Loading) &&
		slices.Equal(now.Arriving, n.told.Arriving)
}

func (n *news) close() {
	if n.cancel != nil {
		n.cancel()
		n.cancel = nil
	}
}

// holdings is what peers may know of.
func (w *swarm) holdings() peer.Holdings {
	f := w.feed
	l := f.loader
	if f.settings.IsP2PUploadDisabled {
		return peer.Holdings{}
	}
	loaded := l.shelf.ids(w.stream.swarm)
	if len(l.marks) > 0 {
		loaded = slices.DeleteFunc(loaded, func(id int64) bool { return !l.mayGive(w.stream.key(id)) })
	}
	if l.page.machine.Classic {
		return peer.Holdings{Loaded: loaded, Loading: f.loadingIDs(w.stream)}
	}
	return peer.Holdings{
		Loaded:   loaded,
		Loading:  f.loadingIDs(w.stream),
		Arriving: f.arrivingIDs(w.stream),
		Swarm:    int64(max(w.counted(), 1)),
	}
}
