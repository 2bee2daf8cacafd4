package tracker

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// counter is a connection that only counts.
type counter struct {
	ended   atomic.Bool // Disconnect has returned
	got     atomic.Int64
	tooLate atomic.Int64
}

func (c *counter) Send(Kind, []byte) {
	c.got.Add(1)
	if c.ended.Load() {
		c.tooLate.Add(1)
	}
}

func (c *counter) Pass(_ Conn, kind Kind, message []byte) bool {
	c.Send(kind, message)
	return true
}

func (c *counter) Lost() (bool, time.Duration) { return false, 0 }

// Connections at once in the same few swarms, under the same few peer ids and
// from one address, so that they keep taking peers from each other, stopping and
// going. For the race detector most of all.
func TestManyConnectionsAtOnce(t *testing.T) {
	const connections, rounds = 16, 300
	tracker := New(Settings{Interval: 20 * time.Second, MaxOffers: 5}, [32]byte{3})
	address := netip.AddrFrom4([4]byte{192, 0, 2, 1})
	now := time.Now()
	var frames []string
	for _, h := range []string{"h0", "h1", "h2"} {
		for p := range 4 {
			frames = append(frames,
				announce(h, fmt.Sprint("p", p), offers(3)),
				announce(h, fmt.Sprint("p", p), `"left":0`),
				announce(h, fmt.Sprint("p", p), `"event":"stopped"`),
				answerTo(h, fmt.Sprint("p", p), fmt.Sprint("p", (p+1)%4), "o0"))
		}
	}
	frames = append(frames, `{"action":"scrape"}`, `{"action":"scrape","info_hash":"`+id("h1")+`"}`)

	var all sync.WaitGroup
	for c := range connections {
		all.Go(func() {
			random := rand.New(rand.NewPCG(4, uint64(c)))
			var request Request
			for range rounds {
				conn := new(counter)
				client := tracker.Connect(conn, address)
				sent := random.IntN(12)
				for range sent {
					request.Parse([]byte(frames[random.IntN(len(frames))]))
					client.Handle(now, &request)
				}
				client.Disconnect()
				conn.ended.Store(true)
				if len(client.members) > 0 {
					t.Errorf("%d peers of a connection that is gone", len(client.members))
				}
				if conn.tooLate.Load() > 0 {
					t.Error("a message after Disconnect")
				}
			}
		})
	}
	all.Go(func() {
		for range rounds {
			tracker.Expire(now)
			tracker.Count()
			tracker.Swarms()
		}
	})
	all.Wait()
	if swarms, peers := tracker.Count(); swarms != 0 || peers != 0 {
		t.Errorf("%d swarms and %d peers are left", swarms, peers)
	}
}
