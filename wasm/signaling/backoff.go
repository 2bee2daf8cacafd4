package signaling

import "time"

const (
	// A lost tracker is tried again after a random time around firstRetry,
	// which doubles up to oftenRetry. When it has been gone for longer than
	// brief, it doubles up to lastRetry.
	firstRetry = time.Second
	oftenRetry = 2500 * time.Millisecond
	lastRetry  = 30 * time.Second
	brief      = 5 * time.Minute
	// lasting is how long a tracker must have been there for the next loss to be
	// a first one again: one that accepts and drops, or never says anything, is
	// not hammered.
	lasting = 10 * time.Second
)

// backoff says when a tracker is tried again. After its return a newcomer is
// alone until the first of the others has come back, and so those try often: in the
// first five minutes two tries are less than 4 s apart. What browsers add to that is
// their own: after a dozen failures, which is half a minute, Chromium holds each try
// back for 1 to 5 s (measured), in which our wait is contained; Firefox, as its
// source has it, for ever longer, up to a minute.
type backoff struct {
	base  time.Duration // of the next wait, 0 before the first
	since time.Duration // when the tracker was lost, or first tried in vain
}

// next is how long to wait. A try that never opened counts from its beginning:
// browsers make it wait by themselves.
func (b *backoff) next(now time.Duration, random func() uint64) time.Duration {
	if b.base == 0 {
		b.base, b.since = firstRetry, now
	}
	wait := b.base/2 + time.Duration(random()%uint64(b.base))
	most := oftenRetry
	if now-b.since > brief {
		most = lastRetry
	}
	b.base = min(2*b.base, most)
	return wait
}

func (b *backoff) clear() { b.base = 0 }
