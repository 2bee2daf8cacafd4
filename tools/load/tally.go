//go:build !js

package main

import (
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// tally is what all clients of a server have sent and got, and what was wrong with
// it. Its methods may be called from several goroutines at once.
type tally struct {
	announced atomic.Int64 // announces sent
	replied   atomic.Int64 // and answered by the server itself

	offered, offers   ledger // offers sent, and those that arrived
	answered, answers ledger // answers sent, and those that arrived

	acknowledged atomic.Int64 // answers that the server replied to: none, or all of them

	mu       sync.Mutex
	troubles int
	first    error
}

// trouble is something that a server did wrong, or that went wrong between.
func (t *tally) trouble(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.troubles++; t.troubles == 1 {
		t.first = err
	}
}

// settled says whether all that was sent has arrived.
func (t *tally) settled() bool {
	return t.announced.Load() == t.replied.Load() && t.offered.equals(&t.offers) && t.answered.equals(&t.answers) &&
		(t.acknowledged.Load() == 0 || t.acknowledged.Load() == t.answered.count.Load())
}

// arrived is how much has.
func (t *tally) arrived() int64 {
	return t.replied.Load() + t.acknowledged.Load() + t.offers.count.Load() + t.answers.count.Load()
}

// lostLittle says whether nothing is wrong but that at most a hundredth has not
// arrived.
func (t *tally) lostLittle() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	sent := t.announced.Load() + t.offered.count.Load() + t.answered.count.Load()
	if t.acknowledged.Load() > 0 {
		sent += t.answered.count.Load()
	}
	lost := sent - t.arrived()
	return t.troubles == 0 && lost >= 0 && lost*100 <= sent
}

// err is what was wrong, for when all is sent and there was time to arrive.
func (t *tally) err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var wrong []error
	if t.troubles > 0 {
		wrong = append(wrong, fmt.Errorf("%d times something went wrong, the first time: %w", t.troubles, t.first))
	}
	if announced, replied := t.announced.Load(), t.replied.Load(); announced != replied {
		wrong = append(wrong, fmt.Errorf("of %d announces %d got a reply", announced, replied))
	}
	if answered, acknowledged := t.answered.count.Load(), t.acknowledged.Load(); acknowledged > 0 && acknowledged != answered {
		wrong = append(wrong, fmt.Errorf("of %d answers %d got a reply", answered, acknowledged))
	}
	return errors.Join(append(wrong, t.offered.compare("offers", &t.offers), t.answered.compare("answers", &t.answers))...)
}

// ledger counts what has an id, and remembers in one number what these ids were.
type ledger struct {
	count atomic.Int64
	sum   atomic.Uint64 // of the ids' hashes
}

var ledgerSeed = maphash.MakeSeed()

func (l *ledger) add(id []byte) {
	l.count.Add(1)
	l.sum.Add(maphash.Bytes(ledgerSeed, id))
}

func (l *ledger) equals(other *ledger) bool {
	return l.count.Load() == other.count.Load() && l.sum.Load() == other.sum.Load()
}

// compare says how what arrived differs from what was sent.
func (l *ledger) compare(what string, arrived *ledger) error {
	sent, there := l.count.Load(), arrived.count.Load()
	switch {
	case sent != there:
		return fmt.Errorf("of %d %s %d arrived", sent, what, there)
	case l.sum.Load() != arrived.sum.Load():
		return fmt.Errorf("of %d %s some arrived twice, and others not", sent, what)
	}
	return nil
}
