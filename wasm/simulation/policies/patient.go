package policies

import (
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// turn is when a viewer may ask the origin for a segment that has time, and that no
// peer holds or is fetching. The base of Election and Threshold, which differ in
// nothing else.
type turn func(p *plan, i int) time.Duration

const (
	// handover is what it takes, beside the transfer, to go on elsewhere, in seconds.
	handover = 0.5
	// meeting is how long who joins waits for the peers that it is about to meet.
	meeting = 3 * time.Second
)

// reserve is the slack that the origin needs for a whole segment, in seconds: a line
// that can play the stream brings it in the time that it plays, and no faster for sure.
func (p *plan) reserve(i int) float64 { return p.lasts(i) + handover }

// urgent is the slack below which what the player waits for comes from wherever it
// can be had, in seconds.
func (p *plan) urgent(i int) float64 { return p.reserve(i) + handover }

func (t turn) decide(s *scheduler.State, random func() float64) ([]scheduler.Action, time.Duration) {
	p := newPlan(s, random)
	for i, seg := range p.Segments {
		if p.from[i] != none && !seg.Queued && !seg.Wanted {
			p.end(i)
		}
	}
	for i, seg := range p.Segments {
		hurry := seg.Wanted && p.slack(i) <= p.urgent(i)
		switch {
		case p.from[i] != none:
			if seg.Wanted {
				p.lookAfter(i)
			}
		case !seg.Queued:
			continue
		case hurry || seg.Wanted && p.isHopeless(i):
			p.hasten(i)
		default:
			p.await(i, t)
		}
		if hurry {
			break // it has the line to itself
		}
	}
	return p.result()
}

// lookAfter moves what a peer brings too late to the origin.
func (p *plan) lookAfter(i int) {
	if p.from[i] == scheduler.HTTP || !p.mayAskOrigin(i) {
		return
	}
	if p.slack(i) > p.reserve(i) {
		p.wakeAtSlack(i, p.reserve(i))
		return
	}
	d := p.Segments[i].Download
	inTime := d.Speed > 0 && d.Total > 0 && float64(d.Total-d.Loaded)/d.Speed < p.slack(i)-handover
	if !inTime && p.makeSlot(i, scheduler.HTTP) {
		p.end(i)
		p.askOrigin(i)
	}
}

// hasten gets what the player waits for: from a peer or what a peer is fetching
// while the origin could still bring it after that, and else from the origin.
func (p *plan) hasten(i int) {
	seg := &p.Segments[i]
	if p.slack(i) > p.reserve(i) {
		if p.askAnyPeer(i) {
			return
		}
		if len(seg.Fetchers) > 0 {
			p.wakeAtSlack(i, p.reserve(i))
			return
		}
	}
	switch {
	case p.mayAskOrigin(i) && p.makeSlot(i, scheduler.HTTP):
		p.askOrigin(i)
	case p.askAnyPeer(i):
	case p.isHopeless(i) && len(seg.Holders) == 0:
		p.do(scheduler.Fail, i, 0)
	}
}

// await leaves a segment that has time to peers, until it is this viewer's turn to
// ask the origin.
func (p *plan) await(i int, t turn) {
	seg := &p.Segments[i]
	if seg.Wanted {
		p.wakeAtSlack(i, p.urgent(i))
	} else if p.Free <= full {
		return
	}
	switch alone := len(p.Peers) == 0; {
	case len(seg.Holders)+len(seg.Passers) > 0:
		p.askAnyPeer(i)
		return
	case len(seg.Fetchers) > 0:
		return
	case p.Joining && p.Running < meeting:
		p.wakeAt(p.Now - p.Running + meeting)
		return
	case alone && !seg.Wanted:
		return
	case !alone:
		if p.slack(i) > scheduler.Ahead {
			p.wakeAtSlack(i, scheduler.Ahead)
			return
		}
		if at := t(p, i); at > p.Now {
			p.wakeAt(at)
			return
		}
	}
	if p.mayAskOrigin(i) && p.hasSlot(scheduler.HTTP) {
		p.askOrigin(i)
	}
}

// askAnyPeer asks a peer that holds the segment, or one that passes it on while it
// arrives, of which there are none among viewers who speak as P2P Media Loader does.
func (p *plan) askAnyPeer(i int) bool {
	seg := &p.Segments[i]
	return p.hasSlot(scheduler.P2P) && (p.askPeer(i, seg.Holders) || p.askPeer(i, seg.Passers))
}

func (p *plan) mayAskOrigin(i int) bool {
	begins := p.Now - p.Running + config.Milliseconds(p.Settings.HTTPDownloadInitialTimeout)
	at := max(begins, p.Segments[i].RetryAt)
	p.wakeAt(at)
	return at <= p.Now && !p.isHopeless(i)
}

// isHopeless tells whether the origin has failed too often.
func (p *plan) isHopeless(i int) bool {
	seg := &p.Segments[i]
	return float64(seg.Failures) >= p.Settings.HTTPErrorRetries && p.Now >= seg.GiveUpAt
}

// lot is a number from 0 to 1 that everybody draws alike for a viewer and a segment
// (splitmix64, Steele, Lea and Flood 2014).
func lot(viewer uint64, segment int64) float64 {
	return float64(mix(viewer^mix(uint64(segment)))>>11) / (1 << 53)
}

func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
