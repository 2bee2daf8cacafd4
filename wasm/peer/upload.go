package peer

import (
	"fmt"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// upload is the segment on its way to the peer.
type upload struct {
	segment, request int64
	rest             payload.Bytes
}

// startUpload answers a request. It takes the place of an upload under way: a
// peer asks for one segment at a time.
func (p *Peer) startUpload(c wire.Command) {
	if c.Segment < 0 || c.Request < 0 {
		p.violation(fmt.Errorf("request %d for segment %d", c.Request, c.Segment))
		return
	}
	p.upload = nil
	bytes := p.owner.Stored(c.Segment)
	if bytes == nil || c.From < 0 || c.From >= int64(bytes.Len()) {
		p.send(wire.Command{Code: wire.SegmentAbsent, Segment: c.Segment, Request: c.Request})
		return
	}
	rest := bytes.Slice(int(c.From), bytes.Len())
	p.upload = &upload{segment: c.Segment, request: c.Request, rest: rest}
	p.send(wire.Command{Code: wire.SegmentData, Segment: c.Segment, Request: c.Request, Size: int64(rest.Len())})
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
	for u := p.upload; u != nil && !p.ended && p.channel.Buffered() < HighWater; u = p.upload {
		n := min(u.rest.Len(), p.settings.WebRTCMaxMessageSize)
		p.channel.SendData(u.rest.Slice(0, n))
		u.rest = u.rest.Slice(n, u.rest.Len())
		p.owner.Uploaded(n)
		if u.rest.Len() == 0 {
			p.upload = nil
			p.send(wire.Command{Code: wire.SegmentDataSendingCompleted, Segment: u.segment, Request: u.request})
		}
	}
}
