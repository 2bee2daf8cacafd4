// Package scheduler is the loader's policy: which segment is asked of whom, and
// when. It is a pure function of what it is shown, so that it can be tested by
// the thousand and compared with others. The loader does what it decides.
package scheduler

import (
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

// Policy returns what to do now, and after what time to ask again if nothing
// happens before. Decide is the one that viewers use; the simulation compares
// others with it, and they may remember what they decided before.
type Policy func(s *State, random func() float64) (actions []Action, again time.Duration)

// Source is where a download comes from.
type Source int

// The two sources.
const (
	HTTP Source = iota
	P2P
)

// State is all that a decision is made of.
type State struct {
	Now      time.Duration
	Settings *config.Stream
	Position float64       // of the playhead, seconds on the player's timeline
	Rate     float64       // of playback, above 0
	Free     float64       // share of the storage that is free, 0 to 1
	Running  time.Duration // since the player's first request
	// Took is how long a segment has taken lately from each source, in seconds for
	// each that it plays; 0 if not known.
	Took [2]float64
	// Joining says that peers may be about to appear: the tracker has not
	// answered yet, or it has named others and none is connected so far.
	Joining  bool
	Self     uint64 // drawn from this viewer's peer id, as all who know it draw it
	Size     int    // of the swarm, this viewer included, as far as is known
	Peers    []Peer
	Segments []Segment // in the order of the playlist
}

// Peer is a connected peer.
type Peer struct {
	Key   uint64  // drawn from its peer id, see State.Self
	Kin   bool    // knows what a claim is: see Claim
	Giver bool    // says what it holds
	Ready bool    // can be asked for a segment now
	Speed float64 // bytes per second it has given so far, 0 if not known
}

// Segment is one that is missing: in the queue, being downloaded, or both.
type Segment struct {
	ID         int64         // as peers name it
	Start, End float64       // seconds on the player's timeline
	Wanted     bool          // the player waits for it
	Queued     bool          // at or after the last one that the player asked for
	Since      time.Duration // when it came up: listed, and within Ahead of the playhead
	Room       float64       // from then until the playhead would reach it, seconds
	Download   *Download     // nil when nothing is under way
	Failures   int           // of the origin, since the player asked
	GiveUpAt   time.Duration // they count as too many from then on
	RetryAt    time.Duration // the origin is left alone before
	Failing    bool          // the origin fails, whatever it is asked for
	Wish       Wish          // of the origin
	Claimed    time.Duration // when it was claimed, 0 while it is not
	Holders    []int         // peers that hold it
	Passers    []int         // peers that it is on its way to, and that pass it on meanwhile
	Fetchers   []int         // peers that fetch it from the origin, or have claimed it
}

// Wish is how long an origin that failed asks to be left alone.
type Wish struct {
	Since time.Duration // when it failed last
	Until time.Duration // 0 when it asks for nothing
}

// Download is one under way.
type Download struct {
	Source Source
	Age    time.Duration // since the source was asked
	Loaded int64         // bytes
	Total  int64         // bytes, 0 if not known
	Speed  float64       // bytes per second, 0 if not known
}

// Verb is what an action does with a segment.
type Verb int

// The verbs.
const (
	FetchHTTP Verb = iota // ask the origin; that ends a claim
	FetchP2P              // ask Action.Peer
	Cancel                // end the download
	Fail                  // tell the player that the segment cannot be had
	// Claim tells the peers that the segment is about to be fetched from the origin.
	// Of two that do so at once both hear of it in time, and one yields.
	Claim
	Yield // take the claim back
)

// Action is one thing to do. Actions are done in their order.
type Action struct {
	Verb    Verb
	Segment int // index into State.Segments
	Peer    int // index into State.Peers, for FetchP2P
}

// Ahead is how far from the playhead, in seconds, a segment is near enough for
// somebody to ask the origin on behalf of all.
const Ahead = 30.0
