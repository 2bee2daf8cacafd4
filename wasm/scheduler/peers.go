package scheduler

import (
	"math"
	"slices"
)

// held tells whether a peer can be hoped for.
func (d *decision) held(seg *Segment) bool {
	return len(seg.Holders)+len(seg.Passers) > 0 && d.Settings.SimultaneousP2PDownloads > 0
}

// askPeer gives the segment to a peer that holds it, or gets it, and is free.
func (d *decision) askPeer(i int, seg *Segment) bool {
	if float64(d.active[P2P]) >= d.Settings.SimultaneousP2PDownloads {
		return false
	}
	best := d.choose(seg.Holders)
	if best < 0 {
		best = d.choose(seg.Passers)
	}
	if best < 0 {
		return false
	}
	d.taken[best] = true
	d.start(FetchP2P, i, best)
	return true
}

// free tells whether a peer holds the segment that could be asked now.
func (d *decision) free(seg *Segment) bool {
	return slices.ContainsFunc(seg.Holders, func(p int) bool { return d.Peers[p].Ready && !d.taken[p] })
}

// blocks tells whether another segment could be asked of a peer if fewer were on their
// way.
func (d *decision) blocks() bool {
	if float64(d.active[P2P]) < d.Settings.SimultaneousP2PDownloads {
		return false
	}
	for i := range d.Segments {
		if seg := &d.Segments[i]; seg.Queued && d.running[i] == nil && d.free(seg) {
			return true
		}
	}
	return false
}

// choose draws one of the peers that are free, or -1. Fast ones more often, but all of
// them sometimes: each speed is drawn upon at random (weighted reservoir, Efraimidis
// and Spirakis 2006).
func (d *decision) choose(peers []int) int {
	best, weight := -1, 0.0
	for _, p := range peers {
		if !d.Peers[p].Ready || d.taken[p] {
			continue
		}
		w := math.Pow(max(d.random(), math.SmallestNonzeroFloat64), 1/max(d.Peers[p].Speed, 1e4))
		if best < 0 || w > weight {
			best, weight = p, w
		}
	}
	return best
}
