package peer

import (
	"fmt"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// requestIDs is the number of request ids; JavaScript draws from as many.
const requestIDs = 1000

// Sink takes a segment that comes from a peer. After Done or Failed, or once
// the download was cancelled, which it may be by the sink itself, nothing more is
// called.
type Sink interface {
	// Size says that so many bytes follow, from the first one asked for on.
	// False means that this cannot be; the peer is left then.
	Size(n int64) bool
	Chunk(bytes payload.Bytes)
	Done()
	Failed(err *Error)
}

type download struct {
	segment, request int64
	from             int64 // the first byte wanted
	passed           bool  // on, while it arrives there: what goes wrong may not be the peer's doing
	sink             Sink
	began            time.Duration
	sized            bool  // SegmentData has come
	size, got        int64 // bytes
	whole            bool  // all of it has come; the peer has still to say so
	silence          *loop.Silence
}

// Download asks for a segment from byte from on. The peer must be Ready.
func (p *Peer) Download(segment, from int64, sink Sink) {
	p.request = (p.request + 1) % requestIDs
	d := &download{segment: segment, request: p.request, from: from, sink: sink, began: p.loop.Now()}
	d.passed = p.HasPart(segment)
	d.silence = loop.WaitForSilence(p.loop, config.Milliseconds(p.settings.P2PNotReceivingBytesTimeout), func() { p.stalled(d) })
	p.download = d
	request := wire.Command{Code: wire.SegmentRequest, Segment: segment, Request: d.request, From: from}
	if !p.Classic {
		request.Busy = 1
	}
	p.send(request)
}

// Cancel ends the download under way, if there is one, without a word to its
// sink.
func (p *Peer) Cancel() {
	if d := p.download; d != nil && !d.whole {
		p.finish(d)
		if d.passed {
			p.callOff(d, p.settled)
		} else {
			p.callOff(d, p.unanswered)
		}
	}
}

// finish takes the download off the peer.
func (p *Peer) finish(d *download) {
	d.silence.Stop()
	p.download = nil
	if d.got > 0 && !d.whole {
		p.meter.add(d.got, p.loop.Now()-d.began)
	}
}

func (p *Peer) stalled(d *download) {
	p.finish(d)
	p.callOff(d, p.settled)
	switch {
	case d.whole:
		p.owner.Willing()
		return
	case d.passed:
		p.lost(d)
		return
	}
	d.sink.Failed(&Error{Type: TimedOut})
	p.stoodStill()
}

// stoodStill counts a download of which nothing came for too long. The peer is left after
// some in a row.
func (p *Peer) stoodStill() {
	p.stalls++
	if float64(p.stalls) >= p.settings.P2PErrorRetries {
		p.end(fmt.Errorf("%d downloads in a row stood still: %w", p.stalls, &Error{Type: TimedOut}))
	}
}

// settling is the time between calling off a request that was not answered yet
// and its answer. A JavaScript peer that is still reading the segment from its
// storage overhears the cancel and sends all bytes later, even behind the
// SegmentData of another request: so none is made until it is known that the
// former one has ended.
type settling struct {
	segment, request int64
	enough           func() // stops the timer
}

// callOff ends a request. Where it has had no answer yet, and has none in time, silence is
// called.
func (p *Peer) callOff(d *download, silence func()) {
	p.sendCancel(d.segment, d.request)
	if d.sized || p.ended {
		return // the upload had begun, and so the cancel stops it
	}
	s := &settling{segment: d.segment, request: d.request}
	s.enough = loop.WaitForSilence(p.loop, config.Milliseconds(p.settings.P2PNotReceivingBytesTimeout), silence).Stop
	p.settling = s
}

func (p *Peer) sendCancel(segment, request int64) {
	p.send(wire.Command{Code: wire.CancelSegmentRequest, Segment: segment, Request: request})
}

func (p *Peer) settle() {
	if s := p.settling; s != nil {
		s.enough()
		p.settling = nil
	}
}

// unanswered is when nothing was ever said to a request that was called off. A JavaScript
// peer does so that does not know the segment; one that does it again and again gives
// nothing, though no request was left to it for long enough to stand still.
func (p *Peer) unanswered() {
	p.settle()
	p.stoodStill()
	if !p.ended {
		p.owner.Willing()
	}
}

func (p *Peer) settled() {
	p.settle()
	p.owner.Willing()
}

// settles handles an answer to the request that was called off.
func (p *Peer) settles(c wire.Command) bool {
	s := p.settling
	if s == nil || c.Segment != s.segment || c.Request != s.request {
		return false
	}
	if c.Code == wire.SegmentData {
		p.sendCancel(s.segment, s.request) // now it has begun
	}
	p.settled()
	return true
}

func (p *Peer) dataBegins(c wire.Command) {
	d := p.download
	if p.settles(c) || d == nil || d.sized || c.Segment != d.segment || c.Request != d.request {
		return // as JavaScript does
	}
	if c.Size == 0 {
		// A JavaScript peer whose player has emptied the segment: it has none.
		p.lacks(d)
		return
	}
	d.sized, d.size = true, c.Size
	d.silence.Heard()
	switch {
	case c.Size >= 0 && d.sink.Size(c.Size):
	case d.passed && p.download == d:
		p.finish(d)
		p.callOff(d, p.settled)
		p.lost(d)
	case !d.passed:
		p.mismatch("segment %d from byte %d: %d bytes were offered, which cannot be", c.Segment, d.from, c.Size)
	}
}

// Data implements Receiver.
func (p *Peer) Data(bytes payload.Bytes, messages int) {
	d := p.download
	switch {
	case p.ended:
		return
	case d == nil || !d.sized: // unsolicited, or of a request that was called off
		p.bears(messages*perMessage + bytes.Len())
		return
	case d.got+int64(bytes.Len()) > d.size:
		p.mismatch("segment %d: more than the %d bytes offered", d.segment, d.size)
		return
	}
	p.work.pay(bytes.Len())
	if !p.bears(messages*perMessage) || bytes.Len() == 0 {
		return
	}
	d.got += int64(bytes.Len())
	d.silence.Heard()
	d.sink.Chunk(bytes)
	if d.got == d.size && p.download == d {
		p.whole(d)
	}
}

// whole hands over a download of which the last byte is here. That the peer says so,
// too, can take a while, in which it is not asked for another.
func (p *Peer) whole(d *download) {
	d.whole = true
	p.stalls, p.lacked, p.failed, p.unkept = 0, 0, 0, 0
	p.meter.add(d.got, p.loop.Now()-d.began)
	d.sink.Done()
}

func (p *Peer) dataEnds(c wire.Command) {
	d := p.download
	switch {
	case p.settles(c) || d == nil || !d.sized:
	case c.Segment != d.segment || c.Request != d.request:
		p.violation(fmt.Errorf("segment %d ended while %d was on its way", c.Segment, d.segment))
	case d.got != d.size:
		p.mismatch("segment %d: it ended after %d of the %d bytes offered", d.segment, d.got, d.size)
	default:
		p.finish(d)
		p.owner.Willing()
	}
}

func (p *Peer) dataAbsent(c wire.Command) {
	d := p.download
	if p.settles(c) || d == nil || d.whole || c.Segment != d.segment || c.Request != d.request {
		return
	}
	switch {
	case c.Busy != 0 && !d.sized:
		p.rest()
		p.finish(d)
		d.sink.Failed(&Error{Type: Busy})
	case d.passed:
		p.finish(d)
		p.lost(d)
	default:
		p.lacks(d)
	}
}

func (p *Peer) lacks(d *download) {
	p.absent.add(d.segment)
	p.absentAt = p.loop.Now()
	p.lacked++
	p.doubt()
	p.finish(d)
	d.sink.Failed(&Error{Type: Absent})
}

// lost ends a download of which the peer itself had not all. It may get it yet.
func (p *Peer) lost(d *download) {
	p.Disbelieve(d.segment)
	d.sink.Failed(&Error{Type: Absent})
}

// busyFor is how long a peer that said it is busy is left alone, unless it
// announces something before.
const busyFor = 500 * time.Millisecond

func (p *Peer) rest() {
	p.busy = p.loop.After(busyFor, p.rested)
}

// rested is when that time is over.
func (p *Peer) rested() {
	p.disturb()
	p.owner.Willing()
}

// disturb leaves the peer alone no more, if it was.
func (p *Peer) disturb() {
	if p.busy != nil {
		p.busy()
		p.busy = nil
	}
}
