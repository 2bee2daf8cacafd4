package loader

import (
	"fmt"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// download is a segment on its way, over as many attempts as it takes. Each
// goes on at the byte where the one before stopped.
type download struct {
	// in
	feed    *feed
	segment *segment

	parts  []payload.Bytes
	shares []share // of peers, in the order of their bytes
	found  *list   // see list
	sought bool
	// unprovenBy is the list that does not vouch for what has come, nil if that is none.
	unprovenBy *list
	loaded     int64         // bytes in parts
	open       int64         // of those, what may be passed on: not the last part before the whole is checked
	total      int64         // bytes, 0 if not known
	sure       bool          // the total is the origin's word, not a peer's
	failures   int           // of the origin, since the player asked
	failedAt   time.Duration // the first of them
	giveUpAt   time.Duration // the player is not told of them before
	retryAt    time.Duration // the origin is left alone before
	attempt    *attempt      // nil while none is under way
}

// attempt is one source's try. It is the sink of both fetchers and peers, so
// that what a former attempt still has to say reaches nothing.
type attempt struct {
	download *download
	segment  hls.Segment // as it was listed when this began
	from     Origin
	began    time.Duration
	answered bool  // headers have come
	got      int64 // bytes
	pace     pace
	stop     func()        // ends it at its source
	silence  *loop.Silence // nil for peers, which have their own
	link     *link         // the peer, nil for the origin
	passed   bool          // on by the peer while it arrives there
	reported bool          // to the page
	ended    time.Duration // when the source had no more to say, 0 before
	checking bool          // whole, and with the list of digests or the page's validator
	reread   bool          // that list, for this
}

// mostBytes is how many bytes a peer may claim for the segment: more than any video
// has, and less than would fill a page's memory.
func (s *segment) mostBytes() int64 {
	const perSecond, besides = 25 << 20, 32 << 20
	return int64(max(s.End-s.Start, 0)*perSecond) + besides
}

func (d *download) describe() *scheduler.Download {
	a := d.attempt
	if a == nil {
		return nil
	}
	now := d.feed.loader.now()
	return &scheduler.Download{
		Source: a.source(), Age: now - a.began, Loaded: d.loaded, Total: d.total, Speed: a.pace.rate(now, a.got),
	}
}

// source is where the attempt is made, as the scheduler has it.
func (a *attempt) source() scheduler.Source {
	if a.from.Source == P2P {
		return scheduler.P2P
	}
	return scheduler.HTTP
}

// begin starts an attempt. False means that there is nothing to ask for: a
// listener has ended it, or all bytes were here and only the check was left.
func (d *download) begin(a *attempt) bool {
	l := d.feed.loader
	a.download, a.segment, a.began = d, d.segment.Segment, l.now()
	a.pace = pace{since: a.began, before: a.began}
	d.attempt = a
	d.reopen()
	d.feed.unclaim(d.segment)
	l.bandwidth.start(l.now(), a.from.Source)
	if a.link == nil || !a.link.peer.IsKin() {
		a.report()
	}
	if d.attempt == a && d.total > 0 && d.loaded == d.total {
		a.report()
		a.whole()
		return false
	}
	return d.attempt == a
}

// report tells the page that the attempt has begun. One of our own peers may say that
// it is busy, and then it has not.
func (a *attempt) report() {
	if !a.reported {
		a.reported = true
		a.download.feed.emit(SegmentStarted{Segment: a.segment, Origin: a.from})
	}
}

// fetch asks the origin, after telling the peers so.
func (d *download) fetch() {
	a := &attempt{from: Origin{Source: HTTP}}
	if !d.begin(a) {
		return
	}
	d.feed.announce()
	a.listen(a.headersWait())
	a.stop = d.feed.loader.host.Fetcher.Fetch(FetchRequest{
		Type: d.feed.kind, Segment: a.segment, From: d.loaded, Total: d.total,
	}, a)
}

// ask asks a peer.
func (d *download) ask(l *link) {
	id := d.segment.ExternalID
	a := &attempt{from: Origin{Source: P2P, Peer: l.remote}, link: l, passed: l.peer.HasPart(id)}
	if !d.begin(a) {
		return
	}
	if !l.peer.Ready() {
		d.abort() // or the peer
		return
	}
	a.stop = l.peer.Cancel
	l.pulse.watch()
	if digests := d.list(); digests != nil {
		digests.prepare(a.segment)
	}
	l.peer.Download(id, d.loaded, peerSink{a})
}

// abort calls the attempt off. What has come stays, for the next one.
func (d *download) abort() {
	a := d.attempt
	if a == nil {
		return
	}
	d.finish()
	if a.stop != nil && !a.checking {
		a.stop()
	}
	if a.reported {
		d.feed.emit(SegmentAborted{Segment: a.segment, Type: d.feed.kind, Origin: a.from})
	}
	if !d.feed.closed {
		d.feed.announce()
	}
}

// finish takes the attempt off the download. What it said of the segment's size
// stays with bytes that it gave, and goes without: nothing vouches for it then.
func (d *download) finish() {
	if d.loaded == 0 {
		d.discard()
	}
	if d.attempt.silence != nil {
		d.attempt.silence.Stop()
	}
	a := d.attempt
	d.attempt = nil
	if !a.checking {
		d.feed.loader.bandwidth.stop(d.feed.loader.now(), a.from.Source)
	}
}

// discard drops what has come, and what was said of the size with it.
func (d *download) discard() {
	d.breakOff()
	d.parts, d.shares, d.loaded, d.unprovenBy = nil, nil, 0, nil
	if d.segment.ByteRange == nil {
		d.total, d.sure = 0, false
	}
}

// takeBack drops what the attempt has brought.
func (a *attempt) takeBack() {
	d := a.download
	if a.got == d.loaded {
		d.discard()
		return
	}
	for left := a.got; left > 0; {
		last := len(d.parts) - 1
		left -= int64(d.parts[last].Len())
		d.parts = d.parts[:last]
	}
	d.loaded -= a.got
	d.shares = slices.DeleteFunc(d.shares, func(s share) bool { return s.from >= d.loaded })
	if n := len(d.shares); n > 0 {
		d.shares[n-1].to = min(d.shares[n-1].to, d.loaded)
	}
	if d.open > d.loaded {
		d.breakOff()
	}
}

// failed ends the attempt for a reason that is not ours.
func (a *attempt) failed(err error, discard bool) {
	if err, ok := err.(*FetchError); ok {
		a.refused(err, discard)
	}
	a.inVain(err, discard)
}

// inVain ends the attempt for a reason that is none of its source's.
func (a *attempt) inVain(err error, discard bool) {
	d := a.download
	a.report()
	d.finish()
	if discard {
		d.discard()
	}
	d.feed.emit(SegmentFailed{Segment: a.segment, Type: d.feed.kind, Err: err, Origin: a.from})
	if d.feed.closed {
		return
	}
	d.feed.announce()
	d.feed.replan()
}

func (a *attempt) current() bool { return a.download.attempt == a }

// chunk takes bytes from either source.
func (a *attempt) chunk(bytes payload.Bytes) {
	d, l := a.download, a.download.feed.loader
	a.report()
	d.parts = append(d.parts, bytes)
	if a.link != nil {
		d.shared(a, int64(bytes.Len()))
	}
	d.loaded += int64(bytes.Len())
	a.got += int64(bytes.Len())
	a.pace.mark(l.now(), a.got)
	l.bandwidth.add(l.now(), a.from.Source, bytes.Len())
	d.pass(bytes)
	d.feed.emit(ChunkDownloaded{Bytes: bytes, Origin: a.from})
}

// whole checks a segment that is all here: by its digest, and then by the page's own
// validator.
func (a *attempt) whole() {
	d := a.download
	a.ended = d.feed.loader.now()
	bytes := d.feed.loader.page.machine.Joiner.Join(d.parts)
	d.parts = []payload.Bytes{bytes}
	a.verify(bytes)
}

// check has the attempt wait for an answer of ours: its source has nothing more to say.
func (a *attempt) check() {
	if a.checking {
		return
	}
	a.checking = true
	if a.silence != nil {
		a.silence.Stop()
	}
	l := a.download.feed.loader
	l.bandwidth.stop(l.now(), a.from.Source)
}

func (a *attempt) validate(bytes payload.Bytes) {
	f := a.download.feed
	v := f.loader.host.Validator
	if v == nil || !v.Validates(a.from.Source, f.kind) {
		a.complete(bytes)
		return
	}
	a.check()
	v.Validate(a.from.Source, f.kind, a.segment, bytes, func(valid bool) {
		switch {
		case !a.current():
		case valid:
			a.complete(bytes)
		default:
			a.declined()
		}
	})
}

// declined is when the page does not take the bytes for the segment. A peer that gave
// all of them, and had them all, is left.
func (a *attempt) declined() {
	err := a.invalid()
	l, alone := a.link, a.got == a.download.loaded
	if l != nil && a.passed {
		l.peer.Disbelieve(a.segment.ExternalID)
	}
	a.failed(err, true)
	if l != nil && alone && !a.passed {
		l.peer.Close(err)
	}
}

// invalid is that the page took the bytes for something else than the segment.
func (a *attempt) invalid() error {
	if a.from.Source == P2P {
		refused := fmt.Errorf("the page does not take it for segment %d", a.download.segment.ExternalID)
		return &peer.Error{Type: peer.ValidationFailed, Err: refused}
	}
	return &FetchError{Type: HTTPValidationFailed}
}

func (a *attempt) complete(bytes payload.Bytes) {
	d, f := a.download, a.download.feed
	if d.unprovenBy == nil {
		d.passLast(bytes)
	}
	f.learn(a)
	d.finish()
	f.emit(SegmentLoaded{Segment: a.segment, Type: f.kind, Bytes: bytes.Len(), Origin: a.from})
	if !f.closed {
		f.loader.note(d.segment, d.unprovenBy)
		f.complete(d.segment, bytes)
	}
}

// learn takes note of how long a segment took that came from one source as a whole.
func (f *feed) learn(a *attempt) {
	plays := a.segment.End - a.segment.Start
	if a.got < a.download.loaded || plays <= 0 {
		return
	}
	source := a.source()
	const weight = 0.3 // of the newest
	took := max(a.ended-a.began, time.Millisecond).Seconds() / plays
	if before := f.took[source]; before > 0 {
		took = weight*took + (1-weight)*before
	}
	f.took[source] = took
}
