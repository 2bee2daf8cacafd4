package main

import (
	"strings"
	"testing"
	"time"
)

// badHandshake is what a client sends instead of a request to upgrade, and the
// status that it may be answered with: 0 is no answer but a cut.
type badHandshake struct {
	name, send string
	statuses   []int
}

func badHandshakes() []badHandshake {
	refused := []int{400, 403, 404, 405, 426, 501}
	upgrade := upgradeRequest + "\r\n"
	with := func(old, new string) string { return strings.Replace(upgrade, old, new, 1) }
	key := "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	return []badHandshake{
		{"version 8", with("Version: 13", "Version: 8"), refused},
		{"version of words", with("Version: 13", "Version: thirteen"), refused},
		{"no version", with("Sec-WebSocket-Version: 13\r\n", ""), refused},
		{"no key", with(key, ""), refused},
		{"an empty key", with(key, "Sec-WebSocket-Key: \r\n"), refused},
		{"a key of 15 bytes", with(key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub24=\r\n"), refused},
		{"a key that is no base64", with(key, "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!!!\r\n"), refused},
		{"no Connection: Upgrade", with("Connection: Upgrade\r\n", ""), refused},
		{"a POST", with("GET", "POST"), refused},
		{"HTTP/1.0", with("HTTP/1.1", "HTTP/1.0"), append(refused, 505)},
		{"HTTP/9.9", with("HTTP/1.1", "HTTP/9.9"), []int{400, 505}},
		{"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{0, 400, 404, 405, 505}},
		{"no Host", with("Host: tracker\r\n", ""), []int{400}},
		{"two Hosts", with("Host: tracker\r\n", "Host: a\r\nHost: b\r\n"), []int{400}},
		{"a Host of spaces", with("Host: tracker", "Host: a b"), []int{400}},
		{"a name of spaces", with("Upgrade:", "Up grade:"), []int{400}},
		{"a name without a colon", with("Connection: Upgrade", "Connection"), []int{400}},
		{"NUL in a header", with("tracker", "tra\x00cker"), []int{400}},
		{"15 KiB of headers", with("\r\n\r\n", "\r\nX: "+strings.Repeat("x", 15<<10)+"\r\n\r\n"), []int{101}},
		{"24 KiB of headers", with("\r\n\r\n", "\r\nX: "+strings.Repeat("x", 24<<10)+"\r\n\r\n"), []int{431}},
		{"1 MiB of headers", with("\r\n\r\n", "\r\nX: "+strings.Repeat("x", 1<<20)+"\r\n\r\n"), []int{431}},
		{"100,000 headers", with("\r\n\r\n", "\r\n"+strings.Repeat("X: y\r\n", 100_000)+"\r\n"), []int{431}},
		{"a path of 1 MiB", with("GET /", "GET /"+strings.Repeat("p", 1<<20)), []int{431, 414}},
		{"a path of broken escapes", with("GET /", "GET /%zz"), []int{400}},
		{"no path", with("GET / ", "GET "), []int{400}},
		{"no method", with("GET ", " "), []int{400}},
		{"a length that is negative", with("\r\n\r\n", "\r\nContent-Length: -1\r\n\r\n"), []int{400}},
		{"two lengths", with("\r\n\r\n", "\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), []int{400}},
		{"an unknown encoding", with("\r\n\r\n", "\r\nTransfer-Encoding: swallow\r\n\r\n"), []int{400, 501}},
		{"binary", strings.Repeat("\x00\xff", 100) + "\r\n\r\n", []int{400}},
		{"a line end and no more of HTTP", "\r\n\r\n\r\n\r\n", []int{400}},
		{"a frame without a handshake", string(frame(fin|text, "null")) + "\r\n\r\n", []int{400}},
		{"extensions and protocols of nonsense", with("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate; x=\"\r\nSec-WebSocket-Protocol: ,,\r\n\r\n"), []int{101, 400}},
		{"names in small letters", with("Sec-WebSocket-Key", "sec-websocket-key"), []int{101}},
	}
}

// What is no handshake gets its answer from HTTP, and the connection ends.
func TestAbuseByHandshakes(t *testing.T) {
	site := besiege(t, plain())
	for _, row := range badHandshakes() {
		site.row(t, row.name, func(t *testing.T) {
			a := dial(t, site.host)
			a.pour([]byte(row.send), 1)
			a.answered(row.statuses...)
		})
	}
	site.row(t, "frames behind the request, in one packet", func(t *testing.T) {
		a := dial(t, site.host)
		a.send([]byte(upgradeRequest + "\r\n" + string(frame(fin|text, announce(ident("victims"), ident("bad"), ""))) + string(frame(fin|ping, "x"))))
		if status := a.status(); status != 101 {
			t.Fatalf("status %d", status)
		}
		if r := a.hear(); r.kind() != "announce" {
			t.Errorf("got %+v", r)
		}
		a.lives()
	})
	site.row(t, "500 connections that come and go", func(t *testing.T) {
		for range 500 {
			a := dial(t, site.host)
			_ = a.SetLinger(0)
			a.Close()
		}
	})
	site.row(t, "500 resets in the middle of the request", func(t *testing.T) {
		for range 500 {
			a := dial(t, site.host)
			a.send([]byte(upgradeRequest[:100]))
			_ = a.SetLinger(0)
			a.Close()
		}
	})
	site.row(t, "500 resets after the handshake", func(t *testing.T) {
		for range 500 {
			a := dial(t, site.host)
			a.send([]byte(upgradeRequest + "\r\n"))
			_ = a.SetLinger(0)
			a.Close()
		}
	})
}

// Those who take their time get a stated amount of it; here it is less than the
// product's, so that the tests need not wait.
func TestAbuseBySlowness(t *testing.T) {
	const forHeaders, forSilence = 2 * time.Second, 2 * time.Second
	s := plain()
	s.servers[0].WebSockets.IdleTimeout = forSilence
	site := besiegeWith(t, s, func(srv *server) { srv.https[0].http.ReadHeaderTimeout = forHeaders })
	site.row(t, "all at once", func(t *testing.T) {
		slow := func(name string, do func(t *testing.T)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				begun := time.Now()
				do(t)
				t.Logf("cut after %v", time.Since(begun))
			})
		}
		slow("a silent connection", func(t *testing.T) { dial(t, site.host).answered(0, 408) })
		slow("a hundred silent connections", func(t *testing.T) {
			silent := make([]*attacker, 100)
			for i := range silent {
				silent[i] = dial(t, site.host)
			}
			for _, a := range silent {
				a.answered(0, 408)
			}
		})
		slow("half a request", func(t *testing.T) {
			a := dial(t, site.host)
			a.send([]byte(upgradeRequest))
			a.answered(0, 408)
		})
		slow("a request of a byte now and then", func(t *testing.T) {
			a := dial(t, site.host)
			for _, b := range []byte(upgradeRequest) {
				if _, err := a.Write([]byte{b}); err != nil {
					break
				}
				time.Sleep(100 * time.Millisecond) // what it does, not a wait for something
			}
			a.answered(0, 400, 408)
		})
		slow("TLS to the plain port", func(t *testing.T) {
			a := dial(t, site.host)
			a.send([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x5a", 505)))
			a.answered(0, 400, 408)
		})
		slow("silence after the handshake", func(t *testing.T) { upgraded(t, site.host).end() })
		slow("silence after an announce", func(t *testing.T) {
			a := upgraded(t, site.host)
			a.send(frame(fin|text, announce(ident("victims"), ident("bad"), "")))
			a.hear()
			a.end()
		})
		slow("silence in the middle of a message", func(t *testing.T) {
			a := upgraded(t, site.host)
			a.send(header(fin|text, true, 1000))
			a.end()
		})
		slow("silence between fragments", func(t *testing.T) {
			a := upgraded(t, site.host)
			a.send(frame(text, "{"))
			a.end()
		})
		slow("pings without end, whose answers are not read", func(t *testing.T) {
			a := upgraded(t, site.host)
			pings := []byte(strings.Repeat(string(frame(fin|ping, strings.Repeat("p", 125))), 500))
			a.pour(pings, 2000) // cut, or read and their answers bounded
		})
	})
}
