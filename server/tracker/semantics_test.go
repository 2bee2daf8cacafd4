package tracker

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// What README.md says of requests on which trackers differ, as far as no other
// test does.

func TestEventsThatAreAnnounces(t *testing.T) {
	for _, event := range []string{`"started"`, `"update"`, `"completed"`, `"paused"`, `"empty"`, `""`, `null`, `"\u0070aused"`} {
		w := newWorld(t, 2)
		w.say(1, announce("h", "a", `"event":`+event))
		out := w.say(2, announce("h", "b", `"event":`+event, offers(2)))
		if len(out) != 2 || out[0].kind != Announce || out[1].kind != Offer || out[1].to != 1 {
			t.Errorf("%s: %s, want a reply and an offer to who came before", event, list(out))
			continue
		}
		if incomplete := out[0].Incomplete; (incomplete == 2) == (event == `"completed"`) {
			t.Errorf("%s: %d incomplete", event, incomplete)
		}
	}
}

func TestLeft(t *testing.T) {
	for left, complete := range map[string]int{`0`: 1, `0.0`: 1, `-0`: 1, `1`: 0, `null`: 0, `"0"`: 0, `1e999`: 0, `[0]`: 0} {
		w := newWorld(t, 1)
		if r := w.one(1, announce("h", "a", `"left":`+left)); r.Complete != complete || r.Incomplete != 1-complete {
			t.Errorf("left %s: %s", left, r.raw)
		}
	}
}

// One connection may have several peers in one swarm, which meet as others do.
func TestSeveralPeersOnOneConnection(t *testing.T) {
	w := newWorld(t, 1)
	w.say(1, announce("h", "a"))
	out := w.say(1, announce("h", "b", offers(3)))
	if len(out) != 2 || out[1].kind != Offer || out[1].PeerID != id("b") {
		t.Fatalf("%s, want one offer, for a", list(out))
	}
	if out = w.say(1, answerTo("h", "a", "b", "o0")); len(out) != 1 || out[0].kind != Answer || out[0].PeerID != id("a") {
		t.Errorf("the answer: %s", list(out))
	}
	if out = w.say(1, announce("h", "b", `"event":"stopped"`)); out[0].Incomplete != 1 {
		t.Errorf("one stops: %s, want the other to stay", list(out))
	}
}

// Swarms that are not allowed have no peers, and lose those that they had.
func TestAllows(t *testing.T) {
	w := newWorld(t, 2)
	denied := map[ID]bool{parse(t, id("no")): true}
	w.tracker.settings.Allows = func(hash ID) bool { return !denied[hash] }
	if r := w.one(1, announce("no", "a", offers(1))); r.Failure == "" || *r.InfoHash != id("no") {
		t.Errorf("not allowed: %s", r.raw)
	}
	w.say(1, announce("h", "a"))
	w.say(2, announce("h", "b"))
	denied[parse(t, id("h"))] = true
	if r := w.one(2, announce("h", "a")); r.Failure == "" {
		t.Errorf("not allowed any more: %s", r.raw)
	}
	if _, peers := w.tracker.Count(); peers != 2 {
		t.Errorf("%d peers after a stranger's announce, want 2", peers)
	}
	if out := w.say(1, announce("h", "a", offers(1))); len(out) != 1 || out[0].Failure == "" {
		t.Errorf("not allowed any more: %s", list(out))
	}
	if _, peers := w.tracker.Count(); peers != 1 {
		t.Errorf("%d peers, want who has not announced since", peers)
	}
	if r := w.one(2, announce("h", "b", `"event":"stopped"`)); r.Failure != "" || r.Incomplete != 0 {
		t.Errorf("one that stops there: %s", r.raw)
	}
}

// A peer on a new connection is a new one: what was offered to it before is not
// its to answer under another connection's name, and its own old offers are gone.
func TestATakeoverEndsWhatWasUnderWay(t *testing.T) {
	w := newWorld(t, 2)
	w.say(2, announce("h", "b"))
	w.say(1, announce("h", "a", offers(1)))
	w.connect(3, netip.AddrFrom4([4]byte{192, 0, 2, 1})) // where 1 is
	w.say(3, announce("h", "a"))
	if r := w.one(2, answerTo("h", "b", "a", "o0")); r.Failure == "" {
		t.Errorf("an offer of the old connection was answered: %s", r.raw)
	}
	if r := w.one(1, announce("h", "a", `"event":"stopped"`)); r.Incomplete != 2 {
		t.Errorf("the old connection stops the peer: %s", r.raw)
	}
}

func TestAScrapeOfManyIsBounded(t *testing.T) {
	w := newWorld(t, 1)
	hashes := make([]string, maxScraped+10)
	for i := range hashes {
		hashes[i] = `"` + id(fmt.Sprint("h", i)) + `"`
	}
	r := w.one(1, `{"action":"scrape","info_hash":[`+strings.Join(hashes, ",")+`]}`)
	if len(r.Files) != maxScraped {
		t.Errorf("%d swarms", len(r.Files))
	}
	// What is wrong beyond that is wrong all the same.
	if r = w.one(1, `{"action":"scrape","info_hash":[`+strings.Join(hashes, ",")+`,1]}`); r.Failure == "" {
		t.Errorf("%.80s", r.raw)
	}
}

// Offers beyond those that are kept count, for the limits of an address.
func TestOffersAreCounted(t *testing.T) {
	var r Request
	for frame, want := range map[string]int{
		announce("h", "a"):                                         0,
		announce("h", "a", offers(3)):                              3,
		announce("h", "a", offers(maxOffersRead+7)):                maxOffersRead + 7,
		announce("h", "a", offers(3), `"event":"stopped"`):         0,
		announce("h", "a", offers(3), `"event":"begun"`):           0,
		`{"action":"scrape",` + offers(3) + `}`:                    0,
		announce("h", "a", offers(3), offers(maxOffersRead+2)):     maxOffersRead + 2,
		announce("h", "a", offers(maxOffersRead+2), `"offers":[]`): 0,
		announce("h", "a", `"offers":[{"fake_offer":1},{}]`):       0,
	} {
		if r.Parse([]byte(frame)); r.Offers() != want || len(r.offers) > maxOffersRead {
			t.Errorf("%.60s…: %d offers of which %d are kept, want %d", frame, r.Offers(), len(r.offers), want)
		}
	}
}
