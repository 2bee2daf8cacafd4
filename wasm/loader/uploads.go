package loader

import (
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
)

// uploads shares a loader's uplink out: to a few peers well rather than to all
// badly, since a segment that arrives sooner is passed on sooner.
type uploads struct {
	slots   int     // how many are given to at once, by what the line has shown
	bound   int     // and how many at most, by what the page allows
	lent    []*link // who is given a segment now, each once
	refused []*link // who was told that the slots are taken and may still want one, the first first
}

const (
	// firstSlots is how many are given to before it is known how fast that is.
	firstSlots = 4
	leastSlots = 2
	mostSlots  = 2 * mostPeers
	// longestLoan is after what time a peer holds its slot no more.
	longestLoan = 20 * time.Second
	// An upload is quick when it takes less than 1/quick of the time that the
	// segment plays, and slow when it takes longer than that time.
	quick = 2.0
	// invited is how many peers are told of a slot that is free: some of them have
	// found what they wanted elsewhere.
	invited = 2
)

// take gives a peer a slot, if there is one for it. A peer that would not
// understand a refusal is given to at all times.
func (u *uploads) take(l *link, now time.Duration) bool {
	if !l.swarm.feed.loader.page.machine.Classic && l.peer.IsKin() && !slices.Contains(u.lent, l) {
		taken, riders := u.taken(now)
		if taken >= u.open() || !l.peer.IsGiver() && riders >= max(u.open()/2, 1) {
			if !slices.Contains(u.refused, l) {
				u.refused = append(u.refused, l)
			}
			return false
		}
	}
	u.lent, u.refused = append(without(u.lent, l), l), without(u.refused, l)
	l.loan = loan{began: now}
	return true
}

// open is how many may be given to at once.
func (u *uploads) open() int { return min(u.slots, u.bound) }

// taken counts those who hold a slot, and those among them that have never offered
// anything: what they get goes no further. Who is too slow to be done holds none.
func (u *uploads) taken(now time.Duration) (all, riders int) {
	for _, l := range u.lent {
		if now-l.loan.began > longestLoan {
			continue
		}
		all++
		if !l.peer.IsGiver() {
			riders++
		}
	}
	return all, riders
}

// free takes a peer's slot back, and invites others to it.
func (u *uploads) free(l *link) {
	u.lent = without(u.lent, l)
	for range min(invited, len(u.refused)) {
		if len(u.lent) >= u.open() {
			return
		}
		next := u.next()
		u.refused = without(u.refused, next)
		next.announce()
	}
}

// next is who was refused first of those who pass on what they get, or of the others.
func (u *uploads) next() *link {
	for _, l := range u.refused {
		if l.peer.IsGiver() {
			return l
		}
	}
	return u.refused[0]
}

// forget drops a peer that is gone.
func (u *uploads) forget(l *link) { u.refused = without(u.refused, l) }

// learn adapts the number of slots to how fast an upload was: how long it took for how
// much playing time, in seconds.
func (u *uploads) learn(took, plays float64) {
	switch {
	case took*quick < plays && len(u.lent) >= u.open():
		u.slots = min(u.slots+1, mostSlots)
	case took > plays:
		u.slots = max(u.slots-1, leastSlots)
	}
}

// each does something for all of a stream's peers that are given to.
func (u *uploads) each(s *stream, do func(p *peer.Peer)) {
	for _, l := range slices.Clone(u.lent) {
		if l.swarm.stream == s && !l.closed {
			do(l.peer)
		}
	}
}

// withdraw ends what a feed's peers are being given.
func (l *Loader) withdraw(f *feed) {
	for _, link := range slices.Clone(l.uploads.lent) {
		if link.swarm.feed == f {
			link.peer.Withdraw()
		}
	}
}

func without(list []*link, l *link) []*link {
	return slices.DeleteFunc(list, func(other *link) bool { return other == l })
}
