package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// Access is how a viewer is connected to the network.
type Access struct {
	Latency  time.Duration // of one way
	Down, Up float64       // bytes per second, 0 without a limit
}

// Home is an access with 20 Mbit/s down, 10 up, and 10 ms of latency.
func Home() Access { return Access{Latency: 10 * time.Millisecond, Down: 2.5e6, Up: 1.25e6} }

// Kind is what a viewer's page runs.
type Kind struct {
	Plain bool // the player loads over HTTP by itself, without a loader
	// Policy makes the loader's policy; nil is for the one that viewers use.
	Policy func() scheduler.Policy
	// Classic has the loader speak with peers as P2P Media Loader does.
	Classic bool
	Lie     Lie // what it gives to its peers
	// Configure, if set, changes the settings before the loader gets them.
	Configure func(s *config.Settings)
}

// Options say what kind of viewer joins.
type Options struct {
	Kind
	Access   Access
	Behind   float64  // how far behind live the player starts, seconds
	Trackers []string // addresses
	// Unable says that the page gives nothing to peers, and tells them so.
	Unable bool
	// Hear, if set, is told what the loader reports.
	Hear func(v *Viewer, e loader.Event)
}

// Viewer is one person's page: a player and, unless it is plain, a loader.
type Viewer struct {
	ID     int // counts from 0
	Joined time.Duration
	Left   bool
	LeftAt time.Duration
	Stats  Stats
	Player *Player        // of the present visit
	Loader *loader.Loader // of the present visit, nil for a plain one

	world   *World
	origin  *Origin
	options Options
	access  Access
	page    *loader.Page
	loop    *Loop  // the loader's
	host    *Loop  // of what the loader runs on, and of the player
	hoard   *hoard // of a liar, nil for others

	up          *uplink
	down        line
	connections []*Connection // not closed yet
	opened      int           // of them, those that are open
	openedAt    time.Duration // when that number last changed
	served      int           // responses that it is given by the origin
	gone        bool          // vanished
}

// Stats is what a viewer's loader has reported.
type Stats struct {
	HTTP, P2P, Uploaded int64 // bytes
	Events              int   // all that was reported
	Commands            int64 // bytes of commands to peers
	TrackerMessages     int   // to trackers, and from them
	TrackerWarnings     int
	PeersMet, PeersLost int
	// LiarsCut and HonestCut are how often it cut a peer off for false bytes.
	LiarsCut, HonestCut int
	Loaded              int64 // bytes of segments that were got whole, and taken for true
	// Linked sums up how long each connection to a peer was open.
	Linked time.Duration
	// Delays are how long after it was listed each live segment was here whole; those
	// that were listed before the viewer joined are left out.
	Delays []time.Duration
}

// Join lets a viewer open its page now.
func (w *World) Join(origin *Origin, options Options) *Viewer {
	v := &Viewer{
		ID: len(w.viewers), world: w, origin: origin, options: options, access: options.Access,
		loop: w.NewLoop(), host: w.NewLoop(),
	}
	v.up = newUplink(w, v.access.Up)
	v.down = line{rate: v.access.Down}
	v.page = loader.NewPage(loader.Machine{
		Loop: v.loop, Sockets: dialer{v}, Joiner: joiner{},
		Random: w.random(streamViewer + uint64(v.ID)).Uint64, NewPolicy: options.Policy, Classic: options.Classic,
	})
	w.viewers = append(w.viewers, v)
	v.visit()
	return v
}

// visit starts a player, with a loader of its own.
func (v *Viewer) visit() {
	v.Joined, v.Left = v.world.now, false
	v.log("joins")
	settings := config.Default()
	for _, s := range []*config.Stream{&settings.Main, &settings.Secondary} {
		s.SwarmID, s.AnnounceTrackers = "show", slices.Clone(v.options.Trackers)
		s.IsP2PUploadDisabled = v.options.Unable
	}
	if v.options.Configure != nil {
		v.options.Configure(&settings)
	}
	highDemand := settings.Main.HighDemandTimeWindow
	if v.options.Plain {
		v.Player = newPlayer(v, &plain{viewer: v}, highDemand)
		return
	}
	fetch := fetcher{v.origin, v}
	host := loader.Host{Fetcher: fetch, Connector: connector{v}, Emit: v.hear}
	if !v.options.Classic {
		host.Digests = digests{fetch}
	}
	if v.options.Lie != NoLie {
		v.hoard = &hoard{viewer: v}
		host.Storage = v.hoard
	}
	v.Loader = v.page.Open(host, settings)
	v.Player = newPlayer(v, v.Loader, highDemand)
}

// Leave closes the player and its loader. The page stays open.
func (v *Viewer) Leave() {
	v.log("leaves")
	v.Left, v.LeftAt = true, v.world.now
	v.Player.close()
	v.Player.source.Close()
}

// Return starts playing again on the same page, after Leave.
func (v *Viewer) Return() { v.visit() }

// Vanish ends the page without a word to anybody: its peers' connections go
// silent, and its sockets stay open as far as trackers can see.
func (v *Viewer) Vanish() {
	v.log("vanishes")
	v.Left, v.LeftAt, v.gone = true, v.world.now, true
	v.Player.close()
	v.loop.stop()
	v.host.stop()
	v.origin.serving -= v.served
	v.link(-v.opened)
	for _, c := range v.connections {
		c.silence()
	}
}

// CutLinks breaks all connections to peers.
func (v *Viewer) CutLinks() {
	v.log("loses its connections")
	for _, c := range slices.Clone(v.connections) {
		c.cut()
	}
}

// Connected is how many connections to peers are open.
func (v *Viewer) Connected() int { return v.opened }

// link counts connections that have opened, or closed.
func (v *Viewer) link(by int) {
	now := v.world.now
	v.Stats.Linked += time.Duration(v.opened) * (now - v.openedAt)
	v.opened, v.openedAt = v.opened+by, now
}

// there is for how long the viewer has watched, on its present visit.
func (v *Viewer) there() time.Duration {
	if v.Left {
		return v.LeftAt - v.Joined
	}
	return v.world.now - v.Joined
}

// has takes note of a whole segment.
func (v *Viewer) has(id int64, bytes int) {
	v.Stats.Loaded += int64(bytes)
	stream := &v.origin.Stream
	if listed := stream.listedAt(id); stream.Live && listed >= v.Joined {
		v.Stats.Delays = append(v.Stats.Delays, v.world.now-listed)
	}
}

// Pending is how many functions of the loader wait on the heap.
func (v *Viewer) Pending() int { return v.loop.Pending() }

// hear takes the loader's events.
func (v *Viewer) hear(e loader.Event) {
	v.Stats.Events++
	if v.options.Hear != nil {
		v.options.Hear(v, e)
	}
	switch e := e.(type) {
	case loader.ChunkDownloaded:
		if e.Source == loader.P2P {
			v.Stats.P2P += int64(e.Bytes.Len())
		} else {
			v.Stats.HTTP += int64(e.Bytes.Len())
		}
	case loader.ChunkUploaded:
		v.Stats.Uploaded += int64(e.Bytes)
	case loader.SegmentLoaded:
		v.has(e.Segment.ExternalID, e.Bytes)
	case loader.SwarmJoined:
		if v.hoard != nil {
			v.hoard.swarm = e.Swarm
			v.world.liars[e.Self] = true
		}
	case loader.PeerFailed:
		if e.Code == string(peer.ValidationFailed) {
			v.cutOff(e.Peer)
		}
	case loader.PeerConnected:
		v.Stats.PeersMet++
	case loader.PeerClosed:
		v.Stats.PeersLost++
	case loader.TrackerWarned:
		v.Stats.TrackerWarnings++
	}
	if v.world.Log != nil {
		v.tell(e)
	}
}

// cutOff counts a peer that was cut off for false bytes.
func (v *Viewer) cutOff(id wire.PeerID) {
	if v.world.liars[id] {
		v.Stats.LiarsCut++
	} else {
		v.Stats.HonestCut++
	}
}

// tell logs what the loader reports.
func (v *Viewer) tell(e loader.Event) {
	switch e := e.(type) {
	case loader.SegmentStarted:
		v.log("starts %d from %s", e.Segment.ExternalID, from(e.Origin))
	case loader.SegmentLoaded:
		v.log("has %d from %s, %d bytes", e.Segment.ExternalID, from(e.Origin), e.Bytes)
	case loader.SegmentFailed:
		v.log("fails at %d from %s: %v", e.Segment.ExternalID, from(e.Origin), e.Err)
	case loader.SegmentAborted:
		v.log("aborts %d from %s", e.Segment.ExternalID, from(e.Origin))
	case loader.PeerConnected:
		v.log("meets %s", e.Peer)
	case loader.PeerClosed:
		v.log("loses %s: %v", e.Peer, e.Err)
	case loader.TrackerWarned:
		v.log("is warned by %s: %v", e.Tracker, e.Err)
	}
}

// from names the source of a download.
func from(o loader.Origin) string {
	if o.Source == loader.P2P {
		return o.Peer.String()
	}
	return string(o.Source)
}

// log writes a line about this viewer.
func (v *Viewer) log(format string, values ...any) {
	if v.world.Log != nil {
		fmt.Fprintf(v.world.Log, "%12.6f viewer %d "+format+"\n",
			append([]any{v.world.now.Seconds(), v.ID}, values...)...)
	}
}
