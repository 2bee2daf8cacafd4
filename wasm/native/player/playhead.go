//go:build !js

package player

import "time"

// playhead moves in real time as far as the buffer reaches. It waits at first,
// and again, which is a stall, when it has come to the buffer's end.
type playhead struct {
	position float64       // seconds on the player's timeline
	at       time.Duration // when it was there
	state    playState

	stalls   int
	stalled  time.Duration // in stalls that are over
	stalling time.Duration // when the present stall began
}

type playState int

const (
	starting playState = iota
	playing
	stalled
	over
)

// advance moves the playhead on. The buffer reaches to end, behind which
// nothing follows if last is set.
func (h *playhead) advance(now time.Duration, end float64, last bool) {
	if h.state != playing {
		return
	}
	reached := h.position + (now - h.at).Seconds()
	if reached < end {
		h.position, h.at = reached, now
		return
	}
	h.at += time.Duration((end - h.position) * float64(time.Second))
	h.position = end
	if last {
		h.state = over
		return
	}
	h.state, h.stalling = stalled, h.at
	h.stalls++
}

// resume lets a waiting playhead go when the buffer reaches beyond it.
func (h *playhead) resume(now time.Duration, end float64) {
	if end <= h.position {
		return
	}
	switch h.state {
	case stalled:
		h.stalled += now - h.stalling
	case starting:
	default:
		return
	}
	h.state, h.at = playing, now
}

// skipTo moves a waiting playhead over a gap that will not be filled.
func (h *playhead) skipTo(position float64) {
	if h.state != playing && position > h.position {
		h.position = position
	}
}

// stood is how long it has stood still in all stalls by now.
func (h *playhead) stood(now time.Duration) time.Duration {
	if h.state == stalled {
		return h.stalled + now - h.stalling
	}
	return h.stalled
}
