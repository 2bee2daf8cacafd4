package simulation

import (
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// liars runs some viewers for a minute and a half, a few of whom lie.
func liars(change func(s *Scenario)) Report {
	s := Scenarios["liars"]
	s.Viewers, s.Seconds, s.Ramp, s.Liars = 40, 90, 20, 2
	change(&s)
	return s.Play(nil)
}

// Whatever the lie, no player gets any of it, and nobody stalls for it.
func TestLiesReachNobody(t *testing.T) {
	for name, lie := range map[string]Lie{"all": AllFalse, "half": HalfFalse, "passed": PassedFalse} {
		r := liars(func(s *Scenario) { s.Lie = lie })
		if r.Wrong > 0 || r.Stalls > 0 || r.Failed > 0 || r.HonestCut > 0 {
			t.Errorf("%s: %d false segments, %d stalls, %d failures, %d honest cut off", name, r.Wrong, r.Stalls, r.Failed, r.HonestCut)
		}
		// Each meets about twenty of them.
		if r.Liars < 2 || r.LiarsCut < 20 || r.LiarSeconds <= 0 || r.LiarSeconds > 10 || r.Waste <= 0 {
			t.Errorf("%s: %d liars were cut off %d times, after %.1f s; %.3f is waste", name, r.Liars, r.LiarsCut, r.LiarSeconds, r.Waste)
		}
		if r.P2PShare < 0.7 {
			t.Errorf("%s: %.2f came from peers", name, r.P2PShare)
		}
	}
}

// What the test above shows is the digests' doing.
func TestLiesReachThoseWhoCannotCheck(t *testing.T) {
	for name, change := range map[string]func(s *Scenario){
		"no list":                func(s *Scenario) { s.Unverified = true },
		"a loader of other days": func(s *Scenario) { s.Kind.Classic = true },
	} {
		r := liars(change)
		if r.Wrong < r.Played/10 || r.LiarsCut > 0 || r.ListRequests > 0 {
			t.Errorf("%s: %d of %d segments were false, liars were cut off %d times, the list was asked for %.1f times a minute",
				name, r.Wrong, r.Played, r.LiarsCut, r.ListRequests)
		}
	}
}

// Without liars the digests change nothing but that lists are asked for.
func TestTheTruthIsPlayed(t *testing.T) {
	r := liars(func(s *Scenario) { s.Liars = 0 })
	if r.Wrong > 0 || r.LiarsCut+r.HonestCut > 0 || r.Liars != 0 || r.Waste > 0.05 {
		t.Errorf("%d false, %d and %d cut off, %.3f waste", r.Wrong, r.LiarsCut, r.HonestCut, r.Waste)
	}
	if r.ListRequests <= 0 || r.ListRequests > 60 || r.ListBytes <= 0 {
		t.Errorf("the list was asked for %.1f times a minute, %.0f B/s", r.ListRequests, r.ListBytes)
	}
}

// A list has what the origin has, and as it is when the question arrives.
func TestTheOriginListsDigests(t *testing.T) {
	w := NewWorld(1)
	o := w.NewOrigin(Live())
	v := w.Join(o, Options{Access: Home(), Behind: 16, Kind: Kind{Plain: true}})
	d := digests{fetcher{o, v}}
	n := name{0, aired + 1} // listed from the fourth second on
	url := d.Find(n.url(), "")
	var list wire.DigestList
	fetch := func() (stop func()) {
		return d.Fetch(hls.Main, url, func(text []byte, err error) { list, _ = wire.DecodeDigestList(text) })
	}
	w.Run(3970 * time.Millisecond)
	fetch()
	w.Run(5 * time.Second)
	true1 := Bytes{Segment: n.url(), To: o.Stream.size(1, n)}
	made := true1
	made.False = []run{{0, 1}}
	got, known := list.Of(url, n.url(), "")
	if !known || got != digest(true1) || got == digest(made) || list.Len() != o.Stream.Window*(1+kept) {
		t.Errorf("of %d digests: %v %v", list.Len(), got, known)
	}
	if o.ListRequests != 1 || o.ListBytes < int64(64*list.Len()) || len(o.Requests) != 10 {
		t.Errorf("counted %d requests for %d bytes, and %d for segments", o.ListRequests, o.ListBytes, len(o.Requests))
	}
	list = wire.DigestList{}
	fetch()()
	w.Run(10 * time.Second)
	if list.Len() > 0 {
		t.Error("it came although it was stopped")
	}
}
