package loader

import (
	"testing"
	"time"
)

// A rate is that of the last seconds with downloads under way, of which alone samples
// are kept.
func TestMeter(t *testing.T) {
	var m meter
	now := time.Duration(0)
	receive := func(seconds, bytes int) {
		m.start(now)
		for range 10 * seconds {
			now += time.Second / 10
			m.add(now, bytes/10)
		}
		m.stop(now)
	}
	receive(60, 1000)
	now += time.Hour // idle, which does not count
	receive(60, 1000)
	if rate := m.rate(now); rate < 7900 || rate > 8400 {
		t.Errorf("%g bits a second, want about 8000", rate)
	}
	if n, most := len(m.samples), 10*int(window.Seconds())+2; n > most {
		t.Errorf("%d samples are kept, want %d at most", n, most)
	}
	receive(4, 5000)
	if rate := m.rate(now); rate < 39_000 || rate > 42_000 {
		t.Errorf("%g bits a second, want about 40000 with nothing of what was before", rate)
	}
}
