// Package loader is what a player calls. It owns the state of a viewer and wires
// the rest together: scheduler decides, peer and Fetcher bring bytes, storage
// keeps them, signaling finds others. Everything runs on one loop.
package loader

import (
	"maps"
	"slices"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/signaling"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/storage"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// Machine is what a page or process runs on: one adapter each for the browser,
// for native programs and for the simulation.
type Machine struct {
	Loop      loop.Loop
	Sockets   signaling.Dialer
	Joiner    payload.Joiner
	Random    func() uint64 // 64 uniform bits
	UserAgent string        // decides how much is stored by default
	// NewPolicy makes the policy of what is played of one type of stream; nil is
	// for scheduler.Decide.
	NewPolicy func() scheduler.Policy
	// Classic has peers spoken with in the words of P2P Media Loader alone, as the
	// simulation's JavaScript viewers do.
	Classic bool
}

// Page is what all loaders of one page share: its sockets to trackers, its
// identities in each swarm, and what it may give.
type Page struct {
	machine     Machine
	trackers    map[string][]*signaling.Tracker // by address
	identities  map[wire.InfoHash][]*identity
	complaints  map[string]bool // about settings, told already
	loaders     []*Loader       // that are open
	convictions []*conviction   // the latest last
	allowance   allowance
	resting     bool
}

// identity is who the page is in a swarm. Two loaders in one swarm are two
// peers, so that others connect to both, and they to each other.
type identity struct {
	peerID wire.PeerID
	taken  bool // by a loader that is in the swarm
}

// NewPage makes a page without loaders.
func NewPage(m Machine) *Page {
	return &Page{
		machine: m, trackers: map[string][]*signaling.Tracker{}, identities: map[wire.InfoHash][]*identity{},
		complaints: map[string]bool{}, allowance: allowance{loop: m.Loop},
	}
}

// Host is what one player gives its loader.
type Host struct {
	Fetcher   Fetcher
	Connector Connector         // nil where there is no WebRTC
	Validator Validator         // nil where the page validates nothing
	Digests   Digests           // nil where nothing is known of any
	Storage   Storage           // nil for memory, up to the configured limit
	Emit      func(event Event) // hears what happens, on the loop
}

// Connector makes WebRTC connections with the configuration of the stream.
type Connector interface {
	Connect(t hls.StreamType, receiver ConnectionReceiver) Connection
}

// RefusedError is why a description fails where no connection can be made, now
// or later: the browser does not take the page's configuration.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return "no connections to peers, HTTP alone: " + e.Err.Error() }

func (e *RefusedError) Unwrap() error { return e.Err }

// ConnectionError is why a connection has broken. One that the other end has
// closed properly has not.
type ConnectionError struct {
	Code string // that of simple-peer
	Err  error
}

// The codes.
const (
	ChannelFailed     = "ERR_DATA_CHANNEL"
	ConnectionFailed  = "ERR_CONNECTION_FAILURE"
	ICEFailed         = "ERR_ICE_CONNECTION_FAILURE"
	DescriptionFailed = "ERR_SET_REMOTE_DESCRIPTION"
)

func (e *ConnectionError) Error() string { return e.Err.Error() }

func (e *ConnectionError) Unwrap() error { return e.Err }

// Connection is a WebRTC connection with one data channel: first it is
// negotiated, and once open it is a channel to a peer. Closing it twice does
// nothing the second time.
type Connection interface {
	signaling.Link
	peer.Channel
	// Received counts what has come from the other end's machine so far, whatever
	// it was: the number is another one when anything has come since. It is below 0
	// where nobody counts. done is called on the loop, not after Close.
	Received(done func(n int64))
}

// ConnectionReceiver is what a Connection tells, on the loop: Opened at most
// once, before all of peer.Receiver but Closed. The reason of that is a
// ConnectionError where the connection has broken.
type ConnectionReceiver interface {
	Opened()
	// Suspected says that the other end cannot be reached just now, or can again.
	Suspected(suspected bool)
	// Unanswered says that a STUN or TURN server does not answer. It may come before Opened.
	Unanswered(server string, err error)
	// Answered says that one answers.
	Answered(server string)
	peer.Receiver
}

// Validator asks the page about the bytes of a whole segment.
type Validator interface {
	// Validates tells whether the page wants to be asked.
	Validates(source Source, t hls.StreamType) bool
	// Validate calls done on the loop.
	Validate(source Source, t hls.StreamType, segment hls.Segment, bytes payload.Bytes, done func(valid bool))
}

// Open starts a loader. Settings that make no sense have their defaults.
func (p *Page) Open(host Host, settings config.Settings) *Loader {
	p.makeSense(&settings, host)
	l := &Loader{
		page: p, host: host, settings: settings,
		shelf: shelf{storage: host.Storage}, uploads: uploads{slots: firstSlots}, sites: sites{}, marks: marks{},
		warned: map[warning]bool{}, unanswered: map[string]hls.StreamType{},
	}
	if host.Storage == nil {
		memory := storage.NewMemory(storage.Limit(settings.StorageLimit, p.machine.UserAgent))
		memory.Watch = func(key storage.Key, stored bool) { host.Emit(MemoryChanged{key, stored}) }
		l.shelf.storage = memory
	}
	l.playback.rate = 1
	p.loaders = append(p.loaders, l)
	l.bound()
	return l
}

// makeSense puts settings right and tells of each mistake once: engines open a
// loader for every manifest, and pages set the same again and again.
func (p *Page) makeSense(settings *config.Settings, host Host) {
	for _, complaint := range settings.MakeSense() {
		if !p.complaints[complaint] {
			p.complaints[complaint] = true
			host.Emit(SettingIgnored{complaint})
		}
	}
}

// ForgetPeerIDs makes swarms that are joined from now on see a new peer.
func (p *Page) ForgetPeerIDs() { clear(p.identities) }

// identity is one that no loader has taken; the caller takes it.
func (p *Page) identity(swarm wire.InfoHash, prefix string) (*identity, error) {
	for _, known := range p.identities[swarm] {
		if !known.taken {
			return known, nil
		}
	}
	id, err := wire.NewPeerID(prefix, p.machine.Random)
	if err != nil {
		return nil, err
	}
	made := &identity{peerID: id}
	p.identities[swarm] = append(p.identities[swarm], made)
	return made, nil
}

// join enters a swarm at a tracker, over a socket that does not serve the swarm
// yet: trackers take two peers of one swarm on one socket for a mistake.
func (p *Page) join(url string, swarm wire.InfoHash, self wire.PeerID, negotiator signaling.Negotiator) *signaling.Member {
	for _, t := range p.trackers[url] {
		if !t.Serves(swarm) {
			return t.Join(swarm, self, negotiator)
		}
	}
	t := signaling.NewTracker(url, p.machine.Loop, p.machine.Sockets, p.machine.Random)
	p.trackers[url] = append(p.trackers[url], t)
	return t.Join(swarm, self, negotiator)
}

// Rest ends all that goes on between this page and others, for one that is about
// to stop running: peers and trackers hear of it at once, and nothing is left
// that keeps a browser from bringing the page back. What is stored stays, as
// does what has come of segments on their way, and what players wait for.
func (p *Page) Rest() {
	p.resting = true
	for _, l := range slices.Clone(p.loaders) {
		l.rest()
	}
}

// Wake ends a rest: swarms are joined again, and downloads go on.
func (p *Page) Wake() {
	if !p.resting {
		return
	}
	p.resting = false
	for _, l := range slices.Clone(p.loaders) {
		l.wake()
	}
}

// Reconnect is for when the network may have changed, or the machine has slept
// for a moment: trackers that were lost are dialled at once, those that seem to
// be there have to show it, peers that are out of reach are left, to be met anew,
// and the origin is asked again without a pause.
func (p *Page) Reconnect() {
	for _, l := range slices.Clone(p.loaders) {
		l.retry()
	}
	for _, url := range slices.Sorted(maps.Keys(p.trackers)) {
		for _, t := range p.trackers[url] {
			t.Retry()
		}
	}
}

// random is a number from 0 up to, not including, 1.
func (p *Page) random() float64 { return float64(p.machine.Random()>>11) / (1 << 53) }
