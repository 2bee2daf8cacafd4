package scheduler

import "github.com/p2p-mediastream/p2p-mediastream/wasm/config"

// How long things take, in seconds. What a source has done lately tells what to
// expect of it. Until that is known the measure is the segment's own time: a line that
// can play the stream at all brings a segment in that time, and no faster for sure.

const (
	// sharing is into how many shares a line is reckoned to be cut by what else comes.
	sharing = 4
	// rounds are one slow round to the origin, and one more.
	rounds = 4.0
	// handover is what it takes, beside the transfer, to go on elsewhere.
	handover = 0.5
	// caution is by how much a source may be slower than it was.
	caution = 2.0
	// margin is by how much a download from a peer has to be early to be relied
	// upon: its rate is that of the past.
	margin = 0.5
	// ending is what is left of a download that the origin could not beat.
	ending = 0.1
)

// lasts is how long the segment plays.
func (d *decision) lasts(seg *Segment) float64 { return (seg.End - seg.Start) / d.Rate }

// takes is how long to reckon with for a segment from a source.
func (d *decision) takes(seg *Segment, from Source) float64 {
	if took := d.Took[from]; took > 0 {
		return min(caution*took*(seg.End-seg.Start), d.lasts(seg))
	}
	return d.lasts(seg)
}

// most is the most slack that is urgent, however much was buffered: two segments, or
// two rounds where they are short.
func (d *decision) most(seg *Segment) float64 { return max(rounds, 2*d.lasts(seg)) }

// calm is the slack of what the player needs next from which on other segments may take
// a share of the line, and that of so many.
func (d *decision) calm(seg *Segment) float64 { return max(d.most(seg), sharing*d.takes(seg, HTTP)) }

// urgency is the slack below which a segment is urgent: half of what there was when it
// came up, so that the other half is for peers, but enough for the origin, and not
// more than the origin can need.
func (d *decision) urgency(seg *Segment) float64 {
	least := d.takes(seg, HTTP) + handover
	if d.Joining { // nobody may come
		least += handover
	}
	return min(d.Settings.HighDemandTimeWindow, max(least, min(seg.Room/2, d.most(seg))))
}

// hopeful is the slack up to which it makes sense to begin with a peer.
func (d *decision) hopeful(seg *Segment) float64 { return d.takes(seg, P2P) + 2*handover }

// reserve is the slack that a download from a peer must leave for the origin to
// finish it in time.
func (d *decision) reserve(seg *Segment, dl *Download) float64 {
	left := 1.0
	if dl.Total > 0 {
		left -= float64(dl.Loaded) / float64(dl.Total)
	}
	return left*d.takes(seg, HTTP) + handover
}

// inTime tells whether what is left of a download arrives before the playhead.
// A player that already waits is served soonest by whoever is nearly done.
func inTime(dl *Download, slack float64) bool {
	if dl.Total == 0 || dl.Speed == 0 {
		return false
	}
	left := float64(dl.Total-dl.Loaded) / dl.Speed
	return left < ending || left < slack-margin
}

// trial is how long a peer has to show how fast it is, in seconds.
const trial = 1.5

// drags tells whether a download from a peer is too slow to be done before the segment
// is urgent, so that another peer is the better one to go on.
func (d *decision) drags(seg *Segment, dl *Download) bool {
	if dl.Age.Seconds() < trial {
		d.wakeAt(d.Now - dl.Age + config.Seconds(trial))
		return false
	}
	if dl.Total == 0 || dl.Speed == 0 {
		return true
	}
	left := float64(dl.Total-dl.Loaded) / dl.Speed
	return left > max(d.slack(seg)-d.urgency(seg), d.lasts(seg))
}
