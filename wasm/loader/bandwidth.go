package loader

import "time"

// bandwidth tells a player how fast segments can come. Peers that give slowly,
// because nothing hurries, must not look like a slow line: what the origin gave
// last counts too, whichever is more.
type bandwidth struct {
	level float64 // bitrate of what is played, bits per second, 0 if not known
	all   meter
	http  meter
}

// unmeasured is told when there is nothing to go by, in bits per second.
const unmeasured = 1e6

func (b *bandwidth) start(now time.Duration, source Source) {
	b.all.start(now)
	if source == HTTP {
		b.http.start(now)
	}
}

func (b *bandwidth) stop(now time.Duration, source Source) {
	b.all.stop(now)
	if source == HTTP {
		b.http.stop(now)
	}
}

func (b *bandwidth) add(now time.Duration, source Source, bytes int) {
	b.all.add(now, bytes)
	if source == HTTP {
		b.http.add(now, bytes)
	}
}

// rate is in bits per second, and never 0.
func (b *bandwidth) rate(now time.Duration) float64 {
	if rate := max(b.all.rate(now), b.http.rate(now)); rate > 0 {
		return rate
	}
	return max(b.level, unmeasured)
}

// meter measures how fast bytes come, over the time in which any download was
// under way: what could be had, not what was used.
type meter struct {
	active  int // downloads under way
	resumed time.Duration
	busy    time.Duration // total time with downloads under way, up to resumed
	samples []sample
}

type sample struct {
	at    time.Duration // on the clock of busy time
	bytes int
}

// window is how far back a measure reaches, in busy time.
const window = 3 * time.Second

func (m *meter) start(now time.Duration) {
	if m.active == 0 {
		m.resumed = now
	}
	m.active++
	m.add(now, 0) // the wait for the first byte counts
}

func (m *meter) stop(now time.Duration) {
	m.active--
	if m.active == 0 {
		m.busy += now - m.resumed
	}
}

func (m *meter) clock(now time.Duration) time.Duration {
	if m.active == 0 {
		return m.busy
	}
	return m.busy + now - m.resumed
}

func (m *meter) add(now time.Duration, bytes int) {
	at := m.clock(now)
	m.samples = append(m.samples, sample{at, bytes})
	old := 0
	for old < len(m.samples)-1 && m.samples[old].at < at-window {
		old++
	}
	m.samples = m.samples[old:]
}

// rate is in bits per second, 0 when nothing was measured.
func (m *meter) rate(now time.Duration) float64 {
	if len(m.samples) == 0 {
		return 0
	}
	total := 0
	for _, s := range m.samples {
		total += s.bytes
	}
	took := max(m.clock(now)-m.samples[0].at, time.Millisecond)
	return float64(total) * 8 / took.Seconds()
}
