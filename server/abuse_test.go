package main

import (
	"log/slog"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// The tests in abuse_*_test.go do to a whole server what crashes, stops or bloats
// trackers, each row of their tables a kind of it, while bystanders must not
// notice. After each row the server must have forgotten it.

// besieged is a server with bystanders on it.
type besieged struct {
	server     *server
	host       string
	bystanders *bystanders
	goroutines int
	heap       uint64 // bytes that live
	reserved   uint64 // bytes of heap ever taken from the system
}

// What a server may keep of what it has been through: pools of buffers and the
// like. And what it may need at the worst moment.
const (
	keptGoroutines = 4
	keptHeap       = 4 << 20
	extraHeap      = 64 << 20
)

// besiege starts a server with bystanders. When the test ends it must have used a
// bounded amount of memory.
func besiege(t *testing.T, s settings) *besieged {
	t.Helper()
	return besiegeWith(t, s, func(*server) {})
}

// besiegeWith does that after a change to the server.
func besiegeWith(t *testing.T, s settings, change func(*server)) *besieged {
	t.Helper()
	srv, err := open(s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	change(srv)
	serve(t, srv)
	b := &besieged{server: srv, host: srv.https[0].hosts()[0]}
	b.bystanders = meet(t, b.host)
	b.goroutines, b.heap, b.reserved = footprint()
	t.Cleanup(func() {
		b.settle(t)
		if _, _, reserved := footprint(); reserved > b.reserved+extraHeap {
			t.Errorf("the heap grew from %d to %d MiB", b.reserved>>20, reserved>>20)
		}
	})
	return b
}

func footprint() (goroutines int, heap, reserved uint64) {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return runtime.NumGoroutine(), memory.HeapAlloc, memory.HeapSys
}

// row runs one kind of abuse; when it has ended, with all its connections, the
// bystanders must go on and the server be as before.
func (b *besieged) row(t *testing.T, name string, do func(*testing.T)) {
	t.Helper()
	t.Run(name, do)
	b.bystanders.still()
	b.settle(t)
}

// settle waits until the server has forgotten all but the bystanders.
func (b *besieged) settle(t *testing.T) {
	t.Helper()
	for begun := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		goroutines, heap, _ := footprint()
		if goroutines <= b.goroutines+keptGoroutines && heap <= b.heap+keptHeap {
			return
		}
		if time.Since(begun) > patience {
			var stacks strings.Builder
			_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			t.Fatalf("%d goroutines, before %d; %d KiB of heap, before %d\n%s",
				goroutines, b.goroutines, heap>>10, b.heap>>10, &stacks)
		}
	}
}
