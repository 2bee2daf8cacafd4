package loop_test

import (
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
)

// clock is a Loop whose time the test moves. It has one timer.
type clock struct {
	now time.Duration
	due time.Duration
	run func() // nil when no timer runs
}

func (c *clock) Now() time.Duration { return c.now }
func (c *clock) Post(func())        { panic("nothing posts here") }
func (c *clock) After(d time.Duration, f func()) func() {
	c.due, c.run = c.now+d, f
	return func() { c.run = nil }
}

// fire moves the time to the timer's and runs it, if there is one.
func (c *clock) fire() {
	if run := c.run; run != nil {
		c.now, c.run = max(c.now, c.due), nil
		run()
	}
}

func TestSilence(t *testing.T) {
	for name, test := range map[string]struct {
		heard []time.Duration
		want  time.Duration // when silence is told
	}{
		"nothing comes":                         {nil, time.Second},
		"a sign of life in time":                {[]time.Duration{300 * time.Millisecond}, 1300 * time.Millisecond},
		"several":                               {[]time.Duration{300 * time.Millisecond, 1200 * time.Millisecond}, 2200 * time.Millisecond},
		"one at the last moment":                {[]time.Duration{950 * time.Millisecond}, 1950 * time.Millisecond},
		"one that comes when it is all over":    {[]time.Duration{1001 * time.Millisecond}, time.Second},
		"one at the very beginning, at no time": {[]time.Duration{0}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			c, told := &clock{}, time.Duration(-1)
			s := loop.WaitForSilence(c, time.Second, func() { told = c.now })
			for _, at := range test.heard {
				for c.run != nil && c.due < at {
					c.fire()
				}
				c.now = at
				s.Heard()
			}
			for c.run != nil {
				c.fire()
			}
			if told != test.want {
				t.Errorf("silence is told at %v, want %v", told, test.want)
			}
		})
	}
}

// On a page that was busy the timer runs late, and before what had come in time.
func TestSilenceAfterABusyTime(t *testing.T) {
	c, silent := &clock{}, false
	s := loop.WaitForSilence(c, time.Second, func() { silent = true })
	c.now = 5 * time.Second
	c.fire()
	s.Heard()
	if c.fire(); silent {
		t.Error("what has come is not heard")
	}
}

func TestSilenceIsStopped(t *testing.T) {
	for fired := range 2 {
		c := &clock{}
		s := loop.WaitForSilence(c, time.Second, func() { t.Error("it goes on") })
		for range fired {
			c.fire()
		}
		s.Stop()
		for c.run != nil {
			c.fire()
		}
	}
}
