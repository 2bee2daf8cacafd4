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
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// Owner is who the conversation is held for.
type Owner interface {
	// Announced says that the peer has told what it holds and fetches.
	Announced()
	// Willing says that the peer can be asked again, which it could not for a while.
	Willing()
	// Lend gives the peer the segment with this id. It calls done once, at once or
	// later on the loop, unless Returned comes before.
	Lend(segment int64, done func(Loan))
	// Returned says that the peer needs no more of what was lent last, of which n bytes
	// were all that it had asked for; 0 where not all were sent.
	Returned(n int64)
	// Spend asks how many of n bytes of a segment may go out, which they do at once. Where
	// it is none, Continue is called when there can be more.
	Spend(n int) int
	// Uploaded says that n bytes of a segment went out.
	Uploaded(n int)
	// Ended says that the peer is gone; it comes once. Any download has failed
	// before.
	Ended(reason error)
}

// Peer is the other end of a channel. All methods are called on the loop.
type Peer struct {
	// Classic has requests say nothing of our additions to the protocol.
	Classic bool

	// in
	loop     loop.Loop
	channel  Channel
	settings *config.Stream
	owner    Owner

	// what it says of itself
	loaded   ids
	loading  ids
	arriving ids
	swarm    int64         // how many peers it knows of, 0 if it does not say
	giver    bool          // it has announced something
	kin      bool          // it has spoken our additions to the protocol
	absent   ids           // of those, what it did not have when it was asked
	absentAt time.Duration // when it said so last
	lacked   int           // so often since it gave one
	broken   ids           // what it passed on in vain
	brokenAt time.Duration // when it did so last
	failed   int           // so often since it gave one
	unkept   int           // how often it said that it fetches what it then did not have
	unkeptAt time.Duration // when that was noticed last

	joiner   wire.Joiner
	work     work
	download *download
	settling *settling // why it cannot be asked just now
	busy     func()    // stops the timer after which it is asked again, nil while it is not busy
	upload   *upload
	reading  bool  // the storage is, for this upload or one called off
	request  int64 // the last request id used
	stalls   int   // downloads in a row that stood still
	outbox   outbox
	ended    bool
	meter    meter
}

// New starts a conversation. The first request id is drawn at random by the
// caller, so that ids of a former life on the same channel do not recur.
func New(l loop.Loop, channel Channel, settings *config.Stream, owner Owner, firstRequest int64) *Peer {
	p := &Peer{loop: l, channel: channel, settings: settings, owner: owner, request: firstRequest % requestIDs}
	p.work.since = l.Now()
	return p
}

// absence is how long it is believed that a segment is absent which the peer keeps
// announcing. (A JavaScript peer does so whose player has emptied it.)
const absence = 10 * time.Second

const (
	// hollow is how many segments a peer may lack in a row until nothing is believed
	// that it announces, for as long.
	hollow = 3
	// leaky is the same of those that it passes on.
	leaky = 5
	// idle is the same of those that it says it fetches, and idleness for how long: each
	// keeps others from fetching for some seconds.
	idle     = 3
	idleness = time.Minute
)

func (p *Peer) doubt() {
	if p.lacked >= hollow {
		p.loaded = nil
	}
	if p.failed >= leaky {
		p.arriving = nil
	}
	if p.unkept >= idle {
		p.loading = nil
	}
}

// forgive forgets what the peer did long ago, so that it is tried once more.
func (p *Peer) forgive() {
	if len(p.absent) > 0 && p.loop.Now() > p.absentAt+absence {
		p.absent = nil
		p.lacked = min(p.lacked, hollow-1)
	}
	if len(p.broken) > 0 && p.loop.Now() > p.brokenAt+absence {
		p.broken = nil
		p.failed = min(p.failed, leaky-1)
	}
	if p.unkept >= idle && p.loop.Now() > p.unkeptAt+idleness {
		p.unkept = idle - 1
	}
}

// Holds tells whether the peer has announced the segment as stored, and has not
// said a moment ago that it is absent.
func (p *Peer) Holds(id int64) bool { return p.loaded.has(id) && !p.absent.has(id) }

// Fetches tells whether the peer has announced that it is fetching the segment
// from the origin.
func (p *Peer) Fetches(id int64) bool { return p.loading.has(id) }

// Passes tells whether the peer has announced that the segment is on its way to
// it, and can be passed on as it comes.
func (p *Peer) Passes(id int64) bool { return p.arriving.has(id) && !p.broken.has(id) }

// HasPart tells whether the peer passes the segment on, and does not hold it.
func (p *Peer) HasPart(id int64) bool { return p.Passes(id) && !p.Holds(id) }

// Disbelieve says that what the peer passed on of a segment was of no use. It may not be
// its doing, and so nothing happens but that it is not asked for that for a while, and
// for nothing that it passes on where it was so often.
func (p *Peer) Disbelieve(segment int64) {
	p.broken.add(segment)
	p.brokenAt = p.loop.Now()
	p.failed++
	p.doubt()
}

// Unkept says that nothing has come of a segment that the peer said it fetches.
func (p *Peer) Unkept() {
	p.unkept++
	p.unkeptAt = p.loop.Now()
	p.doubt()
}

// Ready tells whether the peer can be asked for a segment.
func (p *Peer) Ready() bool {
	return !p.ended && p.download == nil && p.settling == nil && p.busy == nil
}

// IsKin tells whether the peer speaks our additions to the protocol: it passes
// segments on while they arrive, and says when it is busy.
func (p *Peer) IsKin() bool { return p.kin }

// Swarm is how many peers a tracker counted when it told this one last, 0 if it
// does not say.
func (p *Peer) Swarm() int64 { return p.swarm }

// IsGiver tells whether the peer has announced anything. One that may not upload
// never does.
func (p *Peer) IsGiver() bool { return p.giver }

// Speed is how fast it has been giving, in bytes per second; 0 if not known.
func (p *Peer) Speed() float64 { return p.meter.rate() }

// Holdings are what is announced: ids of segments.
type Holdings struct {
	Loaded   []int64 // that are stored
	Loading  []int64 // that are being fetched from the origin
	Arriving []int64 // of which the first bytes are here, wherever they come from
	Swarm    int64   // how many peers there are, 0 to say nothing of that
}

// Announce tells the peer what is here. Where the channel is full only the latest
// waits: it tells all.
func (p *Peer) Announce(h Holdings) {
	p.outbox.announcement = &wire.Command{
		Code:   wire.SegmentsAnnouncement,
		Loaded: h.Loaded, Loading: h.Loading, Arriving: h.Arriving, Swarm: h.Swarm,
	}
	p.pump()
}

// Nudge sends what changes nothing, for the peer's machine to acknowledge: it calls
// off a request that nobody makes.
func (p *Peer) Nudge() { p.sendCancel(0, requestIDs) }

// Close ends the conversation for a reason of ours.
func (p *Peer) Close(reason error) { p.end(reason) }

// Closed implements Receiver.
func (p *Peer) Closed(reason error) { p.end(reason) }

// Command implements Receiver.
func (p *Peer) Command(message []byte) {
	if p.ended || !p.bears(perCommand+len(message)) {
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
		p.loaded.set(c.Loaded)
		p.loading.set(c.Loading)
		p.arriving.set(c.Arriving)
		p.kin, p.swarm = p.kin || c.Swarm > 0, c.Swarm
		p.giver = !p.kin || c.Swarm > 0 // one that gives no more says nothing
		p.disturb()                     // it has news, perhaps for us
		p.forgive()
		p.doubt()
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

// bears ends the conversation with a peer that makes too much work.
func (p *Peer) bears(work int) bool {
	if p.work.charge(work, p.loop.Now) {
		return true
	}
	p.violation(errFlood)
	return false
}

// mismatch ends the conversation with a peer that miscounts.
func (p *Peer) mismatch(format string, values ...any) {
	p.end(&Error{Type: LengthMismatch, Err: fmt.Errorf(format, values...)})
}

// violation ends the conversation with a peer that does what none should.
func (p *Peer) violation(err error) { p.end(&Error{Type: ProtocolViolation, Err: err}) }

func (p *Peer) end(reason error) {
	if p.ended {
		return
	}
	p.ended = true
	p.endUpload()
	p.outbox.close()
	p.settle()
	p.disturb()
	if d := p.download; d != nil && d.whole {
		p.finish(d)
	} else if d != nil {
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
