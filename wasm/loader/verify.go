package loader

import (
	"fmt"

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

// verify compares a whole segment with the digest that its origin lists, and goes on
// with the page's validator. What came from the origin alone is its word, and is only
// compared where peers have given something else before.
func (a *attempt) verify(bytes payload.Bytes) {
	d := a.download
	seg := d.segment
	l := d.feed.list(a.segment)
	switch {
	case len(d.shares) == 0 && (l == nil || !l.accuses(seg)):
		a.validate(bytes)
		return
	case l == nil:
		a.unknown(bytes, nil)
		return
	}
	a.check()
	l.find(a.segment, func(listed wire.Digest, known bool) {
		switch {
		case !a.current():
		case !known:
			a.unknown(bytes, l)
		default:
			d.feed.loader.host.Digests.Compute(bytes, func(sum wire.Digest) {
				if a.current() {
					a.compare(bytes, l, listed, sum)
				}
			})
		}
	})
}

// unknown goes on with bytes of which no digest is known. Where a list is in use, others
// would cut us off for what we cannot vouch for: it is not given to them.
func (a *attempt) unknown(bytes payload.Bytes, l *list) {
	d := a.download
	switch {
	case len(d.shares) == 0:
	case d.feed.loader.settings.IsSegmentSHA256Required:
		d.segment.unvouched = true
		a.untrue(fmt.Errorf("no digest of segment %d is known", a.segment.ExternalID))
		return
	case l != nil:
		d.feed.loader.doubt(d.segment)
	}
	a.validate(bytes)
}

// compare judges a segment, and by it who has given it or something else.
func (a *attempt) compare(bytes payload.Bytes, l *list, listed, sum wire.Digest) {
	d := a.download
	switch seg := d.segment; {
	case listed == sum:
		for _, s := range d.shares {
			s.link.falseParts = 0
		}
		d.feed.loader.trust(seg)
		l.isRight()
		l.judge(seg, bytes)
		a.validate(bytes)
	case len(d.shares) > 0:
		reason := fmt.Errorf("the SHA-256 of segment %d is %v, and %v in the origin's list", seg.ExternalID, sum, listed)
		l.accuse(d, bytes, sum, reason)
		a.untrue(reason)
	default:
		if l.gave(seg, sum) {
			l.isWrong(fmt.Errorf("%s: the SHA-256 of segment %d is %v, and %v in the list", l.url, seg.ExternalID, sum, listed))
		} else {
			d.feed.loader.doubt(seg) // something between the origin and us has changed it
		}
		l.acquit(func(c *accusation) bool { return c.segment == seg })
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
	l := f.list(seg.Segment)
	if l == nil || seg.unvouched {
		return true
	}
	_, known := l.has(seg.Segment)
	return !known && l.failing()
}
