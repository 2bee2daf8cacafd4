package loader

import "time"

// pace is how fast an attempt has been lately. Givers get busier, so that what was
// long ago says little.
type pace struct {
	since, before time.Duration // of the last mark, and of that before it
	got, gotThen  int64         // bytes by then
}

// lately is how far marks lie apart at least.
const lately = 500 * time.Millisecond

// mark takes note of how many bytes have come.
func (p *pace) mark(now time.Duration, got int64) {
	if now-p.since >= lately {
		p.before, p.gotThen = p.since, p.got
		p.since, p.got = now, got
	}
}

// rate is in bytes per second, over the last half second to a second and more; 0 if
// nothing has come.
func (p *pace) rate(now time.Duration, got int64) float64 {
	if now <= p.before {
		return 0
	}
	return float64(got-p.gotThen) / (now - p.before).Seconds()
}
