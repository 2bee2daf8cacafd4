package loader

import (
	"fmt"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// share is a run of a download's bytes that came from one peer.
type share struct {
	link     *link
	from, to int64 // to excluded
	passed   bool  // on by the peer before it had all of the segment
}

// shared takes note of n bytes of a peer behind those that have come.
func (d *download) shared(a *attempt, n int64) {
	if i := len(d.shares) - 1; i >= 0 && d.shares[i].link == a.link && d.shares[i].to == d.loaded {
		d.shares[i].to += n
		return
	}
	d.shares = append(d.shares, share{a.link, d.loaded, d.loaded + n, a.passed})
}

// list is feed.list for the segment, which is dear to ask for with each part.
func (d *download) list() *list {
	if !d.sought {
		d.sought, d.found = true, d.feed.list(d.segment.Segment)
	}
	if d.found != nil && d.found.wrong {
		return nil
	}
	return d.found
}

// computing is how long a digest may take until it is done without.
const computing = 5 * time.Second

// verify compares a whole segment with the digest that its origin lists, and goes on
// with the page's validator. What came from the origin alone is its word: that is only
// compared where it costs no request and others may get it, or have given something else.
func (a *attempt) verify(bytes payload.Bytes) {
	d := a.download
	l := d.list()
	if l == nil {
		d.feed.trustUnlisted()
		a.unknown(bytes, nil)
		return
	}
	if _, known := l.has(a.segment); len(d.shares) == 0 && !d.feed.loader.accuses(d.segment) && (!known || d.feed.isAlone()) {
		a.validate(bytes)
		return
	}
	a.check()
	l.find(a.segment, a.reread, func(listed wire.Digest, known bool) {
		switch {
		case !a.current():
		case !known || l.wrong:
			a.unknown(bytes, l)
		default:
			a.compute(bytes, l, listed)
		}
	})
}

func (a *attempt) compute(bytes payload.Bytes, l *list, listed wire.Digest) {
	loader, over := a.download.feed.loader, false
	overdue := loader.page.machine.Loop.After(computing, func() {
		if over = true; a.current() {
			a.unknown(bytes, l)
		}
	})
	loader.host.Digests.Compute(bytes, func(sum wire.Digest) {
		overdue()
		if !over && a.current() {
			a.compare(bytes, l, listed, sum)
		}
	})
}

// unknown goes on with bytes of which no digest is known.
func (a *attempt) unknown(bytes payload.Bytes, l *list) {
	d := a.download
	switch {
	case len(d.shares) == 0:
	case d.feed.loader.settings.IsSegmentSHA256Required:
		d.segment.unvouched = true
		a.untrue(fmt.Errorf("no digest of segment %d is known", a.segment.ExternalID))
		return
	case l != nil && !l.wrong:
		d.unprovenBy = l
	}
	a.validate(bytes)
}

// compare judges a segment, and by it who has given it or something else.
func (a *attempt) compare(bytes payload.Bytes, l *list, listed, sum wire.Digest) {
	d, seg := a.download, a.download.segment
	reason := func() error { // as it is rarely wanted
		return fmt.Errorf("the SHA-256 of segment %d is %v, and %v in %s", seg.ExternalID, sum, listed, l.url)
	}
	switch {
	case l.wrong:
		a.unknown(bytes, nil)
	case listed == sum:
		for _, s := range d.shares {
			s.link.proven = true
			s.link.falsehood = max(s.link.falsehood-trueSegment, 0)
		}
		l.isRight()
		d.feed.loader.judge(seg, bytes, sum)
		a.validate(bytes)
	case !a.reread && l.readAt < a.began:
		a.reread = true // an encoder that starts again may use its names again
		a.verify(bytes)
	case len(d.shares) > 0:
		l.accuse(d, bytes, sum, reason())
		a.untrue(reason())
	default:
		d.unprovenBy = l
		l.contradict(seg, sum, reason())
		if l.wrong {
			d.unprovenBy = nil
		}
		a.validate(bytes)
	}
}

// untrue ends an attempt with bytes of peers that are not the segment. It is no failure
// of the origin's, which may have given the last of them.
func (a *attempt) untrue(reason error) {
	if a.from.Source == HTTP {
		a.inVain(&FetchError{Type: HTTPValidationFailed, Message: reason.Error()}, true)
		return
	}
	a.inVain(&peer.Error{Type: peer.ValidationFailed, Err: reason}, true)
}

// wantsProof tells whether the segment is of no use from peers, because the page wants a
// digest and there will be none.
func (f *feed) wantsProof(seg *segment) bool {
	if !f.loader.settings.IsSegmentSHA256Required {
		return false
	}
	url := f.listURL(seg.Segment)
	l := f.loader.listAt(url)
	if url == "" || seg.unvouched {
		return true
	}
	return l != nil && (l.isWrong() || l.lacks(seg.Segment))
}

// mayBeProven tells whether what comes of a segment can be vouched for once it is whole:
// otherwise nobody is given its end.
func (d *download) mayBeProven() bool {
	if len(d.shares) == 0 {
		return true
	}
	l := d.list()
	return l == nil || !l.lacks(d.segment.Segment)
}

// isAlone tells whether there are no peers.
func (f *feed) isAlone() bool {
	w := f.swarm(f.stream)
	return w == nil || len(w.peers) == 0
}
