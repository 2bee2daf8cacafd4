package simulation

import (
	"errors"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
)

// source is what a player loads its segments from: *loader.Loader, or plain.
type source interface {
	SetManifestURL(url string)
	SetLive(live bool)
	AddStream(s hls.Stream)
	SetActiveLevelBitrate(bitrate float64)
	UpdateStream(runtimeID string, add []hls.Segment, remove []string)
	UpdatePlayback(position, rate float64)
	Load(runtimeID string, done func(loader.Result, error)) error
	Close()
}

const (
	// least is how much a player that waits must have buffered to go on, in seconds.
	least = 0.5
	// tick is how often a playing player tells its position.
	tick = 250 * time.Millisecond
	// leastRetry and mostRetry bound the rest after a segment that could not be
	// had, which doubles each time, as in hls.js.
	leastRetry = time.Second
	mostRetry  = 8 * time.Second
	// A rendition may have so much of the bandwidth that the source reports: less
	// where it would be a better one than that which plays. As in hls.js.
	shareUp   = 0.7
	shareStay = 0.95
)

// Stall is a stop of the picture while the viewer watched.
type Stall struct {
	At   time.Duration
	Took time.Duration // 0 while it lasts
}

// Player plays one visit of a viewer, in real time, one rendition at a time.
type Player struct {
	// What it has seen so far.
	Startup  time.Duration // from the visit's beginning to the first frame, 0 before it
	Stalls   []Stall
	Failed   int     // segments that the source could not give, each time
	Skipped  int     // segments that left the live playlist before they were loaded
	Wrong    int     // segments of which the bytes were not the segment's
	Played   int     // segments appended
	Switches int     // to another rendition
	Bits     float64 // of what was appended, as the renditions' bitrates have it
	Ended    bool

	viewer *Viewer
	origin *Origin
	source source

	buffer     float64   // how far ahead of the playhead it loads, seconds
	playlists  []listing // as loaded last, by rendition
	rendition  int       // that is loaded
	switching  bool      // to it: its playlist is on its way
	refreshing func()    // calls off the next time that a playlist is loaded
	offset     float64   // of the player's timeline behind the stream's, seconds
	started    bool      // next is known
	next       int64     // the segment to load
	end        float64   // of the buffer, seconds on the player's timeline
	loading    bool
	retries    int
	closed     bool

	playing  bool
	position float64       // of the playhead at since
	since    time.Duration // when it was there
	starve   func()        // calls off the end of the buffer
	telling  func()        // calls off the next report of the position
}

// newPlayer starts a player that buffers as the engines of P2P Media Loader set
// hls.js to: highDemand is the setting.
func newPlayer(v *Viewer, s source, highDemand float64) *Player {
	stream := &v.origin.Stream
	p := &Player{
		viewer: v, origin: v.origin, source: s, buffer: max(2*stream.Duration, highDemand),
		playlists: make([]listing, len(stream.Sizes)),
		starve:    func() {}, telling: func() {}, refreshing: func() {},
	}
	s.SetManifestURL(manifestURL)
	s.SetLive(stream.Live)
	for i := range stream.Sizes {
		url := playlistURL(i)
		s.AddStream(hls.Stream{RuntimeID: url, Type: hls.Main, Index: hls.Index{Text: url}})
	}
	p.refresh()
	return p
}

func (p *Player) close() {
	p.closed = true
	p.starve()
	if n := len(p.Stalls); n > 0 && p.Stalls[n-1].Took == 0 {
		p.Stalls[n-1].Took = p.now() - p.Stalls[n-1].At
	}
}

// later runs f unless the player is closed by then.
func (p *Player) later(d time.Duration, f func()) (cancel func()) {
	return p.viewer.host.After(d, func() {
		if !p.closed {
			f()
		}
	})
}

func (p *Player) now() time.Duration { return p.viewer.world.now }

func (p *Player) duration() float64 { return p.origin.Stream.Duration }

// start of a segment on the player's timeline.
func (p *Player) start(id int64) float64 { return float64(id)*p.duration() - p.offset }

// Position is where the playhead is, in seconds on the player's timeline.
func (p *Player) Position() float64 {
	if !p.playing {
		return p.position
	}
	return p.position + (p.now() - p.since).Seconds()
}

// Stalled is how long the picture has stood still after it first moved.
func (p *Player) Stalled() time.Duration {
	var total time.Duration
	for _, s := range p.Stalls {
		if s.Took == 0 {
			s.Took = p.now() - s.At
		}
		total += s.Took
	}
	return total
}

// stalledFor counts the stalls that took longer than that.
func (p *Player) stalledFor(d time.Duration) (n int) {
	for _, s := range p.Stalls {
		if s.Took > d || s.Took == 0 && p.now()-s.At > d {
			n++
		}
	}
	return n
}

// Waited is how long the viewer has looked at a picture that does not move, the
// time before the first frame included.
func (p *Player) Waited() time.Duration {
	if p.Startup == 0 {
		return p.now() - p.viewer.Joined
	}
	return p.Startup + p.Stalled()
}

// listed is the playlist of what is loaded.
func (p *Player) listed() listing { return p.playlists[p.rendition] }

// refresh loads the playlist, and while it is live again a segment's duration after
// it was asked for, as hls.js does where the playlist has changed; here it always
// has.
func (p *Player) refresh() {
	p.refreshing()
	rendition, asked := p.rendition, p.now()
	p.origin.playlist(p.viewer, func(l listing) {
		if p.closed || rendition != p.rendition {
			return
		}
		if p.origin.Stream.Live {
			p.refreshing = p.later(seconds(p.duration())-(p.now()-asked), p.refresh)
		}
		p.list(l)
	})
}

// list takes a playlist of what is loaded.
func (p *Player) list(l listing) {
	if !p.started {
		p.offset = float64(l.first) * p.duration()
	}
	before := p.listed()
	if before.end == 0 {
		before = listing{l.first, l.first}
	}
	var add []hls.Segment
	for id := max(before.end, l.first); id < l.end; id++ {
		add = append(add, p.segment(id))
	}
	var remove []string
	for id := before.first; id < min(l.first, before.end); id++ {
		remove = append(remove, p.url(id))
	}
	p.playlists[p.rendition] = l
	p.source.UpdateStream(playlistURL(p.rendition), add, remove)
	if h := p.viewer.hoard; h != nil {
		h.announces()
	}
	p.switching = false
	if !p.started {
		p.started = true
		if p.origin.Stream.Live {
			p.seekLive()
		}
	}
	p.load()
}

// url is that of a segment of what is loaded.
func (p *Player) url(id int64) string { return name{p.rendition, id}.url() }

func (p *Player) segment(id int64) hls.Segment {
	url := p.url(id)
	return hls.Segment{RuntimeID: url, ExternalID: id, URL: url, Start: p.start(id), End: p.start(id + 1)}
}

// adapt goes on with the best rendition that the bandwidth, in bits per second, has
// room for.
func (p *Player) adapt(bandwidth float64) {
	best := 0
	for i := range p.playlists {
		share := shareStay
		if i > p.rendition {
			share = shareUp
		}
		if p.origin.Stream.bitrate(i) <= share*bandwidth {
			best = i
		}
	}
	if best == p.rendition {
		return
	}
	p.viewer.log("switches from rendition %d to %d", p.rendition, best)
	p.rendition, p.switching = best, true
	p.Switches++
	p.source.SetActiveLevelBitrate(p.origin.Stream.bitrate(best))
	p.refresh()
}

// seekLive puts the playhead the wanted time behind live.
func (p *Player) seekLive() {
	l := p.listed()
	p.position = max(p.start(l.end)-p.viewer.options.Behind, p.start(l.first))
	p.next = l.first + int64((p.position-p.start(l.first))/p.duration())
	p.end = p.position
}

// load asks for the next segment if the buffer has room for it.
func (p *Player) load() {
	l := p.listed()
	if p.closed || p.loading || p.switching || p.next >= l.end || p.end-p.Position() >= p.buffer {
		return
	}
	if p.next < l.first {
		if p.playing {
			return // what is buffered is played first
		}
		p.Skipped += int(l.first - p.next)
		p.seekLive()
	}
	n := name{p.rendition, p.next}
	p.loading = true
	if err := p.source.Load(n.url(), func(r loader.Result, err error) { p.loaded(n, r, err) }); err != nil {
		panic(err) // it is listed, and the loader is open
	}
}

func (p *Player) loaded(n name, r loader.Result, err error) {
	p.loading = false
	switch {
	case p.closed || errors.Is(err, loader.ErrAborted):
		return
	case err != nil:
		p.Failed++
		p.viewer.log("is told that %d cannot be had", n.id)
		rest := min(leastRetry<<p.retries, mostRetry)
		p.retries++
		p.loading = true
		p.later(rest, func() {
			p.loading = false
			p.load()
		})
		return
	}
	p.retries = 0
	stream := &p.origin.Stream
	if !r.Bytes.(Bytes).is(Bytes{Segment: n.url(), To: stream.size(p.viewer.world.seed, n)}) {
		p.Wrong++
	}
	p.Played++
	p.Bits += stream.bitrate(n.rendition) * stream.Duration
	p.next = n.id + 1
	p.append(p.start(n.id + 1))
	p.adapt(r.Bandwidth)
	// hls.js asks for the next one from its own loop, not from the callback.
	p.later(0, p.load)
}

// append lengthens the buffer, which gets a player that waits going.
func (p *Player) append(end float64) {
	p.position, p.since = p.Position(), p.now()
	p.end = end
	if !p.playing {
		if p.end-p.position < least && !p.complete() {
			p.source.UpdatePlayback(p.position, 1) // as hls.js seeks to where it starts
			return
		}
		p.playing = true
		p.resumed()
		p.tell()
	}
	p.starve()
	p.starve = p.later(seconds(p.end-p.position), p.starved)
}

// complete tells whether there is nothing more to load, ever.
func (p *Player) complete() bool {
	s := &p.origin.Stream
	return !s.Live && p.next == int64(s.Segments)
}

func (p *Player) resumed() {
	if n := len(p.Stalls); n > 0 {
		p.Stalls[n-1].Took = p.now() - p.Stalls[n-1].At
	} else {
		p.Startup = p.now() - p.viewer.Joined
	}
	p.viewer.log("plays at %.3f", p.position)
}

// starved is where the playhead reaches the end of the buffer.
func (p *Player) starved() {
	p.position, p.playing = p.end, false
	if p.complete() {
		p.Ended = true
		return
	}
	p.Stalls = append(p.Stalls, Stall{At: p.now()})
	p.viewer.log("stalls at %.3f", p.position)
	p.load()
}

// tell reports the position while it moves.
func (p *Player) tell() {
	if !p.playing {
		return
	}
	p.source.UpdatePlayback(p.Position(), 1)
	p.load()
	p.telling()
	p.telling = p.later(tick, p.tell)
}
