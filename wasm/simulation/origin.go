package simulation

import (
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
)

// Origin serves one stream over HTTP and counts what it serves.
type Origin struct {
	// Latency is that of one way between the origin and the network, Rate what
	// one response can have at most, in bytes per second, 0 without a limit.
	Latency time.Duration
	Rate    float64
	// Fail, if set, is asked whether the viewer's request for a segment, its
	// nth from 0 on, is refused.
	Fail func(v *Viewer, id int64, nth int) bool

	// NoDigests says that it lists no digests of its segments.
	NoDigests bool

	Stream   Stream
	Requests []Request // for segments, in the order they were made
	// ListRequests are those for lists of digests, ListBytes what they were sent.
	ListRequests int
	ListBytes    int64

	world   *World
	tries   map[try]int
	lists   []digestList // by rendition
	up      line         // shared by all responses
	most    int          // responses at a time, 0 without a limit
	serving int          // responses
}

// Request is one that the origin got for a segment.
type Request struct {
	At        time.Duration
	Viewer    *Viewer
	Age       time.Duration // since the viewer joined
	Rendition int
	Segment   int64
	Refused   bool
	Sent      int // bytes
}

// try names what a viewer asks for over and over.
type try struct {
	viewer  *Viewer
	segment int64
}

// chunk is how many bytes of a response arrive at a time.
const chunk = 64 << 10

// NewOrigin makes an origin 20 ms away that gives each response up to 40 Mbit/s.
func (w *World) NewOrigin(s Stream) *Origin {
	return &Origin{
		Latency: 20 * time.Millisecond, Rate: 5e6,
		Stream: s, world: w, tries: map[try]int{}, lists: make([]digestList, len(s.Sizes)),
	}
}

// Limit says what all responses can have together, in bytes per second, and how many
// there can be at a time before others are refused; 0 is for no limit.
func (o *Origin) Limit(rate float64, responses int) { o.up.rate, o.most = rate, responses }

// playlist has done called with the playlist as it is when the question
// arrives.
func (o *Origin) playlist(v *Viewer, done func(listing)) {
	way := o.Latency + v.access.Latency
	o.world.after(way, func() {
		l := o.Stream.list(o.world.now)
		o.world.after(way, func() { done(l) })
	})
}

// fetcher is one viewer's loader.Fetcher.
type fetcher struct {
	origin *Origin
	viewer *Viewer
}

// Fetch implements loader.Fetcher.
func (f fetcher) Fetch(request loader.FetchRequest, sink loader.FetchSink) (stop func()) {
	o, n := f.origin, nameOf(request.Segment.URL)
	t := &transfer{
		origin: o, viewer: f.viewer, sink: sink, record: len(o.Requests),
		rest: Bytes{Segment: request.Segment.URL, From: int(request.From), To: o.Stream.size(o.world.seed, n)},
	}
	refused := !o.Stream.has(n.id, o.world.now) || o.fails(f.viewer, n.id)
	o.Requests = append(o.Requests, Request{
		At: o.world.now, Viewer: f.viewer, Age: o.world.now - f.viewer.Joined,
		Rendition: n.rendition, Segment: n.id, Refused: refused,
	})
	t.after(2*(o.Latency+f.viewer.access.Latency), func() {
		if refused || o.most > 0 && o.serving >= o.most {
			o.Requests[t.record].Refused = true
			t.sink.Failed(&loader.FetchError{Type: loader.HTTPError, Message: "503", Status: 503})
			return
		}
		t.serve(1)
		t.sink.Headers(request.From, int64(t.rest.To))
		t.next()
	})
	return t.stop
}

// fails asks Fail.
func (o *Origin) fails(v *Viewer, id int64) bool {
	if o.Fail == nil {
		return false
	}
	key := try{v, id}
	nth := o.tries[key]
	o.tries[key]++
	return o.Fail(v, id, nth)
}

// transfer is a response on its way.
type transfer struct {
	origin *Origin
	viewer *Viewer
	sink   loader.FetchSink
	record int    // index into Origin.Requests
	rest   Bytes  // still to come
	cancel func() // calls off what comes next

	served  bool // is one of origin.serving
	stopped bool // the sink may stop it from inside Chunk
}

// serve counts the response in, or out again.
func (t *transfer) serve(by int) {
	t.served = by > 0
	t.origin.serving += by
	t.viewer.served += by
}

func (t *transfer) stop() {
	t.stopped = true
	t.cancel()
	if t.served {
		t.serve(-1)
	}
}

func (t *transfer) after(d time.Duration, f func()) {
	t.cancel = t.viewer.host.After(d, f)
}

// next sends a chunk, at the origin's pace or at that of the viewer's line.
func (t *transfer) next() {
	switch {
	case t.stopped:
		return
	case t.rest.Len() == 0:
		t.stop()
		t.sink.Done()
		return
	}
	now := t.origin.world.now
	n := min(t.rest.Len(), chunk)
	at := max(now+taking(n, t.origin.Rate), t.origin.up.pass(now, n), t.viewer.down.pass(now, n))
	t.after(at-now, func() {
		part := t.rest.Slice(0, n)
		t.rest = t.rest.Slice(n, t.rest.Len()).(Bytes)
		t.origin.Requests[t.record].Sent += n
		t.sink.Chunk(part)
		t.next()
	})
}
