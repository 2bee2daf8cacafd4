package loader

import (
	"errors"
	"hash/fnv"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// link is one connection of a swarm, from its negotiation to its end. It owns
// the conversation that is held over it.
type link struct {
	Connection // how to reach it
	swarm      *swarm

	remote    wire.PeerID   // once met
	key       uint64        // drawn from it
	metAt     time.Duration // when
	offered   bool          // by us
	open      bool
	closed    bool
	suspected bool // cannot be reached just now

	proven    bool // it has given something true
	falsehood int  // see falsePart
	pulse     pulse
	heard     bool                        // has announced
	described func(sdp string, err error) // waits for our description, or nil
	peer      *peer.Peer                  // nil until open, and while this is a spare
	loan      loan
	use       uint64   // what hasNews saw last
	early     [][]byte // commands that a spare was told
	earlySize int      // bytes in them
	timeout   func()   // stops the timer that ends one which does not open, or those beside one that did
}

const (
	// opening is how long a connection may take to open once both ends know
	// of each other.
	opening = 15 * time.Second
	// mostEarly is how many commands are kept for a spare, and mostEarlyBytes how
	// many bytes: more than is announced in the time that a spare has.
	mostEarly      = 256
	mostEarlyBytes = wire.MaxCommandLength
)

var (
	errOutOfReach = &ConnectionError{ConnectionFailed, errors.New("out of reach while the network changed")}
	errNotOpened  = &ConnectionError{ConnectionFailed, errors.New("connection did not open")}
	errLeft       = errors.New("left the swarm")
	errFlood      = &peer.Error{Type: peer.ProtocolViolation, Err: errors.New("a flood before it was spoken with")}
)

func (l *link) meet(remote wire.PeerID, offered bool) {
	l.remote, l.key, l.offered, l.metAt = remote, key(remote), offered, l.swarm.feed.loader.now()
	l.timeout = l.swarm.feed.loader.page.machine.Loop.After(opening, func() { l.Closed(errNotOpened) })
}

// Offer implements signaling.Link.
func (l *link) Offer(done func(sdp string, err error)) {
	l.described = done
	l.Connection.Offer(l.describe)
}

// Answer implements signaling.Link.
func (l *link) Answer(offer string, done func(sdp string, err error)) {
	l.described = done
	l.Connection.Answer(offer, l.describe)
}

// describe passes on the description, or why there will be none.
func (l *link) describe(sdp string, err error) {
	if done := l.described; done != nil {
		l.described = nil
		done(sdp, err)
	}
}

// begin starts the conversation.
func (l *link) begin() {
	w := l.swarm
	page := w.feed.loader.page
	l.peer = peer.New(page.machine.Loop, l.Connection, w.feed.settings, l, int64(page.machine.Random()>>1))
	l.peer.Classic = page.machine.Classic
	w.feed.emit(PeerConnected{Peer: l.remote, Type: w.feed.kind})
	if l.closed {
		return
	}
	l.announce()
	for _, message := range l.early {
		l.peer.Command(message)
	}
	l.early, l.earlySize = nil, 0
}

func (l *link) announce() {
	if holdings := l.swarm.holdings(); !l.swarm.feed.settings.IsP2PUploadDisabled {
		l.peer.Announce(holdings)
		l.swarm.news.apart = true
	}
}

// Close implements signaling.Link and peer.Channel for those that know a link
// as one of these.
func (l *link) Close() { l.end(errLeft) }

// end closes the connection and all that hangs on it.
func (l *link) end(reason error) {
	if l.peer != nil {
		l.peer.Close(reason) // comes back as Ended
		return
	}
	l.gone()
}

func (l *link) gone() {
	if l.closed {
		return
	}
	l.closed, l.open = true, false
	l.timeout()
	l.pulse.stop()
	l.swarm.feed.loader.uploads.forget(l)
	l.Connection.Close()
	l.swarm.gone(l)
}

// Opened implements ConnectionReceiver.
func (l *link) Opened() {
	if l.closed || l.open {
		return
	}
	l.open = true
	l.timeout()
	l.swarm.opened(l)
}

// ready tells whether the peer can be asked for a segment.
func (l *link) ready() bool {
	loader := l.swarm.feed.loader
	return l.peer.Ready() && !l.suspected && !l.pulse.doubt && !loader.cases.against(l, loader.now())
}

// Suspected implements ConnectionReceiver. What was awaited from the peer is had
// elsewhere.
func (l *link) Suspected(suspected bool) {
	if l.suspected == suspected || l.closed {
		return
	}
	l.suspected = suspected
	f := l.swarm.feed
	if d := f.from(l); suspected && d != nil {
		d.abort()
	}
	f.replan()
}

// Unanswered implements ConnectionReceiver.
func (l *link) Unanswered(server string, err error) {
	f := l.swarm.feed
	f.loader.Unanswered(f.kind, server, err)
}

// Answered implements ConnectionReceiver.
func (l *link) Answered(server string) { l.swarm.feed.loader.Answered(server) }

// Command implements peer.Receiver. What a spare is told waits until it is none.
func (l *link) Command(message []byte) {
	l.pulse.heard()
	switch {
	case l.peer != nil:
		l.peer.Command(message)
	case l.closed:
	case len(l.early) == mostEarly || l.earlySize+len(message) > mostEarlyBytes:
		l.end(errFlood)
	default:
		l.early = append(l.early, message)
		l.earlySize += len(message)
	}
}

// Data implements peer.Receiver. A spare was asked for nothing.
func (l *link) Data(bytes payload.Bytes, messages int) {
	if l.peer != nil {
		l.pulse.heard()
		l.peer.Data(bytes, messages)
	}
}

// Drained implements peer.Receiver.
func (l *link) Drained() {
	if l.peer != nil {
		l.peer.Drained()
	}
}

// Closed implements peer.Receiver.
func (l *link) Closed(reason error) {
	l.describe("", reason)
	if failure, ok := errors.AsType[*ConnectionError](reason); ok && !l.closed {
		l.swarm.broke(l, failure)
	}
	l.end(reason)
}

// Announced implements peer.Owner. A JavaScript peer can lose what comes before
// it has noticed that the channel is open. It announces when it has: the first
// time, it is told again what is here.
func (l *link) Announced() {
	if !l.heard {
		l.heard = true
		l.announce()
	}
	if l.hasNews() {
		l.swarm.feed.replanSoon()
	}
}

// Willing implements peer.Owner.
func (l *link) Willing() { l.swarm.feed.replan() }

// hasNews tells whether the peer has become of more or less use than it was: most of
// what peers say is about segments that are here.
func (l *link) hasNews() bool {
	f := l.swarm.feed
	if l.swarm.stream != f.stream {
		return false
	}
	use := fnv.New64a()
	for _, m := range f.room.missing {
		id := m.segment.ExternalID
		use.Write([]byte{byte(id), flag(l.peer.Holds(id)) | flag(l.peer.Passes(id))<<1 | flag(l.peer.Fetches(id))<<2})
	}
	before := l.use
	l.use = use.Sum64()
	return l.use != before
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// Spend implements peer.Owner.
func (l *link) Spend(n int) int { return l.swarm.feed.loader.page.allowance.spend(l, n) }

// Uploaded implements peer.Owner.
func (l *link) Uploaded(n int) { l.swarm.feed.emit(ChunkUploaded{Bytes: n, Peer: l.remote}) }

// Ended implements peer.Owner.
func (l *link) Ended(reason error) {
	if misdeed, ok := errors.AsType[*peer.Error](reason); ok {
		l.swarm.feed.emit(PeerFailed{Peer: l.remote, Type: l.swarm.feed.kind, Code: string(misdeed.Type), Err: reason})
	}
	l.swarm.feed.emit(PeerClosed{Peer: l.remote, Type: l.swarm.feed.kind, Err: reason})
	l.gone()
}
