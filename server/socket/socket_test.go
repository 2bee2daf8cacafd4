package socket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

// way is how a connection is carried.
type way string

const (
	byLoop       way = "by a loop"
	byGoroutines way = "by goroutines"
	overTLS      way = "over TLS"
)

// eachWay runs a test for every way that there is on this system.
func eachWay(t *testing.T, test func(*testing.T, way)) {
	ways := []way{byGoroutines, overTLS}
	if p, err := newPoller(); err != nil {
		t.Fatal(err)
	} else if p != nil {
		p.close()
		ways = append(ways, byLoop)
	}
	for _, how := range ways {
		t.Run(string(how), func(t *testing.T) { test(t, how) })
	}
}

// site is a hub behind a real HTTP server.
type site struct {
	*testing.T
	hub      *Hub
	endpoint *Endpoint
	url      string
	client   *http.Client
}

func newSite(t *testing.T, how way, limits config.WebSockets, access config.Access) *site {
	return newSiteWith(t, how, limits, Options{Access: access})
}

func newSiteWith(t *testing.T, how way, limits config.WebSockets, o Options) *site {
	o.Tracker = tracker.Settings{Interval: 20 * time.Second, MaxOffers: 20}
	o.Log = slog.New(slog.DiscardHandler)
	s := &site{T: t, hub: NewHub(o)}
	s.hub.portable = how == byGoroutines
	s.endpoint = s.hub.Endpoint(limits)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.endpoint.Wants(r) {
			http.NotFound(w, r)
			return
		}
		s.endpoint.ServeHTTP(w, r)
	})
	var server *httptest.Server
	if how == overTLS {
		server = httptest.NewTLSServer(handler)
	} else {
		server = httptest.NewServer(handler)
	}
	s.url, s.client = server.URL, server.Client()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.hub.Close(ctx)
		server.Close()
		if left := s.hub.Stats(); left != (Stats{}) {
			t.Errorf("left after Close: %+v", left)
		}
		if held := s.hub.Held(); held != 0 {
			t.Errorf("%d bytes are held after Close", held)
		}
		if n := s.endpoint.Connections(); n != 0 {
			t.Errorf("%d connections are counted after Close", n)
		}
	})
	return s
}

func limits() config.WebSockets { return config.DefaultServer().WebSockets }

// browser is a client of the site.
type browser struct {
	*testing.T
	*websocket.Conn
}

func (s *site) dial(path, origin string) (browser, error) {
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	conn, response, err := websocket.Dial(s.Context(), s.url+path, &websocket.DialOptions{HTTPHeader: header, HTTPClient: s.client})
	if err != nil {
		if response != nil {
			err = fmt.Errorf("status %d", response.StatusCode)
		}
		return browser{}, err
	}
	s.Cleanup(func() { conn.CloseNow() })
	return browser{s.T, conn}, nil
}

func (s *site) open() browser {
	s.Helper()
	b, err := s.dial("/", "")
	if err != nil {
		s.Fatal(err)
	}
	return b
}

func (b browser) say(frame string) {
	b.Helper()
	if err := b.Write(b.Context(), websocket.MessageText, []byte(frame)); err != nil {
		b.Fatal(err)
	}
}

type heard struct {
	Action     string
	InfoHash   string `json:"info_hash"`
	PeerID     string `json:"peer_id"`
	OfferID    string `json:"offer_id"`
	Complete   int
	Incomplete int
	Offer      map[string]string
	Answer     map[string]string
	Failure    string `json:"failure reason"`
	Warning    string `json:"warning message"`
	Files      map[string]struct{ Complete, Incomplete int }
}

func (b browser) hear() (h heard) {
	b.Helper()
	kind, frame, err := b.Read(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if kind != websocket.MessageText {
		b.Errorf("a %v message", kind)
	}
	if err := json.Unmarshal(frame, &h); err != nil {
		b.Fatalf("%s: %v", frame, err)
	}
	return h
}

// status reads until the server closes the connection and returns the code, or
// -1 when there was no closing handshake.
func (b browser) status() websocket.StatusCode {
	for {
		if _, _, err := b.Read(b.Context()); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

func id(name string) string { return name + strings.Repeat("\u00e9", 20-len(name)) }

func announce(peer, more string) string {
	return fmt.Sprintf(`{"action":"announce","info_hash":%q,"peer_id":%q%s}`, id("h"), id(peer), more)
}

func TestAnnounceOfferAnswerScrapeDisconnect(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		s := newSite(t, how, limits(), config.Access{})
		a, b := s.open(), s.open()
		a.say(announce("a", ""))
		if h := a.hear(); h.Action != "announce" || h.InfoHash != id("h") || h.Incomplete != 1 {
			t.Fatalf("a's announce: %+v", h)
		}
		b.say(announce("b", `,"numwant":1,"offers":[{"offer_id":"`+id("o")+`","offer":{"type":"offer","sdp":"please"}}]`))
		if h := b.hear(); h.Incomplete != 2 {
			t.Fatalf("b's announce: %+v", h)
		}
		if h := a.hear(); h.PeerID != id("b") || h.OfferID != id("o") || h.Offer["sdp"] != "please" {
			t.Fatalf("the offer: %+v", h)
		}
		a.say(announce("a", `,"to_peer_id":"`+id("b")+`","offer_id":"`+id("o")+`","answer":{"type":"answer","sdp":"yes"}`))
		if h := b.hear(); h.PeerID != id("a") || h.OfferID != id("o") || h.Answer["sdp"] != "yes" {
			t.Fatalf("the answer: %+v", h)
		}
		if got, want := s.hub.Stats(), (Stats{Connections: 2, Swarms: 1, Peers: 2}); got != want {
			t.Errorf("stats %+v, want %+v", got, want)
		}

		// The server answers the closing handshake after its reader has ended, and
		// the peer is gone when the handler is: poll through the tracker itself.
		if err := a.Close(websocket.StatusNormalClosure, ""); err != nil {
			t.Fatal(err)
		}
		for {
			b.say(`{"action":"scrape","info_hash":"` + id("h") + `"}`)
			if b.hear().Files[id("h")].Incomplete == 1 {
				break
			}
		}
	})
}

func TestBadMessagesKeepTheConnection(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		s := newSite(t, how, limits(), config.Access{})
		b := s.open()
		for _, frame := range []string{"", "null", "{", `{"action":"announce","offers":[null]}`, announce("b", "")[:30]} {
			b.say(frame)
			if h := b.hear(); h.Failure == "" || h.Action != "announce" {
				t.Errorf("%q got %+v", frame, h)
			}
		}
		if err := b.Write(t.Context(), websocket.MessageBinary, []byte(announce("b", "")[:40])); err != nil {
			t.Fatal(err)
		}
		if h := b.hear(); h.Failure == "" {
			t.Errorf("a binary message that ends in half a character got %+v", h)
		}
		if err := b.Write(t.Context(), websocket.MessageBinary, []byte(announce("b", ""))); err != nil {
			t.Fatal(err)
		}
		if h := b.hear(); h.Incomplete != 1 {
			t.Errorf("JSON in a binary frame, as wt-tracker takes it: %+v", h)
		}
	})
}

func TestAMessageTooLongEndsItsConnectionOnly(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		l := limits()
		l.MaxPayloadLength = 1000
		s := newSite(t, how, l, config.Access{})
		good, bad := s.open(), s.open()
		bad.say(announce("b", `,"x":"`+strings.Repeat("x", 1000)+`"`))
		if status := bad.status(); status != websocket.StatusMessageTooBig {
			t.Errorf("status %v", status)
		}
		good.say(announce("b", ""))
		if h := good.hear(); h.Incomplete != 1 {
			t.Errorf("%+v", h)
		}
	})
}

func TestPathsAndOrigins(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		l := limits()
		l.Path = "/announce"
		page := "https://page.example"
		for _, test := range []struct {
			name, path, origin string
			access             config.Access
			want               string
		}{
			{"the path", "/announce", page, config.Access{}, ""},
			{"another path", "/", page, config.Access{}, "status 404"},
			{"allowed", "/announce", page, config.Access{AllowOrigins: []string{page}}, ""},
			{"not allowed", "/announce", "https://other.example", config.Access{AllowOrigins: []string{page}}, "status 403"},
			{"denied", "/announce", page, config.Access{DenyOrigins: []string{page}}, "status 403"},
			{"no origin", "/announce", "", config.Access{}, ""},
			{"no origin, denied", "/announce", "", config.Access{DenyEmpty: true}, "status 403"},
		} {
			t.Run(test.name, func(t *testing.T) {
				_, err := newSite(t, how, l, test.access).dial(test.path, test.origin)
				if got := fmt.Sprint(err); got != test.want && !(err == nil && test.want == "") {
					t.Errorf("got %s, want %q", got, test.want)
				}
			})
		}
	})
}

func TestMaxConnections(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		l := limits()
		l.MaxConnections = 1
		s := newSite(t, how, l, config.Access{})
		first := s.open()
		first.say(announce("a", "")) // an answer proves that it is connected
		first.hear()
		if _, err := s.dial("/", ""); err == nil || err.Error() != "status 503" {
			t.Errorf("a second connection: %v", err)
		}
		if n := s.endpoint.Connections(); n != 1 {
			t.Errorf("%d connections are counted", n)
		}
	})
}

// A client that sends and never reads fills the sockets' buffers and then the
// queue, and is cut; its writes fail at last.
func TestAClientThatNeverReadsIsCut(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		s := newSite(t, how, limits(), config.Access{})
		victim := s.open()
		for i := range 50 {
			victim.say(fmt.Sprintf(`{"action":"announce","info_hash":%q,"peer_id":%q}`, id(fmt.Sprint(i)), id("v")))
		}
		for {
			if err := victim.Write(t.Context(), websocket.MessageText, []byte(`{"action":"scrape"}`)); err != nil {
				break
			}
		}
		good := s.open()
		good.say(announce("b", ""))
		if h := good.hear(); h.Incomplete != 1 {
			t.Errorf("%+v", h)
		}
	})
}

func TestSilence(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		l := limits()
		l.IdleTimeout = 2 * time.Second
		s := newSite(t, how, l, config.Access{})

		silent := s.open()

		// One that reads answers the server's pings and is kept.
		pinged := make(chan struct{}, 1)
		awake, _, err := websocket.Dial(t.Context(), s.url, &websocket.DialOptions{
			HTTPClient: s.client,
			OnPingReceived: func(context.Context, []byte) bool {
				select {
				case pinged <- struct{}{}:
				default:
				}
				return true
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer awake.CloseNow()
		read := make(chan error, 1)
		go func() { _, _, err := awake.Read(t.Context()); read <- err }()
		for range 3 { // more than an idle timeout's worth of pings
			select {
			case <-pinged:
			case err := <-read:
				t.Fatalf("a client that answers pings was cut: %v", err)
			}
		}

		// One that does not read answers none and is cut: by now it has been, since
		// it was here before the other.
		_, _, err = silent.Read(t.Context())
		if err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("a silent client was kept: %v", err)
		}
	})
}

// The time of day may be set at any moment; the process's own clock only runs.
func TestSilenceIsNotMeasuredByTheTimeOfDay(t *testing.T) {
	if now := time.Now(); since(now) != int64(now.Sub(started)) {
		t.Errorf("%v is %d, want a time since the start, which was %v", now, since(now), started)
	}
	if !strings.Contains(started.String(), " m=") {
		t.Errorf("%v has no reading of the monotonic clock", started)
	}
}

func TestCloseSaysGoodbye(t *testing.T) {
	eachWay(t, func(t *testing.T, how way) {
		s := newSite(t, how, limits(), config.Access{})
		polite, deaf := s.open(), s.open()
		for _, b := range []browser{polite, deaf} {
			b.say(announce("a", ""))
			b.hear()
		}
		status := make(chan websocket.StatusCode)
		go func() { status <- polite.status() }()
		ctx, cancel := context.WithCancel(t.Context())
		closed := make(chan struct{})
		go func() { defer close(closed); s.hub.Close(ctx) }()
		if got := <-status; got != websocket.StatusGoingAway {
			t.Errorf("status %v, want 1001", got)
		}
		cancel() // deaf does not read, so it never says goodbye
		<-closed
		if left := s.hub.Stats(); left != (Stats{}) {
			t.Errorf("left: %+v", left)
		}
		late := s.open() // the HTTP server is still there
		if got := late.status(); got != websocket.StatusGoingAway {
			t.Errorf("after Close: status %v, want 1001", got)
		}
	})
}
