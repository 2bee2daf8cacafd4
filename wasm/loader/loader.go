package loader

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// How a segment that a player asked for can fail to come.
var (
	ErrAborted = errors.New("loader: aborted")
	ErrFailed  = errors.New("loader: the segment cannot be had")
)

// Result is a segment that a player asked for. Bytes stay the loader's: a
// player that may change them needs a copy.
type Result struct {
	Bytes     payload.Bytes
	Bandwidth float64 // bits per second, above 0
}

// Loader is one player's loader, from its first use to Close. All methods are
// called on the loop.
type Loader struct {
	// in
	page     *Page
	host     Host
	settings config.Settings

	manifestURL string // without its query
	live        bool
	streams     []*stream // in the order they were added
	playback    playback
	bandwidth   bandwidth
	shelf       shelf
	uploads     uploads
	feeds       []*feed // at most one of each type
	sites       sites
	lists       []*list // of digests, the latest last
	marks       marks
	cases       cases
	warned      map[warning]bool          // the page, of what is not over
	unanswered  map[string]hls.StreamType // by STUN or TURN server that does not answer, the stream that the page was told of it for
	closed      bool
}

// playback is what the player last said of its playhead.
type playback struct {
	known    bool
	position float64 // seconds
	rate     float64
	at       time.Duration
}

// Configure replaces the settings. Those that make no sense have their defaults.
func (l *Loader) Configure(settings config.Settings) {
	l.page.makeSense(&settings, l.host)
	before := l.settings
	l.settings = settings
	l.bound()
	for _, f := range slices.Clone(l.feeds) {
		was := before.Main
		if f.kind == hls.Secondary {
			was = before.Secondary
		}
		switch {
		case f.settings.IsP2PDisabled:
			l.feeds = slices.DeleteFunc(l.feeds, func(other *feed) bool { return other == f })
			f.close()
		case was.IsP2PUploadDisabled != f.settings.IsP2PUploadDisabled:
			if f.settings.IsP2PUploadDisabled {
				l.withdraw(f)
			}
			for _, w := range f.swarms {
				w.announce()
			}
		}
		for _, w := range slices.Clone(f.swarms) {
			w.bound()
		}
	}
}

// bound has the settings' bounds hold.
func (l *Loader) bound() {
	a := &l.page.allowance
	if a.restrict(&l.settings); !a.isSpent(&l.settings) {
		l.well(enoughGiven)
	} else if !l.warned[enoughGiven] {
		a.loop.Post(l.stopGiving)
	}
	a.renew()
	l.uploads.bound = slotsAt(uploadRate(&l.settings))
}

// SetManifestURL names the presentation where no swarm id is configured.
func (l *Loader) SetManifestURL(url string) { l.manifestURL, _, _ = strings.Cut(url, "?") }

// SetLive says whether the presentation is still being produced.
func (l *Loader) SetLive(live bool) { l.live = live }

// SetActiveLevelBitrate tells the bitrate of what is played, in bits per second.
func (l *Loader) SetActiveLevelBitrate(bitrate float64) { l.bandwidth.level = bitrate }

// drift is by how much the playhead may be elsewhere than it was expected, in seconds,
// before that calls for another plan.
const drift = 0.3

// UpdatePlayback tells where the playhead is, in seconds, and how fast it moves
// when it moves.
func (l *Loader) UpdatePlayback(position, rate float64) {
	if rate <= 0 {
		rate = l.playback.rate
	}
	expected := l.playback.known && rate == l.playback.rate && math.Abs(position-l.position()) < drift
	l.playback = playback{known: true, position: position, rate: rate, at: l.now()}
	if expected {
		return // the plan was made for it
	}
	for _, f := range l.feeds {
		f.replan()
	}
}

// AddStream makes a stream known. One that is known already stays as it is.
func (l *Loader) AddStream(s hls.Stream) {
	if l.stream(s.RuntimeID) == nil {
		l.streams = append(l.streams, newStream(s))
	}
}

// UpdateStream adds and removes segments of a stream.
func (l *Loader) UpdateStream(runtimeID string, add []hls.Segment, remove []string) {
	s := l.stream(runtimeID)
	if s == nil {
		return
	}
	s.update(add, remove)
	for _, f := range l.feeds {
		if f.stream == s {
			f.replan()
		}
	}
}

// Load gets a segment for the player. done is called once, on the loop; the
// error is ErrAborted or ErrFailed. A player has at most one request of each
// stream type: a new one aborts the former.
func (l *Loader) Load(runtimeID string, done func(Result, error)) error {
	seg, err := l.find(runtimeID)
	if err != nil {
		return err
	}
	l.feed(seg.stream.Type).load(seg, done)
	return nil
}

// Served says that the player has been given a segment elsewhere: it plays that
// stream, from there on. Where sharing has been switched off since, that is nothing to us.
func (l *Loader) Served(runtimeID string) error {
	seg, err := l.find(runtimeID)
	if err != nil || l.settingsOf(seg.stream.Type).IsP2PDisabled {
		return err
	}
	f := l.feed(seg.stream.Type)
	f.moveTo(seg)
	f.replan()
	return nil
}

// StorageChanged says that segments of the stream with this swarm id have come
// into the storage or left it.
func (l *Loader) StorageChanged(streamSwarmID string) {
	for _, f := range l.feeds {
		f.storageChanged(streamSwarmID)
	}
}

// Seed is Served for a whole segment, which it stores.
func (l *Loader) Seed(runtimeID string, bytes payload.Bytes) error {
	seg, err := l.find(runtimeID)
	if err != nil || l.settingsOf(seg.stream.Type).IsP2PDisabled {
		return err
	}
	f := l.feed(seg.stream.Type)
	f.moveTo(seg)
	f.store(seg, bytes)
	return nil
}

// Learn says how long the origin takes for segments of the stream that plays, in seconds
// for each that they play, as was measured where they were fetched elsewhere.
func (l *Loader) Learn(t hls.StreamType, took float64) { l.feed(t).took[scheduler.HTTP] = took }

// Abort takes back a request of the player.
func (l *Loader) Abort(runtimeID string) {
	for _, f := range l.feeds {
		if f.wanted != nil && f.wanted.id == runtimeID {
			f.abort()
		}
	}
}

// Close ends everything. Requests of the player are aborted.
func (l *Loader) Close() {
	if l.closed {
		return
	}
	l.closed = true
	l.page.loaders = slices.DeleteFunc(l.page.loaders, func(other *Loader) bool { return other == l })
	feeds := l.feeds
	l.feeds = nil
	for _, f := range feeds {
		f.close()
	}
	l.closeLists()
}

// closeLists ends what goes on with the lists of digests.
func (l *Loader) closeLists() {
	for _, known := range l.lists {
		known.close()
	}
}

// Unanswered says that a STUN or TURN server does not answer. Connections are made without
// it where they can be.
func (l *Loader) Unanswered(t hls.StreamType, server string, err error) {
	if l.closed || l.unanswered[server] != "" {
		return
	}
	l.unanswered[server] = t
	l.host.Emit(Warned{t, STUNFailed, err})
}

// Answered says that a STUN or TURN server answers. The warning is over once none is left
// of those that it was of.
func (l *Loader) Answered(server string) {
	t := l.unanswered[server]
	if l.closed || t == "" {
		return
	}
	delete(l.unanswered, server)
	for _, other := range l.unanswered {
		if other == t {
			return
		}
	}
	l.host.Emit(WarningOver{t, STUNFailed})
}

func (l *Loader) rest() {
	l.closeLists()
	for _, f := range slices.Clone(l.feeds) {
		f.rest()
	}
}

func (l *Loader) wake() {
	for _, f := range slices.Clone(l.feeds) {
		f.wake()
	}
}

func (l *Loader) retry() {
	for _, known := range l.lists {
		known.mayBeBack()
	}
	for _, f := range slices.Clone(l.feeds) {
		f.retry()
	}
}

func (l *Loader) find(runtimeID string) (*segment, error) {
	if l.closed {
		return nil, ErrAborted
	}
	for _, s := range l.streams {
		if seg := s.byRuntimeID[runtimeID]; seg != nil {
			return seg, nil
		}
	}
	return nil, fmt.Errorf("loader: no segment %q in any stream", runtimeID)
}

func (l *Loader) feed(t hls.StreamType) *feed {
	for _, f := range l.feeds {
		if f.kind == t {
			return f
		}
	}
	f := newFeed(l, t, l.settingsOf(t))
	l.feeds = append(l.feeds, f)
	return f
}

func (l *Loader) settingsOf(t hls.StreamType) *config.Stream {
	if t == hls.Secondary {
		return &l.settings.Secondary
	}
	return &l.settings.Main
}

func (l *Loader) stream(runtimeID string) *stream {
	i := slices.IndexFunc(l.streams, func(s *stream) bool { return s.RuntimeID == runtimeID })
	if i < 0 {
		return nil
	}
	return l.streams[i]
}

func (l *Loader) now() time.Duration { return l.page.machine.Loop.Now() }

// position is where the playhead is by now. It is taken to have moved on since
// the player told, but not by much: a paused one tells nothing.
func (l *Loader) position() float64 {
	const most = time.Second
	moved := min(l.now()-l.playback.at, most)
	return l.playback.position + moved.Seconds()*l.playback.rate
}

func (l *Loader) swarmID(settings *config.Stream) string {
	if settings.SwarmID != "" {
		return settings.SwarmID
	}
	return l.manifestURL
}
