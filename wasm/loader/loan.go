package loader

import (
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
)

// loan is a segment that a peer is given, from its request to the last byte.
type loan struct {
	began time.Duration // when it got its slot
	size  int64         // bytes, 0 while it is not known or not all of it is here
	plays float64       // seconds
}

// spreading is for how long after it came up a live segment is reckoned to be on its
// way through the swarm.
const spreading = 10 * time.Second

// Lend implements peer.Owner. A segment that is still on its way here is passed on
// as it comes.
func (l *link) Lend(id int64, done func(peer.Loan)) {
	w := l.swarm
	f := w.feed
	key := w.stream.key(id)
	stored, d := f.loader.shelf.has(key) && f.loader.mayGive(key), f.arriving(w.stream, id)
	switch {
	case f.settings.IsP2PUploadDisabled || !stored && d == nil:
		done(peer.Loan{})
	case !f.loader.uploads.take(l, f.loader.now()):
		done(peer.Loan{Busy: true})
	case stored:
		l.loan.plays = w.stream.plays(id)
		spreads := f.loader.live && w.stream.age(id, f.loader.now()) < spreading
		f.loader.shelf.get(key, func(bytes payload.Bytes) {
			if bytes == nil {
				done(peer.Loan{})
				return
			}
			l.loan.size = int64(bytes.Len())
			done(peer.Loan{Parts: []payload.Bytes{bytes}, Size: l.loan.size, Fresh: spreads})
		})
	default:
		done(peer.Loan{Parts: d.opened(), Size: d.total, Fresh: f.loader.live})
	}
}

// Returned implements peer.Owner.
func (l *link) Returned(sent int64) {
	u := &l.swarm.feed.loader.uploads
	if !slices.Contains(u.lent, l) {
		return // it was not lent anything
	}
	if gone := sent - int64(l.Buffered()); l.loan.size > 0 && gone >= peer.LowWater {
		took := l.swarm.feed.loader.now() - l.loan.began
		u.learn(took.Seconds(), float64(gone)/float64(l.loan.size)*l.loan.plays)
	}
	u.free(l)
}

// arriving is a segment's download if it can be passed on: its size is known, and
// the first bytes are here.
func (f *feed) arriving(s *stream, id int64) *download {
	for _, d := range f.downloads {
		if d.segment.stream == s && d.segment.ExternalID == id && d.arrives() {
			return d
		}
	}
	return nil
}

func (d *download) arrives() bool { return d.attempt != nil && d.open > 0 && d.mayBeProven() }

// arrivingIDs are the segments of a stream that can be passed on.
func (f *feed) arrivingIDs(s *stream) (ids []int64) {
	for _, d := range f.downloads {
		if d.segment.stream == s && d.arrives() {
			ids = append(ids, d.segment.ExternalID)
		}
	}
	return ids
}

// pass gives the newest part of a segment to those who were lent what came before it.
// The last one waits until it is known that it is: where an origin compresses, it can
// give the wrong size.
func (d *download) pass(part payload.Bytes) {
	switch {
	case d.total == 0:
	case d.loaded > d.total, !d.isCredible():
		d.breakOff()
	case d.loaded < d.total:
		d.reopen()
		d.give(part)
	}
}

// reopen has what has come be passed on, from its beginning on.
func (d *download) reopen() {
	if d.loaded >= d.total || !d.isCredible() {
		return
	}
	if d.open == 0 && d.loaded > 0 {
		d.feed.announce()
	}
	d.open = d.loaded
}

// isCredible tells whether what has come can be passed on before it is checked: it is the
// origin's, or of peers that have given something true before. A liar says that it has
// each segment before anybody else, and would have its bytes all over the swarm.
func (d *download) isCredible() bool {
	unproven := func(s share) bool { return !s.link.proven }
	return !slices.ContainsFunc(d.shares, unproven) || d.list() == nil
}

// passLast gives what was held back of a segment that is whole.
func (d *download) passLast(whole payload.Bytes) {
	if n := int64(whole.Len()); d.open > 0 && n == d.total && d.open < n {
		d.give(whole.Slice(int(d.open), int(n)))
	}
}

func (d *download) give(part payload.Bytes) {
	s := d.segment
	d.feed.loader.uploads.each(s.stream, func(p *peer.Peer) { p.More(s.ExternalID, part) })
}

// opened are the parts that may be passed on.
func (d *download) opened() (parts []payload.Bytes) {
	left := d.open
	for _, part := range d.parts {
		if n := int64(part.Len()); n > left {
			part = part.Slice(0, int(left))
		}
		if part.Len() == 0 {
			break
		}
		parts = append(parts, part)
		left -= int64(part.Len())
	}
	return parts
}

// breakOff tells those who were lent the beginning of a segment that no more comes.
func (d *download) breakOff() {
	s := d.segment
	d.open = 0
	d.feed.loader.uploads.each(s.stream, func(p *peer.Peer) { p.Broken(s.ExternalID) })
}
