package simulation

// Scenarios are those that have a name.
var Scenarios = map[string]Scenario{
	"few":    few(),
	"swarm":  reference(nil),
	"flash":  reference(func(s *Scenario) { s.Ramp = 5 }),
	"churn":  reference(func(s *Scenario) { s.Churn = 0.2 }),
	"breaks": reference(func(s *Scenario) { s.Breaks = 0.5 }),
	"riders": reference(func(s *Scenario) { s.Riders, s.RiderUp = 0.2, 0.2 }),
	"limits": reference(func(s *Scenario) { s.OriginRate, s.OriginMost = 200, 100 }),
	"spread": reference(func(s *Scenario) { s.Behind, s.Up, s.Latency = Range{8, 18}, Range{1, 11}, Range{2, 80} }),
	"ladder": reference(func(s *Scenario) { s.Stream.Sizes, s.Down = []int{125_000, 250_000, 500_000}, Range{1, 20} }),
	"film":   reference(func(s *Scenario) { s.Stream = VOD(91) }),
	"liars": reference(func(s *Scenario) {
		s.Viewers, s.OffersOfEach, s.Liars, s.Lie = 100, 0, 3, AllFalse
	}),
	"at-edge": reference(func(s *Scenario) { s.Behind = Range{6, 8} }),
}

// few is eight viewers of a live stream.
func few() Scenario {
	return Scenario{
		Seed: 1, Seconds: 120, Stream: Live(), Viewers: 8, Ramp: 24,
		Behind: Just(16), Up: Just(10), Down: Just(20), Latency: Just(10),
	}
}

// reference is what policies are compared by, with a change: a thousand viewers of whom
// 30 % cannot give and the others have three times the stream's bitrate to do so, and
// who have met about ten others each.
func reference(change func(s *Scenario)) Scenario {
	s := Scenario{
		Seed: 1, Seconds: 180, Stream: Live(), Viewers: 1000, Ramp: 60,
		Behind: Range{16, 18}, Up: Just(6), Down: Just(20), Latency: Range{5, 30},
		Unable: 0.3, Churn: 0.01, OffersOfEach: 5,
	}
	if change != nil {
		change(&s)
	}
	return s
}
