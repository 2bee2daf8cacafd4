package scheduler

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

const (
	// meeting is how long a newcomer holds back what is not urgent for peers
	// that it is about to meet.
	meeting = 3 * time.Second
	// lastHope is for how long after the origin was given up a peer is waited for that has
	// the segment and does not give it.
	lastHope = 10 * time.Second
	// glance is how soon to look again at what must not become slower.
	glance = 100 * time.Millisecond
	// never is later than any deadline.
	never = time.Duration(math.MaxInt64)
)

// Decide is the Policy of a viewer. What the player needs soon comes from whoever is
// sure to bring it in time. All the rest has time: it comes from peers, rare segments
// first, and one of all the peers fetches from the origin what none of them has.
func Decide(s *State, random func() float64) (actions []Action, again time.Duration) {
	d := decision{State: s, random: random, wake: never}
	d.taken = make([]bool, len(s.Peers))
	d.running = make([]*Download, len(s.Segments))
	for i, seg := range s.Segments {
		d.running[i] = seg.Download
		if seg.Download != nil {
			d.active[seg.Download.Source]++
		}
	}
	d.next = slices.IndexFunc(s.Segments, func(seg Segment) bool { return seg.Queued })
	if d.next >= 0 && !d.needsTheLine(d.next) {
		d.next = -1
	}
	for _, i := range d.order() {
		d.segment(i)
	}
	if d.wake == never {
		return d.actions, never
	}
	return d.actions, max(d.wake-s.Now, time.Millisecond)
}

type decision struct {
	*State
	random  func() float64
	actions []Action
	running []*Download // by segment
	active  [2]int      // downloads under way, by source
	claims  int         // those that will be, of the origin
	taken   []bool      // peers that were given work by this decision
	next    int         // the segment that the player needs next, if that is soon; or -1
	wake    time.Duration
}

func (d *decision) do(verb Verb, segment, peer int) {
	d.actions = append(d.actions, Action{Verb: verb, Segment: segment, Peer: peer})
}

func (d *decision) wakeAt(t time.Duration) {
	if t > d.Now {
		d.wake = min(d.wake, t)
	}
}

// order is that of the segments, rare ones first where there is time: what few have
// is passed on by few.
func (d *decision) order() []int {
	order := make([]int, len(d.Segments))
	for i := range order {
		order[i] = i
	}
	rare := func(i int) int {
		seg := &d.Segments[i]
		if seg.Wanted || d.running[i] != nil {
			return -1
		}
		return len(seg.Holders) + len(seg.Passers)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rare(a), rare(b)) })
	return order
}

// needsTheLine tells whether a segment, which is the next, has to come soon, and can.
func (d *decision) needsTheLine(i int) bool {
	seg := &d.Segments[i]
	return d.slack(seg) <= d.calm(seg) && (d.running[i] != nil || d.rest(seg) <= d.Now)
}

func (d *decision) segment(i int) {
	seg := &d.Segments[i]
	switch {
	case d.running[i] != nil:
		d.underWay(i, seg)
	case !seg.Queued:
		d.yield(i, seg)
	case seg.Wanted && d.isHopeless(seg):
		d.yield(i, seg)
		d.hopeless(i, seg)
	case seg.Wanted && d.slack(seg) <= d.urgency(seg):
		d.urgent(i, seg)
	case d.next >= 0 && i != d.next && !seg.Wanted:
		d.yield(i, seg) // nothing else takes a share of the line now
	default:
		if seg.Wanted {
			d.wakeAtSlack(seg, d.urgency(seg))
		}
		d.relaxed(i, seg)
	}
}

// hopeless decides for a segment that the player waits for and the origin has failed to
// give: a peer may, for a while.
func (d *decision) hopeless(i int, seg *Segment) {
	if d.askPeer(i, seg) {
		return
	}
	if end := seg.GiveUpAt + lastHope; d.held(seg) && d.Now < end {
		d.wakeAt(end)
		return
	}
	d.do(Fail, i, 0)
}

// urgent decides for the segment that the player waits for and needs soon. A
// peer that holds it, or is about to, is the better source while there is time
// to turn to the origin after all, and a holder while the origin fails.
func (d *decision) urgent(i int, seg *Segment) {
	if hopeful := d.hopeful(seg); d.slack(seg) > hopeful || seg.Failing {
		if d.askPeer(i, seg) {
			return
		}
		if len(seg.Fetchers) > 0 && !seg.Failing {
			d.wakeAtSlack(seg, hopeful)
			return
		}
	}
	if d.askOrigin(i, seg) {
		d.clearLine(i)
		return
	}
	d.askPeer(i, seg)
}

// clearLine ends all downloads but one, where the line is hardly enough for that. What
// has come of them stays.
func (d *decision) clearLine(i int) {
	seg := &d.Segments[i]
	if d.Took[HTTP] == 0 || d.takes(seg, HTTP) < d.lasts(seg) {
		return
	}
	for j := range d.Segments {
		if j != i && d.running[j] != nil && !d.Segments[j].Wanted {
			d.end(j)
		}
	}
}

// underWay looks after a download: it ends when nobody needs it any more, goes on at
// another peer when it drags, and at the origin when it will be late.
func (d *decision) underWay(i int, seg *Segment) {
	if !seg.Queued && !seg.Wanted {
		d.end(i)
		return
	}
	download := d.running[i]
	if download.Source != P2P {
		return
	}
	if seg.Wanted && !seg.Failing {
		reserve := d.reserve(seg, download)
		if d.slack(seg) <= reserve {
			d.late(i, seg, download)
			return
		}
		d.wakeAtSlack(seg, reserve)
	}
	if d.drags(seg, download) && (d.free(seg) || d.blocks()) {
		d.end(i)
		if !d.askPeer(i, seg) {
			d.wakeAt(d.Now + glance)
		}
	}
}

// late moves a download from a peer to the origin, unless it will be done before the
// origin could be.
func (d *decision) late(i int, seg *Segment, download *Download) {
	if inTime(download, d.slack(seg)) {
		d.wakeAt(d.Now + glance)
		return
	}
	if !d.mayAskOrigin(seg) || !d.makeSlot(i) {
		return
	}
	d.end(i)
	d.start(FetchHTTP, i, 0)
	d.clearLine(i)
}

// relaxed decides for a segment that has time: peers first, then whoever's
// turn it is to ask the origin.
func (d *decision) relaxed(i int, seg *Segment) {
	slack := d.slack(seg)
	if d.held(seg) {
		d.yield(i, seg)
		if seg.Wanted || slack <= d.p2pWindow() {
			d.askPeer(i, seg)
		}
		return
	}
	if d.Joining && d.Running < meeting {
		d.wakeAt(d.Now + meeting - d.Running)
		return
	}
	if len(d.Peers) == 0 {
		// Alone, the player's own buffering is the measure.
		if seg.Wanted {
			d.askOrigin(i, seg)
		}
		return
	}
	if near := min(Ahead, d.httpWindow()); !seg.Wanted && slack > near {
		d.wakeAtSlack(seg, near)
		return
	}
	d.elect(i, seg)
}

func (d *decision) start(verb Verb, segment, peer int) {
	source := HTTP
	if verb == FetchP2P {
		source = P2P
	}
	d.running[segment] = &Download{Source: source}
	d.active[source]++
	d.do(verb, segment, peer)
}

func (d *decision) end(i int) {
	d.do(Cancel, i, 0)
	d.active[d.running[i].Source]--
	d.running[i] = nil
}

// Nearly full, the storage takes what is to be played soon and nothing else.
func (d *decision) httpWindow() float64 {
	if d.Free <= 0.05 {
		return 0
	}
	return d.Settings.HTTPDownloadTimeWindow
}

func (d *decision) p2pWindow() float64 {
	switch {
	case d.Free <= 0.05:
		return 0
	case d.Free <= 0.10:
		return d.Settings.HTTPDownloadTimeWindow
	}
	return d.Settings.P2PDownloadTimeWindow
}

// slack is the time until the playhead reaches the segment, in seconds.
func (d *decision) slack(seg *Segment) float64 { return (seg.Start - d.Position) / d.Rate }

// wakeAtSlack asks for a decision when that much time, less than now, is left for the
// segment.
func (d *decision) wakeAtSlack(seg *Segment, left float64) {
	d.wakeAt(d.Now + max(config.Seconds(d.slack(seg)-left), time.Millisecond))
}
