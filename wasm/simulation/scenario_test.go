package simulation

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

// play runs a few viewers for a minute, with a change.
func play(change func(s *Scenario)) (*Origin, Report) {
	s := few()
	s.Viewers, s.Seconds, s.Ramp = 10, 60, 10
	change(&s)
	o := s.Begin(nil)
	o.world.Run(seconds(s.Seconds))
	return o, o.Report(seconds(s.Ramp)+settling, seconds(s.Seconds))
}

// drawn checks that what was drawn from a range lies in it, and not all at one place.
func drawn(t *testing.T, what string, r Range, o *Origin, value func(v *Viewer) float64) {
	t.Helper()
	var values []float64
	for _, v := range o.world.viewers {
		values = append(values, value(v))
	}
	least, most := slices.Min(values), slices.Max(values)
	if least < r.Least || most > r.Most || most-least < (r.Most-r.Least)/2 {
		t.Errorf("%s is from %v to %v, drawn from %v", what, least, most, r)
	}
}

func TestViewersAreDrawn(t *testing.T) {
	var s Scenario
	o, _ := play(func(few *Scenario) {
		few.Behind, few.Up, few.Down, few.Latency = Range{10, 18}, Range{4, 8}, Range{10, 40}, Range{5, 50}
		s = *few
	})
	drawn(t, "behind", s.Behind, o, func(v *Viewer) float64 { return v.options.Behind })
	drawn(t, "up", s.Up, o, func(v *Viewer) float64 { return v.access.Up * 8 / 1e6 })
	drawn(t, "down", s.Down, o, func(v *Viewer) float64 { return v.access.Down * 8 / 1e6 })
	drawn(t, "latency", s.Latency, o, func(v *Viewer) float64 { return v.access.Latency.Seconds() * 1e3 })
	// Where they really are: a playlist is up to a segment old.
	at := Range{s.Behind.Least, s.Behind.Most + 2*s.Stream.Duration}
	drawn(t, "the distance from live", at, o, func(v *Viewer) float64 {
		p := v.Player
		return aired*s.Stream.Duration + s.Seconds - p.offset - p.Position()
	})
}

// Wherever in a segment a viewer begins, what is left of that lasts until the next
// is here.
func TestBeginningInsideASegmentStallsNobody(t *testing.T) {
	_, r := play(func(s *Scenario) { s.Kind.Plain, s.Viewers, s.Behind = true, 20, Range{10, 18} })
	if r.Stalls > 0 || r.StartupMost > 1 {
		t.Errorf("%d stalls, startup within %.2f s", r.Stalls, r.StartupMost)
	}
}

func TestViewersJoinOverTheRamp(t *testing.T) {
	for _, ramp := range []float64{0, 1, 20} {
		o, _ := play(func(s *Scenario) { s.Ramp = ramp })
		for i, v := range o.world.viewers {
			if want := seconds(ramp * float64(i) / 10); v.Joined != want {
				t.Errorf("over %v s, viewer %d joined at %v, want %v", ramp, i, v.Joined, want)
			}
		}
	}
}

// Who leaves is replaced at once; some go without a word.
func TestChurnReplacesViewers(t *testing.T) {
	o, r := play(func(s *Scenario) { s.Churn = 1 })
	left, vanished := 0, 0
	for _, v := range o.world.viewers {
		switch {
		case v.gone:
			vanished++
		case v.Left:
			left++
		}
	}
	if left == 0 || vanished == 0 || r.Viewers-left-vanished != 10 {
		t.Errorf("%d joined, %d left, %d vanished", r.Viewers, left, vanished)
	}
	if still, _ := play(func(s *Scenario) {}); len(still.world.viewers) != 10 {
		t.Errorf("without churn %d joined", len(still.world.viewers))
	}
}

func TestSomeCannotGive(t *testing.T) {
	o, _ := play(func(s *Scenario) { s.Unable = 0.5 })
	unable, gave := 0, 0
	for _, v := range o.world.viewers {
		switch {
		case v.options.Unable && v.Stats.Uploaded > 0:
			t.Errorf("viewer %d gave %d bytes", v.ID, v.Stats.Uploaded)
		case v.options.Unable:
			unable++
		case v.Stats.Uploaded > 0:
			gave++
		}
	}
	if unable == 0 || unable == 10 || gave == 0 {
		t.Errorf("%d cannot give, %d gave", unable, gave)
	}
}

// A free rider is asked like the others, and gives no more than its line has, and what
// waits for that in its channels' buffers.
func TestFreeRidersGiveSlowly(t *testing.T) {
	o, r := play(func(s *Scenario) { s.Riders, s.RiderUp = 0.5, 0.2 })
	riders, gave := 0, int64(0)
	for _, v := range o.world.viewers {
		if v.access.Up != mbits(0.2) {
			continue
		}
		riders++
		gave += v.Stats.Uploaded
		if most := v.access.Up*v.there().Seconds() + float64(v.Stats.PeersMet*256<<10); float64(v.Stats.Uploaded) > most {
			t.Errorf("viewer %d gave %d bytes, its line has room for %.0f", v.ID, v.Stats.Uploaded, most)
		}
	}
	if riders == 0 || riders == 10 || gave == 0 || r.P2PShare == 0 {
		t.Errorf("%d free riders gave %d bytes; %v of all came from peers", riders, gave, r.P2PShare)
	}
}

func TestConnectionsBreak(t *testing.T) {
	for breaks, lost := range map[float64]bool{0: false, 2: true} {
		o, r := play(func(s *Scenario) { s.Breaks = breaks })
		n := 0
		for _, v := range o.world.viewers {
			n += v.Stats.PeersLost
		}
		if (n > 0) != lost || r.Links == 0 {
			t.Errorf("%v breaks a minute: %d peers were lost, %.1f links", breaks, n, r.Links)
		}
	}
}

func TestTheOriginHasLimits(t *testing.T) {
	_, free := play(func(s *Scenario) { s.Ramp = 0.1 })
	o, busy := play(func(s *Scenario) { s.Ramp, s.OriginMost = 0.1, 2 })
	if free.Refused != 0 || busy.Refused == 0 || busy.Played == 0 {
		t.Errorf("%d requests were refused, with a limit %d", free.Refused, busy.Refused)
	}
	if o.serving > 2 {
		t.Errorf("it gives %d responses at a time", o.serving)
	}
	_, slow := play(func(s *Scenario) { s.Ramp, s.OriginRate = 0.1, 10 })
	// Ten segments of 4 Mbit/s at 10 Mbit/s.
	if free.StartupMost > 1 || slow.StartupMost < 2 {
		t.Errorf("startup takes %.2f s, with a slow origin %.2f s", free.StartupMost, slow.StartupMost)
	}
}

// Nothing that ends a response is forgotten, whoever ends it.
func TestResponsesEnd(t *testing.T) {
	for _, plain := range []bool{true, false} {
		o, r := play(func(s *Scenario) { s.Kind.Plain, s.Churn, s.OriginMost, s.OriginRate = plain, 5, 8, 10 })
		for _, v := range o.world.viewers {
			if !v.Left {
				v.Leave()
			}
		}
		if o.serving != 0 || r.Played == 0 {
			t.Errorf("plain: %v, %d responses never end", plain, o.serving)
		}
	}
}

func TestPlayersClimbTheLadder(t *testing.T) {
	ladder := []int{125_000, 250_000, 500_000} // 0.5, 1 and 2 Mbit/s
	for _, plain := range []bool{true, false} {
		o, r := play(func(s *Scenario) { s.Kind.Plain, s.Stream.Sizes, s.Down = plain, ladder, Range{0.6, 10} })
		played := map[int]int{} // viewers by rendition at the end
		for _, v := range o.world.viewers {
			played[v.Player.rendition]++
			if rate := o.Stream.bitrate(v.Player.rendition); rate > v.access.Down*8 {
				t.Errorf("viewer %d plays %.1f Mbit/s over a line of %.1f", v.ID, rate/1e6, v.access.Down*8/1e6)
			}
		}
		if len(played) < 2 || r.Switches == 0 || r.Wrong > 0 || r.Bitrate <= 0.5e6 || r.Bitrate >= 2e6 {
			t.Errorf("plain: %v, renditions %v, %d switches, %d wrong, %.0f bit/s", plain, played, r.Switches, r.Wrong, r.Bitrate)
		}
		if !plain && r.P2PShare == 0 {
			t.Error("nothing came from peers")
		}
	}
}

// The engines make hls.js's buffer as long as the setting says.
func TestPlayersBufferAsTheirSettingsSay(t *testing.T) {
	for _, window := range []float64{4, 15} {
		s := few()
		s.Kind.Configure = func(c *config.Settings) { c.Main.HighDemandTimeWindow = window }
		o, most := s.Begin(nil), 0.0
		for o.world.now < time.Minute {
			o.world.Run(o.world.now + 100*time.Millisecond)
			for _, v := range o.world.viewers {
				most = max(most, v.Player.end-v.Player.Position())
			}
		}
		if most <= window-s.Stream.Duration || most > window+s.Stream.Duration {
			t.Errorf("with %v s to be buffered, at most %v s were", window, most)
		}
	}
}

func TestSomeRunSomethingElse(t *testing.T) {
	o, _ := play(func(s *Scenario) { s.Others, s.Share = Kind{Plain: true}, 0.5 })
	plain := 0
	for _, v := range o.world.viewers {
		if v.Loader == nil {
			plain++
		}
	}
	if plain == 0 || plain == 10 {
		t.Errorf("%d of 10 have no loader", plain)
	}
}

// The same viewers come and go, with the same lines, whatever they run.
func TestKindsAreComparedOnTheSameViewers(t *testing.T) {
	people := func(plain bool) (list []Options) {
		o, _ := play(func(s *Scenario) { s.Churn, s.Unable, s.Behind, s.Kind.Plain = 1, 0.3, Range{10, 18}, plain })
		for _, v := range o.world.viewers {
			list = append(list, Options{Access: v.access, Behind: v.options.Behind, Unable: v.options.Unable})
		}
		return list
	}
	same := func(a, b Options) bool { return a.Access == b.Access && a.Behind == b.Behind && a.Unable == b.Unable }
	if !slices.EqualFunc(people(true), people(false), same) {
		t.Error("they differ")
	}
}

func TestScenariosRepeatToTheByte(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(Scenarios)) {
		run := func(seed uint64) []byte {
			s := Scenarios[name]
			s.Seed, s.Viewers, s.Seconds, s.Ramp = seed, 12, 40, min(s.Ramp, 10)
			var log bytes.Buffer
			text, err := json.Marshal(s.Play(&log))
			if err != nil {
				t.Fatal(err)
			}
			return append(log.Bytes(), text...)
		}
		one := run(1)
		if !bytes.Equal(one, run(1)) {
			t.Errorf("%s: two runs of one seed differ", name)
		}
		if bytes.Equal(one, run(2)) {
			t.Errorf("%s: the seed changes nothing", name)
		}
	}
}

// The reference scenario at a fifth of its size.
func TestAFifthOfTheSwarm(t *testing.T) {
	s := Scenarios["swarm"]
	s.Viewers, s.Seconds, s.Ramp = 200, 60, 20
	r := s.Play(nil)
	if r.Segments < 5 || r.Wrong > 0 || r.Failed > 0 || r.Skipped > 0 || r.P2PShare < 0.2 || r.Links < 5 {
		t.Errorf("reported %+v", r)
	}
}

func TestTheTrackerLetsEachMeetSoMany(t *testing.T) {
	links := map[int]float64{}
	for _, offers := range []int{0, 1} {
		_, r := play(func(s *Scenario) { s.OffersOfEach = offers })
		links[offers] = r.Links
	}
	if links[1] > 2 || links[0] < 2*links[1] {
		t.Errorf("%.1f links with one offer of each, %.1f without a limit", links[1], links[0])
	}
}
