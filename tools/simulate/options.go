package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/simulation"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/simulation/policies"
)

// kinds are what viewers can run, by name. Those that ours is compared with speak
// as P2P Media Loader does, but for the passing ones, which have ours' ways to give;
// ours-whole has only our policy.
var kinds = map[string]simulation.Kind{
	"ours":              {},
	"ours-whole":        {Classic: true},
	"plain":             {Plain: true},
	"election-passing":  {Policy: policies.Election},
	"threshold-passing": {Policy: policies.Threshold},
	"tuned": {Policy: policies.JavaScript, Classic: true, Configure: func(s *config.Settings) {
		s.Main.HighDemandTimeWindow = 4
	}},
}

func init() {
	for name, policy := range policies.ByName {
		kinds[name] = simulation.Kind{Policy: policy, Classic: true}
	}
}

// options are what the command line asks for.
type options struct {
	name     string // of the scenario
	scenario simulation.Scenario
	policies []string
	asJSON   bool
	log      string
	profile  string
}

// parse reads the arguments twice: the scenario that they name gives the defaults of
// the rest.
func parse(args []string, usage io.Writer) (options, error) {
	o := options{name: "few"}
	if err := o.read(args, usage); err != nil {
		return o, err
	}
	scenario, ok := simulation.Scenarios[o.name]
	if !ok {
		return o, fmt.Errorf("-scenario is %q, want one of %s", o.name, list(simulation.Scenarios))
	}
	o = options{name: o.name, scenario: scenario}
	if err := o.read(args, io.Discard); err != nil {
		return o, err
	}
	return o, o.check()
}

func (o *options) read(args []string, usage io.Writer) error {
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(usage)
	s := &o.scenario
	flags.StringVar(&o.name, "scenario", o.name, "`one` of "+list(simulation.Scenarios)+"; what follows changes it")
	flags.Uint64Var(&s.Seed, "seed", s.Seed, "the same seed gives the same run")
	flags.Float64Var(&s.Seconds, "seconds", s.Seconds, "how long the run lasts, in `seconds` of its own time")
	flags.IntVar(&s.Viewers, "viewers", s.Viewers, "how many `people` watch")
	flags.Float64Var(&s.Ramp, "ramp", s.Ramp, "the `seconds` over which they join")
	flags.Var((*span)(&s.Behind), "behind", "how many `seconds` behind live players start; as 16-18 drawn between")
	flags.Var((*span)(&s.Up), "up", "each viewer's uplink, in `Mbit/s`, or a range")
	flags.Var((*span)(&s.Down), "down", "each viewer's downlink, in `Mbit/s`, or a range")
	flags.Var((*span)(&s.Latency), "latency", "one way from a viewer to the network, in `milliseconds`, or a range")
	flags.Float64Var(&s.Unable, "unable", s.Unable, "the `share` of viewers that do not give, 0 to 1")
	flags.IntVar(&s.Liars, "liars", s.Liars, "how many of the `viewers` give false bytes")
	flags.Var((*lie)(&s.Lie), "lie", "`what` they give: "+list(lies))
	flags.BoolVar(&s.Unverified, "unverified", s.Unverified, "the origin lists no digests of its segments")
	flags.Float64Var(&s.Riders, "riders", s.Riders, "the `share` of viewers that offer and give slowly")
	flags.Float64Var(&s.RiderUp, "rider-up", s.RiderUp, "their uplink, in `Mbit/s`")
	flags.Float64Var(&s.Churn, "churn", s.Churn, "the `share` of viewers that leave for newcomers in a minute")
	flags.Float64Var(&s.Breaks, "breaks", s.Breaks, "how `often` a connection breaks in a minute")
	flags.IntVar(&s.OffersOfEach, "offers", s.OffersOfEach, "how many `offers` of each viewer the tracker passes on, 0 without a limit")
	flags.Float64Var(&s.OriginRate, "origin-rate", s.OriginRate, "what the origin has for all, in `Mbit/s`, 0 without a limit")
	flags.IntVar(&s.OriginMost, "origin-most", s.OriginMost, "how many `responses` it gives at a time, 0 without a limit")
	flags.Var((*ladder)(&s.Stream), "ladder", "the renditions' `Mbit/s`, from the least on, as 0.5,1,2")
	flags.BoolFunc("vod", "a film as long as the run instead of a live stream", func(string) error {
		s.Stream.Live = false
		return nil
	})
	flags.Func("policy", "`names` of "+list(kinds)+": a run for each (default ours)", func(text string) error {
		o.policies = strings.Split(text, ",")
		return nil
	})
	flags.Func("others", "another policy's `name` that a share of the viewers has", func(text string) (err error) {
		s.Others, err = kind(text)
		return err
	})
	flags.Float64Var(&s.Share, "share", s.Share, "that `share`, 0 to 1")
	flags.BoolVar(&o.asJSON, "json", false, "print JSON instead of a table")
	flags.StringVar(&o.log, "log", "", "write everything that happens to this `file`")
	flags.StringVar(&o.profile, "cpuprofile", "", "write a profile of the simulation itself to this `file`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.policies == nil {
		o.policies = []string{"ours"}
	}
	if !s.Stream.Live {
		s.Stream.Segments = int(s.Seconds/s.Stream.Duration) + 1
	}
	return nil
}

func (o *options) check() error {
	for _, name := range o.policies {
		if _, err := kind(name); err != nil {
			return err
		}
	}
	s := &o.scenario
	switch {
	case s.Viewers < 1:
		return fmt.Errorf("-viewers is %d, want at least 1", s.Viewers)
	case s.Liars < 0 || s.Liars >= s.Viewers:
		return fmt.Errorf("-liars is %d, want fewer than the viewers, and at least 0", s.Liars)
	case s.Seconds <= 0:
		return errors.New("-seconds must be above 0")
	case min(s.Ramp, s.Churn, s.Breaks, s.OriginRate, s.RiderUp, float64(min(s.OriginMost, s.OffersOfEach))) < 0:
		return errors.New("-ramp, -churn, -breaks, -offers, -origin-rate, -origin-most and -rider-up must not be below 0")
	case min(s.Unable, s.Riders, s.Share) < 0 || max(s.Unable, s.Riders, s.Share) > 1:
		return errors.New("-unable, -riders and -share must be from 0 to 1")
	}
	return nil
}

func kind(name string) (simulation.Kind, error) {
	k, ok := kinds[name]
	if !ok {
		return k, fmt.Errorf("there is no policy %q, only %s", name, list(kinds))
	}
	return k, nil
}

// list is the names in a map.
func list[T any](named map[string]T) string {
	return strings.Join(slices.Sorted(maps.Keys(named)), ", ")
}

// lies are what a liar can give, by name.
var lies = map[string]simulation.Lie{
	"all": simulation.AllFalse, "half": simulation.HalfFalse, "passed": simulation.PassedFalse,
}

// lie is one of them as a flag.
type lie simulation.Lie

func (l *lie) String() string {
	for name, value := range lies {
		if value == simulation.Lie(*l) {
			return name
		}
	}
	return ""
}

// Set implements flag.Value.
func (l *lie) Set(text string) error {
	value, ok := lies[text]
	if !ok {
		return fmt.Errorf("want one of %s", list(lies))
	}
	*l = lie(value)
	return nil
}

// span is a range as a flag.
type span simulation.Range

func (s *span) String() string {
	if s.Least == s.Most {
		return fmt.Sprint(s.Least)
	}
	return fmt.Sprintf("%v-%v", s.Least, s.Most)
}

// Set implements flag.Value.
func (s *span) Set(text string) (err error) {
	least, most, ranges := strings.Cut(text, "-")
	if s.Least, err = strconv.ParseFloat(least, 64); err != nil {
		return err
	}
	if s.Most = s.Least; ranges {
		if s.Most, err = strconv.ParseFloat(most, 64); err != nil {
			return err
		}
	}
	if s.Most < s.Least {
		return errors.New("the end is below the beginning")
	}
	return nil
}

// ladder is a stream's renditions as a flag.
type ladder simulation.Stream

func (l *ladder) String() string {
	var rates []string
	for _, size := range l.Sizes {
		rates = append(rates, fmt.Sprint(float64(size)*8/l.Duration/1e6))
	}
	return strings.Join(rates, ",")
}

// Set implements flag.Value.
func (l *ladder) Set(text string) error {
	var sizes []int
	for _, rate := range strings.Split(text, ",") {
		n, err := strconv.ParseFloat(rate, 64)
		if err != nil {
			return err
		}
		if n <= 0 {
			return errors.New("want rates above 0")
		}
		sizes = append(sizes, int(n*1e6/8*l.Duration))
	}
	if !slices.IsSorted(sizes) {
		return errors.New("want the least first")
	}
	l.Sizes = sizes
	return nil
}
