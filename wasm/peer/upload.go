package peer

import (
	"fmt"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// upload is the segment on its way to the peer.
type upload struct {
	segment, request int64
	from             int64         // the first byte wanted
	rest             payload.Bytes // nil until the storage has read it
}

// startUpload answers a request. It takes the place of an upload under way, or
// of one that waits to be read: a peer asks for one segment at a time.
func (p *Peer) startUpload(c wire.Command) {
	if c.Segment < 0 || c.Request < 0 {
		p.violation(fmt.Errorf("request %d for segment %d", c.Request, c.Segment))
		return
	}
	p.upload = &upload{segment: c.Segment, request: c.Request, from: c.From}
	p.read()
}

// read has the storage read what the peer has asked for last. Each read holds a
// copy of a segment, and so only one is under way, however many requests come.
func (p *Peer) read() {
	u := p.upload
	if p.reading || u == nil {
		return
	}
	p.reading = true
	p.owner.Stored(u.segment, func(bytes payload.Bytes) {
		p.reading = false
		if p.upload == u {
			p.answer(u, bytes)
		} else { // it was called off, or the peer has gone
			p.read()
		}
	})
}

// answer begins an upload, now that it is known what the storage has.
func (p *Peer) answer(u *upload, bytes payload.Bytes) {
	if bytes == nil || u.from < 0 || u.from >= int64(bytes.Len()) {
		p.upload = nil
		p.send(wire.Command{Code: wire.SegmentAbsent, Segment: u.segment, Request: u.request})
		return
	}
	u.rest = bytes.Slice(int(u.from), bytes.Len())
	p.send(wire.Command{Code: wire.SegmentData, Segment: u.segment, Request: u.request, Size: int64(u.rest.Len())})
	p.pump()
}

func (p *Peer) cancelUpload(request int64) {
	if p.upload != nil && p.upload.request == request {
		p.upload = nil
	}
}

// Drained implements Receiver.
func (p *Peer) Drained() { p.pump() }

// pump fills the channel's buffer with what is left to send. What does not fit
// waits for Drained, never for a timer: those of a hidden tab run late.
func (p *Peer) pump() {
	for u := p.upload; u != nil && u.rest != nil && !p.ended && p.channel.Buffered() < HighWater; u = p.upload {
		n := min(u.rest.Len(), p.longestMessage())
		p.channel.SendData(u.rest.Slice(0, n))
		u.rest = u.rest.Slice(n, u.rest.Len())
		p.owner.Uploaded(n)
		if u.rest.Len() == 0 {
			p.upload = nil
			p.send(wire.Command{Code: wire.SegmentDataSendingCompleted, Segment: u.segment, Request: u.request})
		}
	}
}
