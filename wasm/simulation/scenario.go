package simulation

import (
	"io"
	"math/rand/v2"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

// Scenario is a run: who watches what over which lines, and what befalls them. The
// same viewers come and go whatever they run.
type Scenario struct {
	Seed    uint64
	Seconds float64
	Stream  Stream

	Viewers int
	Ramp    float64 // seconds over which they join, one after another at the same distance
	Kind    Kind
	Others  Kind    // what a share of them runs
	Share   float64 // of Others, 0 to 1

	Behind   Range // how far behind live they start, seconds
	Up, Down Range // Mbit/s, 0 without a limit
	Latency  Range // of one way to the network, milliseconds

	// Liars is how many of the viewers tell the Lie, spread evenly over those who join.
	Liars int
	Lie   Lie
	// Unverified has the origin list no digests, so that nobody can check what peers give.
	Unverified bool

	Unable float64 // share of viewers that give nothing, and say so
	Riders float64 // share of viewers that offer what they hold, and have RiderUp to give it
	// RiderUp is the uplink of Riders, in Mbit/s.
	RiderUp float64
	// Churn is the share of viewers that leave in a minute, each with a newcomer in its
	// place. Half of them vanish without a word.
	Churn  float64
	Breaks float64 // how often a connection between two viewers breaks, in a minute

	// OffersOfEach bounds how many peers the tracker has each viewer meet, see Tracker.
	OffersOfEach int

	OriginRate float64 // what all responses can have together, Mbit/s, 0 without a limit
	OriginMost int     // responses at a time before others are refused, 0 without a limit
}

// Range is what a value is drawn from, evenly.
type Range struct{ Least, Most float64 }

// Just is a range of one value.
func Just(value float64) Range { return Range{value, value} }

func (r Range) draw(random *rand.Rand) float64 { return r.Least + (r.Most-r.Least)*random.Float64() }

// Play runs the scenario and sums it up. Copies are counted of segments first asked
// for 10 s or more after the last of the ramp, and early enough for all who play
// them to have asked before the end. The log, if there is one, gets a line for
// everything that viewers report.
func (s *Scenario) Play(log io.Writer) Report {
	origin := s.Begin(log)
	origin.world.Run(seconds(s.Seconds))
	until := s.Seconds
	if s.Stream.Live {
		until -= s.Behind.Most
	}
	return origin.Report(seconds(s.Ramp)+settling, seconds(until))
}

// Begin makes the scenario's world at time 0.
func (s *Scenario) Begin(log io.Writer) *Origin {
	w := NewWorld(s.Seed)
	w.Log = log
	w.Break(s.Breaks)
	w.NewTracker(trackerURL).OffersOfEach = s.OffersOfEach
	origin := w.NewOrigin(s.Stream)
	origin.NoDigests = s.Unverified
	origin.Limit(mbits(s.OriginRate), s.OriginMost)
	c := &cast{Scenario: s, origin: origin}
	for i := range s.Viewers {
		lies := i*s.Liars/s.Viewers < (i+1)*s.Liars/s.Viewers
		w.At(seconds(s.Ramp*float64(i)/float64(s.Viewers)), func() { c.join(lies) })
	}
	return origin
}

const trackerURL = "wss://tracker.test"

// cast has a scenario's viewers come and go.
type cast struct {
	*Scenario
	origin *Origin
	joined uint64
}

// join lets another viewer join, and be replaced some time by one who lies as it did.
func (c *cast) join(lies bool) {
	w := c.origin.world
	random := w.random(streamPeople + c.joined)
	c.joined++
	options := c.draw(random)
	if lies {
		options.Lie, options.Unable = c.Lie, false
	}
	v := w.Join(c.origin, options)
	life, silently := minutes(ratio(random.ExpFloat64(), c.Churn)), random.IntN(2) == 0
	if c.Churn == 0 {
		return
	}
	w.after(life, func() {
		if silently {
			v.Vanish()
		} else {
			v.Leave()
		}
		c.join(lies)
	})
}

// draw makes a viewer up.
func (c *cast) draw(random *rand.Rand) Options {
	is := func(share float64) bool { return random.Float64() < share }
	o := Options{
		Kind: c.Kind, Behind: c.Behind.draw(random), Trackers: []string{trackerURL},
		Access: Access{
			Latency: time.Duration(c.Latency.draw(random) * float64(time.Millisecond)),
			Up:      mbits(c.Up.draw(random)), Down: mbits(c.Down.draw(random)),
		},
	}
	o.Unable = is(c.Unable)
	if is(c.Riders) {
		o.Access.Up = mbits(c.RiderUp)
	}
	if is(c.Share) {
		o.Kind = c.Others
	}
	return o
}

// mbits is so many Mbit/s in bytes per second.
func mbits(n float64) float64 { return n * 1e6 / 8 }

func seconds(n float64) time.Duration { return config.Seconds(n) }
