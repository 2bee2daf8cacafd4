package tracker

import (
	"fmt"
	"math"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"
)

// anSDP is about as long as a browser's: 1.5 KB, a line break every forty characters.
var anSDP = strings.Repeat(`a=candidate:1 1 UDP 2122 192.0.2.1 9 typ\r\n`, 36)

// fullAnnounce brings five offers, 8 KB in all, as a browser writes them.
func fullAnnounce(h, p string) []byte {
	items := make([]string, 5)
	for i := range items {
		items[i] = fmt.Sprintf(`{"offer":{"type":"offer","sdp":"%s"},"offer_id":"%s"}`, anSDP, "é"+id(fmt.Sprint("o", i))[:19])
	}
	return []byte(announce(h, p, `"numwant":5`, `"uploaded":0`, `"downloaded":0`, `"offers":[`+strings.Join(items, ",")+`]`))
}

func BenchmarkParse(b *testing.B) {
	frame := fullAnnounce("h", "a")
	b.Run("scan", func(b *testing.B) {
		b.SetBytes(int64(len(frame)))
		b.ReportAllocs()
		var r Request
		for b.Loop() {
			r.Parse(frame)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(frame)))
		b.ReportAllocs()
		for b.Loop() {
			reference(frame)
		}
	})
}

// silent is a connection that drops what it gets.
type silent struct{}

func (silent) Send(Kind, []byte)            {}
func (silent) Pass(Conn, Kind, []byte) bool { return true }
func (silent) Lost() (bool, time.Duration)  { return false, 0 }

// crowd is a tracker with so many connections, each with a peer in each of
// the swarms that it names.
func crowd(connections int, swarms func(connection int) []string) (*Tracker, []*Client) {
	t := New(Settings{Interval: 20 * time.Second, MaxOffers: 5}, [32]byte{5})
	clients := make([]*Client, connections)
	var r Request
	for c := range clients {
		clients[c] = t.Connect(silent{}, netip.AddrFrom4([4]byte{192, 0, 2, 1}))
		for _, h := range swarms(c) {
			r.Parse(fullAnnounce(h, fmt.Sprint("p", c)))
			clients[c].Handle(time.Now(), &r)
		}
	}
	if _, peers := t.Count(); peers != connections*len(swarms(0)) {
		panic(fmt.Sprintf("%d connections have %d peers", connections, peers))
	}
	return t, clients
}

// An announce that is read, answered, and its five offers passed on.
func BenchmarkAnnounce(b *testing.B) {
	for _, peers := range []int{2, 200, 10_000} {
		b.Run(fmt.Sprint(peers, "-peers"), func(b *testing.B) {
			_, clients := crowd(peers, func(int) []string { return []string{"h"} })
			frame := fullAnnounce("h", "p0")
			now := time.Now()
			b.ReportAllocs()
			var r Request
			for b.Loop() {
				r.Parse(frame)
				clients[0].Handle(now, &r)
			}
		})
	}
}

// The same where the peer was introduced to all others, so that the tracker looks
// for one that it was not.
func BenchmarkAnnounceAmongAcquaintances(b *testing.B) {
	t, clients := crowd(50, func(int) []string { return []string{"h"} })
	now := time.Now()
	me := clients[0].members[0]
	for _, c := range clients[1:] {
		introduce(t.moment(now), me, c.members[0])
	}
	frame := fullAnnounce("h", "p0")
	b.ReportAllocs()
	var r Request
	for b.Loop() {
		r.Parse(frame)
		clients[0].Handle(now, &r)
	}
}

// What Expire holds a shard's lock for: a step of a swarm of 100,000, of which none or
// all are to go, and the whole of it. Time is taken here: filling the swarm takes so
// much longer that with a timer which is stopped meanwhile it would take a quarter of an hour.
func BenchmarkExpire(b *testing.B) {
	const peers = 100_000
	for name, oldest := range map[string]moment{"none go": 0, "all go": math.MaxInt64} {
		b.Run(name, func(b *testing.B) {
			var whole, longest time.Duration
			for b.Loop() {
				t, _ := crowd(peers, func(int) []string { return []string{"h"} })
				var id Request
				id.Parse(fullAnnounce("h", "p"))
				sh := t.shard(id.infoHash)
				s := sh.swarms[id.infoHash]
				for left := peers; left > 0; {
					start := time.Now()
					left = sh.expireSome(s, oldest, left)
					took := time.Since(start)
					whole += took
					longest = max(longest, took)
				}
			}
			b.ReportMetric(float64(whole.Microseconds())/float64(b.N), "µs/whole")
			b.ReportMetric(float64(longest.Microseconds()), "µs/longest")
			b.ReportMetric(0, "ns/op") // which is that of filling it
		})
	}
}

// Announces on all cores, each to a swarm of its own.
func BenchmarkAnnounceAtOnce(b *testing.B) {
	t := New(Settings{Interval: 20 * time.Second, MaxOffers: 5}, [32]byte{5})
	b.RunParallel(func(pb *testing.PB) {
		var swarm, r Request
		client := t.Connect(silent{}, netip.AddrFrom4([4]byte{192, 0, 2, 1}))
		name := fmt.Sprintf("h%p", client)
		for p := range 200 {
			swarm.Parse([]byte(announce(name, fmt.Sprint("p", p))))
			client.Handle(time.Now(), &swarm)
		}
		frame := fullAnnounce(name, "p0")
		now := time.Now()
		for pb.Next() {
			r.Parse(frame)
			client.Handle(now, &r)
		}
	})
}

// BenchmarkMemory tells what a connection keeps of the heap: with no peer, with
// one after an announce of five offers, all in one swarm or each in its own.
func BenchmarkMemory(b *testing.B) {
	const connections = 10_000
	for _, shape := range []struct {
		name   string
		swarms func(connection int) []string
	}{
		{"idle", func(int) []string { return nil }},
		{"one-swarm", func(int) []string { return []string{"h"} }},
		{"own-swarm", func(c int) []string { return []string{fmt.Sprint("h", c)} }},
	} {
		b.Run(shape.name, func(b *testing.B) {
			for b.Loop() {
				before := live()
				tracker, clients := crowd(connections, shape.swarms)
				b.ReportMetric(float64(live()-before)/connections, "B/connection")
				runtime.KeepAlive(tracker)
				runtime.KeepAlive(clients)
			}
		})
	}
}

func live() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools kept
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// In the long run neither reading a message nor acting on it allocates.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	_, clients := crowd(30, func(int) []string { return []string{"h"} })
	var r Request
	now := time.Now()
	for name, test := range map[string]struct {
		frame []byte
		from  int
	}{
		"announce": {fullAnnounce("h", "p0"), 0},
		"scrape":   {[]byte(`{"action":"scrape","info_hash":"` + id("h") + `"}`), 0},
		"failure":  {[]byte(`{"action":"announce","info_hash":"` + id("h") + `"}`), 0},
		"no offer": {[]byte(answerTo("h", "p1", "p0", "o0")), 1},
	} {
		for range 10 { // memory grows to what it needs
			r.Parse(test.frame)
			clients[test.from].Handle(now, &r)
		}
		if n := testing.AllocsPerRun(100, func() {
			r.Parse(test.frame)
			clients[test.from].Handle(now, &r)
		}); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
