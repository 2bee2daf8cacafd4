package simulation

import (
	"cmp"
	"slices"
	"time"
)

// settling is for how long after it joined a viewer's requests count as its
// start.
const settling = 10 * time.Second

// Report is what came of a run, in figures. The share of something is from 0 to 1.
type Report struct {
	Viewers int     `json:"viewers"` // all who ever joined
	Seconds float64 `json:"seconds"`

	// Segments is how many are counted: those that were first asked of the origin in
	// the time that is reported on. Copies is how often each of them was asked for in
	// the mean by viewers who had joined 10 s or more before, CopiesByBytes how many
	// times its size they were sent.
	Segments      int     `json:"segments"`
	Copies        float64 `json:"copies"`
	CopiesByBytes float64 `json:"copiesByBytes"`
	Copies95      int     `json:"copies95thPercentile"`
	MostCopies    int     `json:"mostCopies"`

	// Starts and Rest are all requests that the origin answered: those of viewers who
	// had joined less than 10 s before, and the others. Refused are those it did not.
	Starts          int     `json:"starts"`
	Rest            int     `json:"rest"`
	Refused         int     `json:"refused"`
	StartsPerViewer float64 `json:"startsPerViewer"`

	// Bytes that viewers got, by source, and the share of peers.
	HTTP     int64   `json:"httpBytes"`
	P2P      int64   `json:"p2pBytes"`
	P2PShare float64 `json:"p2pShare"`

	Stalls       int     `json:"stalls"`
	StallSeconds float64 `json:"stallSeconds"`
	StalledShare float64 `json:"stalledViewersShare"`
	// From joining to the first frame, in seconds.
	StartupMedian float64 `json:"startupMedianSeconds"`
	Startup95     float64 `json:"startup95thPercentileSeconds"`
	StartupMost   float64 `json:"startupMostSeconds"`

	// From a live segment's coming into the playlist until a viewer who was there
	// has it whole, in seconds.
	DeliveryMedian float64 `json:"deliveryMedianSeconds"`
	Delivery90     float64 `json:"delivery90thPercentileSeconds"`
	Delivery99     float64 `json:"delivery99thPercentileSeconds"`

	// Bytes of commands that a viewer sends its peers in a second, what they are of
	// all segment bytes that peers sent, and messages between it and trackers in a
	// minute.
	CommandBytes    float64 `json:"commandBytesPerViewerSecond"`
	CommandShare    float64 `json:"commandShare"`
	TrackerMessages float64 `json:"trackerMessagesPerViewerMinute"`

	// Of those who can give and were there for 10 s: Jain's index of how fast they gave
	// (Jain, Chiu and Hawe 1984), 1 where all did alike, and what part of all the busiest
	// tenth gave.
	Fairness     float64 `json:"uploadFairness"`
	BusiestTenth float64 `json:"uploadBusiestTenthShare"`
	// Connections to peers that a viewer had in the mean.
	Links float64 `json:"links"`

	// Bitrate is that of what was played in the mean, in bits per second.
	Bitrate  float64 `json:"bitrate"`
	Switches int     `json:"renditionSwitches"`
	Played   int     `json:"segmentsPlayed"`
	Failed   int     `json:"segmentsFailed"`
	Skipped  int     `json:"segmentsSkipped"`
	Wrong    int     `json:"segmentsWrong"`

	// Liars are not among the viewers. LiarSeconds is how long a connection to one lasted
	// in the mean, LiarLinks how many it had. LiarsCut is how often a viewer cut one off,
	// HonestCut how often one that does not lie. Waste is the share of what viewers got
	// that became no segment.
	Liars       int     `json:"liars"`
	LiarSeconds float64 `json:"liarConnectionSeconds"`
	LiarLinks   float64 `json:"liarLinks"`
	LiarsCut    int     `json:"liarsCutOff"`
	HonestCut   int     `json:"honestCutOff"`
	Waste       float64 `json:"wastedShare"`
	// LongStalls took more than 2 s.
	LongStalls int `json:"longStalls"`

	// Requests for lists of digests that a viewer made in a minute, and their bytes a second.
	ListRequests float64 `json:"listRequestsPerViewerMinute"`
	ListBytes    float64 `json:"listBytesPerViewerSecond"`
}

// Report sums up the run of an origin's viewers so far. Copies are counted of
// segments that were first asked for from one time on and before another.
func (o *Origin) Report(from, until time.Duration) Report {
	r := Report{Seconds: o.world.now.Seconds()}
	var watched, linked, lied, liedOver time.Duration
	var loaded int64
	var fooled int // connections to liars
	var startups, delays, rates []float64
	var uploads []float64 // bytes
	var commands, given int64
	var stalled, messages int
	var bits float64
	for _, v := range o.world.viewers {
		if v.origin != o {
			continue
		}
		v.link(0)
		there := v.there()
		if v.options.Lie != NoLie {
			r.Liars++
			lied += there
			liedOver += v.Stats.Linked
			fooled += v.Stats.PeersMet
			continue
		}
		r.Viewers++
		watched += there
		r.LiarsCut += v.Stats.LiarsCut
		r.HonestCut += v.Stats.HonestCut
		loaded += v.Stats.Loaded
		linked += v.Stats.Linked
		r.HTTP += v.Stats.HTTP
		r.P2P += v.Stats.P2P
		commands += v.Stats.Commands
		given += v.Stats.Uploaded
		messages += v.Stats.TrackerMessages
		if !v.options.Unable && !v.options.Plain && there >= settling {
			uploads = append(uploads, float64(v.Stats.Uploaded))
			rates = append(rates, float64(v.Stats.Uploaded)/there.Seconds())
		}
		for _, d := range v.Stats.Delays {
			delays = append(delays, d.Seconds())
		}
		p := v.Player
		r.Stalls += len(p.Stalls)
		r.StallSeconds += p.Stalled().Seconds()
		r.LongStalls += p.stalledFor(2 * time.Second)
		if len(p.Stalls) > 0 {
			stalled++
		}
		if p.Startup > 0 {
			startups = append(startups, p.Startup.Seconds())
		}
		bits += p.Bits
		r.Switches += p.Switches
		r.Played += p.Played
		r.Failed += p.Failed
		r.Skipped += p.Skipped
		r.Wrong += p.Wrong
	}
	viewers, seconds := float64(r.Viewers), watched.Seconds()
	r.P2PShare = ratio(float64(r.P2P), float64(r.HTTP+r.P2P))
	r.StalledShare = ratio(float64(stalled), viewers)
	slices.Sort(startups)
	r.StartupMedian, r.Startup95, r.StartupMost = percentile(startups, 0.5), percentile(startups, 0.95), percentile(startups, 1)
	slices.Sort(delays)
	r.DeliveryMedian, r.Delivery90, r.Delivery99 = percentile(delays, 0.5), percentile(delays, 0.9), percentile(delays, 0.99)
	r.CommandBytes = ratio(float64(commands), seconds)
	r.CommandShare = ratio(float64(commands), float64(given))
	r.TrackerMessages = ratio(float64(messages)*60, seconds)
	r.Links = ratio(linked.Seconds(), seconds)
	r.LiarSeconds, r.LiarLinks = ratio(liedOver.Seconds(), float64(fooled)), ratio(liedOver.Seconds(), lied.Seconds())
	r.Waste = ratio(float64(r.HTTP+r.P2P-loaded), float64(r.HTTP+r.P2P))
	r.ListRequests, r.ListBytes = ratio(float64(o.ListRequests)*60, seconds), ratio(float64(o.ListBytes), seconds)
	r.Fairness, r.BusiestTenth = jain(rates), busiest(uploads)
	r.Bitrate = ratio(bits, float64(r.Played)*o.Stream.Duration)
	o.copies(&r, from, until)
	r.StartsPerViewer = ratio(float64(r.Starts), viewers)
	return r
}

// copies counts requests.
func (o *Origin) copies(r *Report, from, until time.Duration) {
	type count struct {
		name
		first   time.Duration
		n, sent int
	}
	segments := map[name]int{} // index into counts
	var counts []count
	for _, q := range o.Requests {
		if q.Refused {
			r.Refused++
			continue
		}
		n := name{q.Rendition, q.Segment}
		i, known := segments[n]
		if !known {
			i = len(counts)
			segments[n] = i
			counts = append(counts, count{name: n, first: q.At})
		}
		if q.Age < settling {
			r.Starts++
			continue
		}
		r.Rest++
		counts[i].n++
		counts[i].sent += q.Sent
	}
	counts = slices.DeleteFunc(counts, func(c count) bool { return c.first < from || c.first >= until })
	var copies []int
	for _, c := range counts {
		copies = append(copies, c.n)
		r.Copies += float64(c.n)
		r.CopiesByBytes += float64(c.sent) / float64(o.Stream.size(o.world.seed, c.name))
	}
	slices.Sort(copies)
	r.Segments = len(counts)
	r.Copies = ratio(r.Copies, float64(r.Segments))
	r.CopiesByBytes = ratio(r.CopiesByBytes, float64(r.Segments))
	r.Copies95, r.MostCopies = percentile(copies, 0.95), percentile(copies, 1)
}

// ratio is 0 where there is nothing to compare with.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// percentile is the least of sorted values that so large a share of them do not
// exceed, 0 where there is none.
func percentile[T cmp.Ordered](sorted []T, share float64) (value T) {
	if len(sorted) == 0 {
		return value
	}
	return sorted[max(int(share*float64(len(sorted))+0.999999)-1, 0)]
}

// jain is how even values are: 1 where all are the same, 1/n where one has all.
func jain(values []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, v := range values {
		sum += v
		squares += v * v
	}
	return ratio(sum*sum, float64(len(values))*squares)
}

// busiest is what part of all the largest tenth of the values are.
func busiest(values []float64) float64 {
	slices.Sort(values)
	all, tenth := 0.0, 0.0
	for i, v := range values {
		all += v
		if i >= len(values)-(len(values)+9)/10 {
			tenth += v
		}
	}
	return ratio(tenth, all)
}
