package signaling

import (
	"errors"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// offerPatience is how long an announcement waits for its offers. Where a browser never
// answers for one of them, the tracker is told of this peer all the same.
const offerPatience = 5 * time.Second

var errOfferLate = errors.New("some offers were not ready within 5 s, and none of them is sent")

// announcement is sent once all its offers are ready or have failed, or some are late.
type announcement struct {
	// in
	member *Member
	event  wire.Event

	pending []wire.OfferID
	ready   []wire.Offer
	onTime  func() // stops the timer; nil without offers
}

// begin makes so many offers, and sends the announcement when it can.
func (a *announcement) begin(offers int) {
	m := a.member
	links := make([]Link, max(offers, 0))
	for i := range links {
		var id wire.OfferID
		id, links[i] = m.newOffer()
		a.pending = append(a.pending, id)
	}
	if len(links) == 0 {
		a.send()
		return
	}
	a.onTime = m.tracker.loop.After(offerPatience, a.late)
	for i, id := range slices.Clone(a.pending) {
		if !a.isCurrent() {
			return // whoever was warned of the one before has left
		}
		links[i].Offer(func(sdp string, err error) { a.take(id, sdp, err) })
	}
}

// stop is called when nothing is to be announced any more, or something else.
func (a *announcement) stop() {
	if a != nil && a.onTime != nil {
		a.onTime()
	}
}

// isCurrent tells whether it is the last one, and the socket is still there.
func (a *announcement) isCurrent() bool { return a.member.current == a }

// take takes an offer that is ready or has failed.
func (a *announcement) take(id wire.OfferID, sdp string, err error) {
	i := slices.Index(a.pending, id)
	if i < 0 {
		return // it was late
	}
	a.pending = slices.Delete(a.pending, i, i+1)
	if err == nil {
		a.ready = append(a.ready, wire.Offer{ID: id, SDP: sdp})
	} else {
		a.member.withdraw(id)
		a.member.negotiator.Warned(a.member.tracker.url, err)
	}
	if len(a.pending) == 0 {
		a.onTime()
		a.send()
	}
}

// late goes without the offers that are not ready.
func (a *announcement) late() {
	pending := a.pending
	a.pending = nil
	for _, id := range pending {
		a.member.withdraw(id)
	}
	a.member.negotiator.Warned(a.member.tracker.url, errOfferLate)
	a.send()
}

func (a *announcement) send() {
	if !a.isCurrent() {
		return
	}
	m := a.member
	m.tracker.announce(wire.Announce{
		InfoHash: m.swarm, PeerID: m.self, NumWant: len(a.ready),
		Event: a.event, TrackerID: m.trackerID, Offers: a.ready,
	}.Encode())
}
