package loader

import (
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
)

// peerSink is an attempt as the sink of a peer.
type peerSink struct{ *attempt }

// Size implements peer.Sink. Where two peers disagree either may be the liar: what
// is held goes, and both stay.
func (a peerSink) Size(n int64) bool {
	d := a.download
	if !a.current() {
		return true
	}
	total := d.loaded + n
	switch {
	case total == d.total:
	case d.sure || total > d.segment.mostBytes():
		return false
	case d.total == 0:
		d.total = total
	default:
		a.stop()
		a.inVain(&peer.Error{Type: peer.LengthMismatch}, true)
	}
	return true
}

// Chunk implements peer.Sink.
func (a peerSink) Chunk(bytes payload.Bytes) {
	if a.current() {
		a.chunk(bytes)
	}
}

// Done implements peer.Sink.
func (a peerSink) Done() {
	if a.current() {
		a.whole()
	}
}

// Failed implements peer.Sink. One of our own that has no slot, or had only a part of the
// segment, has done nothing that the page need hear of as an error.
func (a peerSink) Failed(err *peer.Error) {
	if !a.current() {
		return
	}
	a.link.use = 0 // whatever it says next is news
	if err.Type == peer.Busy || a.passed && err.Type == peer.Absent {
		a.stop = nil // it has ended
		if a.download.list() != nil {
			a.takeBack() // perhaps it was false
		}
		a.download.abort()
		a.download.feed.replan()
		return
	}
	a.failed(err, err.Type == peer.LengthMismatch)
}
