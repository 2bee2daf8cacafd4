package peer

import (
	"errors"
	"time"
)

// work measures what a peer makes us do. Bytes of segments pay for what is said
// around them, whoever gave them.
type work struct {
	done  int           // since then
	since time.Duration // on the loop
}

const (
	// perMessage is what a message costs beside its bytes, and perCommand one that has to be
	// understood, and often answered: on a slow machine most of half a millisecond.
	perMessage = 512
	perCommand = 2 << 10
	// mostWork may be done in leastTime: some 4,000 short commands, or 650
	// announcements of 10,000 segments in a row.
	mostWork  = 8 << 20
	leastTime = 15 * time.Second
)

var errFlood = errors.New("a flood of commands, or of bytes that nobody asked for")

// charge tells whether the peer may go on after so much that was no use. The clock is
// asked only when much has come together.
func (w *work) charge(done int, now func() time.Duration) bool {
	if w.done += done; w.done < mostWork {
		return true
	}
	before := w.since
	w.done, w.since = 0, now()
	return w.since-before >= leastTime
}

// pay takes bytes of segments for it.
func (w *work) pay(bytes int) { w.done = max(w.done-bytes, 0) }
