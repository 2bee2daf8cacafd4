package generator

import (
	"context"
	"log/slog"
	"time"
)

// How long to wait before ffmpeg is started again.
const (
	firstWait = time.Second
	longWait  = 30 * time.Second
	// A run of this length shows that the fault before it is over.
	steadyRun = time.Minute
)

// supervisor starts something again whenever it ends.
type supervisor struct {
	log   *slog.Logger
	died  func()
	now   func() time.Time
	after func(time.Duration) <-chan time.Time
	run   func(context.Context) error
}

// supervise returns when ctx has ended and the last run too.
func (s *supervisor) supervise(ctx context.Context) {
	wait := firstWait
	for {
		began := s.now()
		err := s.run(ctx)
		if ctx.Err() != nil {
			return
		}
		if s.now().Sub(began) >= steadyRun {
			wait = firstWait
		}
		s.log.Error("ffmpeg has died and is started again", "error", err, "wait", wait)
		s.died()
		select {
		case <-s.after(wait):
		case <-ctx.Done():
			return
		}
		wait = min(2*wait, longWait)
	}
}
