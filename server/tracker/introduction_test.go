package tracker

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// party is a swarm of peers 1, 2, 3 … where each answers the offers of those that
// it is not connected to, and no others: as JavaScript peers do.
type party struct {
	*world
	peers     int
	connected map[[2]int]bool // by the lower number first
}

func newParty(t *testing.T, peers int, seed byte) *party {
	p := &party{world: newWorld(t, 0), peers: peers, connected: make(map[[2]int]bool)}
	p.tracker = New(p.tracker.settings, [32]byte{seed})
	p.tracker.epoch = p.now // so that a run is like the next
	for c := 1; c <= peers; c++ {
		p.connect(c, netip.AddrFrom4([4]byte{192, 0, 2, byte(c)}))
		p.say(c, announce("h", name(c)))
	}
	return p
}

func name(peer int) string { return fmt.Sprint("p", peer) }

func (p *party) member(peer int) *member {
	h := parse(p.T, id("h"))
	return p.tracker.shard(h).find(h, parse(p.T, id(name(peer))))
}

// announce has one peer announce with five offers, and the others answer.
func (p *party) announce(peer int) {
	for _, o := range p.say(peer, announce("h", name(peer), offers(5)))[1:] {
		pair := [2]int{min(peer, o.to), max(peer, o.to)}
		if p.connected[pair] {
			continue
		}
		p.connected[pair] = true
		if out := p.say(o.to, answerTo("h", name(o.to), name(peer), o.OfferID[:2])); len(out) != 1 || out[0].kind != Answer {
			p.Fatalf("the answer is not passed on: %s", list(out))
		}
	}
}

// rounds is how often each must announce until all are connected.
func (p *party) rounds(before func()) (rounds int) {
	for len(p.connected) < p.peers*(p.peers-1)/2 {
		if rounds++; rounds > 1000 {
			p.Fatal("they never are")
		}
		for peer := 1; peer <= p.peers; peer++ {
			before()
			p.announce(peer)
			p.now = p.now.Add(20 * time.Second / time.Duration(p.peers))
		}
	}
	return rounds
}

// In a small swarm every pair is soon introduced, in a part of the time that it
// takes when offers go to just anyone.
func TestIntroductionsConnectASwarm(t *testing.T) {
	for _, test := range []struct{ peers, seeds, percent int }{{8, 10, 85}, {50, 3, 40}} {
		var ours, uniform int
		for seed := range byte(test.seeds) {
			ours += newParty(t, test.peers, seed).rounds(func() {})
			p := newParty(t, test.peers, seed)
			uniform += p.rounds(func() {
				for peer := 1; peer <= p.peers; peer++ {
					p.member(peer).introduced = nil
				}
			})
		}
		mean := func(rounds int) float64 { return float64(rounds) / float64(test.seeds) }
		t.Logf("%d peers: %.1f announces of each, %.1f with offers to anyone", test.peers, mean(ours), mean(uniform))
		if ours*100 > uniform*test.percent {
			t.Errorf("%d peers: more than %d %% of the announces with offers to anyone", test.peers, test.percent)
		}
	}
}

// Who was introduced gets offers all the same where there is no one else, and
// after a while like anyone.
func TestAnIntroductionIsOnlyAPreference(t *testing.T) {
	p := newParty(t, 12, 1)
	for peer := 2; peer <= 9; peer++ { // with 1, whose offers leave three of eleven
		introduce(p.tracker.moment(p.now), p.member(1), p.member(peer))
	}
	got := func(announces int) map[int]int {
		got := map[int]int{}
		for range announces {
			for _, o := range p.say(1, announce("h", name(1), offers(5)))[1:] {
				got[o.to]++
			}
		}
		return got
	}
	// Of five offers three go to the strangers, and two to eight others: 200 in
	// 800 announces to each, with a deviation of 12.
	first := got(800)
	for peer := 2; peer <= 12; peer++ {
		if n := first[peer]; peer > 9 && n != 800 || peer <= 9 && (n < 130 || n > 270) {
			t.Errorf("peer %d got %d of 800 offers: %v", peer, n, first)
		}
	}
	p.now = p.now.Add(introductionPeriod)
	for peer, n := range got(20) {
		if peer > 9 && n != 20 {
			t.Errorf("an introduction is forgotten before its time: stranger %d got %d of 20 offers", peer, n)
		}
	}
	// 5 of 11: 364 in 800, with a deviation of 14.
	p.now = p.now.Add(introductionPeriod)
	for peer, n := range got(800) {
		if n < 280 || n > 450 {
			t.Errorf("long after that peer %d got %d of 800 offers", peer, n)
		}
	}

	// So, too, where nothing was said meanwhile.
	introduce(p.tracker.moment(p.now), p.member(1), p.member(2))
	p.member(1).introduced.forget(p.tracker.moment(p.now.Add(2 * introductionPeriod)))
	if p.member(1).knows(p.member(2)) {
		t.Error("an introduction outlives a silence")
	}
}

// A large swarm needs no memory for introductions.
func TestIntroductionsOfALargeSwarm(t *testing.T) {
	p := newParty(t, 1, 1)
	for c := 2; c <= introducedAmong+1; c++ {
		p.say(1, announce("h", name(c)))
	}
	introduce(0, p.member(1), p.member(2))
	if p.member(1).introduced != nil || p.member(2).introduced != nil {
		t.Error("they are remembered")
	}
}
