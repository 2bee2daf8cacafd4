package simulation_test

import (
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/simulation"
)

// bounded has eight viewers watch a live stream of 2 Mbit/s, with these bounds.
func bounded(t *testing.T, seed uint64, bounds func(s *config.Settings)) (s *show, warned map[loader.WarningCode]int) {
	s, warned = newShow(seed, simulation.Live()), map[loader.WarningCode]int{}
	s.options.Configure = bounds
	s.options.Hear = func(_ *simulation.Viewer, e loader.Event) {
		if w, ok := e.(loader.Warned); ok {
			warned[w.Code]++
		}
	}
	for i := range 8 {
		s.join(time.Duration(i) * 3 * time.Second)
	}
	s.Run(3 * time.Minute)
	s.noStalls(t)
	return s, warned
}

// What viewers may give is half of what they need, and less: the origin gives the rest.
func TestABoundedRateStallsNobody(t *testing.T) {
	for kbits, most := range map[float64]float64{1000: 5.5, 100: 7.8} {
		for seed := range uint64(3) {
			s, _ := bounded(t, seed, func(s *config.Settings) { s.UploadRateLimit = kbits })
			for _, v := range s.Viewers() {
				rate := kbits * 1000 / 8
				given, can := float64(v.Stats.Uploaded), rate*((s.Now()-v.Joined).Seconds()+1)
				if given > can || given < can/2 {
					t.Errorf("seed %d, %v kbit/s: viewer %d gave %.0f bytes, could %.0f", seed, kbits, v.ID, given, can)
				}
			}
			if r := s.report(); r.Copies > most {
				t.Errorf("seed %d, %v kbit/s: %.2f copies, want at most %v", seed, kbits, r.Copies, most)
			}
		}
	}
}

func TestABoundedTotalStallsNobody(t *testing.T) {
	const total = 10_000_000
	for seed := range uint64(3) {
		s, warned := bounded(t, seed, func(s *config.Settings) { s.UploadTotalLimit = total / 1e6 })
		for _, v := range s.Viewers() {
			if v.Stats.Uploaded > total {
				t.Errorf("seed %d: viewer %d gave %d bytes", seed, v.ID, v.Stats.Uploaded)
			}
		}
		if n := warned[loader.UploadLimitReached]; n < 7 || n > 8 { // the last may find nobody to give to
			t.Errorf("seed %d: %d of 8 have reached the limit", seed, n)
		}
	}
}

func TestFewPeersStallNobody(t *testing.T) {
	for seed := range uint64(3) {
		s, _ := bounded(t, seed, func(s *config.Settings) { s.MaxPeers = 3 })
		for _, v := range s.Viewers() {
			if n := v.Connected(); n < 1 || n > 3 {
				t.Errorf("seed %d: viewer %d has %d peers", seed, v.ID, n)
			}
		}
		if r := s.report(); r.Copies > 2.5 { // they can be two groups that know nothing of each other
			t.Errorf("seed %d: %.2f copies, want at most 2.5", seed, r.Copies)
		}
	}
}

// With the sixth come peers, for those who were there as well.
func TestPeersFromANumberOfViewersOn(t *testing.T) {
	for seed := range uint64(3) {
		s := newShow(seed, simulation.Live())
		s.options.Configure = func(s *config.Settings) { s.MinViewers = 6 }
		for i := range 5 {
			s.join(time.Duration(i) * 3 * time.Second)
		}
		s.Run(3 * time.Minute)
		for _, v := range s.Viewers() {
			if v.Stats.PeersMet > 0 {
				t.Errorf("seed %d: viewer %d has met %d peers of five", seed, v.ID, v.Stats.PeersMet)
			}
		}
		s.join(3 * time.Minute)
		s.Run(8 * time.Minute)
		for _, v := range s.Viewers() {
			if v.Connected() < 4 {
				t.Errorf("seed %d: viewer %d has %d peers of six", seed, v.ID, v.Connected())
			}
		}
		s.noStalls(t)
	}
}
