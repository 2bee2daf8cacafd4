package socket

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
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
		if h := b.hear(); h.Failure != "" {
			t.Fatalf("%+v", h)
		}
	}
}

func TestMessagesBeyondTheRateAreRefused(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		s := newSiteWith(t, how, limits(), Options{Limits: config.Limits{Announces: 1, Loopback: true}})
		b := s.open()
		for i := range burst + 5 { // the connect is one; a slow machine may earn some more
			b.say(announce("a", ""))
			if h := b.hear(); h.Failure != "" {
				if i < burst-1 {
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
	b.say(announce("a", `,"offers":[`+offer+strings.Repeat(","+offer, burst)+`]`))
	if h := b.hear(); h.Failure != "too many offers from this address" || h.InfoHash != id("h") {
		t.Errorf("%+v", h)
	}
	b.say(announce("a", ""))
	if h := b.hear(); h.Failure != "" {
		t.Errorf("afterwards: %+v", h)
	}
}

func TestAFloodEndsItsConnections(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		s := newSiteWith(t, how, limits(), Options{Limits: config.Limits{Announces: 10, Loopback: true}})
		b := s.open()
		for range 10 * burst * abuse * 10 {
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
