package loader

import (
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
)

// loan is a segment that a peer is given, from its request to the last byte.
type loan struct {
	began time.Duration
	size  int64   // bytes, 0 while it is not known or not all of it is here
	plays float64 // seconds
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
	stored, d := f.loader.shelf.has(key), f.arriving(w.stream, id)
	switch {
	case f.settings.IsP2PUploadDisabled || !stored && d == nil:
		done(peer.Loan{})
	case !f.loader.uploads.take(l):
		done(peer.Loan{Busy: true})
	case stored:
		l.loan = loan{began: f.loader.now(), plays: w.stream.plays(id)}
		fresh := f.loader.live && w.stream.age(id, f.loader.now()) < spreading
		f.loader.shelf.get(key, func(bytes payload.Bytes) {
			if bytes == nil {
				done(peer.Loan{})
				return
			}
			l.loan.size = int64(bytes.Len())
			done(peer.Loan{Parts: []payload.Bytes{bytes}, Size: l.loan.size, Fresh: fresh})
		})
	default:
		l.loan = loan{}
		done(peer.Loan{Parts: slices.Clone(d.parts), Size: d.total, Fresh: f.loader.live})
	}
}

// Returned implements peer.Owner.
func (l *link) Returned(whole bool) {
	u := &l.swarm.feed.loader.uploads
	if !slices.Contains(u.lent, l) {
		return // it was not lent anything
	}
	if whole && l.loan.size > 0 && l.loan.plays > 0 {
		took := l.swarm.feed.loader.now() - l.loan.began
		u.learn(l.loan.size-int64(l.Buffered()), l.loan.size, took.Seconds(), l.loan.plays)
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

func (d *download) arrives() bool { return d.attempt != nil && d.loaded > 0 && d.total > 0 }

// arrivingIDs are the segments of a stream that can be passed on.
func (f *feed) arrivingIDs(s *stream) (ids []int64) {
	for _, d := range f.downloads {
		if d.segment.stream == s && d.arrives() {
			ids = append(ids, d.segment.ExternalID)
		}
	}
	return ids
}

// pass gives a part of a segment to those who were lent what came before it.
func (d *download) pass(part payload.Bytes) {
	s := d.segment
	d.feed.loader.uploads.each(s.stream, func(p *peer.Peer) { p.More(s.ExternalID, part) })
}

// breakOff tells those who were lent the beginning of a segment that no more comes.
func (d *download) breakOff() {
	s := d.segment
	d.feed.loader.uploads.each(s.stream, func(p *peer.Peer) { p.Broken(s.ExternalID) })
}
