package loader

import (
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
)

// claimLife is after what time a claim of which nothing has come is none any more: the
// player has gone elsewhere.
const claimLife = 2 * time.Second

// claim tells the peers, at once, that the segment is about to be fetched from the
// origin.
func (f *feed) claim(seg *segment) {
	seg.claimed = max(f.loader.now(), 1) // 0 is for none
	f.claims = append(f.claims, seg)
	f.announceNow()
}

// unclaim ends a claim, if there is one.
func (f *feed) unclaim(seg *segment) {
	if seg.claimed == 0 {
		return
	}
	seg.claimed = 0
	f.claims = slices.DeleteFunc(f.claims, func(other *segment) bool { return other == seg })
	f.announce()
}

// overdue ends claims that have lived too long, and tells when the next one will have.
func (f *feed) overdue() (left time.Duration) {
	now := f.loader.now()
	left = claimLife
	for _, seg := range slices.Clone(f.claims) {
		if age := now - seg.claimed; age >= claimLife {
			f.unclaim(seg)
		} else {
			left = min(left, claimLife-age)
		}
	}
	if len(f.claims) == 0 {
		return time.Hour
	}
	return left
}

// patience is how long it is believed at least that a peer fetches a segment of which
// nothing comes. A JavaScript peer does not say when it has failed.
const patience = 6 * time.Second

// believe drops those who have been fetching the segment for too long.
func (f *feed) believe(seg *segment, links company, fetchers []int) []int {
	now := f.loader.now()
	switch {
	case len(fetchers) == 0:
		seg.awaited, seg.vain = 0, false
	case seg.awaited == 0:
		seg.awaited = max(now, 1)
	case now-seg.awaited > max(patience, 2*config.Seconds(seg.End-seg.Start)):
		if !seg.vain && f.loader.sites.of(seg.URL) == nil {
			seg.vain = true
			for _, i := range fetchers {
				links[i].peer.Unkept()
			}
		}
		return nil
	}
	return fetchers
}
