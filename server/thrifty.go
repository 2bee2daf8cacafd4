package main

import (
	"net/http"
	"sync"
	"time"
)

const (
	// thrift is how many times as long as it took to make an answer it is given to all who ask.
	thrift = 20
	// oldest is how old it may be then. Where a machine stands still the time that it took is
	// not what it costs, and its figures are wanted most.
	oldest = 10 * time.Second
)

// thrifty is an answer that all who ask cost no more than a twentieth of a processor to make, unless that takes longer
// than half a second. One that is made in no time is made for each. Its methods may be called from anywhere.
type thrifty struct {
	make func() any // the value that goes out as JSON

	mu    sync.Mutex
	body  []byte
	until time.Time
}

func (t *thrifty) serve(w http.ResponseWriter, _ *http.Request) { sendJSON(w, t.get()) }

func (t *thrifty) get() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if began := time.Now(); !began.Before(t.until) {
		t.body = encode(t.make())
		t.until = time.Now().Add(min(thrift*time.Since(began), oldest))
	}
	return t.body
}
