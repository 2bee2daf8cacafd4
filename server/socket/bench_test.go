package socket

import (
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

// What sweep does for connections of which none is late: with which the tracker
// has to share a core.
func BenchmarkSweep(b *testing.B) {
	const connections = 10_000
	h := NewHub(Options{Limits: config.Limits{}})
	endpoint := h.Endpoint(config.WebSockets{IdleTimeout: time.Hour})
	for range connections {
		c := &conn{line: aborted{}, endpoint: endpoint}
		if !h.add(c) {
			b.Fatal("the hub is closed")
		}
	}
	now := since(time.Now())
	for b.Loop() {
		h.check(now)
	}
}
