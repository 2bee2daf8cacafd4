package scheduler

import (
	"math"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

// Of all peers of a swarm, most of which do not know each other, a few are to fetch a
// segment from the origin, and others only where it does not come through. Each draws a
// ticket for each segment. Peers that know each other know each other's tickets too; of
// the others it is known how many they are. So each reckons how many come before it, and
// its turn is the later the more they are. The announcement of a neighbour that has the
// segment, gets it, or has claimed it, silences it.

const (
	// few is how many are to have their turn early where hardly anybody knows another:
	// with one to be expected, there would be none more than every third time. Where the
	// neighbours of neighbours are all there are, so many fewer will do: what one of them
	// does, the others hear.
	few, fewer = 4.0, 1.5
	// early is the share of the time by which they have had it, at least. Where they hear of
	// each other they have it as far apart as leaves spreading, in seconds, to the others.
	early     = 0.2
	spreading = 4.0
	// steep shapes how the number of those whose turn has come grows from few to all,
	// few*(all/few)^(x^steep) at the share x of the rest of the time: late, so that the
	// segment has the time to spread.
	steep = 2.5
)

// longest is how long the last waits, in seconds: in a film those who are ahead need
// not wait for those behind them.
const longest = 10.0

// claiming is how long a claim stands before the origin is asked: two such that are
// made at the same time have crossed by then, also behind what is in a channel's buffer.
const claiming = 200 * time.Millisecond

// elect has the origin asked for the segment when it is this viewer's turn.
func (d *decision) elect(i int, seg *Segment) {
	switch turn := d.turn(seg); {
	case d.yieldsTo(seg):
		d.yield(i, seg)
	case d.Settings.IsP2PUploadDisabled:
		// What it fetches goes no further.
	case d.Now < turn:
		d.yield(i, seg)
		d.wakeAt(turn)
	case !d.mayAskOrigin(seg) || float64(d.active[HTTP]+d.claims) >= d.Settings.SimultaneousHTTPDownloads:
		d.yield(i, seg)
	case seg.Claimed == 0:
		d.claims++
		d.do(Claim, i, 0)
		d.wakeAt(d.Now + claiming)
	case d.Now < seg.Claimed+claiming:
		d.claims++
		d.wakeAt(seg.Claimed + claiming)
	default:
		d.start(FetchHTTP, i, 0)
	}
}

// yield takes a claim back, if there is one.
func (d *decision) yield(i int, seg *Segment) {
	if seg.Claimed > 0 {
		d.do(Yield, i, 0)
	}
}

// yieldsTo tells whether a peer goes first that has claimed the segment or fetches it.
// Where two claims cross, the lower ticket wins; those who know no claims never yield.
func (d *decision) yieldsTo(seg *Segment) bool {
	for _, p := range seg.Fetchers {
		peer := &d.Peers[p]
		if seg.Claimed == 0 || !peer.Kin || ticket(peer.Key, seg.ID) < ticket(d.Self, seg.ID) {
			return true
		}
	}
	return false
}

// turn is when this viewer may ask the origin for a segment that nobody holds or
// fetches: at once if it comes first.
func (d *decision) turn(seg *Segment) time.Duration {
	before, known, others := d.before(seg)
	all := known + others
	wait := min(max(seg.Room-d.urgency(seg), 0), longest)
	first, soon := 1.0, early*wait // who all know is one
	if others > 0 {
		reach := min(known*known/all, 1)
		first += (few - fewer*reach - 1) * others / all
		soon += max(wait-spreading-soon, 0) * reach * others / all
	}
	if before <= first {
		return seg.Since + config.Seconds(soon*before/first)
	}
	share := math.Pow(math.Log(before/first)/math.Log(all/first), 1/steep)
	return seg.Since + config.Seconds(soon+(wait-soon)*share)
}

// before is how many of all the others, who can give what they fetch, have a lower
// ticket: of those that are known it is known, of the rest the share that is to be
// expected.
func (d *decision) before(seg *Segment) (before, known, others float64) {
	mine := ticket(d.Self, seg.ID)
	for i := range d.Peers {
		if p := &d.Peers[i]; p.Giver {
			known++
			if ticket(p.Key, seg.ID) < mine {
				before++
			}
		}
	}
	others = max(float64(d.Size-1-len(d.Peers)), 0) * known / float64(len(d.Peers))
	return before + mine*others, known, others
}

// ticket draws a number from 0 to 1 for a peer and a segment, the same wherever it is
// drawn: rendezvous hashing (Thaler and Ravishankar 1998) with the finalizer of
// SplitMix64 (Steele, Lea and Flood 2014).
func ticket(key uint64, segment int64) float64 {
	z := key + uint64(segment)*0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return float64((z^z>>31)>>11) / (1 << 53)
}
