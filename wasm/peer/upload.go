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
	read             bool          // by the storage
	rest             payload.Bytes // what is still to be sent, nil where the segment is absent
	begun            bool          // SegmentData has gone
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
		if p.upload != u { // it was called off, or the peer has gone
			p.read()
			return
		}
		u.read = true
		if bytes != nil && u.from >= 0 && u.from < int64(bytes.Len()) {
			u.rest = bytes.Slice(int(u.from), bytes.Len())
		}
		p.pump()
	})
}

func (p *Peer) cancelUpload(request int64) {
	if p.upload != nil && p.upload.request == request {
		p.upload = nil
	}
}

// Drained implements Receiver.
func (p *Peer) Drained() { p.pump() }

// uploadNext sends the next message of the upload.
func (p *Peer) uploadNext() {
	u := p.upload
	switch {
	case u.rest == nil:
		p.upload = nil
		p.send(wire.Command{Code: wire.SegmentAbsent, Segment: u.segment, Request: u.request})
	case !u.begun:
		u.begun = true
		p.send(wire.Command{Code: wire.SegmentData, Segment: u.segment, Request: u.request, Size: int64(u.rest.Len())})
	default:
		n := min(u.rest.Len(), p.longestMessage())
		chunk := u.rest.Slice(0, n)
		u.rest = u.rest.Slice(n, u.rest.Len())
		p.outbox.sent += n
		p.work.pay(n)
		p.channel.SendData(chunk)
		p.owner.Uploaded(n)
		if u.rest.Len() == 0 {
			p.upload = nil
			p.send(wire.Command{Code: wire.SegmentDataSendingCompleted, Segment: u.segment, Request: u.request})
		}
	}
}
