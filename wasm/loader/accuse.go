package loader

import (
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// accusation is that a peer may have given false bytes of a segment.
type accusation struct {
	share
	segment *segment
	whole   bool        // nobody else had a part in it
	sum     wire.Digest // of its bytes
	reason  error
	at      time.Duration
}

const (
	// lapse is after what time a peer is accused no more of what could not be cleared up.
	lapse = 30 * time.Second
	// doubts is how often a segment from peers may be false before the origin is asked.
	doubts = 2
	// falseParts is how many false beginnings of segments a peer may pass on before it has
	// given a true one: it does not know yet, and is told soon by the same digests.
	falseParts = 3
)

// accuse holds false bytes against those who gave them. Who gave all of a segment has
// lied if the list is right; of several the segment will tell, once it is here.
func (l *list) accuse(d *download, bytes payload.Bytes, sum wire.Digest, reason error) {
	now, seg := l.loader.now(), d.segment
	l.cases = slices.DeleteFunc(l.cases, func(c *accusation) bool { return now-c.at > lapse })
	seg.falsified++
	seg.doubted = seg.doubted || !l.right || seg.falsified >= doubts
	for _, s := range d.shares {
		c := &accusation{share: s, segment: seg, whole: s.to-s.from == d.loaded, sum: sum, reason: reason, at: now}
		if !c.whole {
			l.loader.host.Digests.Compute(bytes.Slice(int(s.from), int(s.to)), func(sum wire.Digest) { c.sum = sum })
		}
		s.link.accusedUntil = now + lapse
		l.cases = append(l.cases, c)
	}
	if l.right {
		l.isRight()
	}
}

// accuses tells whether somebody may have given false bytes of the segment, or was cut off
// for it.
func (l *list) accuses(seg *segment) bool {
	return l.any(func(c *accusation) bool { return c.segment == seg })
}

// gave tells whether a peer gave the whole segment with that digest.
func (l *list) gave(seg *segment, sum wire.Digest) bool {
	return l.any(func(c *accusation) bool { return c.segment == seg && c.whole && c.sum == sum })
}

// any looks among all that the list has led to.
func (l *list) any(which func(c *accusation) bool) bool {
	return slices.ContainsFunc(l.cases, which) || slices.ContainsFunc(l.convicted, which)
}

// take takes cases off the list.
func (l *list) take(which func(c *accusation) bool) (taken []*accusation) {
	l.cases = slices.DeleteFunc(slices.Clone(l.cases), func(c *accusation) bool {
		if which(c) {
			taken = append(taken, c)
			return true
		}
		return false
	})
	return taken
}

// isRight is when the list has been right: who gave something else for a segment lied.
func (l *list) isRight() {
	l.right = true
	for _, c := range l.take(func(c *accusation) bool { return c.whole }) {
		l.convict(c)
	}
}

// judge tells by the segment itself which of several gave false bytes of it.
func (l *list) judge(seg *segment, bytes payload.Bytes) {
	for _, c := range l.take(func(c *accusation) bool { return c.segment == seg }) {
		if c.to > int64(bytes.Len()) {
			l.convict(c)
			continue
		}
		l.loader.host.Digests.Compute(bytes.Slice(int(c.from), int(c.to)), func(sum wire.Digest) {
			if sum == c.sum {
				c.link.accusedUntil = 0
			} else {
				l.convict(c)
			}
		})
	}
}

// acquit drops what the segment has led to: nothing will clear it up.
func (l *list) acquit(which func(c *accusation) bool) {
	for _, c := range l.take(which) {
		c.link.accusedUntil = 0
	}
}

// convict cuts off who has given false bytes, and takes it back no more.
func (l *list) convict(c *accusation) {
	link := c.link
	if c.passed && !c.whole {
		link.peer.Disbelieve(c.segment.ExternalID)
		if link.falseParts++; link.falseParts < falseParts {
			link.accusedUntil = 0
			return
		}
	}
	l.convicted = append(l.convicted, c)
	l.loader.page.ban(link.remote)
	link.swarm.cutOff(link.remote, &peer.Error{Type: peer.ValidationFailed, Err: c.reason})
}

// isWrong is when the origin itself gave what the list calls false: the list is of no
// more use, and those who were cut off for it may come back.
func (l *list) isWrong(err error) {
	l.wrong = true
	l.close()
	l.acquit(func(*accusation) bool { return true })
	for _, c := range l.convicted {
		l.loader.page.pardon(c.link.remote)
	}
	l.convicted = nil
	l.loader.trustAll()
	l.loader.host.Emit(Warned{Type: l.kind, Code: DigestsFalse, Err: err})
}
