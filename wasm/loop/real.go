package loop

import (
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// Real is the loop on the wall clock and a goroutine of its own.
type Real struct {
	start time.Time
	died  func(error)
	wake  chan struct{}

	mu      sync.Mutex
	queue   []func()
	stopped bool
}

// Start makes a running loop. A panic in a posted function stops the loop and
// is handed to died, which runs on the loop's goroutine; it must not be nil.
func Start(died func(error)) *Real {
	l := &Real{start: time.Now(), died: died, wake: make(chan struct{}, 1)}
	go l.run()
	return l
}

// Now implements Loop.
func (l *Real) Now() time.Duration { return time.Since(l.start) }

// Post implements Loop. After Stop it does nothing.
func (l *Real) Post(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return
	}
	l.queue = append(l.queue, f)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// After implements Loop.
func (l *Real) After(d time.Duration, f func()) (cancel func()) {
	off := false // owned by the loop
	timer := time.AfterFunc(d, func() {
		l.Post(func() {
			if !off {
				off = true
				f()
			}
		})
	})
	return func() {
		off = true
		timer.Stop()
	}
}

// Stop drops what is queued and ends the goroutine. It does not wait.
func (l *Real) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return
	}
	l.stopped = true
	l.queue = nil
	close(l.wake)
}

func (l *Real) run() {
	defer func() {
		if cause := recover(); cause != nil {
			l.Stop()
			l.died(fmt.Errorf("loop: panic: %v\n%s", cause, debug.Stack()))
		}
	}()
	for range l.wake {
		for _, f := range l.take() {
			if l.isStopped() {
				return // by a function of this batch
			}
			f()
		}
	}
}

func (l *Real) take() []func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch := l.queue
	l.queue = nil
	return batch
}

func (l *Real) isStopped() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopped
}
