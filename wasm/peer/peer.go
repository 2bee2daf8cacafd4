// Package peer is one conversation over a channel: what the other side holds,
// at most one segment on its way here, and at most one on its way there. The
// commands are those of P2P Media Loader.
package peer

import (
	"errors"
	"fmt"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// Owner is who the conversation is held for.
type Owner interface {
	// Announced says that what the peer holds or fetches, or whether it is
	// ready, has changed.
	Announced()
	// Stored reads the segment with this id for the peer to have. It calls done
	// once, at once or later on the loop, with nil where there is none.
	Stored(id int64, done func(bytes payload.Bytes))
	// Uploaded says that n bytes of a segment went out.
	Uploaded(n int)
	// Ended says that the peer is gone; it comes once. Any download has failed
	// before.
	Ended(reason error)
}

// Peer is the other end of a channel. All methods are called on the loop.
type Peer struct {
	// in
	loop     loop.Loop
	channel  Channel
	settings *config.Stream
	owner    Owner

	// what it says of itself
	loaded  map[int64]bool
	loading map[int64]bool

	joiner   wire.Joiner
	download *download
	settling *settling // why it cannot be asked just now
	upload   *upload
	reading  bool  // the storage is, for this upload or one called off
	request  int64 // the last request id used
	stalls   int   // downloads in a row that stood still
	ended    bool
	meter    meter
}

// New starts a conversation. The first request id is drawn at random by the
// caller, so that ids of a former life on the same channel do not recur.
func New(l loop.Loop, channel Channel, settings *config.Stream, owner Owner, firstRequest int64) *Peer {
	return &Peer{loop: l, channel: channel, settings: settings, owner: owner, request: firstRequest % requestIDs}
}

// Holds tells whether the peer has announced the segment as stored.
func (p *Peer) Holds(id int64) bool { return p.loaded[id] }

// Fetches tells whether the peer has announced that it is fetching the segment
// from the origin.
func (p *Peer) Fetches(id int64) bool { return p.loading[id] }

// Ready tells whether the peer can be asked for a segment.
func (p *Peer) Ready() bool { return !p.ended && p.download == nil && p.settling == nil }

// Speed is how fast it has been giving, in bytes per second; 0 if not known.
func (p *Peer) Speed() float64 { return p.meter.rate() }

// Announce tells the peer what is stored here and what is being fetched from
// the origin.
func (p *Peer) Announce(loaded, loading []int64) {
	p.send(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: loaded, Loading: loading})
}

// Close ends the conversation for a reason of ours.
func (p *Peer) Close(reason error) { p.end(reason) }

// Closed implements Receiver.
func (p *Peer) Closed(reason error) { p.end(reason) }

// Command implements Receiver.
func (p *Peer) Command(message []byte) {
	if p.ended {
		return
	}
	body, err := p.joiner.Add(message)
	switch {
	case errors.Is(err, wire.ErrCommandTooLong):
		p.violation(err)
		return
	case err != nil || body == nil:
		return // a part that fits nowhere is dropped, as JavaScript does
	}
	command, err := wire.DecodeCommand(body)
	if err != nil {
		return // one that cannot be read is lost, the conversation goes on
	}
	p.obey(command)
}

func (p *Peer) obey(c wire.Command) {
	switch c.Code {
	case wire.SegmentsAnnouncement:
		p.loaded, p.loading = set(c.Loaded), set(c.Loading)
		p.owner.Announced()
	case wire.SegmentRequest:
		p.startUpload(c)
	case wire.CancelSegmentRequest:
		p.cancelUpload(c.Request)
	case wire.SegmentData:
		p.dataBegins(c)
	case wire.SegmentDataSendingCompleted:
		p.dataEnds(c)
	case wire.SegmentAbsent:
		p.dataAbsent(c)
	}
}

func (p *Peer) send(c wire.Command) {
	messages, err := wire.EncodeCommand(c, p.longestMessage())
	if err != nil {
		// Only a page's own segment ids lead here.
		p.end(fmt.Errorf("peer: %w", err))
		return
	}
	for _, message := range messages {
		p.channel.SendCommand(message)
	}
}

// longestMessage is how long a message may be, in bytes; commands can be split to
// it, whatever the page has set.
func (p *Peer) longestMessage() int {
	return max(wire.MinMessageSize, int(p.settings.WebRTCMaxMessageSize))
}

// violation ends the conversation with a peer that does what none should.
func (p *Peer) violation(err error) { p.end(&Error{Type: ProtocolViolation, Err: err}) }

func (p *Peer) end(reason error) {
	if p.ended {
		return
	}
	p.ended = true
	p.upload = nil
	p.settle()
	if d := p.download; d != nil {
		p.finish(d)
		failure := &Error{Type: Closed, Err: reason}
		if known, ok := errors.AsType[*Error](reason); ok {
			failure = known
		}
		d.sink.Failed(failure)
	}
	p.channel.Close()
	p.owner.Ended(reason)
}

func set(ids []int64) map[int64]bool {
	s := make(map[int64]bool, len(ids))
	for _, id := range ids {
		s[id] = true
	}
	return s
}

// meter measures the rate of what arrives over the last few downloads.
type meter struct {
	bytes float64
	time  time.Duration
}

// forget is the share of former downloads that stays in the measure.
const forget = 0.5

func (m *meter) add(bytes int64, took time.Duration) {
	m.bytes = m.bytes*forget + float64(bytes)
	m.time = time.Duration(float64(m.time)*forget) + max(took, time.Millisecond)
}

func (m *meter) rate() float64 {
	if m.time == 0 {
		return 0
	}
	return m.bytes / m.time.Seconds()
}
