package tracker

// Reason is why a request is answered with a failure, or with a warning and not
// granted.
type Reason uint8

// The reasons. The last two are those of who carries messages, for Refuse.
const (
	None            Reason = iota // it is not
	Unreadable                    // it is no request, or lacks what it must have
	NotServed                     // its swarm is none that may be
	InUse                         // its peer id is on another connection
	TooManyPeers                  // its connection has as many as it may
	NotAnnounced                  // an answer from who is not in the swarm
	PeerGone                      // an answer to who is not in the swarm
	OfferGone                     // an answer to an offer that nobody waits for
	TooManyMessages               // from its address
	TooManyOffers                 // likewise
	reasons
)

// Reasons are all there are, but for None.
func Reasons() (all []Reason) {
	for r := None + 1; r < reasons; r++ {
		all = append(all, r)
	}
	return all
}

// String is the reason as a label of metrics.
func (r Reason) String() string {
	return [reasons]string{"", "unreadable", "not_served", "in_use", "too_many_peers", "not_announced", "peer_gone", "offer_gone",
		"too_many_messages", "too_many_offers"}[r]
}

// text is what the client is told: plain ASCII without quotes. Of what is
// unreadable the request says more.
func (r Reason) text() string {
	return [reasons]string{
		NotServed:       "this tracker does not serve this info_hash",
		InUse:           "peer_id is in use on another connection",
		TooManyPeers:    "too many peers and swarms on one connection",
		NotAnnounced:    "peer_id is not in the swarm on this connection: announce first",
		PeerGone:        "to_peer_id is not in the swarm (any more)",
		OfferGone:       "the offer is not outstanding (any more)",
		TooManyMessages: "too many messages from this address",
		TooManyOffers:   "too many offers from this address",
	}[r]
}
