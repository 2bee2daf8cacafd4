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
	peer    wire.PeerID
	segment *segment
	list    string      // address of the one that says so
	whole   bool        // nobody else had a part in it
	joined  wire.Digest // of the segment as it was put together
	reason  error
	at      time.Duration

	sum  *wire.Digest // of the peer's bytes, nil until it is computed
	then func()       // waits for that
}

// cases are the accusations of a loader that are open.
type cases []*accusation

const (
	// lapse is after what time a peer is accused no more of what could not be cleared up.
	lapse = 30 * time.Second
	// doubts is how often a segment from peers may be false before the origin is asked.
	doubts = 2
	// A peer that passes on a false beginning may not know that yet. Each such weighs
	// falsePart, one true segment makes up for trueSegment, and patientWith is too much.
	falsePart, trueSegment, patientWith = 4, 1, 12
)

// accuse holds false bytes against those who gave them. Who gave all of a segment has
// lied if the list is right; of several the segment will tell, once it is here.
func (l *list) accuse(d *download, bytes payload.Bytes, joined wire.Digest, reason error) {
	all, now, seg := &l.loader.cases, l.loader.now(), d.segment
	*all = slices.DeleteFunc(*all, func(c *accusation) bool { return now-c.at > lapse })
	seg.falsified++
	seg.doubted = seg.doubted || !l.right || seg.falsified >= doubts
	for _, s := range d.shares {
		c := &accusation{
			share: s, peer: s.link.remote, segment: seg, list: l.url, joined: joined, reason: reason, at: now,
			whole: s.to-s.from == d.loaded,
		}
		*all = append(*all, c)
		if c.whole {
			c.sum = &joined
			continue
		}
		l.loader.host.Digests.Compute(bytes.Slice(int(s.from), int(s.to)), func(sum wire.Digest) {
			if c.sum = &sum; c.then != nil {
				c.then()
			}
		})
	}
	if l.right {
		l.isRight()
	}
}

// accuses tells whether somebody may have given false bytes of the segment, or was cut off
// for it.
func (l *Loader) accuses(seg *segment) bool {
	return slices.ContainsFunc(l.cases, func(c *accusation) bool { return c.segment == seg }) ||
		l.page.convicted(func(c *conviction) bool { return c.key == seg.key() })
}

// gave tells whether peers gave the segment with that digest, which the list called false.
func (l *list) gave(seg *segment, sum wire.Digest) bool {
	return slices.ContainsFunc(l.loader.cases, func(c *accusation) bool {
		return c.list == l.url && c.segment == seg && c.joined == sum
	}) || l.loader.page.convicted(func(c *conviction) bool {
		return c.list == l.url && c.key == seg.key() && c.joined == sum
	})
}

// against tells whether a peer stands accused.
func (c cases) against(l *link, now time.Duration) bool {
	return slices.ContainsFunc(c, func(c *accusation) bool { return c.link == l && now-c.at <= lapse })
}

// take takes open cases off the list, of which a copy is made: somebody may be going through it.
func (c *cases) take(which func(c *accusation) bool) (taken []*accusation) {
	*c = slices.DeleteFunc(slices.Clone(*c), func(c *accusation) bool {
		if which(c) {
			taken = append(taken, c)
			return true
		}
		return false
	})
	return taken
}

// isRight is when the list has been right: who gave something else for a segment than it
// has there now lied. What it had there earlier may have been false, as all of it.
func (l *list) isRight() {
	l.right, l.contradicted, l.wrongs = true, 0, 0
	l.well(DigestsFalse)
	for _, c := range l.loader.cases {
		if c.list != l.url || !c.whole {
			continue
		}
		if listed, known := l.has(c.segment.Segment); known {
			l.loader.settle(c, listed == c.joined)
		}
	}
}

// judge tells by a segment that is true, and its digest, who gave false bytes of it.
func (l *Loader) judge(seg *segment, bytes payload.Bytes, sum wire.Digest) {
	for _, c := range l.cases {
		switch {
		case c.segment != seg:
		case c.whole:
			l.settle(c, c.joined == sum)
		case c.to > int64(bytes.Len()):
			l.settle(c, false)
		default:
			l.host.Digests.Compute(bytes.Slice(int(c.from), int(c.to)), func(part wire.Digest) {
				c.then = func() { l.settle(c, *c.sum == part) }
				if c.sum != nil {
					c.then()
				}
			})
		}
	}
}

// settle ends a case, if it is still open.
func (l *Loader) settle(c *accusation, gaveTruth bool) {
	for range l.cases.take(func(other *accusation) bool { return other == c }) {
		if !gaveTruth {
			l.convict(c)
		}
	}
}

// convict cuts off who has given false bytes, and takes it back no more.
func (l *Loader) convict(c *accusation) {
	link := c.link
	if c.passed && !c.whole {
		link.peer.Disbelieve(c.segment.ExternalID)
		if link.falsehood += falsePart; link.falsehood < patientWith {
			return
		}
	}
	l.page.convict(&conviction{c.peer, c.list, c.segment.Segment, c.segment.key(), c.joined})
	// Listeners hear of it, who may do anything: not in the midst of this.
	l.page.machine.Loop.Post(func() {
		link.swarm.cutOff(c.peer, &peer.Error{Type: peer.ValidationFailed, Err: c.reason})
	})
}

// contradictions is how often in a row the origin may give something else than the list
// says, while no peer gives the same as the origin.
const contradictions = 3

// contradict is when the origin gave a segment with another digest than the list has.
// Something between it and us may have changed the bytes, unless peers gave the same.
func (l *list) contradict(seg *segment, sum wire.Digest, err error) {
	l.contradicted++
	if !l.gave(seg, sum) && l.contradicted < contradictions {
		l.loader.cases.take(func(c *accusation) bool { return c.segment == seg })
		return
	}
	// It is of no use for now, and those who were cut off for it may come back.
	l.wrong = true
	l.wrongUntil = l.loader.now() + min(firstWrongPause<<min(l.wrongs, 8), longestWrongPause)
	l.wrongs++
	l.drop()
	l.loader.cases.take(func(c *accusation) bool { return c.list == l.url })
	l.loader.page.pardon(func(c *conviction) bool { return c.list == l.url })
	l.loader.trust(func(m *mark) bool { return m.by == l })
	l.warn(DigestsFalse, err)
}

// mended is when the list has been read again: who was cut off for what it has there now
// may come back.
func (l *list) mended() {
	l.loader.page.pardon(func(c *conviction) bool {
		listed, known := l.has(c.segment)
		return c.list == l.url && known && listed == c.joined
	})
}
