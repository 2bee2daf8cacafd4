package main

import (
	"strings"
	"testing"
)

// badFrames is what a client sends after the handshake, and how its connection
// may end: with one of the codes, or not at all.
type badFrames struct {
	name  string
	send  []byte
	codes []int
}

const mostOfBadFrames = 64 << 10 // longest message where these rows are sent

// goesOn is for rows after which the connection is as good as before.
var goesOn []int

func badFramesRows() []badFrames {
	good := announce(ident("victims"), ident("bad"), "")
	join := func(frames ...[]byte) (all []byte) {
		for _, f := range frames {
			all = append(all, f...)
		}
		return all
	}
	unmasked := append(header(fin|text, false, uint64(len(good))), good...)
	masked := []byte(good)
	for i := range masked {
		masked[i] ^= "\x5a\xa5\x00\xff"[i%4]
	}
	really := append(header(fin|text, true, uint64(len(good))), masked...)
	copy(really[len(really)-len(good)-4:], "\x5a\xa5\x00\xff")
	longForm := func(short string) []byte { // a length of 64 bits where 7 would do
		return append([]byte{fin | text, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, byte(len(short)), 0, 0, 0, 0}, short...)
	}

	rows := []badFrames{
		{"a mask that masks", really, goesOn},
		{"pings between fragments", join(frame(text, good[:9]), frame(fin|ping, "x"), frame(0, good[9:20]), frame(fin|ping, ""), frame(fin, good[20:])), goesOn},
		{"a pong that nobody asked for", join(frame(fin|pong, "hello"), frame(fin|text, good)), goesOn},
		{"a message of empty fragments", join(frame(text, ""), frame(0, ""), frame(0, good), frame(0, ""), frame(fin, "")), goesOn},
		{"a byte a fragment", func() []byte {
			all := frame(text, "")
			for _, c := range []byte(good) {
				all = append(all, frame(0, string([]byte{c}))...)
			}
			return append(all, frame(fin, "")...)
		}(), goesOn},
		{"an announce in a binary frame", frame(fin|binaryData, good), goesOn},

		{"no mask", unmasked, []int{1002}},
		{"no mask on a ping", append(header(fin|ping, false, 1), 'x'), []int{1002}},
		{"a compressed message nobody agreed on", frame(0x40|fin|text, good), []int{1002}},
		{"the second reserved bit", frame(0x20|fin|text, good), []int{1002}},
		{"the third reserved bit", frame(0x10|fin|text, good), []int{1002}},
		{"a reserved bit on a ping", frame(0x40|fin|ping, ""), []int{1002}},
		{"a ping of 126 bytes", frame(fin|ping, strings.Repeat("p", 126)), []int{1002}},
		{"a pong of 64 KiB", header(fin|pong, true, 1<<16), []int{1002}},
		{"a close frame of 126 bytes", closeFrame(1000, strings.Repeat("c", 124)), []int{1002}},
		{"a ping in fragments", frame(ping, "x"), []int{1002}},
		{"a continuation of nothing", frame(fin|continuation, good), []int{1002}},
		{"a message inside another", join(frame(text, good[:9]), frame(fin|text, good)), []int{1002}},
		{"text that is no UTF-8", frame(fin|text, "\xff\xfe"), []int{1007}},
		{"text cut inside a character", frame(fin|text, `{"x":"`+"\xe2\x82"), []int{1007}},
		{"text of surrogates in UTF-8", frame(fin|text, `{"x":"`+"\xed\xa0\x80"+`"}`), []int{1007}},
		{"a length of 2^63", header(fin|text, true, 1<<63), []int{1002, 1009}},
		{"a length of 2^63-1", header(fin|text, true, 1<<63-1), []int{1009}},
		{"99 MiB announced", header(fin|text, true, 99<<20), []int{1009}},
		{"99 MiB in fragments announced", join(frame(text, good), header(0, true, 99<<20)), []int{1009}},
		{"fragments longer in all than a message", join(frame(text, strings.Repeat("x", mostOfBadFrames)), frame(fin, "x")), []int{1009}},
		{"a length in more bytes than it takes", longForm(`{"action":"scrape"}`), []int{1002, 0}},

		{"close without a code", frame(fin|closing, ""), []int{noCode, 1000}},
		{"close with half a code", frame(fin|closing, "\x03"), []int{1002}},
		{"close with text that is no UTF-8", closeFrame(1000, "\xff"), []int{1007, 1002}},
		{"close with 1000", closeFrame(1000, "done"), []int{1000}},
		{"close with 1001", closeFrame(1001, ""), []int{1001, 1000}},
		{"close with a code of one's own", closeFrame(4000, ""), []int{4000, 1000}},
		{"close in fragments", frame(closing, "\x03\xe8"), []int{1002}},
		{"messages after close", join(closeFrame(1000, ""), frame(fin|text, good), frame(fin|ping, "x")), []int{1000}},
		{"another request of HTTP", []byte("GET /healthz HTTP/1.1\r\nHost: tracker\r\n\r\n"), []int{1002}},
	}
	for _, opcode := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		rows = append(rows, badFrames{"reserved opcode " + string("0123456789abcdef"[opcode]), frame(fin|opcode, "x"), []int{1002}})
	}
	for name, code := range map[string]uint16{"0": 0, "999": 999, "1004": 1004, "1005": 1005, "1006": 1006, "1015": 1015, "2999": 2999, "5000": 5000, "65535": 65535} {
		rows = append(rows, badFrames{"close with the code " + name, closeFrame(code, ""), []int{1002}})
	}
	return rows
}

// What breaks WebSocket's rules ends its connection with the code for it, and what
// keeps them does not, however odd.
func TestAbuseByFrames(t *testing.T) {
	rows := badFramesRows()
	s := plain()
	s.servers[0].WebSockets.MaxPayloadLength = mostOfBadFrames
	site := besiege(t, s)
	for _, row := range rows {
		site.row(t, row.name, func(t *testing.T) {
			a := upgraded(t, site.host)
			a.send(row.send)
			if row.codes == nil {
				if r := a.hear(); r.kind() != "announce" {
					t.Errorf("got %+v", r)
				}
				a.lives()
				return
			}
			a.ends(row.codes...)
		})
	}
	for _, row := range []struct {
		name    string
		message []byte
	}{
		{"binary that is no UTF-8", frame(fin|binaryData, "\xff\x00\x80")},
		{"binary of 64 KiB", frame(fin|binaryData, strings.Repeat("\x00", mostOfBadFrames))},
		{"an empty binary message", frame(fin|binaryData, "")},
	} {
		site.row(t, row.name, func(t *testing.T) {
			a := upgraded(t, site.host)
			a.send(row.message)
			if r := a.hear(); r.kind() != "failure" {
				t.Errorf("got %+v", r)
			}
			a.lives()
		})
	}
	site.row(t, "a ping is answered", func(t *testing.T) {
		a := upgraded(t, site.host)
		a.send(frame(fin|ping, strings.Repeat("p", 125)))
		if opcode, payload, _ := a.read(); opcode != pong || payload != strings.Repeat("p", 125) {
			t.Errorf("opcode %d, %q", opcode, payload)
		}
	})
	site.row(t, "a byte at a time", func(t *testing.T) {
		a := upgraded(t, site.host)
		for _, b := range frame(fin|text, announce(ident("victims"), ident("bad"), "")) {
			a.send([]byte{b})
		}
		if r := a.hear(); r.kind() != "announce" {
			t.Errorf("got %+v", r)
		}
	})
	for _, row := range []struct {
		name  string
		head  []byte // once
		more  []byte // again and again
		times int
	}{
		{"99 MiB in full", header(fin|text, true, 99<<20), make([]byte, 1<<20), 99},
		{"fragments without end", frame(text, "{"), frame(0, strings.Repeat(" ", 1000)), 1_000_000},
		{"a million bytes, each a fragment", frame(text, "{"), []byte(strings.Repeat(string(frame(0, " ")), 1000)), 1000},
	} {
		site.row(t, row.name, func(t *testing.T) {
			a := upgraded(t, site.host)
			a.send(row.head)
			if !a.pour(row.more, row.times) {
				a.ends(1009)
			}
		})
	}
	site.row(t, "a million empty fragments", func(t *testing.T) {
		a := upgraded(t, site.host)
		a.send(frame(text, ""))
		if !a.pour([]byte(strings.Repeat(string(frame(0, "")), 1000)), 1000) {
			a.send(frame(fin, "null"))
			if r := a.hear(); r.kind() != "failure" {
				t.Errorf("got %+v", r)
			}
		}
	})
	site.row(t, "a hundred thousand pongs", func(t *testing.T) {
		a := upgraded(t, site.host)
		a.pour([]byte(strings.Repeat(string(frame(fin|pong, "x")), 1000)), 100)
		a.lives()
	})
	for name, leave := range map[string]func(*attacker){
		"gone in the middle of a header":  func(a *attacker) { a.send([]byte{fin | text}); a.Close() },
		"gone in the middle of a message": func(a *attacker) { a.send(header(fin|text, true, 60_000)); a.Close() },
		"reset in the middle of a message": func(a *attacker) {
			a.send(header(fin|text, true, 60_000))
			_ = a.SetLinger(0)
			a.Close()
		},
		"reset after an announce": func(a *attacker) {
			a.send(frame(fin|text, announce(ident("victims"), ident("bad"), "")))
			_ = a.SetLinger(0)
			a.Close()
		},
	} {
		site.row(t, name, func(t *testing.T) { leave(upgraded(t, site.host)) })
	}
	site.row(t, "half closed", func(t *testing.T) {
		a := upgraded(t, site.host)
		if err := a.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		a.end()
	})
	if swarms := site.server.hub.Stats().Swarms; swarms != 1 {
		t.Errorf("%d swarms are left, want the bystanders'", swarms)
	}
}
