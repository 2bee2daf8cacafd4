package simulation

import (
	"slices"
	"time"
)

// settling is for how long after it joined a viewer's requests count as its
// start.
const settling = 10 * time.Second

// Report is what came of a run, in figures.
type Report struct {
	Viewers int     `json:"viewers"`
	Seconds float64 `json:"seconds"`

	// Segments are those that were first asked of the origin 10 s or more after
	// the last viewer had joined; Copies is how often each of them was asked for
	// in the mean, CopiesByBytes how many times its size was sent.
	Segments      int     `json:"segments"`
	Copies        float64 `json:"copies"`
	CopiesByBytes float64 `json:"copiesByBytes"`
	MostCopies    int     `json:"mostCopies"`

	// Starts and Rest are all requests to the origin: those of viewers who had
	// joined less than 10 s before, and the others.
	Starts          int     `json:"starts"`
	Rest            int     `json:"rest"`
	StartsPerViewer float64 `json:"startsPerViewer"`

	// Bytes that viewers got, by source, and the share of peers, 0 to 1.
	HTTP     int64   `json:"httpBytes"`
	P2P      int64   `json:"p2pBytes"`
	P2PShare float64 `json:"p2pShare"`

	Stalls       int     `json:"stalls"`
	StallSeconds float64 `json:"stallSeconds"`
	// From joining to the first frame, in seconds.
	StartupMedian float64 `json:"startupMedianSeconds"`
	StartupMost   float64 `json:"startupMostSeconds"`

	Played  int `json:"segmentsPlayed"`
	Failed  int `json:"segmentsFailed"`
	Skipped int `json:"segmentsSkipped"`
	Wrong   int `json:"segmentsWrong"`
}

// Report sums up the run of an origin's viewers so far.
func (o *Origin) Report() Report {
	r := Report{Seconds: o.world.now.Seconds()}
	var lastJoined time.Duration
	var startups []float64
	for _, v := range o.world.viewers {
		if v.origin != o {
			continue
		}
		r.Viewers++
		lastJoined = max(lastJoined, v.Joined)
		r.HTTP += v.Stats.HTTP
		r.P2P += v.Stats.P2P
		p := v.Player
		r.Stalls += len(p.Stalls)
		r.StallSeconds += p.Stalled().Seconds()
		if p.Startup > 0 {
			startups = append(startups, p.Startup.Seconds())
		}
		r.Played += p.Played
		r.Failed += p.Failed
		r.Skipped += p.Skipped
		r.Wrong += p.Wrong
	}
	if all := r.HTTP + r.P2P; all > 0 {
		r.P2PShare = float64(r.P2P) / float64(all)
	}
	if len(startups) > 0 {
		slices.Sort(startups)
		r.StartupMedian, r.StartupMost = startups[len(startups)/2], startups[len(startups)-1]
	}
	o.copies(&r, lastJoined+settling)
	return r
}

// copies counts requests, for each segment first asked for at or after a time.
func (o *Origin) copies(r *Report, from time.Duration) {
	type count struct {
		first time.Duration
		n     int
		sent  int
	}
	segments := map[int64]*count{}
	var order []int64 // floats are summed in one order
	for _, q := range o.Requests {
		if q.Age < settling {
			r.Starts++
		} else {
			r.Rest++
		}
		c := segments[q.Segment]
		if c == nil {
			c = &count{first: q.At}
			segments[q.Segment] = c
			order = append(order, q.Segment)
		}
		c.n++
		c.sent += q.Sent
	}
	requests := 0
	for _, id := range order {
		c := segments[id]
		if c.first < from {
			continue
		}
		r.Segments++
		requests += c.n
		r.MostCopies = max(r.MostCopies, c.n)
		r.CopiesByBytes += float64(c.sent) / float64(o.Stream.size(o.world.seed, id))
	}
	if r.Segments > 0 {
		r.Copies = float64(requests) / float64(r.Segments)
		r.CopiesByBytes /= float64(r.Segments)
	}
	if r.Viewers > 0 {
		r.StartsPerViewer = float64(r.Starts) / float64(r.Viewers)
	}
}
