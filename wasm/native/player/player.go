//go:build !js

// Package player is an HLS player without a picture on a native loader. It
// follows a live or VOD presentation, names streams and segments as the hls.js
// engine of P2P Media Loader 2.3 does, and so shares swarms with browsers.
package player

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/native"
)

// beat is how often the loader hears of the playhead, about as often as a
// video element tells of it.
const beat = 250 * time.Millisecond

// Options says what is played and how.
type Options struct {
	URL       string           // of the master playlist, or of a media playlist
	Settings  config.Settings  // of the loader
	Connector loader.Connector // nil for a player without peers
	Variant   int              // of the master playlist, from 0
	Behind    time.Duration    // on a live stream, between its end and the playhead at the start
	Buffer    time.Duration    // how far ahead of the playhead segments are loaded

	// The following run on the loop, and may be nil.
	Listen func(loader.Event) // hears what the loader tells
	Loaded func(Segment)      // hears of each segment
	Warn   func(error)        // hears of troubles that are not the end
}

// Player plays one presentation. Its state is owned by the loop.
type Player struct {
	// in
	process *native.Process
	options Options
	ctx     context.Context // of requests for playlists
	leave   context.CancelFunc

	loader  *loader.Loader
	tracks  []*track
	head    playhead
	began   time.Duration
	sources map[string]loader.Source // of listed segments that the loader has loaded and nobody has asked for
	report  Report
	beat    func() // stops the timer of the next one
	closed  bool

	// out
	done chan struct{}
}

// Open reads the playlists and starts to play as a page of its own. The error
// says which of the playlists could not be had. It is not called on the loop.
func Open(ctx context.Context, process *native.Process, options Options) (*Player, error) {
	what, err := openPresentation(ctx, process.Client(), options.URL, options.Variant)
	if err != nil {
		return nil, err
	}
	p := &Player{
		process: process, options: options,
		sources: map[string]loader.Source{},
		done:    make(chan struct{}),
	}
	p.ctx, p.leave = context.WithCancel(context.Background())
	if err := process.Run(func() { p.start(what) }); err != nil {
		p.leave()
		return nil, err
	}
	return p, nil
}

// Done is closed when all was played, or after Close.
func (p *Player) Done() <-chan struct{} { return p.done }

// Report is what has come of it so far. It is not called on the loop.
func (p *Player) Report() Report {
	var r Report
	// Once the loop has ended, nobody else touches the report.
	if p.process.Run(func() { r = p.sum() }) != nil {
		r = p.sum()
	}
	return r
}

// Close leaves the swarms. It is not called on the loop.
func (p *Player) Close() { _ = p.process.Run(p.close) }

// sum is the report with what is only known now.
func (p *Player) sum() Report {
	now := p.process.Loop().Now()
	p.advance(now)
	r := p.report
	r.Position, r.Stalls, r.StalledFor = p.head.position, p.head.stalls, p.head.stood(now)
	r.Ended = p.head.state == over
	return r
}

// post runs f on the loop, unless the player is closed by then.
func (p *Player) post(f func()) {
	p.process.Loop().Post(func() {
		if !p.closed {
			f()
		}
	})
}

func (p *Player) start(what *presentation) {
	p.began = p.process.Loop().Now()
	p.loader = p.process.NewPage().Open(loader.Host{
		Fetcher:   p.process.NewFetcher(),
		Connector: p.options.Connector,
		Digests:   p.process.NewDigests(),
		Emit:      p.listen,
	}, p.options.Settings)
	p.loader.SetManifestURL(what.url)
	p.loader.SetActiveLevelBitrate(what.bitrate)
	for _, s := range what.streams {
		p.loader.AddStream(s)
	}

	main := p.add(what.main, 0)
	if what.audio != nil {
		// Its segments lie where those of the picture with the same numbers do.
		p.add(*what.audio, main.window.place(what.audio.media.Sequence))
	}
	if !main.window.ended {
		p.head.position = max(main.window.start(), main.window.end()-p.options.Behind.Seconds())
	}
	p.loader.UpdatePlayback(p.head.position, 1)
	for _, t := range p.tracks {
		t.begin(p.head.position)
	}
	p.tick()
}

func (p *Player) add(o opened, at float64) *track {
	t := &track{player: p, stream: o.stream}
	t.window.begin(o.media, at)
	p.tracks = append(p.tracks, t)
	t.list(o.media)
	return t
}

// tick tells the loader of the playhead, again and again.
func (p *Player) tick() {
	p.advance(p.process.Loop().Now())
	if p.closed {
		return
	}
	p.loader.UpdatePlayback(p.head.position, 1)
	p.fill()
	p.beat = p.process.Loop().After(beat, p.tick)
}

// fill has all tracks load what there is room for, and the playhead go on if
// it waited for what has come.
func (p *Player) fill() {
	now := p.process.Loop().Now()
	p.advance(now)
	waited := p.head.state == starting
	p.head.resume(now, p.buffered())
	if waited && p.head.state == playing {
		p.report.Started = now - p.began
	}
	for _, t := range p.tracks {
		t.fill()
	}
}

// buffered is where the playhead can go without waiting.
func (p *Player) buffered() float64 {
	end := p.tracks[0].loaded
	for _, t := range p.tracks {
		if !t.final() || t == p.tracks[0] {
			end = min(end, t.loaded)
		}
	}
	return end
}

func (p *Player) advance(now time.Duration) {
	last := !slices.ContainsFunc(p.tracks, func(t *track) bool { return !t.final() })
	before := p.head.state
	p.head.advance(now, p.buffered(), last)
	if p.head.state == over && before != over && !p.closed {
		close(p.done)
	}
}

// hear takes note of a segment.
func (p *Player) hear(t hls.StreamType, segment hls.Segment, bytes native.Bytes) {
	p.report.Loaded++
	source := p.sources[segment.RuntimeID]
	delete(p.sources, segment.RuntimeID)
	if p.options.Loaded != nil {
		p.options.Loaded(Segment{
			Segment: segment, Type: t, Source: source,
			Bytes: bytes.Len(), SHA256: digest(bytes),
		})
	}
}

// forget drops what is known of segments that have left the playlists unasked for.
func (p *Player) forget() {
	listed := map[string]bool{}
	for _, t := range p.tracks {
		for _, s := range t.window.segments {
			listed[s.RuntimeID] = true
		}
	}
	maps.DeleteFunc(p.sources, func(id string, _ loader.Source) bool { return !listed[id] })
}

func (p *Player) listen(e loader.Event) {
	p.report.count(e)
	switch e := e.(type) {
	case loader.SegmentLoaded:
		p.sources[e.Segment.RuntimeID] = e.Source
	case loader.TrackerWarned:
		p.warn(&TrackerError{Tracker: e.Tracker, Err: e.Err})
	case loader.Warned:
		p.warn(fmt.Errorf("%s: %w", e.Code, e.Err))
	case loader.SegmentFailed:
		p.warn(&SegmentError{Segment: e.Segment, Source: e.Source, Err: e.Err})
	}
	if p.options.Listen != nil {
		p.options.Listen(e)
	}
}

func (p *Player) warn(err error) {
	p.report.Warnings++
	if p.options.Warn != nil {
		p.options.Warn(err)
	}
}

func (p *Player) close() {
	if p.closed {
		return
	}
	p.advance(p.process.Loop().Now())
	p.closed = true
	p.leave()
	p.beat()
	for _, t := range p.tracks {
		t.close()
	}
	p.loader.Close()
	if p.head.state != over {
		close(p.done)
	}
}
