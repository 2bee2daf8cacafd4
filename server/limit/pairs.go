package limit

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"sync/atomic"
	"time"
)

// Pairs bounds how many bytes each address may have sent to each of many receivers.
// It has a fixed number of places, 512 KiB in all, and each pair has one of them, by
// a hash that nobody can foresee: it costs neither a lock nor memory that a flood
// could make more. Two that share a place share the bound; an address that is at its
// bound with a hundred receivers is in the way of one other pair in 650. It may be
// used from several goroutines at once. A nil Pairs allows everything.
type Pairs struct {
	interval time.Duration // of one byte, in the long run
	burst    time.Duration // how far ahead of that a pair may be
	start    time.Time
	seed     maphash.Seed
	places   [1 << 16]atomic.Int64 // when a pair is in step again, in ns since start
}

// NewPairs returns a bound of so many bytes a second in the long run, and of the
// Burst of that at once; nil when it is 0, which bounds nothing.
func NewPairs(perSecond float64) *Pairs {
	if perSecond <= 0 {
		return nil
	}
	interval := max(1, time.Duration(float64(time.Second)/perSecond))
	return &Pairs{interval: interval, burst: Burst * time.Second, start: time.Now(), seed: maphash.MakeSeed()}
}

// Allow says whether an address may have something sent to a receiver now, and
// counts it if so. It may when it is within the burst, however long that one thing
// is: what is beyond has to be made good before the next.
func (p *Pairs) Allow(now time.Time, from netip.Addr, to uint32, bytes int) bool {
	if p == nil {
		return true
	}
	var both [20]byte
	address := Key(from).As16()
	copy(both[:], address[:])
	binary.LittleEndian.PutUint32(both[16:], to)
	place := &p.places[maphash.Bytes(p.seed, both[:])%uint64(len(p.places))]
	at := int64(now.Sub(p.start))
	for {
		before := place.Load()
		next := max(before, at)
		if next-at >= int64(p.burst) {
			return false
		}
		if place.CompareAndSwap(before, next+int64(bytes)*int64(p.interval)) {
			return true
		}
	}
}
