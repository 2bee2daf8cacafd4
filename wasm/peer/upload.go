package peer

import (
	"fmt"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// Loan is what the owner gives a peer of a segment. The zero value is one that it
// does not have.
type Loan struct {
	Parts []payload.Bytes // what is here, from the first byte on
	Size  int64           // of the whole in bytes; what the parts lack of it More brings
	Busy  bool            // it has the segment, and gives to too many already
	// Fresh says that others wait for the peer to pass it on. A part is passed on when
	// its message is whole: short ones reach the last of a long row sooner, and cost more.
	Fresh bool
}

// upload is the segment on its way to the peer.
type upload struct {
	segment, request int64
	from             int64           // the first byte wanted
	lent             bool            // the owner was asked for it
	read             bool            // and has answered
	busy             bool            // with that
	most             int             // bytes of it in a message
	parts            []payload.Bytes // here and still to be sent
	size             int64           // bytes to be sent in all, 0 where the segment is absent
	rest             int64           // of those, what is still to be sent
	begun            bool            // SegmentData has gone
	sent             bool            // all has, and the channel is still at it
}

// startUpload answers a request. It takes the place of an upload under way, or
// of one that waits to be read: a peer asks for one segment at a time.
func (p *Peer) startUpload(c wire.Command) {
	if c.Segment < 0 || c.Request < 0 {
		p.violation(fmt.Errorf("request %d for segment %d", c.Request, c.Segment))
		return
	}
	p.kin = p.kin || c.Busy != 0
	p.endUpload()
	p.upload = &upload{segment: c.Segment, request: c.Request, from: c.From}
	p.read()
}

// endUpload forgets the upload, if there is one.
func (p *Peer) endUpload() {
	u := p.upload
	p.upload = nil
	switch {
	case u == nil || !u.lent:
	case u.sent:
		p.owner.Returned(u.size)
	default:
		p.owner.Returned(0)
	}
}

// read has the owner read what the peer has asked for last. Each read holds a
// copy of a segment, and so only one is under way, however many requests come.
func (p *Peer) read() {
	u := p.upload
	if p.reading || u == nil {
		return
	}
	p.reading, u.lent = true, true
	p.owner.Lend(u.segment, func(loan Loan) {
		p.reading = false
		if p.upload != u { // it was called off, or the peer has gone
			p.read()
			return
		}
		u.take(loan)
		p.pump()
	})
}

// take begins with what is lent.
func (u *upload) take(loan Loan) {
	u.read, u.busy, u.most = true, loan.Busy, mostData
	if loan.Fresh {
		u.most = mostFreshData
	}
	if u.from < 0 || u.from >= loan.Size {
		return
	}
	skip := u.from
	for _, part := range loan.Parts {
		if n := int64(part.Len()); skip >= n {
			skip -= n
			continue
		}
		u.parts = append(u.parts, part.Slice(int(skip), part.Len()))
		skip = 0
	}
	if len(u.parts) > 0 { // nobody waits for what is behind the one that asks
		u.size = loan.Size - u.from
		u.rest = u.size
	}
}

// More continues the upload of a segment of which not all was lent.
func (p *Peer) More(segment int64, part payload.Bytes) {
	u := p.upload
	if u != nil && u.read && u.segment == segment && u.here()+int64(part.Len()) <= u.rest {
		u.parts = append(u.parts, part)
		p.pump()
	}
}

// Broken ends the upload of a segment of which no more comes. The peer is told, so
// that it looks elsewhere.
func (p *Peer) Broken(segment int64) {
	u := p.upload
	if u != nil && u.segment == segment && u.here() < u.rest {
		p.Withdraw()
	}
}

// Withdraw ends the upload under way, if there is one, as Broken does.
func (p *Peer) Withdraw() {
	if u := p.upload; u != nil && u.read && !u.sent {
		u.parts, u.rest = nil, 0
		p.pump()
	}
}

// here is how many bytes could be sent now.
func (u *upload) here() (n int64) {
	for _, part := range u.parts {
		n += int64(part.Len())
	}
	return n
}

func (p *Peer) cancelUpload(request int64) {
	if p.upload != nil && p.upload.request == request {
		p.endUpload()
	}
}

// Drained implements Receiver.
func (p *Peer) Drained() {
	p.drained()
	p.pump()
}

// drained ends an upload that has been sent, once the line is free for another: the
// channel's buffer can hold a good part of a segment.
func (p *Peer) drained() {
	switch {
	case !p.draining():
	case p.channel.Buffered() < LowWater:
		p.endUpload()
	default:
		p.watch()
	}
}

func (p *Peer) draining() bool { return p.upload != nil && p.upload.sent }

// mostData is how many bytes of a segment go into a message, if the page has no lower
// limit, and mostFreshData how many of one that is passed on.
const (
	mostData      = 64 << 10
	mostFreshData = 16 << 10
)

// sends tells whether the upload has something to say.
func (u *upload) sends() bool {
	return u.read && !u.sent && (u.rest == 0 || !u.begun || len(u.parts) > 0)
}

// uploadNext sends the next message of the upload, unless the owner has it wait.
func (p *Peer) uploadNext() bool {
	u := p.upload
	switch {
	case u.rest == 0:
		absent := wire.Command{Code: wire.SegmentAbsent, Segment: u.segment, Request: u.request}
		if u.busy {
			absent.Busy = 1
		}
		p.endUpload()
		p.send(absent)
	case !u.begun:
		u.begun = true
		p.send(wire.Command{Code: wire.SegmentData, Segment: u.segment, Request: u.request, Size: u.rest})
	default:
		part := u.parts[0]
		n := p.owner.Spend(min(part.Len(), u.most, p.longestMessage()))
		if n == 0 {
			return false
		}
		if n == part.Len() {
			u.parts[0] = nil
			u.parts = u.parts[1:]
		} else {
			u.parts[0] = part.Slice(n, part.Len())
		}
		u.rest -= int64(n)
		p.outbox.sent += n
		p.work.pay(n)
		p.channel.SendData(part.Slice(0, n))
		p.owner.Uploaded(n)
		if u.rest == 0 && p.upload == u {
			u.sent = true
			p.send(wire.Command{Code: wire.SegmentDataSendingCompleted, Segment: u.segment, Request: u.request})
			p.drained()
		}
	}
	return true
}
