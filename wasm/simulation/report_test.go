package simulation

import (
	"math"
	"testing"
	"time"
)

// Requests of starts, refused ones and those for segments first asked for before or
// after the time reported on are no copies.
func TestReportCountsCopies(t *testing.T) {
	w := NewWorld(1)
	o := w.NewOrigin(Live())
	size := func(id int64) int { return o.Stream.size(w.seed, name{0, id}) }
	ask := func(at, age time.Duration, id int64, q Request) {
		q.At, q.Age, q.Segment = at*time.Second, age*time.Second, id
		o.Requests = append(o.Requests, q)
	}
	ask(5, 20, 1, Request{Sent: size(1)})
	ask(12, 20, 1, Request{Sent: size(1)}) // first asked for too early
	ask(10, 5, 2, Request{Sent: size(2)})  // a start
	ask(11, 10, 2, Request{Sent: size(2) / 2})
	ask(12, 30, 3, Request{Refused: true})
	ask(13, 30, 3, Request{Sent: size(3)})
	ask(14, 30, 3, Request{Sent: size(3)})
	ask(15, 30, 3, Request{Sent: size(3)})
	ask(20, 30, 4, Request{Sent: size(4)}) // too late
	r := o.Report(10*time.Second, 20*time.Second)
	if r.Segments != 2 || r.Copies != 2 || math.Abs(r.CopiesByBytes-1.75) > 1e-5 || r.Copies95 != 3 || r.MostCopies != 3 {
		t.Errorf("%d segments, %v copies, %v by bytes, %d and %d", r.Segments, r.Copies, r.CopiesByBytes, r.Copies95, r.MostCopies)
	}
	if r.Starts != 1 || r.Rest != 7 || r.Refused != 1 {
		t.Errorf("%d starts, %d others, %d refused", r.Starts, r.Rest, r.Refused)
	}
}

func TestFigures(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = i + 1
	}
	for name, c := range map[string]struct{ got, want float64 }{
		"a percentile":            {float64(percentile(hundred, 0.95)), 95},
		"the median of few":       {float64(percentile(hundred[:3], 0.5)), 2},
		"the most":                {float64(percentile(hundred, 1)), 100},
		"of none":                 {float64(percentile([]int{}, 0.5)), 0},
		"all the same":            {jain([]float64{3, 3, 3, 3}), 1},
		"one has all":             {jain([]float64{8, 0, 0, 0}), 0.25},
		"nobody has any":          {jain([]float64{0, 0}), 0},
		"the busiest of ten":      {busiest([]float64{1, 1, 1, 11, 1, 1, 1, 1, 1, 1}), 0.55},
		"the busiest two of many": {busiest([]float64{5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0}), 1},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}

// What a viewer is told of live segments that come while it watches is delayed by
// nothing but the playlist's age and the way; links are counted for as long as they
// are open.
func TestReportMeasuresTimes(t *testing.T) {
	_, r := play(func(s *Scenario) { s.Kind.Plain = true })
	if r.DeliveryMedian <= 0.2 || r.Delivery99 > 3 || r.Startup95 < r.StartupMedian || r.StartupMost < r.Startup95 {
		t.Errorf("delivery %v to %v s, startup %v to %v s", r.DeliveryMedian, r.Delivery99, r.StartupMedian, r.StartupMost)
	}
	if r.CommandBytes != 0 || r.Links != 0 || r.TrackerMessages != 0 {
		t.Errorf("without a loader: %v B/s of commands, %v links, %v tracker messages", r.CommandBytes, r.Links, r.TrackerMessages)
	}
	_, r = play(func(s *Scenario) { s.Viewers, s.Ramp = 2, 1 })
	// They meet within some seconds, and lose each other never.
	if r.Links < 0.8 || r.Links > 1 || r.CommandBytes <= 0 || r.CommandShare <= 0 || r.TrackerMessages <= 2 {
		t.Errorf("%.2f links, %.1f B/s of commands, %.4f of all, %.1f tracker messages",
			r.Links, r.CommandBytes, r.CommandShare, r.TrackerMessages)
	}
}
