package policies

import (
	"math"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// plan is a decision in the making: what is under way if all that was decided so
// far is done, and how to decide more.
type plan struct {
	*scheduler.State
	random  func() float64
	actions []scheduler.Action
	from    []scheduler.Source // of each segment's download
	active  [2]int             // downloads, by source
	given   []bool             // peers that were asked for something by this plan
	wake    time.Duration
}

const (
	// none is the source of what is not being downloaded.
	none scheduler.Source = -1
	// never is later than any deadline.
	never = time.Duration(math.MaxInt64)
)

func newPlan(s *scheduler.State, random func() float64) *plan {
	p := &plan{State: s, random: random, wake: never}
	p.given = make([]bool, len(s.Peers))
	p.from = make([]scheduler.Source, len(s.Segments))
	for i, seg := range s.Segments {
		p.from[i] = none
		if d := seg.Download; d != nil {
			p.from[i] = d.Source
			p.active[d.Source]++
		}
	}
	return p
}

// result is what the Policy returns.
func (p *plan) result() (actions []scheduler.Action, again time.Duration) {
	if p.wake == never {
		return p.actions, never
	}
	return p.actions, max(p.wake-p.Now, time.Millisecond)
}

// wakeAt asks for a decision at that time. One that has passed is no reason.
func (p *plan) wakeAt(t time.Duration) {
	if t > p.Now {
		p.wake = min(p.wake, t)
	}
}

// wakeAtSlack asks for one when that much time is left for the segment, in seconds.
func (p *plan) wakeAtSlack(i int, left float64) { p.wakeAt(p.whenLeft(i, left)) }

// whenLeft is when that much time is left for the segment, in seconds.
func (p *plan) whenLeft(i int, left float64) time.Duration {
	return p.Now + config.Seconds(p.slack(i)-left)
}

// slack is the time until the playhead reaches the segment, in seconds.
func (p *plan) slack(i int) float64 { return (p.Segments[i].Start - p.Position) / p.Rate }

// lasts is how long the segment plays, in seconds.
func (p *plan) lasts(i int) float64 { return (p.Segments[i].End - p.Segments[i].Start) / p.Rate }

func (p *plan) do(verb scheduler.Verb, segment, peer int) {
	p.actions = append(p.actions, scheduler.Action{Verb: verb, Segment: segment, Peer: peer})
}

// hasSlot tells whether there may be another download from the source.
func (p *plan) hasSlot(s scheduler.Source) bool {
	most := p.Settings.SimultaneousHTTPDownloads
	if s == scheduler.P2P {
		most = p.Settings.SimultaneousP2PDownloads
	}
	return float64(p.active[s]) < most
}

// makeSlot is hasSlot, if need be by ending the last download from the source of
// those that are needed later.
func (p *plan) makeSlot(i int, s scheduler.Source) bool {
	if p.hasSlot(s) {
		return true
	}
	for j := len(p.Segments) - 1; j > i; j-- {
		if p.from[j] == s {
			p.end(j)
			return true
		}
	}
	return false
}

func (p *plan) start(verb scheduler.Verb, i, peer int, s scheduler.Source) {
	p.from[i] = s
	p.active[s]++
	p.do(verb, i, peer)
}

func (p *plan) askOrigin(i int) { p.start(scheduler.FetchHTTP, i, 0, scheduler.HTTP) }

// askPeer asks one of those peers for the segment that have nothing else to give.
func (p *plan) askPeer(i int, peers []int) bool {
	var free []int
	for _, peer := range peers {
		if p.Peers[peer].Ready && !p.given[peer] {
			free = append(free, peer)
		}
	}
	if len(free) == 0 {
		return false
	}
	peer := p.draw(free)
	p.given[peer] = true
	p.start(scheduler.FetchP2P, i, peer, scheduler.P2P)
	return true
}

// draw picks a peer by chance, fast ones more often. Those of which little is known
// have a tenth of the best one's chance, and together no more than the others. It is
// as 2.3 does it, and so makes no difference between policies.
func (p *plan) draw(peers []int) int {
	best := 0.0
	for _, i := range peers {
		best = max(best, p.Peers[i].Speed)
	}
	unproven, proven := 0, 0.0
	for _, i := range peers {
		if speed := p.Peers[i].Speed; speed > best/10 {
			proven += speed
		} else {
			unproven++
		}
	}
	least := 1.0 // all alike
	if best > 0 {
		least = min(best/10, proven/float64(max(unproven, 1)))
	}
	all := 0.0
	for _, i := range peers {
		all += max(p.Peers[i].Speed, least)
	}
	mark := all * p.random()
	for _, i := range peers {
		if mark -= max(p.Peers[i].Speed, least); mark < 0 {
			return i
		}
	}
	return peers[len(peers)-1] // sums of floats are not exact
}

func (p *plan) end(i int) {
	p.active[p.from[i]]--
	p.from[i] = none
	p.do(scheduler.Cancel, i, 0)
}
