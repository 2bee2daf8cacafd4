package socket

import "sync"

// table is all connections, each with a number while it is there.
type table struct {
	mu    sync.Mutex
	conns []*conn // nil: the number is free
	free  []int32
	count int
	shut  bool // there are no new ones
}

// add gives a connection its number, and counts it as running; it fails when the table is shut.
func (t *table) add(c *conn, running *sync.WaitGroup) (ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shut {
		return false
	}
	if last := len(t.free) - 1; last >= 0 {
		c.slot, t.free = t.free[last], t.free[:last]
		t.conns[c.slot] = c
	} else {
		c.slot = int32(len(t.conns))
		t.conns = append(t.conns, c)
	}
	t.count++
	running.Add(1)
	return true
}

// enter counts somebody as running who may add a connection; it fails when the table is shut.
func (t *table) enter(running *sync.WaitGroup) (ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.shut {
		running.Add(1)
	}
	return !t.shut
}

func (t *table) remove(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conns[c.slot] = nil
	t.free = append(t.free, c.slot)
	t.count--
}

func (t *table) shutdown() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shut = true
}

func (t *table) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count
}

// find replaces numbers by connections: nil where there is none any more.
func (t *table) find(slots []int32, found []*conn) []*conn {
	found = found[:0]
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, slot := range slots {
		found = append(found, t.conns[slot])
	}
	return found
}

// each calls do for every connection that is there all the while. The table is not locked during the calls.
func (t *table) each(do func(*conn)) {
	const some = 256
	var batch [some]*conn
	for from := 0; ; from += some {
		t.mu.Lock()
		if from >= len(t.conns) {
			t.mu.Unlock()
			return
		}
		n := copy(batch[:], t.conns[from:])
		t.mu.Unlock()
		for _, c := range batch[:n] {
			if c != nil {
				do(c)
			}
		}
	}
}

// dirty is the connections whose queues are to be flushed.
type dirty struct {
	mu    sync.Mutex
	conns []*conn
}

func (d *dirty) add(c *conn) {
	d.mu.Lock()
	d.conns = append(d.conns, c)
	d.mu.Unlock()
}

// take returns them, and keeps the slice that it is given for the next ones.
func (d *dirty) take(empty []*conn) []*conn {
	d.mu.Lock()
	defer d.mu.Unlock()
	conns := d.conns
	d.conns = empty[:0]
	return conns
}
