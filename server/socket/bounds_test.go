package socket

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/gobwas/ws"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/limit"
	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

func TestTheConnectionsOfAnAddress(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		s := newSiteWith(t, how, limits(), Options{Limits: config.Limits{Connections: 1, Loopback: true}})
		first := s.open()
		if _, err := s.dial("/", ""); err == nil || err.Error() != "status 429" {
			t.Errorf("a second connection: %v", err)
		}
		if n := s.hub.Refused(Crowded); n != 1 {
			t.Errorf("%d are counted as refused", n)
		}
		first.CloseNow()
		for {
			second, err := s.dial("/", "")
			if err == nil {
				second.say(announce("a", ""))
				second.hear()
				return
			}
		}
	})
}

func TestLoopbackIsNotBound(t *testing.T) {
	s := newSiteWith(t, byGoroutines, limits(), Options{Limits: config.Limits{Connections: 1, Announces: 1, Offers: 1}})
	for range 20 {
		b := s.open()
		b.say(announce("a", ""))
		if h := b.hear(); h.Warning+h.Failure != "" {
			t.Fatalf("%+v", h)
		}
	}
}

func TestMessagesBeyondTheRateAreRefused(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		s := newSiteWith(t, how, limits(), Options{Limits: config.Limits{Announces: 1, Loopback: true}})
		b := s.open()
		for i := range limit.Burst + 5 { // the connect is one; a slow machine may earn some more
			b.say(announce("a", ""))
			if h := b.hear(); h.Warning != "" {
				if i < limit.Burst-1 {
					t.Errorf("message %d got %+v", i, h)
				}
				return
			}
		}
		t.Error("nothing was refused")
	})
}

func TestOffersBeyondTheRateAreRefused(t *testing.T) {
	s := newSiteWith(t, byGoroutines, limits(), Options{Limits: config.Limits{Offers: 1, Loopback: true}})
	b := s.open()
	offer := `{"offer_id":"` + id("o") + `","offer":{"type":"offer","sdp":"please"}}`
	for what, offers := range map[string]string{
		"too many": offer + strings.Repeat(","+offer, limit.Burst),
		"a giant":  strings.Replace(offer, "please", strings.Repeat("p", (limit.Burst+1)*offerSize), 1),
	} {
		b.say(announce("a", `,"offers":[`+offers+`]`))
		if h := b.hear(); h.Warning != "too many offers from this address" || h.InfoHash != id("h") {
			t.Errorf("%s: %+v", what, h)
		}
	}
	b.say(announce("a", ""))
	if h := b.hear(); h.Warning != "" {
		t.Errorf("afterwards: %+v", h)
	}
}

func TestAFloodEndsItsConnections(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		s := newSiteWith(t, how, limits(), Options{Limits: config.Limits{Announces: 10, Loopback: true}})
		b := s.open()
		for range 10 * limit.Burst * abuse * 10 {
			if b.Write(t.Context(), websocket.MessageText, nil) != nil {
				break
			}
		}
		if status := b.status(); status != websocket.StatusPolicyViolation && s.hub.Ended(Flood) == 0 {
			t.Errorf("status %v", status)
		}
	})
}

// check is told the time, so that none has to pass.
func TestWhatTakesTooLongIsCut(t *testing.T) {
	const now = int64(time.Hour)
	for _, test := range []struct {
		name string
		is   func(*conn)
		want Cause
	}{
		{"a message without end", func(c *conn) { c.began.Store(now - int64(messageTimeout) - 1) }, Unfinished},
		{"a client that takes nothing", func(c *conn) { c.blocked = now - int64(writeTimeout) - 1 }, Slow},
		{"silence", func(c *conn) { c.heard.Store(now - int64(limits().IdleTimeout)) }, Silent},
		{"all is well", func(c *conn) { c.began.Store(now - int64(messageTimeout)); c.blocked = now - int64(writeTimeout) }, causes},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &conn{line: aborted{}, endpoint: NewHub(Options{}).Endpoint(limits()), cause: causes}
			c.heard.Store(now)
			test.is(c)
			c.check(now)
			if c.cause != test.want || (c.state == dead) != (test.want != causes) {
				t.Errorf("cause %d, state %d; want cause %d", c.cause, c.state, test.want)
			}
		})
	}
}

// A connection is lost when a ping has not been answered, and not because it was silent; lost is told the time.
func TestLost(t *testing.T) {
	const second = int64(time.Second)
	hub := NewHub(Options{})
	c := &conn{line: aborted{}, endpoint: hub.Endpoint(limits())}
	is := func(at int64, want bool, later int64, pings int) {
		t.Helper()
		if got, in := c.lost(at * second); got != want || !got && int64(in) != later*second {
			t.Errorf("at %d s it is lost: %v, else in %v; want %v, %d s", at, got, in, want, later)
		}
		if got := c.waiting() / ws.MinHeaderSize; got != pings {
			t.Errorf("at %d s it has had %d pings, want %d", at, got, pings)
		}
	}
	c.heard.Store(100 * second)
	is(101, false, 10, 1) // nobody knows
	is(110, false, 1, 1)
	is(111, true, 0, 1)
	c.heard.Store(112 * second) // the pong
	is(112, false, 10, 2)
	c.heard.Store(113 * second)
	is(114, false, 8, 2) // it has answered lately
	is(122, false, 10, 3)
	c.blocked = 123 * second
	is(140, false, 10, 3)
	c.blocked = 0
	is(141, true, 0, 3)
	c.heard.Store(142 * second)
	c.goodbye(ws.StatusGoingAway, Stopped)
	if lost, _ := c.lost(142 * second); !lost {
		t.Error("one that ends is not lost")
	}
}

// Nobody's offers cut who takes them slowly; what it asked for itself, and does not take, does.
func TestWhatWaitsForAClientIsBounded(t *testing.T) {
	hub := NewHub(Options{})
	c := &conn{line: aborted{}, endpoint: hub.Endpoint(limits())}
	message := make([]byte, 64<<10)
	for range 100 {
		c.Pass(c, tracker.Offer, message)
		c.Pass(c, tracker.Answer, message)
	}
	if waiting := c.waiting(); c.state != open || waiting > passedOnLimit+ws.MaxHeaderSize {
		t.Errorf("after 200 offers and answers %d bytes wait, state %d", waiting, c.state)
	}
	if dropped, sent := hub.Dropped(Waiting), hub.Messages(Out, tracker.Offer)+hub.Messages(Out, tracker.Answer); sent == 0 || dropped+sent != 200 {
		t.Errorf("of 200 offers and answers %d are counted as sent and %d as dropped", sent, dropped)
	}
	for waiting := 0; c.state == open; waiting = c.waiting() {
		if waiting > queueLimit {
			t.Fatalf("%d bytes wait", waiting)
		}
		c.Send(tracker.Announce, message)
	}
	if c.cause != Slow {
		t.Errorf("it is cut because it is %s", c.cause)
	}
}

// How long an offer may be is maxPayloadLength's to say, and not what else waits: one goes to whom nothing waits for.
func TestALongOfferIsPassedOn(t *testing.T) {
	c := &conn{line: aborted{}, endpoint: NewHub(Options{}).Endpoint(limits())}
	for i, want := range []bool{true, false} {
		if taken := c.Pass(c, tracker.Offer, make([]byte, passedOnLimit+1)); taken != want {
			t.Errorf("offer %d is taken: %v", i, taken)
		}
	}
	if c.Send(tracker.Announce, nil); c.state != open {
		t.Errorf("after a reply it is cut because it is %s", c.cause)
	}
}

// However many connections an address has, it fills nobody's line; others reach that one, and it reaches others.
func TestWhatAnAddressHasPassedOnToAClientIsBounded(t *testing.T) {
	const perSecond = 100 // offers: 4 KiB a second for one client, and ten of these at once
	hub := NewHub(Options{Limits: config.Limits{Offers: perSecond}})
	conns := make([]*conn, 5)
	for i, address := range []string{"2001:db8::1", "2001:db8:0:ff::2", "192.0.2.1", "192.0.2.2", "192.0.2.3"} {
		conns[i] = &conn{line: aborted{}, endpoint: hub.Endpoint(limits()), address: netip.MustParseAddr(address), slot: int32(i)}
	}
	stranger, twin, neighbour, victim, other := conns[0], conns[1], conns[2], conns[3], conns[4]
	pass := func(from, to *conn, kind tracker.Kind) bool {
		taken := to.Pass(from, kind, make([]byte, offerSize))
		to.memory().release(to.out) // it has taken all
		to.out = nil
		return taken
	}
	passed := 0
	const tried = 2000 // they would take as many seconds by and by
	for range tried / 2 {
		for _, from := range []*conn{stranger, twin} {
			if pass(from, victim, tracker.Offer) {
				passed++
			}
		}
	}
	if passed < limit.Burst || passed > tried/2 {
		t.Errorf("%d of %d offers are passed on to one client", passed, tried)
	}
	if dropped := hub.Dropped(Limited); dropped != uint64(tried-passed) {
		t.Errorf("%d are counted as dropped, want %d", dropped, tried-passed)
	}
	if pass(stranger, victim, tracker.Answer) && pass(stranger, victim, tracker.Answer) && pass(stranger, victim, tracker.Answer) {
		t.Error("answers are not bound")
	}
	if !pass(neighbour, victim, tracker.Offer) {
		t.Error("another address does not reach that client")
	}
	if !pass(stranger, other, tracker.Offer) {
		t.Error("that address does not reach another client")
	}
}

// aborted is a line that leads nowhere.
type aborted struct{}

func (aborted) start([]byte) {}
func (aborted) flush()       {}
func (aborted) abort()       {}
func (aborted) close()       {}

func TestNothingIsLeftAfterClose(t *testing.T) {
	descriptors := func() int {
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			return 0 // this system does not tell
		}
		return len(open)
	}
	eachWay(t, func(t *testing.T, how way) {
		before, goroutines := descriptors(), runtime.NumGoroutine()
		t.Run("site", func(t *testing.T) {
			s := newSite(t, how, limits(), config.Access{})
			t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
			for range 20 {
				b := s.open()
				b.say(announce("a", ""))
				b.hear()
			}
		})
		// What has done its last deed takes a moment to vanish; what stays is shown when the test times out.
		for descriptors() > before || runtime.NumGoroutine() > goroutines {
			runtime.Gosched()
		}
	})
}

func TestGoodbyes(t *testing.T) {
	for _, test := range []struct {
		name string
		sent []byte
		want websocket.StatusCode
	}{
		{"with a status", frame(0x88, "\x03\xe8"), websocket.StatusNormalClosure},
		{"without", frame(0x88, ""), websocket.StatusNoStatusRcvd},
		{"of one's own", frame(0x88, "\x0f\xa0bye"), 4000},
		{"with half a status", frame(0x88, "\x03"), websocket.StatusProtocolError},
		{"with one that may not be sent", frame(0x88, "\x03\xed"), websocket.StatusProtocolError},
		{"not UTF-8", frame(0x88, "\x03\xe8\xff"), websocket.StatusProtocolError},
		{"of who sends what is no text", frame(0x81, "\xff"), websocket.StatusInvalidFramePayloadData},
		{"of who sends a reserved bit", frame(0xc1, "a"), websocket.StatusProtocolError},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachWay(t, func(t *testing.T, how way) {
				if how == overTLS {
					return // a socket without it is what is looked at
				}
				s := newSite(t, how, limits(), config.Access{})
				answer := s.answerTo(test.sent)
				status := websocket.StatusNoStatusRcvd
				if len(answer) >= 4 {
					status = websocket.StatusCode(int(answer[2])<<8 | int(answer[3]))
				}
				if len(answer) < 2 || answer[0] != 0x88 || status != test.want {
					t.Errorf("got % x, want a goodbye with %d", answer, test.want)
				}
			})
		})
	}
}

// answerTo sends bytes after a handshake and returns all that comes until the server ends the connection.
func (s *site) answerTo(sent []byte) []byte {
	s.Helper()
	socket, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.Fatal(err)
	}
	defer socket.Close()
	fmt.Fprintf(socket, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n%s", sent)
	all, err := io.ReadAll(socket)
	if err != nil {
		s.Fatal(err)
	}
	_, answer, _ := bytes.Cut(all, []byte("\r\n\r\n"))
	return answer
}

func TestOneAddressLeavesFilesToOthers(t *testing.T) {
	for _, test := range []struct {
		limit       int
		files       uint64
		connections int // 0: as many as it likes
		sockets     int
	}{
		{1000, 1024, 341, 37},
		{100, 1024, 100, 37},
		{1000, 1 << 20, 1000, 10000},
		{1000, 1<<64 - 1, 1000, 10000}, // no limit of the system
		{1000, 2, 1, 1},
		{1000, 0, 1000, 10000},
		{0, 1024, 0, 0},
	} {
		b := newBounds(config.Limits{Connections: test.limit}, test.files)
		for what, has := range map[string]struct {
			count *limit.Count
			want  int
		}{"WebSockets": {b.connections, test.connections}, "TCP connections": {b.sockets, test.sockets}} {
			address, got := netip.MustParseAddr("192.0.2.1"), 0
			for got <= has.want && has.count.Take(address, 1) {
				got++
			}
			if has.want == 0 && has.count != nil || has.want > 0 && got != has.want {
				t.Errorf("a limit of %d and %d files: %d %s, want %d", test.limit, test.files, got, what, has.want)
			}
		}
	}
}

// A WebSocket that a loop carries is no TCP connection of the listener any more, and is a file all the same.
func TestTheWebSocketsOfAnAddressLeaveFilesToOthers(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		s := newSiteWith(t, how, limits(), Options{Files: 2 * fileShare, Limits: config.Limits{Connections: 1000, Loopback: true}})
		s.open()
		s.open()
		if _, err := s.dial("/", ""); err == nil || err.Error() != "status 429" {
			t.Errorf("a third connection: %v", err)
		}
	})
}
