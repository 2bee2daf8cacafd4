package policies

import (
	"maps"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// election is a policy for which peers that are connected elect who asks the origin
// for a segment, without a word: whoever has the highest score for it (rendezvous
// hashing, Thaler and Ravishankar 1998). The others are backups, one by one: each
// gives everybody before it the time in which a segment is listed and arrives. n
// viewers with d peers each elect about n/(d+1).
//
// Who may not upload does not stand: such peers are known by their silence.
type election struct {
	arrivals stopwatch
}

// Election makes the policy of a viewer among such.
func Election() scheduler.Policy {
	e := &election{stopwatch{began: map[int64]time.Duration{}}}
	return func(s *scheduler.State, random func() float64) ([]scheduler.Action, time.Duration) {
		e.arrivals.look(s)
		actions, again := turn(e.turn).decide(s, random)
		e.arrivals.start(s, actions)
		return actions, again
	}
}

func (e *election) turn(p *plan, i int) time.Duration {
	if p.Settings.IsP2PUploadDisabled {
		return never
	}
	seg := &p.Segments[i]
	mine, before := lot(p.Self, seg.ID), 0
	for _, peer := range p.Peers {
		if peer.Giver && lot(peer.Key, seg.ID) > mine {
			before++
		}
	}
	// Live, playlists are loaded anew once in a segment's time.
	listed := config.Seconds(seg.End - seg.Start)
	arrives := e.arrivals.usual
	if arrives == 0 {
		arrives = config.Seconds(p.lasts(i))
	}
	return seg.Since + time.Duration(before)*(listed+arrives)
}

// stopwatch measures how long segments take from when somebody is asked for them.
// That includes peers: whoever was elected may have it from one that knows a better.
type stopwatch struct {
	began map[int64]time.Duration // those under way, by id
	usual time.Duration           // the mean, in which the latest count most; 0 before there is one
}

// start takes note of the downloads that were decided on. One that goes on elsewhere
// goes on.
func (w *stopwatch) start(s *scheduler.State, actions []scheduler.Action) {
	for _, a := range actions {
		id := s.Segments[a.Segment].ID
		if _, ok := w.began[id]; !ok && (a.Verb == scheduler.FetchHTTP || a.Verb == scheduler.FetchP2P) {
			w.began[id] = s.Now
		}
	}
}

// look takes the time of those that have ended. What is missing no more has come,
// and what nobody loads any more has not.
func (w *stopwatch) look(s *scheduler.State) {
	loading := map[int64]bool{}
	for _, seg := range s.Segments {
		loading[seg.ID] = seg.Download != nil
	}
	// A map's own order would make runs of the simulation differ.
	for _, id := range slices.Sorted(maps.Keys(w.began)) {
		switch loads, missing := loading[id]; {
		case !missing:
			w.add(s.Now - w.began[id])
			fallthrough
		case !loads:
			delete(w.began, id)
		}
	}
}

func (w *stopwatch) add(took time.Duration) {
	if w.usual == 0 {
		w.usual = took
	}
	w.usual = (3*w.usual + took) / 4
}
