package policies

import (
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// javascript is the policy of npm p2p-media-loader-core 2.3.1 (hybrid-loader.ts,
// utils/queue.ts, utils/stream.ts, p2p/loader.ts). What the player needs within
// highDemandTimeWindow comes from the origin, whoever has it or is fetching it, two
// segments at a time, the soonest first. What it needs later comes from peers; of
// what no peer has, something is drawn by lot and asked of the origin each time that
// a timer fires, which takes the longer the more peers there are.
//
// The loader below it is ours, and so some of 2.3 is not here: that it decides only
// once a second while nothing but the playhead moves, that a jump of the position
// sends the one request under way to the origin at once, that a segment which has
// left the playlist is never fetched, that what came of a download which was ended
// is dropped, that failures are forgotten after a minute, that those announced as
// being fetched include those that failed, and how it finds peers. Its draws reach as
// far as a State does, 60 missing segments, and not 3000 s. Unlike our own policy it
// gives a failing origin no rest.
type javascript struct {
	fires time.Duration // when the timer does
}

// JavaScript makes the policy of P2P Media Loader 2.3.1. Its defaults are those of
// config.Default; tuned by hand, HighDemandTimeWindow is 4 or 2.
func JavaScript() scheduler.Policy { return new(javascript).decide }

// perPeer is how much longer the timer can take for each peer, and the time it takes
// at least.
const perPeer = time.Second

func (j *javascript) decide(s *scheduler.State, random func() float64) ([]scheduler.Action, time.Duration) {
	q := newQueue(newPlan(s, random))
	q.tidy()
	q.process()
	if j.fires > 0 && s.Now >= j.fires {
		q.gamble()
	}
	if s.Now >= j.fires {
		j.fires = s.Now + perPeer + time.Duration(random()*float64(len(s.Peers))*float64(perPeer))
	}
	q.wakeAt(j.fires)
	return q.result()
}

// queue is what 2.3 looks at: the missing segments from the requested one on, up to
// the first that is in no window.
type queue struct {
	*plan
	items []item
	held  bool // the page holds back the origin
}

// item is a segment, and where it may come from.
type item struct {
	segment    int
	highDemand bool
	peers      bool // it is in their window, and one of them holds it or is fetching it
}

func newQueue(p *plan) *queue {
	q := &queue{plan: p}
	if begins := p.Now - p.Running + config.Milliseconds(p.Settings.HTTPDownloadInitialTimeout); p.Now < begins {
		q.held = true
		p.wakeAt(begins)
	}
	var behind []item
	for i, seg := range p.Segments {
		if !seg.Queued {
			continue
		}
		switch it, inSome := p.look(i); {
		case inSome:
			q.items = append(append(q.items, behind...), it)
			behind = nil
		case seg.Wanted && len(q.items) == 0:
			// It may begin just behind the playhead, if what follows does not.
			it.highDemand = true
			behind = []item{it}
		default:
			return q
		}
	}
	return q
}

// A storage with no more than so much space, as a share of all of it, takes less.
const (
	full   = 0.05
	fuller = 0.10
)

// look tells which windows a segment is in, and whether it is in any.
func (p *plan) look(i int) (it item, inSome bool) {
	seg := &p.Segments[i]
	in := func(window float64) bool {
		return seg.Start <= p.Position+window*p.Rate && seg.End >= p.Position
	}
	http, peers := p.Settings.HTTPDownloadTimeWindow, p.Settings.P2PDownloadTimeWindow
	switch {
	case p.Free <= full:
		http, peers = 0, 0
	case p.Free <= fuller:
		peers = http
	}
	it = item{
		segment:    i,
		highDemand: in(p.Settings.HighDemandTimeWindow),
		peers:      in(peers) && (len(seg.Holders) > 0 || len(seg.Fetchers) > 0),
	}
	return it, it.highDemand || it.peers || in(http)
}

// tidy ends what is not in the queue any more, and tells the player of what the
// origin does not give.
func (q *queue) tidy() {
	queued := make([]bool, len(q.Segments))
	for _, it := range q.items {
		queued[it.segment] = true
	}
	for i, seg := range q.Segments {
		switch {
		case q.from[i] != none:
			if !queued[i] && !seg.Wanted {
				q.end(i)
			}
		case seg.Wanted && q.hasFailed(i):
			q.do(scheduler.Fail, i, 0)
		}
	}
}

func (q *queue) hasFailed(i int) bool {
	return float64(q.Segments[i].Failures) >= q.Settings.HTTPErrorRetries
}

func (q *queue) process() {
	for _, it := range q.items {
		switch {
		case it.highDemand:
			q.demand(it.segment)
		case it.peers && q.from[it.segment] == none && q.hasSlot(scheduler.P2P):
			q.askPeer(it.segment, q.Segments[it.segment].Holders)
		}
	}
}

// demand gets a segment from the origin, and from a peer where that cannot be.
func (q *queue) demand(i int) {
	if q.from[i] == scheduler.HTTP {
		return
	}
	if !q.held && !q.hasFailed(i) && q.makeSlot(i, scheduler.HTTP) {
		if q.from[i] == scheduler.P2P {
			q.end(i)
		}
		q.askOrigin(i)
		return
	}
	if q.from[i] == none && len(q.Segments[i].Holders) > 0 && q.makeSlot(i, scheduler.P2P) {
		q.askPeer(i, q.Segments[i].Holders)
	}
}

// gamble asks the origin for some of what no peer has, by lot: in the mean for each
// once while the timers of all peers fire once.
func (q *queue) gamble() {
	if q.held || q.Free <= fuller || len(q.Peers) == 0 || !q.hasSlot(scheduler.HTTP) {
		return
	}
	var left []int
	for _, it := range q.items {
		if !it.peers && q.from[it.segment] == none && !q.hasFailed(it.segment) {
			left = append(left, it.segment)
		}
	}
	viewers := float64(len(q.Peers) + 1)
	left = left[:int(min(float64(len(left)), q.Settings.SimultaneousHTTPDownloads*viewers))]
	for chance := float64(len(left)) / viewers; chance > 0 && q.hasSlot(scheduler.HTTP); chance-- {
		at := int(q.random() * float64(len(left)))
		if q.random() <= chance {
			q.askOrigin(left[at])
		}
		last := len(left) - 1
		left[at] = left[last]
		left = left[:last]
	}
}
