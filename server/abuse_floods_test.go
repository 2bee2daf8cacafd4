package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/server/socket"
)

// What is right by itself, and too much of it.
func TestAbuseByFloods(t *testing.T) {
	s := plain()
	s.servers[0].WebSockets.MaxPayloadLength = 1 << 20
	site := besiege(t, s)
	send := func(a *attacker, message string) { a.send(frame(fin|text, message)) }

	site.row(t, "5,000 announces", func(t *testing.T) {
		a := upgraded(t, site.host)
		one := frame(fin|text, announce(ident("victims"), ident("bad"), ""))
		done := a.reads(5000, "announce")
		a.pour([]byte(strings.Repeat(string(one), 100)), 50)
		<-done
		a.lives()
	})
	site.row(t, "5,000 answers to nobody", func(t *testing.T) {
		a := upgraded(t, site.host)
		one := frame(fin|text, announce(ident("victims"), ident("bad"), fmt.Sprintf(
			`,"to_peer_id":%s,"offer_id":%s,"answer":{"type":"answer","sdp":"x"}`, quote(ident("nobody")), quote(ident("o")))))
		done := a.reads(5000, "failure")
		a.pour([]byte(strings.Repeat(string(one), 100)), 50)
		<-done
		a.lives()
	})
	site.row(t, "5,000 swarms on one connection", func(t *testing.T) {
		a := upgraded(t, site.host)
		refused := make(chan int)
		go func() {
			count := 0
			for range 5000 {
				if a.hear().kind() == "failure" {
					count++
				}
			}
			refused <- count
		}()
		for i := range 5000 {
			send(a, announce(ident(fmt.Sprint("swarm", i)), ident("bad"), ""))
		}
		if count := <-refused; count < 100 {
			t.Errorf("%d of 5,000 were refused: one connection is not bounded", count)
		}
		if swarms := site.server.hub.Stats().Swarms; swarms > 4200 {
			t.Errorf("%d swarms", swarms)
		}
		a.lives()
	})
	site.row(t, "5,000 peers of one connection in one swarm", func(t *testing.T) {
		a := upgraded(t, site.host)
		done := a.reads(5000, "")
		for i := range 5000 {
			send(a, announce(ident("victims"), ident(fmt.Sprint("peer", i)), ""))
		}
		<-done
		a.lives()
	})
	site.row(t, "300 scrapes of all", func(t *testing.T) {
		other := upgraded(t, site.host)
		done := other.reads(1000, "announce")
		for i := range 1000 {
			send(other, announce(ident(fmt.Sprint("swarm", i)), ident("other"), ""))
		}
		<-done
		a := upgraded(t, site.host)
		for range 300 {
			send(a, `{"action":"scrape"}`)
			if r := a.hear(); len(r.Files) != 1000 {
				t.Fatalf("%d swarms", len(r.Files))
			}
		}
		a.lives()
	})
	site.row(t, "scrapes of all by one who never reads", func(t *testing.T) {
		other := upgraded(t, site.host)
		done := other.reads(1000, "announce")
		for i := range 1000 {
			send(other, announce(ident(fmt.Sprint("swarm", i)), ident("other"), ""))
		}
		<-done
		a := upgraded(t, site.host)
		scrapes := []byte(strings.Repeat(string(frame(fin|text, `{"action":"scrape"}`)), 10))
		if !a.pour(scrapes, 100_000) {
			t.Error("a million scrapes, and it is not cut")
		}
	})
	site.row(t, "20 MB of offers to one who is slow", func(t *testing.T) {
		deaf := upgraded(t, site.host)
		send(deaf, announce(ident("victims"), ident("deaf"), ""))
		deaf.hear()
		a := upgraded(t, site.host)
		offering := announce(ident("victims"), ident("bad"), offers("n", 1, strings.Repeat("v", 100_000)))
		for range 200 { // 20 MB for the deaf one
			send(a, offering)
			if r := a.hear(); r.kind() != "announce" {
				t.Fatalf("got %+v", r)
			}
		}
		// There is room for some megabytes on the way; what is beyond is dropped, and it has the rest of its connection.
		if site.server.hub.Dropped(socket.Waiting) == 0 {
			t.Error("all of 20 MB have been queued")
		}
		if held := site.server.hub.Held(); held > 1<<20 {
			t.Errorf("%d KiB wait", held>>10)
		}
		send(deaf, `{"action":"scrape"}`)
		for kind := "offer"; kind != "scrape"; {
			if kind = deaf.hear().kind(); kind != "offer" && kind != "scrape" {
				t.Fatalf("got %s", kind)
			}
		}
	})
	site.row(t, "20 offers to each of the bystanders, again and again", func(t *testing.T) {
		a := upgraded(t, site.host)
		for i := range 200 {
			send(a, announce(bystandersSwarm, ident("bad"), offers(fmt.Sprint("s", i, "-"), 20, "v=0")))
		}
		for served := 0; served < 200; { // offers and answers come between
			if a.hear().kind() == "announce" {
				served++
			}
		}
	})
	site.row(t, "a stranger takes a peer id, stops it, and answers in its name", func(t *testing.T) {
		if attackersAddress.String() == "127.0.0.1" {
			t.Skip("this machine has one address, and who comes from the same may")
		}
		a := upgraded(t, site.host)
		for _, name := range []string{"offering", "answering"} {
			send(a, announce(bystandersSwarm, ident(name), ""))
			if r := a.hear(); r.kind() != "warning" {
				t.Errorf("taken: %+v", r)
			}
			send(a, announce(bystandersSwarm, ident(name), `,"event":"stopped"`))
			a.hear()
			if n := site.peers("bystanders"); n != 2 {
				t.Errorf("%d bystanders are left", n)
			}
			send(a, announce(bystandersSwarm, ident(name), fmt.Sprintf(
				`,"to_peer_id":%s,"offer_id":%s,"answer":{"type":"answer","sdp":"evil"}`, quote(ident("offering")), quote(ident("0-0")))))
			if r := a.hear(); r.kind() != "failure" {
				t.Errorf("answered: %+v", r)
			}
		}
		a.lives()
	})
	site.row(t, "500 connections at once", func(t *testing.T) {
		for range 500 {
			a := upgraded(t, site.host)
			send(a, announce(ident("victims"), ident("bad"), ""))
		}
	})
	if stats := site.server.hub.Stats(); stats.Swarms != 1 || stats.Peers != 2 {
		t.Errorf("left: %+v, want the bystanders", stats)
	}
}

// One address with many connections, each within its own limits.
func TestAbuseByTheMemoryOfAnAddress(t *testing.T) {
	if attackersAddress.String() == "127.0.0.1" {
		t.Skip("this machine has one address, and the bystanders share it")
	}
	s := plain()
	s.limits.Loopback = true
	site := besiege(t, s)
	site.row(t, "messages without end", func(t *testing.T) {
		const connections = 400 // with 64 KiB each: more than the 16 MiB of an address
		beginning := append(frame(text, strings.Repeat(" ", 33_000)), frame(fin|ping, "")...)
		for n := range connections {
			a := upgraded(t, site.host)
			a.send(beginning)
			opcode, _, code := a.read()
			if opcode == pong {
				continue
			}
			if code != 1013 {
				t.Errorf("the connection ended with %d, want 1013", code)
			}
			if n < connections/2 {
				t.Errorf("it has no more than %d connections", n)
			}
			return
		}
		t.Errorf("%d messages are held, %d MiB", connections, site.server.hub.Held()>>20)
	})
}

// peers is how many are in a swarm.
func (b *besieged) peers(swarm string) int {
	for hash, peers := range b.server.hub.Swarms() {
		if strings.HasPrefix(string(hash[:]), swarm) {
			return peers
		}
	}
	return 0
}

// reads reads so many messages of a kind; any with "".
func (a *attacker) reads(count int, kind string) (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		for i := range count {
			opcode, payload, code := a.read()
			if opcode != text {
				a.Errorf("after %d of %d messages: opcode %d, code %d", i, count, opcode, code)
				return
			}
			if r, err := parseReply(payload); err != nil || kind != "" && r.kind() != kind {
				a.Errorf("%.200s: %v", payload, err)
				return
			}
		}
	}()
	return done
}
