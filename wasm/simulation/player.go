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
	UpdateStream(runtimeID string, add []hls.Segment, remove []string)
	UpdatePlayback(position, rate float64)
	Load(runtimeID string, done func(loader.Result, error)) error
}

const (
	// buffer is how far ahead of the playhead a player loads, in seconds: what
	// the engines of P2P Media Loader set hls.js to.
	buffer = 15.0
	// tick is how often a playing player tells its position.
	tick = 250 * time.Millisecond
	// leastRetry and mostRetry bound the rest after a segment that could not be
	// had, which doubles each time, as in hls.js.
	leastRetry = time.Second
	mostRetry  = 8 * time.Second
)

// Stall is a stop of the picture while the viewer watched.
type Stall struct {
	At   time.Duration
	Took time.Duration // 0 while it lasts
}

// Player plays one visit of a viewer, in real time, one rendition.
type Player struct {
	// What it has seen so far.
	Startup time.Duration // from the visit's beginning to the first frame, 0 before it
	Stalls  []Stall
	Failed  int // segments that the source could not give, each time
	Skipped int // segments that left the live playlist before they were loaded
	Wrong   int // segments of which the bytes were not the segment's
	Played  int // segments appended
	Ended   bool

	viewer *Viewer
	origin *Origin
	source source

	listed  listing
	offset  float64 // of the player's timeline behind the stream's, seconds
	started bool    // next is known
	next    int64   // the segment to load
	end     float64 // of the buffer, seconds on the player's timeline
	loading bool
	retries int
	closed  bool

	playing  bool
	position float64       // of the playhead at since
	since    time.Duration // when it was there
	starve   func()        // calls off the end of the buffer
	telling  func()        // calls off the next report of the position
}

func newPlayer(v *Viewer, s source) *Player {
	p := &Player{viewer: v, origin: v.origin, source: s, starve: func() {}, telling: func() {}}
	s.SetManifestURL(playlistURL)
	s.SetLive(v.origin.Stream.Live)
	s.AddStream(hls.Stream{RuntimeID: playlistURL, Type: hls.Main, Index: hls.Index{Text: "index"}})
	p.refresh()
	return p
}

func (p *Player) close() {
	p.closed = true
	p.starve()
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

// Waited is how long the viewer has looked at a picture that does not move, the
// time before the first frame included.
func (p *Player) Waited() time.Duration {
	if p.Startup == 0 {
		return p.now() - p.viewer.Joined
	}
	return p.Startup + p.Stalled()
}

// refresh loads the playlist, and again every target duration while it is live.
func (p *Player) refresh() {
	p.origin.playlist(p.viewer, func(l listing) {
		if p.closed {
			return
		}
		if p.origin.Stream.Live {
			p.later(time.Duration(p.duration()*float64(time.Second)), p.refresh)
		}
		p.list(l)
	})
}

// list takes a playlist.
func (p *Player) list(l listing) {
	if !p.started {
		p.offset = float64(l.first) * p.duration()
		p.listed = listing{l.first, l.first}
	}
	var add []hls.Segment
	for id := max(p.listed.end, l.first); id < l.end; id++ {
		add = append(add, p.segment(id))
	}
	var remove []string
	for id := p.listed.first; id < min(l.first, p.listed.end); id++ {
		remove = append(remove, segmentURL(id))
	}
	p.listed = l
	p.source.UpdateStream(playlistURL, add, remove)
	if !p.started {
		p.started = true
		if p.origin.Stream.Live {
			p.seekLive()
		}
	}
	p.load()
}

func (p *Player) segment(id int64) hls.Segment {
	url := segmentURL(id)
	return hls.Segment{RuntimeID: url, ExternalID: id, URL: url, Start: p.start(id), End: p.start(id + 1)}
}

// seekLive puts the playhead the wanted time behind live.
func (p *Player) seekLive() {
	p.position = max(p.start(p.listed.end)-p.viewer.options.Behind, p.start(p.listed.first))
	p.next = p.listed.first + int64((p.position-p.start(p.listed.first))/p.duration())
	p.end = p.position
}

// load asks for the next segment if the buffer has room for it.
func (p *Player) load() {
	if p.closed || p.loading || p.next >= p.listed.end || p.end-p.Position() >= buffer {
		return
	}
	if p.next < p.listed.first {
		if p.playing {
			return // what is buffered is played first
		}
		p.Skipped += int(p.listed.first - p.next)
		p.seekLive()
	}
	id := p.next
	p.loading = true
	if err := p.source.Load(segmentURL(id), func(r loader.Result, err error) { p.loaded(id, r, err) }); err != nil {
		panic(err) // it is listed, and the loader is open
	}
}

func (p *Player) loaded(id int64, r loader.Result, err error) {
	p.loading = false
	switch {
	case p.closed || errors.Is(err, loader.ErrAborted):
		return
	case err != nil:
		p.Failed++
		p.viewer.log("is told that %d cannot be had", id)
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
	if r.Bytes != (Bytes{Segment: segmentURL(id), To: p.origin.Stream.size(p.viewer.world.seed, id)}) {
		p.Wrong++
	}
	p.Played++
	p.next = id + 1
	p.append(p.start(id + 1))
	// hls.js asks for the next one from its own loop, not from the callback.
	p.later(0, p.load)
}

// append lengthens the buffer, which gets a player that waits going.
func (p *Player) append(end float64) {
	p.position, p.since = p.Position(), p.now()
	p.end = end
	if !p.playing {
		p.playing = true
		p.resumed()
		p.tell()
	}
	p.starve()
	p.starve = p.later(time.Duration((p.end-p.position)*float64(time.Second)), p.starved)
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
	if s := p.origin.Stream; !s.Live && p.next == int64(s.Segments) {
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
