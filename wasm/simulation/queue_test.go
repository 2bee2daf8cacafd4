package simulation

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// What is due soon, whole turns of the wheel later, or at the same time comes in
// its order, also when it is added in between.
func TestQueueKeepsTheOrder(t *testing.T) {
	type key struct {
		at time.Duration
		n  int
	}
	random := rand.New(rand.NewPCG(1, 1))
	var q queue
	var added, got []key
	var now time.Duration
	add := func() {
		spans := []time.Duration{0, slice, 100 * slice, turn * slice, 3 * turn * slice}
		k := key{now + time.Duration(random.Int64N(int64(spans[random.IntN(len(spans))]+1))), len(added)}
		added = append(added, k)
		q.add(k.at, func() { got = append(got, k) }, nil)
	}
	for range 1000 {
		add()
	}
	for until := time.Duration(0); until < 10*turn*slice; until += 777 * slice / 10 {
		for e := q.first(until); e != nil; e = q.first(until) {
			if now = e.at; now > until {
				t.Fatalf("an event of %v came before %v", now, until)
			}
			run := e.run
			q.recycle(e)
			run()
			if len(added) < 5000 {
				add()
			}
		}
		now = until
	}
	want := slices.Clone(added)
	slices.SortStableFunc(want, func(a, b key) int { return cmp.Compare(a.at, b.at) })
	if !slices.Equal(got, want) {
		t.Errorf("%d events ran, in another order than that of %d", len(got), len(want))
	}
}

func TestFIFO(t *testing.T) {
	var q fifo[int]
	var got []int
	next := 0
	for _, pushes := range []int{3, 0, 5, 1, 9, 0, 0, 2} {
		for range pushes {
			q.push(next)
			next++
		}
		for range min(4, q.len()) {
			if *q.first() != len(got) {
				t.Errorf("the first is %d after %v", *q.first(), got)
			}
			got = append(got, q.pop())
		}
	}
	if !slices.IsSorted(got) || len(got)+q.len() != next || cap(q.items) > 16 {
		t.Errorf("%v came, %d are left, with room for %d", got, q.len(), cap(q.items))
	}
}
