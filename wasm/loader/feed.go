package loader

import (
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/storage"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// feed is what the player gets of one type of stream: the rendition it plays
// now, the segment it waits for, the downloads under way, and the swarms of
// this rendition and of those it has left a moment ago.
type feed struct {
	// in
	loader   *Loader
	kind     hls.StreamType
	settings *config.Stream
	decide   scheduler.Policy

	began     time.Duration // or began anew, after a rest
	took      [2]float64    // by source: see scheduler.State
	stream    *stream       // what is played
	last      *segment      // the last one that the player asked for
	wanted    *request      // nil while the player waits for nothing
	downloads []*download   // in the order they began
	claims    []*segment    // in the order they were made
	swarms    []*swarm      // of the stream that is played, and of those left a moment ago

	planned   bool          // a plan is posted
	plannedAt time.Duration // when the last plan was made
	cancel    func()        // calls off the plan for later, nil if there is none
	due       time.Duration // when that is
	room      room
	closed    bool
}

// request is a segment that the player waits for.
type request struct {
	segment *segment
	id      string // the runtime id that the player knows it by
	done    func(Result, error)
	reading bool // the storage is about to give it
}

func newFeed(l *Loader, t hls.StreamType, settings *config.Stream) *feed {
	f := &feed{loader: l, kind: t, settings: settings, decide: scheduler.Decide, began: l.now()}
	if other := l.page.machine.NewPolicy; other != nil {
		f.decide = other()
	}
	return f
}

// load answers a request of the player, from the storage if that has it.
func (f *feed) load(seg *segment, done func(Result, error)) {
	f.moveTo(seg)
	defer f.replan()
	f.abort()
	if f.closed { // by the player, when it heard of that
		done(Result{}, ErrAborted)
		return
	}
	r := &request{segment: seg, id: seg.RuntimeID, done: done}
	f.wanted = r
	if f.loader.has(seg.key()) {
		f.read(r)
		return
	}
	f.begin(r)
}

// read answers a request with what is stored, or begins anew where the storage
// has nothing after all.
func (f *feed) read(r *request) {
	r.reading = true
	f.loader.shelf.get(r.segment.key(), func(bytes payload.Bytes) {
		r.reading = false
		switch {
		case f.wanted != r: // answered from elsewhere, or aborted
		case bytes == nil:
			f.begin(r)
			f.replan()
		default:
			f.wanted = nil
			r.done(f.result(bytes), nil)
		}
	})
}

// begin has the segment of a request fetched.
func (f *feed) begin(r *request) {
	if d := r.segment.download; d != nil && d.attempt == nil {
		d.anew()
	}
}

// moveTo takes note of where the player is loading.
func (f *feed) moveTo(seg *segment) {
	if !f.loader.playback.known && f.last == nil {
		f.loader.playback.position = seg.Start
		f.loader.playback.at = f.loader.now()
	}
	f.last = seg
	if f.stream != seg.stream {
		if left := f.swarm(f.stream); left != nil {
			left.leaveLater()
		}
		f.stream = seg.stream
		f.took = [2]float64{} // of segments of another size
	}
	if w := f.swarm(f.stream); w != nil {
		w.stay()
		return
	}
	name := f.loader.swarmID(f.settings)
	f.stream.swarm = storage.Swarm{Name: name, Stream: wire.StreamSwarmID(name, f.stream.ID())}
	if !f.loader.page.resting {
		f.join()
	}
}

// join enters the swarm of what is played.
func (f *feed) join() {
	w := newSwarm(f, f.stream)
	f.swarms = append(f.swarms, w)
	w.join()
}

// rest leaves all swarms and calls the downloads off, for Page.Rest.
func (f *feed) rest() {
	for _, seg := range slices.Clone(f.claims) {
		f.unclaim(seg)
	}
	for _, d := range slices.Clone(f.downloads) {
		d.abort()
	}
	for _, w := range slices.Clone(f.swarms) {
		w.close()
	}
}

// wake goes on after a rest, as at the beginning.
func (f *feed) wake() {
	if f.closed || f.stream == nil {
		return // by a listener, or before it began
	}
	f.began = f.loader.now()
	f.join()
	f.retry()
}

// retry leaves peers that are out of reach, so that they are met anew, and ends the
// pauses between tries at the origin: it may be there again.
func (f *feed) retry() {
	for _, w := range slices.Clone(f.swarms) {
		for _, l := range slices.Clone(w.links) {
			if l.suspected {
				l.Closed(errOutOfReach)
			}
		}
	}
	f.loader.sites.mayBeBack()
	for _, d := range f.downloads {
		if d.attempt == nil {
			d.anew()
		}
	}
	f.replan()
}

// swarm is that of a stream, or nil when none is open.
func (f *feed) swarm(s *stream) *swarm {
	for _, w := range f.swarms {
		if w.stream == s {
			return w
		}
	}
	return nil
}

// abort takes the player's request back. Its download goes on as long as the
// plan has use for it.
func (f *feed) abort() {
	if r := f.wanted; r != nil {
		f.wanted = nil
		r.done(Result{}, ErrAborted)
		f.replan()
	}
}

// complete takes a whole segment: it goes to the storage, to the peers and, if
// the player waits for it, to the player.
func (f *feed) complete(seg *segment, bytes payload.Bytes) {
	f.forget(seg.download)
	f.store(seg, bytes)
}

func (f *feed) store(seg *segment, bytes payload.Bytes) {
	l := f.loader
	if r := f.wanted; r != nil && r.segment == seg {
		f.wanted = nil
		defer r.done(f.result(bytes), nil)
	}
	item := storage.Item{Bytes: bytes, Type: f.kind, Start: seg.Start, End: seg.End}
	head := storage.Playhead{Position: l.position(), Live: l.live, Keep: f.settings.HighDemandTimeWindow}
	l.shelf.put(seg.key(), item, head, func(stored bool) {
		// What is not kept the player has all the same, and peers have elsewhere.
		// So it is where false bytes are kept, which a storage does not replace.
		seg.refused = !stored || !l.has(seg.key())
		f.storageChanged(seg.stream.swarm.Stream)
	})
	f.announce()
	f.replan()
}

// storageChanged tells the peers of a stream what is stored by now.
func (f *feed) storageChanged(streamSwarmID string) {
	for _, w := range f.swarms {
		if w.stream.swarm.Stream == streamSwarmID && !f.settings.IsP2PUploadDisabled {
			w.announce()
		}
	}
	f.replan()
}

// fail tells the player that the segment cannot be had.
func (f *feed) fail() {
	if r := f.wanted; r != nil {
		f.wanted = nil
		r.done(Result{}, ErrFailed)
	}
}

func (f *feed) result(bytes payload.Bytes) Result {
	return Result{Bytes: bytes, Bandwidth: f.loader.bandwidth.rate(f.loader.now())}
}

// announce tells all peers what is here, soon.
func (f *feed) announce() {
	if f.settings.IsP2PUploadDisabled || f.closed {
		return
	}
	for _, w := range f.swarms {
		w.announce()
	}
}

// announceNow tells the peers of what is played at once.
func (f *feed) announceNow() {
	if w := f.swarm(f.stream); w != nil && !f.settings.IsP2PUploadDisabled {
		w.announceNow()
	}
}

func (f *feed) emit(e Event) { f.loader.host.Emit(e) }

func (f *feed) close() {
	f.closed = true
	f.abort()
	for _, d := range slices.Clone(f.downloads) {
		d.abort()
		f.forget(d)
	}
	for _, w := range slices.Clone(f.swarms) {
		w.close()
	}
	if f.cancel != nil {
		f.cancel()
	}
}

// replanIn plans once d has passed, if not before. A timer that fires sooner
// stays: to start one anew with each plan is dear in a browser.
func (f *feed) replanIn(d time.Duration) {
	due := f.loader.now() + d
	if f.cancel != nil {
		if f.due <= due {
			return
		}
		f.cancel()
	}
	f.due = due
	f.cancel = f.loader.page.machine.Loop.After(d, func() {
		f.cancel = nil
		f.replan()
	})
}
