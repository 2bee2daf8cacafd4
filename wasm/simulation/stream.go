package simulation

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Stream says what an origin publishes.
type Stream struct {
	Live     bool
	Duration float64 // of a segment, seconds
	Size     int     // of a segment in the mean, bytes
	Window   int     // segments that a live playlist lists
	Segments int     // of the whole, when it is not live
}

// Live is a live stream of 2 s segments and 2 Mbit/s, ten of them listed.
func Live() Stream { return Stream{Live: true, Duration: 2, Size: 500_000, Window: 10} }

// VOD is a whole film of so many 2 s segments and 2 Mbit/s.
func VOD(segments int) Stream { return Stream{Duration: 2, Size: 500_000, Segments: segments} }

// aired is how many segments a live stream had published when the world began.
const aired = 1000

// listing is a playlist: the ids of the first segment and of the one after the
// last.
type listing struct{ first, end int64 }

// list is the playlist as the origin gives it at a time.
func (s *Stream) list(now time.Duration) listing {
	if !s.Live {
		return listing{0, int64(s.Segments)}
	}
	end := aired + int64(now.Seconds()/s.Duration)
	return listing{end - int64(s.Window), end}
}

// kept is for how many windows after a live segment has left the playlist the
// origin still has it (RFC 8216, 6.2.2, asks for one).
const kept = 3

// has tells whether the origin has a segment.
func (s *Stream) has(id int64, now time.Duration) bool {
	l := s.list(now)
	return id < l.end && id >= l.first-int64(kept*s.Window)
}

// size of a segment in bytes: up to a fifth around the mean.
func (s *Stream) size(seed uint64, id int64) int {
	random := rand.NewPCG(seed, streamSizes+uint64(id))
	return int(float64(s.Size) * (0.8 + 0.4*float64(random.Uint64()>>11)/(1<<53)))
}

func segmentURL(id int64) string { return fmt.Sprintf("https://origin.test/%d.ts", id) }

const playlistURL = "https://origin.test/live.m3u8"
