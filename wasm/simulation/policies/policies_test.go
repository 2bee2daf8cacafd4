package policies

import (
	"fmt"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// state is a viewer at position 100 s whose settings are the defaults; mod makes the
// case.
func state(mod func(*scheduler.State)) *scheduler.State {
	settings := config.Default().Main
	s := &scheduler.State{
		Now: time.Minute, Running: time.Minute, Settings: &settings, Position: 100, Rate: 1, Free: 1,
		Self: 1, Size: 1,
	}
	mod(s)
	s.Size = max(s.Size, len(s.Peers)+1)
	return s
}

// segment is two seconds long and begins slack seconds ahead of the playhead.
func segment(slack float64) scheduler.Segment {
	return scheduler.Segment{Start: 100 + slack, End: 102 + slack, Queued: true, Since: time.Minute}
}

func wanted(slack float64) scheduler.Segment {
	s := segment(slack)
	s.Wanted = true
	return s
}

func held(s scheduler.Segment, peers ...int) scheduler.Segment { s.Holders = peers; return s }

func fetching(s scheduler.Segment) scheduler.Segment { s.Fetchers = []int{0}; return s }

func failed(s scheduler.Segment, n int) scheduler.Segment { s.Failures = n; return s }

func loading(s scheduler.Segment, d scheduler.Download) scheduler.Segment { s.Download = &d; return s }

var (
	http = scheduler.Download{Source: scheduler.HTTP}
	p2p  = scheduler.Download{Source: scheduler.P2P, Total: 1000, Loaded: 10, Speed: 10}
)

// peers are n that can be asked.
func peers(n int) []scheduler.Peer {
	all := make([]scheduler.Peer, n)
	for i := range all {
		all[i] = scheduler.Peer{Key: uint64(i) + 100, Ready: true}
	}
	return all
}

func half() float64 { return 0.5 }

// say puts actions into words.
func say(actions []scheduler.Action) string {
	var out []string
	for _, a := range actions {
		switch a.Verb {
		case scheduler.FetchHTTP:
			out = append(out, fmt.Sprintf("http %d", a.Segment))
		case scheduler.FetchP2P:
			out = append(out, fmt.Sprintf("p2p %d from %d", a.Segment, a.Peer))
		case scheduler.Cancel:
			out = append(out, fmt.Sprintf("cancel %d", a.Segment))
		case scheduler.Fail:
			out = append(out, fmt.Sprintf("fail %d", a.Segment))
		}
	}
	return fmt.Sprint(out)
}

// decision is a case and what is to be done in it.
type decision struct {
	mod  func(*scheduler.State)
	want string
}

func test(t *testing.T, decisions map[string]decision, maker func() scheduler.Policy) {
	t.Helper()
	for name, c := range decisions {
		t.Run(name, func(t *testing.T) {
			actions, _ := maker()(state(c.mod), half)
			if got := say(actions); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestPeersAreDrawnBySpeed(t *testing.T) {
	for name, c := range map[string]struct {
		speeds []float64
		want   []float64 // shares
	}{
		"all alike while nothing is known":       {[]float64{0, 0}, []float64{0.5, 0.5}},
		"in proportion":                          {[]float64{100, 300}, []float64{0.25, 0.75}},
		"the unknown have a tenth of the best":   {[]float64{0, 100}, []float64{1. / 11, 10. / 11}},
		"and no more than the others, together":  {append(make([]float64, 20), 100), []float64{0.025}},
		"the slow have no less than the unknown": {[]float64{1, 100}, []float64{1. / 11, 10. / 11}},
	} {
		p := newPlan(state(func(s *scheduler.State) {
			for _, speed := range c.speeds {
				s.Peers = append(s.Peers, scheduler.Peer{Speed: speed})
			}
		}), nil)
		all := make([]int, len(c.speeds))
		for i := range all {
			all[i] = i
		}
		const draws = 1000
		drawn := make([]int, len(all))
		for n := range draws {
			p.random = func() float64 { return (float64(n) + 0.5) / draws }
			drawn[p.draw(all)]++
		}
		for i, want := range c.want {
			if got := float64(drawn[i]) / draws; got < want-0.002 || got > want+0.002 {
				t.Errorf("%s: peer %d is drawn %.3f of the time, want %.3f", name, i, got, want)
			}
		}
	}
}
