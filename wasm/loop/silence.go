package loop

import "time"

// hearing is how long a page that was busy gets to hear what has arrived.
const hearing = 100 * time.Millisecond

// Silence waits for a time in which nothing comes. A sign of life costs no timer:
// the one that runs finds it when it fires.
type Silence struct {
	// in
	loop  Loop
	d     time.Duration
	fired func()

	heard time.Duration // when the last sign of life came
	stop  func()        // stops the timer
}

// WaitForSilence calls f once d has passed in which nothing was Heard, unless it
// is stopped before.
//
// A page that was busy for longer than d has this timer and all that has come
// meanwhile before it at once, in an order that browsers do not promise. So the
// last part of d begins when the rest is over, and what had come in time is
// heard in it.
func WaitForSilence(l Loop, d time.Duration, f func()) *Silence {
	s := &Silence{loop: l, d: d, fired: f, heard: l.Now()}
	s.wait()
	return s
}

// Heard is a sign of life.
func (s *Silence) Heard() { s.heard = s.loop.Now() }

// Stop ends the waiting.
func (s *Silence) Stop() { s.stop() }

func (s *Silence) wait() {
	heard, last := s.heard, min(hearing, s.d)
	again := func(otherwise func()) func() {
		return func() {
			if s.heard != heard {
				s.wait()
			} else {
				otherwise()
			}
		}
	}
	rest := max(heard+s.d-last-s.loop.Now(), 0)
	s.stop = s.loop.After(rest, again(func() { s.stop = s.loop.After(last, again(s.fired)) }))
}
