package loader

import (
	"fmt"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
)

// allowance is what a page gives to peers, all its loaders together: no faster and no
// more than the settings of the loader that gives allow.
type allowance struct {
	// in
	loop loop.Loop

	given   int64         // bytes of segments since the page was opened
	free    time.Duration // when the next message may go
	waiting []*link       // who has something to send, the first first
	turn    *link         // who may send before those that wait, nil for nobody
	cancel  func()        // stops the timer that they wait for, nil while there is none
}

const (
	// hearing is how soon after one message the next one goes to a peer, however many share
	// the rate. One that hears nothing for 2 s gives up, see config.Stream, and a hidden tab's
	// timers run a second late.
	hearing = 500 * time.Millisecond
	// leastMessage is how many bytes a message has all the same, if there are so many.
	leastMessage = 128
	// overdrawn is how long nothing may have been sent without loss to the rate, so that late
	// timers do not lower it: in any time no more goes than in that time, this and hearing
	// together at the rate.
	overdrawn = time.Second
	// leastShare is what each who is given to has of the rate at least, in bytes per second. In
	// the simulation eight viewers of 2 Mbit/s who may give 1 Mbit/s each have 4.9 copies leave
	// the origin where they give to one at a time, and 6.3 where they give to three.
	leastShare = 128e3
)

// uploadRate is the bound in bytes per second, 0 for none.
func uploadRate(s *config.Settings) float64 { return s.UploadRateLimit * 1000 / 8 }

// slotsAt is how many can share that rate.
func slotsAt(rate float64) int {
	if rate == 0 {
		return mostSlots
	}
	return int(max(1, min(mostSlots, rate/leastShare)))
}

// spend is how many of n bytes the link may send now. It hears when it may send others.
func (a *allowance) spend(l *link, n int) int {
	settings := &l.swarm.feed.loader.settings
	if a.isSpent(settings) {
		a.loop.Post(l.swarm.feed.loader.page.stopGiving)
		return 0
	}
	if settings.UploadTotalLimit > 0 {
		n = int(min(float64(n), total(settings)-float64(a.given)))
	}
	if rate := uploadRate(settings); rate > 0 {
		n = a.pace(l, n, rate)
	}
	if a.given += int64(n); a.isSpent(settings) {
		a.loop.Post(l.swarm.feed.loader.page.stopGiving)
	}
	return n
}

// total is the bound in bytes.
func total(s *config.Settings) float64 { return max(1, s.UploadTotalLimit*1e6) }

// isSpent tells whether so much was given as the settings allow.
func (a *allowance) isSpent(s *config.Settings) bool {
	return s.UploadTotalLimit > 0 && float64(a.given) > total(s)-1
}

// restrict has the settings say what has become of them.
func (a *allowance) restrict(s *config.Settings) {
	if a.isSpent(s) {
		s.Main.IsP2PUploadDisabled, s.Secondary.IsP2PUploadDisabled = true, true
	}
}

// pace is how many of n bytes may go at that rate now, in messages that are short enough
// for the others to have theirs soon.
func (a *allowance) pace(l *link, n int, rate float64) int {
	now := a.loop.Now()
	if a.free > now || len(a.waiting) > 0 && a.turn != l {
		a.wait(l)
		return 0
	}
	a.turn = nil
	most := max(leastMessage, rate*hearing.Seconds()/float64(len(a.waiting)+1))
	n = int(min(float64(n), most))
	a.free = max(a.free, now-overdrawn) + config.Seconds(float64(n)/rate)
	return n
}

// wait has a link hear when it is its turn.
func (a *allowance) wait(l *link) {
	if !slices.Contains(a.waiting, l) {
		a.waiting = append(a.waiting, l)
	}
	if a.cancel == nil {
		a.cancel = a.loop.After(max(a.free-a.loop.Now(), 0), a.resume)
	}
}

// resume has those who wait go on, as many as may by now.
func (a *allowance) resume() {
	a.cancel = nil
	for len(a.waiting) > 0 {
		if a.free > a.loop.Now() {
			a.wait(a.waiting[0])
			return
		}
		a.turn = a.waiting[0]
		a.waiting = slices.Delete(a.waiting, 0, 1)
		a.turn.peer.Continue() // which does nothing where it is gone
		a.turn = nil
	}
}

// renew is for settings that have changed.
func (a *allowance) renew() {
	a.free = min(a.free, a.loop.Now())
	if a.cancel != nil {
		a.cancel()
		a.cancel = a.loop.After(0, a.resume)
	}
}

// enoughGiven is over once the settings allow more.
var enoughGiven = warning{hls.Main, UploadLimitReached}

// stopGiving has the loaders stop whose settings allow no more.
func (p *Page) stopGiving() {
	for _, l := range slices.Clone(p.loaders) {
		l.stopGiving()
	}
}

// stopGiving ends what peers are given, if that was enough.
func (l *Loader) stopGiving() {
	if l.closed || !l.page.allowance.isSpent(&l.settings) {
		return
	}
	for _, f := range l.feeds {
		l.withdraw(f)
	}
	if !l.warned[enoughGiven] {
		l.warn(enoughGiven, fmt.Errorf("peers were given %v MB, as much as uploadTotalLimit allows", l.settings.UploadTotalLimit))
		l.Configure(l.settings)
	}
}
