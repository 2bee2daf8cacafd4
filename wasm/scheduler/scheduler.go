// Package scheduler is the loader's policy: which segment is asked of whom, and
// when. It is a pure function of what it is shown, so that it can be tested by
// the thousand and compared with others. The loader does what it decides.
package scheduler

import (
	"math"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

// Policy returns what to do now, and after what time to ask again if nothing
// happens before. Decide is the one that viewers use; the simulation compares
// others with it, and they may remember what they decided before.
type Policy func(s *State, random func() float64) (actions []Action, again time.Duration)

// Source is where a download comes from.
type Source int

// The two sources.
const (
	HTTP Source = iota
	P2P
)

// State is all that a decision is made of.
type State struct {
	Now      time.Duration
	Settings *config.Stream
	Position float64       // of the playhead, seconds on the player's timeline
	Rate     float64       // of playback, above 0
	Free     float64       // share of the storage that is free, 0 to 1
	Running  time.Duration // since the player's first request
	// Joining says that peers may be about to appear: the tracker has not
	// answered yet, or it has named others and none is connected so far.
	Joining  bool
	Self     uint64 // drawn from this viewer's peer id, as all who know it draw it
	Size     int    // of the swarm, this viewer included, as far as is known
	Peers    []Peer
	Segments []Segment // in the order of the playlist
}

// Peer is a connected peer.
type Peer struct {
	Key    uint64  // drawn from its peer id, see State.Self
	Senior bool    // was in the swarm before this viewer
	Ready  bool    // can be asked for a segment now
	Speed  float64 // bytes per second it has given so far, 0 if not known
}

// Segment is one that is missing: in the queue, being downloaded, or both.
type Segment struct {
	ID         int64         // as peers name it
	Start, End float64       // seconds on the player's timeline
	Wanted     bool          // the player waits for it
	Queued     bool          // at or after the last one that the player asked for
	Since      time.Duration // when it came up: listed, and within Ahead of the playhead
	Download   *Download     // nil when nothing is under way
	Failures   int           // of the origin, since the player asked
	GiveUpAt   time.Duration // they count as too many from then on
	RetryAt    time.Duration // the origin is left alone before
	Failing    bool          // the origin fails, whatever it is asked for
	Wish       Wish          // of the origin
	Holders    []int         // peers that hold it
	Fetching   bool          // a peer is fetching it from the origin
}

// Wish is how long an origin that failed asks to be left alone.
type Wish struct {
	Since time.Duration // when it failed last
	Until time.Duration // 0 when it asks for nothing
}

// Download is one under way.
type Download struct {
	Source Source
	Loaded int64   // bytes
	Total  int64   // bytes, 0 if not known
	Speed  float64 // bytes per second, 0 if not known
}

// Verb is what an action does with a segment.
type Verb int

// The verbs.
const (
	FetchHTTP Verb = iota // ask the origin
	FetchP2P              // ask Action.Peer
	Cancel                // end the download
	Fail                  // tell the player that the segment cannot be had
)

// Action is one thing to do. Actions are done in their order.
type Action struct {
	Verb    Verb
	Segment int // index into State.Segments
	Peer    int // index into State.Peers, for FetchP2P
}

const (
	// minUrgent is the least time before its turn at which a segment is
	// urgent: one slow round to the origin, and one more.
	minUrgent = 4.0 // seconds
	// critical is the least time before its turn at which a segment comes from
	// the origin, unless a peer is about to be done with it.
	critical = 1.5 // seconds
	// handover is what it takes, beside the transfer, to go on elsewhere.
	handover = 0.5 // seconds
	// meeting is how long a newcomer holds back what is not urgent for peers
	// that it is about to meet.
	meeting = 3 * time.Second
	// never is later than any deadline.
	never = time.Duration(math.MaxInt64)
)

// Ahead is how far from the playhead, in seconds, a segment is near enough for
// somebody to ask the origin on behalf of all.
const Ahead = 30.0

// Decide is the Policy of a viewer.
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
	for i := range s.Segments {
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
	taken   []bool      // peers that were given work by this decision
	hurry   bool        // the player waits for something urgent
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

// slack is the time until the playhead reaches the segment, in seconds.
func (d *decision) slack(seg *Segment) float64 { return (seg.Start - d.Position) / d.Rate }

// wakeAtSlack asks for a decision when that much time is left for the segment.
func (d *decision) wakeAtSlack(seg *Segment, left float64) {
	d.wakeAt(d.Now + config.Seconds(d.slack(seg)-left))
}

// The times below grow with the segment's: a line that can play the stream at
// all brings a segment in the time that it plays, and no faster for sure.

// urgency is the slack below which a segment is urgent.
func (d *decision) urgency(seg *Segment) float64 {
	return min(d.Settings.HighDemandTimeWindow, max(minUrgent, 2*d.lasts(seg)))
}

// reserve is the slack that a download from a peer must leave for the origin to
// finish it in time.
func (d *decision) reserve(seg *Segment, dl *Download) float64 {
	left := 1.0
	if dl.Total > 0 {
		left -= float64(dl.Loaded) / float64(dl.Total)
	}
	return max(critical, left*d.lasts(seg)+handover)
}

// hopeful is the slack up to which it makes sense to begin with a peer.
func (d *decision) hopeful(seg *Segment) float64 { return max(critical, d.lasts(seg)+2*handover) }

// lasts is how long the segment plays, in seconds.
func (d *decision) lasts(seg *Segment) float64 { return (seg.End - seg.Start) / d.Rate }

func (d *decision) segment(i int) {
	seg := &d.Segments[i]
	switch {
	case d.running[i] != nil:
		d.underWay(i, seg)
	case !seg.Queued:
	case seg.Wanted && d.isHopeless(seg):
		if !d.askPeer(i, seg) && !d.held(seg) {
			d.do(Fail, i, 0)
		}
	case seg.Wanted && d.slack(seg) <= d.urgency(seg):
		d.urgent(i, seg)
	case d.hurry:
		// Nothing else takes a share of the line now.
	default:
		if seg.Wanted {
			d.wakeAtSlack(seg, d.urgency(seg))
		}
		d.relaxed(i, seg)
	}
}

// urgent decides for the segment that the player waits for and needs soon. A
// peer that holds it, or is about to, is the better source while there is time
// to turn to the origin after all, and a holder while the origin fails.
func (d *decision) urgent(i int, seg *Segment) {
	d.hurry = true
	if hopeful := d.hopeful(seg); d.slack(seg) > hopeful || seg.Failing {
		if d.askPeer(i, seg) {
			return
		}
		if seg.Fetching && !seg.Failing {
			d.wakeAtSlack(seg, hopeful)
			return
		}
	}
	if d.askOrigin(i, seg) {
		return
	}
	d.askPeer(i, seg)
}

// underWay looks after a download: it ends when nobody needs it any more, and
// moves to the origin when the peer will be late, unless the origin would be.
func (d *decision) underWay(i int, seg *Segment) {
	if !seg.Queued && !seg.Wanted {
		d.end(i)
		return
	}
	slack := d.slack(seg)
	if seg.Wanted && slack <= d.urgency(seg) {
		d.hurry = true
	}
	download := d.running[i]
	if download.Source != P2P || !seg.Wanted || seg.Failing {
		return
	}
	if reserve := d.reserve(seg, download); slack > reserve {
		d.wakeAtSlack(seg, reserve)
		return
	}
	if inTime(download, slack) || !d.mayAskOrigin(seg) || !d.makeSlot(i) {
		return
	}
	d.end(i)
	d.start(FetchHTTP, i, 0)
}

const (
	// margin is by how much a download from a peer has to be early to be relied
	// upon: its rate is that of the past.
	margin = 0.5 // seconds
	// ending is what is left of a download that the origin could not beat.
	ending = 0.1 // seconds
)

// inTime tells whether what is left of a download arrives before the playhead.
// A player that already waits is served soonest by whoever is nearly done.
func inTime(dl *Download, slack float64) bool {
	if dl.Total == 0 || dl.Speed == 0 {
		return false
	}
	left := float64(dl.Total-dl.Loaded) / dl.Speed
	return left < ending || left < slack-margin
}

// relaxed decides for a segment that has time: peers first, then whoever's
// turn it is to ask the origin.
func (d *decision) relaxed(i int, seg *Segment) {
	slack := d.slack(seg)
	if d.held(seg) {
		if slack <= d.p2pWindow() {
			d.askPeer(i, seg)
		}
		return
	}
	if seg.Fetching {
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
	if turn := d.turn(seg); d.Now < turn {
		d.wakeAt(turn)
		return
	}
	d.askOrigin(i, seg)
}

// turn is when this viewer may ask the origin for a segment that nobody holds
// or fetches. Whoever has been in the swarm longest goes first: it is the
// likeliest to stay, and newcomers cost the origin nothing. Those after it are
// backups, one by one, should it fail.
func (d *decision) turn(seg *Segment) time.Duration {
	rank := 0
	for _, p := range d.Peers {
		if p.Senior {
			rank++
		}
	}
	step := config.Seconds(1.5 * (seg.End - seg.Start))
	return seg.Since + time.Duration(rank)*step
}

// held tells whether a peer can be hoped for.
func (d *decision) held(seg *Segment) bool {
	return len(seg.Holders) > 0 && d.Settings.SimultaneousP2PDownloads > 0
}

// askPeer gives the segment to a peer that holds it and is free.
func (d *decision) askPeer(i int, seg *Segment) bool {
	if float64(d.active[P2P]) >= d.Settings.SimultaneousP2PDownloads {
		return false
	}
	best, weight := -1, 0.0
	for _, p := range seg.Holders {
		if !d.Peers[p].Ready || d.taken[p] {
			continue
		}
		// Fast peers more often, but all of them sometimes: each speed is
		// drawn upon at random (weighted reservoir, Efraimidis and Spirakis
		// 2006).
		w := math.Pow(max(d.random(), math.SmallestNonzeroFloat64), 1/max(d.Peers[p].Speed, 1e4))
		if best < 0 || w > weight {
			best, weight = p, w
		}
	}
	if best < 0 {
		return false
	}
	d.taken[best] = true
	d.start(FetchP2P, i, best)
	return true
}

// askOrigin fetches the segment over HTTP, if it may and there is a slot.
func (d *decision) askOrigin(i int, seg *Segment) bool {
	if !d.mayAskOrigin(seg) || !d.makeSlot(i) {
		return false
	}
	d.start(FetchHTTP, i, 0)
	return true
}

func (d *decision) mayAskOrigin(seg *Segment) bool {
	if wait := config.Milliseconds(d.Settings.HTTPDownloadInitialTimeout) - d.Running; wait > 0 {
		d.wakeAt(d.Now + wait)
		return false
	}
	if rest := d.rest(seg); rest > d.Now {
		d.wakeAt(rest)
		d.wakeAt(seg.GiveUpAt)
		return false
	}
	return !d.isHopeless(seg)
}

// isHopeless tells whether the origin has failed too often.
func (d *decision) isHopeless(seg *Segment) bool {
	return float64(seg.Failures) >= d.Settings.HTTPErrorRetries && d.Now >= seg.GiveUpAt
}

// rest is until when the origin is left alone: after a failure always, and as long
// as it wishes where nobody waits, or can. A player waits as hls.js alone would.
func (d *decision) rest(seg *Segment) time.Duration {
	wish := seg.Wish.Until
	if seg.Wanted {
		wish = min(wish, max(
			seg.Wish.Since+config.Milliseconds(config.HTTPRules.LongestWish),
			d.Now+config.Seconds(d.slack(seg)-d.urgency(seg)),
		))
	}
	return max(seg.RetryAt, wish)
}

// makeSlot finds a place among the downloads from the origin, if need be that
// of one that is needed later.
func (d *decision) makeSlot(i int) bool {
	if float64(d.active[HTTP]) < d.Settings.SimultaneousHTTPDownloads {
		return true
	}
	for j := len(d.Segments) - 1; j > i; j-- {
		if later := d.running[j]; later != nil && later.Source == HTTP && !d.Segments[j].Wanted {
			d.end(j)
			return true
		}
	}
	return false
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
