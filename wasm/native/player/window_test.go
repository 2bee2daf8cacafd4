//go:build !js

package player

import (
	"fmt"
	"strings"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
)

// media lists segments of two seconds.
func media(first, count int, ended bool) *playlist.Media {
	m := &playlist.Media{TargetDuration: 2, Sequence: int64(first), Ended: ended}
	for i := range count {
		m.Segments = append(m.Segments, playlist.Segment{URL: fmt.Sprintf("u%d", first+i), Duration: 2})
	}
	return m
}

// show is such as "u7#7@14" for a segment with its id and start.
func show(segments []hls.Segment) string {
	var texts []string
	for _, s := range segments {
		texts = append(texts, fmt.Sprintf("%s#%d@%g", s.RuntimeID, s.ExternalID, s.Start))
	}
	return strings.Join(texts, " ")
}

func TestWindow(t *testing.T) {
	var w window
	w.begin(media(7, 0, false), 0)
	for _, step := range []struct {
		name           string
		media          *playlist.Media
		added, removed string
		fails          bool
	}{
		{"the first", media(7, 3, false), "u7#7@0 u8#8@2 u9#9@4", "", false},
		{"unchanged", media(7, 3, false), "", "", false},
		{"one on", media(8, 3, false), "u10#10@6", "u7", false},
		{"an old one", media(7, 3, false), "", "", true},
		{"shorter", media(8, 2, false), "", "", true},
		{"over a gap", media(12, 2, false), "u12#12@10 u13#13@12", "u8 u9 u10", false},
		{"the end: new ones get their position", media(12, 3, true), "u14#2@14", "", false},
	} {
		added, removed, err := w.update(step.media)
		if show(added) != step.added || strings.Join(removed, " ") != step.removed || (err != nil) != step.fails {
			t.Errorf("%s: added %q, removed %q, %v", step.name, show(added), removed, err)
		}
	}
	if got := show(w.segments); got != "u12#12@10 u13#13@12 u14#2@14" || !w.ended {
		t.Errorf("in the end %s", got)
	}
	for position, want := range map[float64]int64{-1: 12, 10: 12, 11.9: 12, 12: 13, 15: 14, 99: 14} {
		if got := w.find(position); got != want {
			t.Errorf("at %g is segment %d, want %d", position, got, want)
		}
	}
	for sequence, want := range map[int64]float64{11: 8, 12: 10, 14: 14, 15: 16, 17: 20} {
		if got := w.place(sequence); got != want {
			t.Errorf("segment %d lies at %g, want %g", sequence, got, want)
		}
	}
}
