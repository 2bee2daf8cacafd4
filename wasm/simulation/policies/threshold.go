package policies

import (
	"math"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// firstMost and firstShare bound how many of a swarm ask the origin for a segment at
// once, in the mean. The fewer do, the longer it takes until peers can give it to all:
// with uplinks of three times the bitrate, 5 to 10 cost 1,000 viewers more in the end.
const (
	firstMost  = 20.0
	firstShare = 1.0 / 20
)

// Threshold makes a policy for which every viewer draws a lot for each segment, from
// 0 to 1, and asks the origin for it once that is below f(t)/n for a swarm of n, unless
// a peer holds the segment or is fetching it by then. f grows by the same factor each
// second, from the first few when the segment comes up to all n when it is urgent.
//
// Who may not upload waits to the end.
func Threshold() scheduler.Policy { return turn(threshold).decide }

func threshold(p *plan, i int) time.Duration {
	if p.Settings.IsP2PUploadDisabled {
		return never
	}
	seg := &p.Segments[i]
	n := float64(p.Size)
	first, mine := min(firstMost, firstShare*n), n*lot(p.Self, seg.ID)
	if mine <= first {
		return seg.Since
	}
	// f(x) = first * (n/first)^x, with x from 0 to 1 while the time passes.
	x := math.Log(mine/first) / math.Log(n/first)
	room := max(0, p.whenLeft(i, p.urgent(i))-seg.Since)
	return seg.Since + time.Duration(x*float64(room))
}
