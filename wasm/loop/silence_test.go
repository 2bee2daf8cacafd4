package loop_test

import (
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
)

// timers is a Loop whose timers the test runs by hand.
type timers struct{ waiting []timer }

type timer struct {
	after time.Duration
	run   func()
	off   bool
}

func (l *timers) Now() time.Duration { return 0 }
func (l *timers) Post(func())        { panic("nothing posts here") }
func (l *timers) After(d time.Duration, f func()) func() {
	i := len(l.waiting)
	l.waiting = append(l.waiting, timer{after: d, run: f})
	return func() { l.waiting[i].off = true }
}

// fire runs timer i, unless it was called off.
func (l *timers) fire(i int) {
	if t := l.waiting[i]; !t.off {
		t.run()
	}
}

func TestSilence(t *testing.T) {
	for name, test := range map[string]struct {
		cancelAfter int // how many timers have run by then; 2 is too late
		want        bool
	}{
		"a sign of life in time":                           {0, false},
		"one that waited behind the timer, on a busy page": {1, false},
		"none": {2, true},
	} {
		t.Run(name, func(t *testing.T) {
			l, silent := &timers{}, false
			cancel := loop.Silence(l, time.Second, func() { silent = true })
			for i := range 2 {
				if i == test.cancelAfter {
					cancel()
				}
				if i < len(l.waiting) {
					l.fire(i)
				}
			}
			if silent != test.want {
				t.Errorf("silent is %v", silent)
			}
		})
	}
	l := &timers{}
	loop.Silence(l, time.Second, func() {})
	l.fire(0)
	if got := []time.Duration{l.waiting[0].after, l.waiting[1].after}; got[0]+got[1] != time.Second || slices.Min(got) <= 0 {
		t.Errorf("parts of %v make up the second", got)
	}
}
