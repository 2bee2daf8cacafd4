//go:build !js

package player

import (
	"fmt"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
)

// window is the part of a stream that its playlist lists now, on the player's
// timeline.
type window struct {
	sequence int64 // of the first segment
	segments []hls.Segment
	ended    bool
	duration float64 // target, seconds
	origin   float64 // where the timeline stands while nothing is listed
}

// begin makes ready for the first playlist, whose first segment lies at start.
func (w *window) begin(m *playlist.Media, start float64) {
	w.sequence, w.duration, w.origin = m.Sequence, m.TargetDuration, start
}

func (w *window) next() int64 { return w.sequence + int64(len(w.segments)) }

// start is where the listed part of the timeline begins, end where it ends.
func (w *window) start() float64 {
	if len(w.segments) == 0 {
		return w.origin
	}
	return w.segments[0].Start
}

func (w *window) end() float64 {
	if len(w.segments) == 0 {
		return w.origin
	}
	return w.segments[len(w.segments)-1].End
}

// at is the segment with a sequence number, which is listed.
func (w *window) at(sequence int64) hls.Segment { return w.segments[sequence-w.sequence] }

// find is the sequence number of the segment at a position, or of the last one
// before it.
func (w *window) find(position float64) int64 {
	for i, s := range w.segments {
		if s.End > position {
			return w.sequence + int64(i)
		}
	}
	return max(w.sequence, w.next()-1)
}

// place is where the segment with a sequence number lies on the timeline.
// Beyond what is listed it is guessed from the target duration.
func (w *window) place(sequence int64) float64 {
	switch {
	case sequence < w.sequence:
		return w.start() - float64(w.sequence-sequence)*w.duration
	case sequence >= w.next():
		return w.end() + float64(sequence-w.next())*w.duration
	}
	return w.at(sequence).Start
}

// restart takes a playlist that goes on from what was listed under numbers of
// its own, and tells which segments are new and which have left.
func (w *window) restart(m *playlist.Media) (added []hls.Segment, removed []string) {
	for _, s := range w.segments {
		removed = append(removed, s.RuntimeID)
	}
	*w = window{sequence: m.Sequence, origin: w.end()}
	added, _, _ = w.update(m) // of a window without segments nothing can go back
	return added, removed
}

// update takes a newer playlist, and tells which segments are new and which
// have left. Segments that were listed before keep what they were, their ids
// above all, as with the engine of P2P Media Loader.
func (w *window) update(m *playlist.Media) (added []hls.Segment, removed []string, err error) {
	if m.Sequence < w.sequence || m.Sequence+int64(len(m.Segments)) < w.next() {
		return nil, nil, fmt.Errorf("playlist went back from segments %d-%d to %d-%d",
			w.sequence, w.next()-1, m.Sequence, m.Sequence+int64(len(m.Segments))-1)
	}
	before := map[string]hls.Segment{}
	for _, s := range w.segments {
		before[s.RuntimeID] = s
	}
	listed := m.Timeline(w.place(m.Sequence))
	for i, s := range listed {
		if old, ok := before[s.RuntimeID]; ok {
			listed[i] = old
			delete(before, s.RuntimeID)
			continue
		}
		added = append(added, s)
	}
	for _, s := range w.segments {
		if _, left := before[s.RuntimeID]; left {
			removed = append(removed, s.RuntimeID)
		}
	}
	w.sequence, w.segments = m.Sequence, listed
	w.ended, w.duration = m.Ended, m.TargetDuration
	return added, removed, nil
}
