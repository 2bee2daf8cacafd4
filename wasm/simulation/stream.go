package simulation

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Stream says what an origin publishes. Each rendition is a stream of its own, with
// segments that begin and end as those of the others do.
type Stream struct {
	Live     bool
	Duration float64 // of a segment, seconds
	Sizes    []int   // of a segment in the mean, bytes, by rendition from the least on
	Window   int     // segments that a live playlist lists
	Segments int     // of the whole, when it is not live
}

// Live is a live stream of 2 s segments and 2 Mbit/s, ten of them listed.
func Live() Stream { return Stream{Live: true, Duration: 2, Sizes: []int{500_000}, Window: 10} }

// VOD is a whole film of so many 2 s segments and 2 Mbit/s.
func VOD(segments int) Stream {
	return Stream{Duration: 2, Sizes: []int{500_000}, Segments: segments}
}

// bitrate of a rendition, in bits per second.
func (s *Stream) bitrate(rendition int) float64 { return float64(s.Sizes[rendition]) * 8 / s.Duration }

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

// listedAt is when a live segment comes into the playlist.
func (s *Stream) listedAt(id int64) time.Duration {
	return seconds(float64(id+1-aired) * s.Duration)
}

// size of a segment in bytes: up to a fifth around the mean.
func (s *Stream) size(seed uint64, n name) int {
	random := rand.NewPCG(seed, streamSizes+uint64(n.id))
	return int(float64(s.Sizes[n.rendition]) * (0.8 + 0.4*float64(random.Uint64()>>11)/(1<<53)))
}

// name is what a segment is known by.
type name struct {
	rendition int
	id        int64
}

const (
	site        = "https://origin.test/"
	manifestURL = site + "master.m3u8"
)

func playlistURL(rendition int) string { return site + strconv.Itoa(rendition) + ".m3u8" }

// url of a segment.
func (n name) url() string {
	return site + strconv.Itoa(n.rendition) + "/" + strconv.FormatInt(n.id, 10) + ".ts"
}

// nameOf takes a segment's url apart.
func nameOf(url string) (n name) {
	rendition, id, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(url, site), ".ts"), "/")
	n.rendition, _ = strconv.Atoi(rendition)
	n.id, _ = strconv.ParseInt(id, 10, 64)
	return n
}
