//go:build !js

package player

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/native"
)

const (
	// mostFailures is how often the loader may fail to bring a segment before
	// it is skipped.
	mostFailures = 3
	// rest is how long a segment that failed is left alone.
	rest = time.Second
	// mostBehind is how many playlists in a row may be older than the last one
	// before they are believed: a cache may be late, but an encoder that has
	// started again stays at its new numbers.
	mostBehind = 5
)

// track follows one stream and loads its segments one after another, up to the
// length of the buffer ahead of the playhead.
type track struct {
	// in
	player *Player
	stream hls.Stream

	window   window
	next     int64   // sequence number of the segment to load next
	loaded   float64 // the buffer reaches so far, on the timeline
	loading  bool
	failures int // of the next segment
	behind   int // playlists in a row that were older than the window
	restarts int // of the window

	cancelReload, cancelRetry func() // stop the timers of these; nil if there are none
}

// close stops the timers.
func (t *track) close() {
	for _, cancel := range []func(){t.cancelReload, t.cancelRetry} {
		if cancel != nil {
			cancel()
		}
	}
}

// list takes a playlist.
func (t *track) list(m *playlist.Media) {
	l := t.player.loader
	added, removed, err := t.window.update(m)
	if err != nil {
		t.player.warn(fmt.Errorf("%s: %w", t.stream.RuntimeID, err))
		if t.behind++; t.behind >= mostBehind {
			t.restart(m)
		}
	} else {
		t.behind = 0
		l.UpdateStream(t.stream.RuntimeID, added, removed)
	}
	t.player.forget()
	l.SetLive(!t.window.ended)
	if t.window.ended {
		return
	}
	wait := config.Seconds(t.window.duration)
	if len(added) == 0 {
		wait /= 2 // RFC 8216, 6.3.4
	}
	t.reloadAfter(wait)
}

// restart begins the window anew with a playlist that starts again at earlier
// numbers. What is still on its way under the former ones is let go.
func (t *track) restart(m *playlist.Media) {
	added, removed := t.window.restart(m)
	t.behind, t.failures = 0, 0
	t.restarts++
	// In two steps, since an address may come again.
	l := t.player.loader
	l.UpdateStream(t.stream.RuntimeID, nil, removed)
	l.UpdateStream(t.stream.RuntimeID, added, nil)
	t.skipTo(t.window.find(t.window.end() - t.player.options.Behind.Seconds()))
}

func (t *track) reloadAfter(wait time.Duration) {
	p := t.player
	t.cancelReload = p.process.Loop().After(wait, func() {
		p.process.Go(func() {
			media, err := getMedia(p.ctx, p.process.Client(), t.stream.RuntimeID)
			p.post(func() {
				if err != nil {
					p.warn(fmt.Errorf("playlist, trying again: %w", err))
					t.reloadAfter(config.Seconds(t.window.duration))
					return
				}
				t.list(media)
				p.fill()
			})
		})
	})
}

// begin places the start of the buffer.
func (t *track) begin(position float64) {
	t.next = t.window.find(position)
	t.loaded = position
}

// final tells whether all is loaded and nothing will follow.
func (t *track) final() bool { return t.window.ended && t.next >= t.window.next() }

// fill loads the next segment, if it is listed and there is room for it.
func (t *track) fill() {
	if t.loading {
		return
	}
	if t.next < t.window.sequence {
		t.player.report.Skipped += int(t.window.sequence - t.next)
		t.skipTo(t.window.sequence)
	}
	if t.next >= t.window.next() {
		return
	}
	p, segment := t.player, t.window.at(t.next)
	if segment.Start > p.head.position+p.options.Buffer.Seconds() {
		return
	}
	t.loading = true
	restarts := t.restarts
	err := p.loader.Load(segment.RuntimeID, func(r loader.Result, err error) {
		// Posted, since the loader may be in the midst of something.
		p.post(func() {
			t.loading = false
			if t.restarts == restarts {
				t.take(segment, r, err)
			}
			p.fill()
		})
	})
	if err != nil {
		p.warn(err) // only a segment that was never listed leads here
	}
}

// take takes a segment, or the news that it cannot be had.
func (t *track) take(segment hls.Segment, r loader.Result, err error) {
	p := t.player
	switch {
	case err == nil:
		t.next++
		t.failures = 0
		t.loaded = segment.End
		p.hear(t.stream.Type, segment, r.Bytes.(native.Bytes))
	case errors.Is(err, loader.ErrAborted):
		// Nothing but closing aborts.
	case t.failures+1 >= mostFailures:
		p.report.Failed++
		t.failures = 0
		t.skipTo(t.next + 1)
	default:
		t.failures++
		t.loading = true // nothing is asked for meanwhile
		t.cancelRetry = p.process.Loop().After(rest, func() {
			t.loading = false
			p.fill()
		})
	}
}

// skipTo goes on behind segments that cannot be had any more.
func (t *track) skipTo(sequence int64) {
	t.next = sequence
	t.loaded = max(t.loaded, t.window.place(sequence))
	t.player.head.skipTo(t.window.place(sequence))
}

func digest(bytes []byte) string {
	sum := sha256.Sum256(bytes)
	return hex.EncodeToString(sum[:])
}
