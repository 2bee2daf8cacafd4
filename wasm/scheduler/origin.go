package scheduler

import (
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

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
