package tracker

import (
	"hash/maphash"
	"slices"
	"time"
)

const (
	// offerLifetime is how long an offer can be answered. The npm client gives
	// one up after 50 s, and our own loader is no more patient.
	offerLifetime = time.Minute
	// offersKept bounds the offers of one peer in one swarm that wait for an
	// answer, as a multiple of Settings.MaxOffers; the oldest give way.
	offersKept = 4
)

// offer is an offer on its way: only the peer it was sent to may answer it. An
// answer that it does not stand for passes by chance once in 2^32, and then the
// client that gets it does not know its offer id.
type offer struct {
	tag  uint32 // of its id and of the peer that it was sent to
	sent uint32 // in ms: the low half of a moment
}

// tag stands for an offer to a peer.
func (t *Tracker) tag(offerID, to ID) uint32 {
	var both [2 * len(offerID)]byte
	copy(both[:], offerID[:])
	copy(both[len(offerID):], to[:])
	return uint32(maphash.Bytes(t.tags, both[:]))
}

func (o offer) isOld(now moment) bool {
	return int32(uint32(now)-o.sent) >= int32(inMoments(offerLifetime))
}

// addOffer notes that an offer was sent.
func (m *member) addOffer(now moment, tag uint32) {
	m.offers = append(m.offers, offer{tag: tag, sent: uint32(now)})
}

// forgetOffers drops the offers that no one will answer any more, and of the
// others all but the newest.
func (m *member) forgetOffers(now moment, newest int) {
	drop := max(0, len(m.offers)-newest)
	for drop < len(m.offers) && m.offers[drop].isOld(now) {
		drop++
	}
	m.offers = slices.Delete(m.offers, 0, drop)
}

// findOffer returns where the offer of that tag is, if it can still be answered;
// else -1.
func (m *member) findOffer(now moment, tag uint32) int {
	return slices.IndexFunc(m.offers, func(o offer) bool { return o.tag == tag && !o.isOld(now) })
}

// removeOffer forgets an offer that findOffer has found.
func (m *member) removeOffer(at int) { m.offers = slices.Delete(m.offers, at, at+1) }
