package simulation

import "time"

// queue holds events by time, and those of one time as they were added. What is
// due in the slice of time that is going on is in a heap, which stays small; what
// comes later is in a wheel of slots, one a slice, each of which also takes what
// is due whole turns later (Varghese and Lauck 1987).
type queue struct {
	heap     []due
	slots    [turn]*event // lists
	present  int64        // the slice that is going on
	later    int          // events in slots
	sequence uint64       // of the last event added
	spare    *event       // a list of events to be used again
}

const (
	slice = time.Millisecond
	// turn is how many slices the wheel has.
	turn = 1 << 13
)

// event is a function and when it runs.
type event struct {
	at       time.Duration
	sequence uint64 // 0 once it has run or was called off and dropped
	run      func() // nil once it was called off
	loop     *Loop  // nil for the world's own
	next     *event // in a list
}

// due is an event and what the heap goes by, in one place.
type due struct {
	at       time.Duration
	sequence uint64
	*event
}

func (a *due) before(b *due) bool {
	return a.at < b.at || a.at == b.at && a.sequence < b.sequence
}

// add queues a function.
func (q *queue) add(at time.Duration, run func(), l *Loop) *event {
	e := q.spare
	if e == nil {
		e = &event{}
	} else {
		q.spare = e.next
	}
	q.sequence++
	*e = event{at: at, sequence: q.sequence, run: run, loop: l}
	q.place(e)
	return e
}

func (q *queue) place(e *event) {
	n := int64(e.at / slice)
	if n <= q.present {
		q.push(due{e.at, e.sequence, e})
		return
	}
	slot := &q.slots[n%turn]
	e.next, *slot = *slot, e
	q.later++
}

// first takes the first event that is due at a time or before, nil when there is
// none.
func (q *queue) first(until time.Duration) *event {
	last := int64(until / slice)
	for len(q.heap) == 0 {
		if q.later == 0 {
			q.present = max(q.present, last)
		}
		if q.present >= last {
			return nil
		}
		q.present++
		slot := &q.slots[q.present%turn]
		list := *slot
		*slot = nil
		for list != nil {
			e := list
			list, e.next = e.next, nil
			q.later--
			q.place(e)
		}
	}
	if q.heap[0].at > until {
		return nil
	}
	return q.pop()
}

// recycle takes an event back that was the first.
func (q *queue) recycle(e *event) {
	*e = event{next: q.spare}
	q.spare = e
}

func (q *queue) push(d due) {
	q.heap = append(q.heap, d)
	i := len(q.heap) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !d.before(&q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		i = parent
	}
	q.heap[i] = d
}

func (q *queue) pop() *event {
	h := q.heap
	first, d := h[0].event, h[len(h)-1]
	h[len(h)-1] = due{}
	h = h[:len(h)-1]
	q.heap = h
	if len(h) == 0 {
		return first
	}
	i := 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].before(&h[child]) {
			child++
		}
		if !h[child].before(&d) {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = d
	return first
}
