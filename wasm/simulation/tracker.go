package simulation

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/signaling"
)

// Tracker is a WebTorrent tracker.
type Tracker struct {
	Latency  time.Duration // of one way to the network
	Interval time.Duration // that it asks announcements for
	// OffersOfEach is how many offers of a member are passed on in all, 0 without a
	// limit. About as many answer it as are asked by it.
	OffersOfEach int

	// What it did so far.
	Announcements, Offers, Answers int

	world   *World
	random  *rand.Rand
	down    bool
	sockets []*socket // open or being opened, in no order that matters
	swarms  map[string]*swarm
}

// swarm lists its members so that one is drawn, found and removed in no time
// that grows with their number.
type swarm struct {
	members []*member
	byID    map[string]*member
}

type member struct {
	id     string
	swarm  *swarm
	socket *socket
	place  int // in swarm.members
	passed int // offers of it that were passed on
}

var (
	errTrackerDown = errors.New("simulation: tracker is down")
	errBadMessage  = errors.New("simulation: tracker closed the socket for a bad message")
)

// NewTracker puts a tracker at an address, 20 ms away. Viewers find it there
// from then on.
func (w *World) NewTracker(url string) *Tracker {
	t := &Tracker{
		Latency: 20 * time.Millisecond, Interval: 120 * time.Second,
		world: w, random: w.random(streamTracker + uint64(len(w.trackers))), swarms: map[string]*swarm{},
	}
	w.trackers[url] = t
	return t
}

// SetDown takes the tracker down, with all its sockets, or up again.
func (t *Tracker) SetDown(down bool) {
	t.down = down
	for down && len(t.sockets) > 0 {
		t.sockets[0].drop(errTrackerDown)
	}
}

// Members is how many peers are in all swarms together.
func (t *Tracker) Members() int {
	n := 0
	for _, s := range t.swarms {
		n += len(s.members)
	}
	return n
}

// socket is one viewer's WebSocket to a tracker. It implements
// signaling.Socket.
type socket struct {
	tracker  *Tracker
	viewer   *Viewer
	receiver signaling.SocketReceiver
	closed   bool
	place    int // in tracker.sockets
	members  []*member
}

// dialer is one viewer's signaling.Dialer.
type dialer struct{ viewer *Viewer }

// Dial implements signaling.Dialer.
func (d dialer) Dial(url string, receiver signaling.SocketReceiver) signaling.Socket {
	t := d.viewer.world.trackers[url]
	s := &socket{tracker: t, viewer: d.viewer, receiver: receiver}
	if t == nil || t.down {
		s.closed = true
		d.viewer.host.After(100*time.Millisecond, func() { receiver.Closed(errTrackerDown) })
		return s
	}
	s.place = len(t.sockets)
	t.sockets = append(t.sockets, s)
	s.toViewer(3*s.way(), receiver.Opened) // TCP, TLS, upgrade
	return s
}

func (s *socket) way() time.Duration { return s.tracker.Latency + s.viewer.access.Latency }

// toViewer runs f at the viewer's end, unless the socket is closed by then.
func (s *socket) toViewer(d time.Duration, f func()) {
	s.viewer.host.After(d, func() {
		if !s.closed {
			f()
		}
	})
}

// Send implements signaling.Socket.
func (s *socket) Send(text []byte) {
	s.viewer.Stats.TrackerMessages++
	s.tracker.world.after(s.way(), func() {
		if !s.closed {
			s.tracker.hear(s, text)
		}
	})
}

// Close implements signaling.Socket.
func (s *socket) Close() {
	if s.closed {
		return
	}
	s.closed = true
	t := s.tracker
	last := t.sockets[len(t.sockets)-1]
	t.sockets[s.place], last.place = last, s.place
	t.sockets = t.sockets[:len(t.sockets)-1]
	for _, m := range s.members {
		m.remove()
	}
}

// drop closes the socket from the tracker's end.
func (s *socket) drop(reason error) {
	s.Close()
	s.viewer.host.After(s.way(), func() { s.receiver.Closed(reason) })
}

// say sends a message to the viewer.
func (s *socket) say(message any) {
	text, err := json.Marshal(message)
	if err != nil {
		panic(err) // only the types below come here
	}
	s.viewer.Stats.TrackerMessages++
	s.toViewer(s.way(), func() { s.receiver.Message(text) })
}

// request is what a client says: an announcement, or an answer.
type request struct {
	Action   string       `json:"action"`
	InfoHash string       `json:"info_hash"`
	PeerID   string       `json:"peer_id"`
	NumWant  int          `json:"numwant"`
	Offers   []offer      `json:"offers"`
	To       string       `json:"to_peer_id"`
	OfferID  string       `json:"offer_id"`
	Answer   *description `json:"answer"`
}

type offer struct {
	OfferID string      `json:"offer_id"`
	Offer   description `json:"offer"`
}

type description struct {
	Type string `json:"type"`
	SDP  string `json:"sdp"`
}

type reply struct {
	Action     string `json:"action"`
	InfoHash   string `json:"info_hash"`
	Interval   int    `json:"interval"`
	Complete   int    `json:"complete"`
	Incomplete int    `json:"incomplete"`
}

// introduction passes on an offer or an answer.
type introduction struct {
	Action   string       `json:"action"`
	InfoHash string       `json:"info_hash"`
	PeerID   string       `json:"peer_id"`
	OfferID  string       `json:"offer_id"`
	Offer    *description `json:"offer,omitempty"`
	Answer   *description `json:"answer,omitempty"`
}

func (t *Tracker) hear(s *socket, text []byte) {
	var r request
	if err := json.Unmarshal(text, &r); err != nil || r.Action != "announce" {
		s.drop(errBadMessage)
		return
	}
	if r.Answer != nil {
		t.answer(s, r)
		return
	}
	t.Announcements++
	m := t.member(s, r.InfoHash, r.PeerID)
	s.say(reply{
		Action: "announce", InfoHash: r.InfoHash,
		Interval: int(t.Interval.Seconds()), Incomplete: len(m.swarm.members),
	})
	n := min(r.NumWant, len(r.Offers))
	if t.OffersOfEach > 0 {
		n = min(n, t.OffersOfEach-m.passed)
	}
	for i, to := range t.pick(m, n) {
		t.Offers++
		m.passed++
		to.socket.say(introduction{
			Action: "announce", InfoHash: r.InfoHash, PeerID: r.PeerID,
			OfferID: r.Offers[i].OfferID, Offer: &r.Offers[i].Offer,
		})
	}
}

// answer passes an answer on. One to a peer that has left closes the socket, as
// with wt-tracker.
func (t *Tracker) answer(s *socket, r request) {
	swarm := t.swarms[r.InfoHash]
	if swarm == nil || swarm.byID[r.To] == nil {
		s.drop(errBadMessage)
		return
	}
	t.Answers++
	swarm.byID[r.To].socket.say(introduction{
		Action: "announce", InfoHash: r.InfoHash, PeerID: r.PeerID, OfferID: r.OfferID, Answer: r.Answer,
	})
}

// member finds who announces, or takes it in.
func (t *Tracker) member(s *socket, infoHash, id string) *member {
	w := t.swarms[infoHash]
	if w == nil {
		w = &swarm{byID: map[string]*member{}}
		t.swarms[infoHash] = w
	}
	m := w.byID[id]
	if m != nil && m.socket == s {
		return m
	}
	if m != nil {
		m.remove() // it came back before its old socket was missed
	}
	m = &member{id: id, swarm: w, socket: s, place: len(w.members)}
	w.members = append(w.members, m)
	w.byID[id] = m
	s.members = append(s.members, m)
	return m
}

func (m *member) remove() {
	w := m.swarm
	if w.byID[m.id] != m {
		return // another socket has taken its place
	}
	delete(w.byID, m.id)
	last := w.members[len(w.members)-1]
	w.members[m.place], last.place = last, m.place
	w.members = w.members[:len(w.members)-1]
}

// pick draws up to n of the other members, each at most once.
func (t *Tracker) pick(m *member, n int) []*member {
	all := m.swarm.members
	var picked []*member
	if n >= len(all)-1 {
		for _, other := range all {
			if other != m {
				picked = append(picked, other)
			}
		}
		return picked
	}
	drawn := map[int]bool{m.place: true}
	for len(picked) < n {
		if i := t.random.IntN(len(all)); !drawn[i] {
			drawn[i] = true
			picked = append(picked, all[i])
		}
	}
	return picked
}
