package loop_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
)

// start runs a loop that must not die.
func start(t *testing.T) *loop.Real {
	l := loop.Start(func(err error) { t.Error(err) })
	t.Cleanup(l.Stop)
	return l
}

// on runs f on the loop and waits for it.
func on(l *loop.Real, f func()) {
	done := make(chan struct{})
	l.Post(func() {
		f()
		close(done)
	})
	<-done
}

func TestPostKeepsTheOrder(t *testing.T) {
	l := start(t)
	var got []int
	on(l, func() {
		for i := range 100 {
			l.Post(func() { got = append(got, i) })
		}
		got = append(got, -1) // what is posted runs after the one that posts it
	})
	on(l, func() {
		want := []int{-1}
		for i := range 100 {
			want = append(want, i)
		}
		if !slices.Equal(got, want) {
			t.Errorf("ran in the order %v", got)
		}
	})
}

// The state is owned by the loop alone; the race detector watches.
func TestPostFromManyGoroutines(t *testing.T) {
	l := start(t)
	var all sync.WaitGroup
	count, last := 0, map[int]int{}
	for g := range 8 {
		all.Go(func() {
			for i := range 200 {
				l.Post(func() {
					if count++; last[g] != i {
						t.Errorf("goroutine %d: %d ran in the place of %d", g, i, last[g])
					}
					last[g]++
				})
			}
		})
	}
	all.Wait()
	on(l, func() {
		if count != 1600 {
			t.Errorf("%d of 1600 ran", count)
		}
	})
}

func TestNowNeverGoesBack(t *testing.T) {
	l := start(t)
	before := l.Now()
	for range 1000 {
		now := l.Now()
		if now < before {
			t.Fatalf("%v after %v", now, before)
		}
		before = now
	}
}

func TestAfterWaits(t *testing.T) {
	l := start(t)
	const wait = 20 * time.Millisecond
	took := make(chan time.Duration)
	began := l.Now()
	l.After(wait, func() { took <- l.Now() - began })
	if got := <-took; got < wait {
		t.Errorf("ran after %v, not %v", got, wait)
	}
}

// Called off on the loop, a function does not run, although its time has come
// and it is queued already.
func TestAfterCalledOff(t *testing.T) {
	l := start(t)
	ran := false
	on(l, func() {
		cancel := l.After(0, func() { ran = true })
		// The timer that is set now runs out after the first one.
		reached := make(chan struct{})
		time.AfterFunc(10*time.Millisecond, func() { close(reached) })
		<-reached
		cancel()
		cancel()
	})
	done := make(chan struct{})
	l.After(10*time.Millisecond, func() { close(done) })
	<-done
	on(l, func() {
		if ran {
			t.Error("ran although it was called off")
		}
	})
}

func TestAfterRunsOnceAndCancelIsThenIdle(t *testing.T) {
	l := start(t)
	count := 0
	done := make(chan struct{})
	cancel := l.After(0, func() {
		count++
		close(done)
	})
	<-done
	on(l, func() {
		cancel()
		if count != 1 {
			t.Errorf("ran %d times", count)
		}
	})
}

func TestStop(t *testing.T) {
	l := start(t)
	on(l, l.Stop)
	l.Stop()
	l.Post(func() { t.Error("ran after Stop") })
	done := make(chan struct{})
	l.After(0, func() { t.Error("ran after Stop") })
	time.AfterFunc(10*time.Millisecond, func() { close(done) })
	<-done
}

func TestPanic(t *testing.T) {
	died := make(chan error, 2)
	l := loop.Start(func(err error) { died <- err })
	l.Post(func() {
		l.Post(func() { t.Error("ran after a panic") })
		panic("boom")
	})
	err := <-died
	if text := err.Error(); !strings.Contains(text, "boom") || !strings.Contains(text, "loop_test.go") {
		t.Errorf("told %q, want the cause and where", text)
	}
	l.Post(func() { t.Error("ran after a panic") })
	l.Stop()
	if len(died) > 0 {
		t.Errorf("told twice: %v", <-died)
	}
}
