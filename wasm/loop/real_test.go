package loop

import "testing"

func TestStopDropsWhatIsQueued(t *testing.T) {
	l := &Real{wake: make(chan struct{}, 1), died: func(err error) { t.Error(err) }}
	l.Post(l.Stop)
	l.Post(func() { t.Error("ran after Stop") })
	l.run()
}
