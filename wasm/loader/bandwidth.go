package loader

import "time"

// bandwidth measures how fast segments arrive, over the time in which any was
// under way: a player is told what it could have, not what it used.
type bandwidth struct {
	level   float64 // bitrate of what is played, bits per second, 0 if not known
	active  int     // downloads under way
	resumed time.Duration
	busy    time.Duration // total time with downloads under way, up to resumed
	samples []sample
}

type sample struct {
	at    time.Duration // on the clock of busy time
	bytes int
}

const (
	// window is how far back a measure reaches, in busy time.
	window = 3 * time.Second
	// unmeasured is told when there is nothing to go by, in bits per second.
	unmeasured = 1e6
)

func (b *bandwidth) start(now time.Duration) {
	if b.active == 0 {
		b.resumed = now
	}
	b.active++
	b.add(now, 0) // the wait for the first byte counts
}

func (b *bandwidth) stop(now time.Duration) {
	b.active--
	if b.active == 0 {
		b.busy += now - b.resumed
	}
}

func (b *bandwidth) clock(now time.Duration) time.Duration {
	if b.active == 0 {
		return b.busy
	}
	return b.busy + now - b.resumed
}

func (b *bandwidth) add(now time.Duration, bytes int) {
	at := b.clock(now)
	b.samples = append(b.samples, sample{at, bytes})
	old := 0
	for old < len(b.samples)-1 && b.samples[old].at < at-window {
		old++
	}
	b.samples = b.samples[old:]
}

// rate is in bits per second, and never 0.
func (b *bandwidth) rate(now time.Duration) float64 {
	if len(b.samples) == 0 {
		return max(b.level, unmeasured)
	}
	total := 0
	for _, s := range b.samples {
		total += s.bytes
	}
	took := max(b.clock(now)-b.samples[0].at, time.Millisecond)
	return float64(total) * 8 / took.Seconds()
}
