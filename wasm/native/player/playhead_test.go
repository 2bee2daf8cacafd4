//go:build !js

package player

import (
	"testing"
	"time"
)

func TestPlayhead(t *testing.T) {
	h := playhead{position: 10}
	check := func(name string, state playState, position float64, stalls int, stood, now time.Duration) {
		t.Helper()
		if h.state != state || h.position != position || h.stalls != stalls || h.stood(now) != stood {
			t.Errorf("%s: %+v, stood %v", name, h, h.stood(now))
		}
	}
	const s = time.Second
	h.advance(3*s, 10, false)
	h.resume(3*s, 10)
	check("nothing is buffered", starting, 10, 0, 0, 3*s)
	h.resume(4*s, 12)
	check("it starts", playing, 10, 0, 0, 4*s)
	h.advance(5*s, 12, false)
	check("it moves", playing, 11, 0, 0, 5*s)
	h.skipTo(20)
	check("one that moves is not moved", playing, 11, 0, 0, 5*s)
	h.advance(9*s, 12, false)
	check("it stalled when it came to the end", stalled, 12, 1, 3*s, 9*s)
	h.advance(10*s, 12, false)
	check("it still does", stalled, 12, 1, 4*s, 10*s)
	h.skipTo(11)
	h.skipTo(14)
	h.resume(11*s, 16)
	check("it goes on behind a gap", playing, 14, 1, 5*s, 11*s)
	h.advance(20*s, 16, true)
	check("all was played", over, 16, 1, 5*s, 20*s)
	h.resume(21*s, 18)
	check("and that is it", over, 16, 1, 5*s, 21*s)
}
