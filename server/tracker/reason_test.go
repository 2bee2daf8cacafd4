package tracker

import (
	"fmt"
	"testing"
)

// Each failure counts once, under its own reason.
func TestFailuresAreCountedByReason(t *testing.T) {
	w := newWorld(t, 2)
	w.tracker.settings.Allows = func(hash ID) bool { return hash != parse(t, id("no")) }
	w.say(1, announce("h", "a"))
	w.say(2, announce("h", "b", offers(1)))
	provoke := map[Reason]func(){
		Unreadable:   func() { w.one(1, "null") },
		NotServed:    func() { w.one(1, announce("no", "a")) },
		InUse:        func() { w.one(2, announce("h", "a")) },
		NotAnnounced: func() { w.one(1, answerTo("h", "c", "b", "o0")) },
		PeerGone:     func() { w.one(1, answerTo("h", "a", "c", "o0")) },
		OfferGone:    func() { w.one(1, answerTo("h", "a", "b", "o9")) },
		TooManyPeers: func() {
			for i := range maxMemberships { // with a that is one too many
				w.say(1, announce(fmt.Sprint("s", i), "a"))
			}
		},
		TooManyMessages: func() { w.clients[1].Refuse(new(Request), TooManyMessages) },
		TooManyOffers:   func() { w.clients[1].Refuse(new(Request), TooManyOffers) },
	}
	labels := make(map[string]bool)
	for i, reason := range Reasons() {
		w.out = nil
		provoke[reason]()
		if last := w.out[len(w.out)-1]; last.kind != Failure || last.Failure+last.Warning == "" {
			t.Errorf("%v: %s", reason, last.raw)
		}
		labels[reason.String()] = true
		if len(labels) != i+1 || reason.String() == "" {
			t.Errorf("the label %q is no reason's, or several's", reason)
		}
		for _, other := range Reasons() {
			want := uint64(0)
			if other <= reason {
				want = 1
			}
			if got := w.tracker.Failures(other); got != want {
				t.Errorf("after %v %v counts %d, want %d", reason, other, got, want)
			}
		}
	}
}
