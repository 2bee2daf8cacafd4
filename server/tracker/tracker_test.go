package tracker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// sent is one message as a client sees it.
type sent struct {
	to   int
	kind Kind
	raw  []byte

	Action     string
	InfoHash   *string `json:"info_hash"`
	PeerID     string  `json:"peer_id"`
	OfferID    string  `json:"offer_id"`
	Interval   int
	Complete   int
	Incomplete int
	Offer      *sdp
	Answer     *sdp
	Failure    string `json:"failure reason"`
	Warning    string `json:"warning message"`
	Files      map[string]struct{ Complete, Incomplete, Downloaded int }
}

type sdp struct{ Type, SDP string }

// world is a tracker with connections 1, 2, 3 … from addresses of their own.
type world struct {
	*testing.T
	tracker *Tracker
	clients []*Client    // by the number of their connection
	lost    map[int]bool // connections whose other end is gone
	full    map[int]bool // connections that take nothing
	now     time.Time
	out     []sent
}

// place is a connection by its number.
type place struct {
	world  *world
	number int
}

func newWorld(t *testing.T, connections int) *world {
	w := &world{T: t, lost: make(map[int]bool), full: make(map[int]bool), now: time.Unix(1_700_000_000, 0)}
	w.tracker = New(Settings{Interval: 20 * time.Second, MaxOffers: 5}, [32]byte{1})
	for c := 1; c <= connections; c++ {
		w.connect(c, netip.AddrFrom4([4]byte{192, 0, 2, byte(c)}))
	}
	return w
}

// connect makes connection number c, which is the next free one or one that has
// ended.
func (w *world) connect(c int, address netip.Addr) {
	for len(w.clients) <= c {
		w.clients = append(w.clients, nil)
	}
	w.clients[c] = w.tracker.Connect(place{w, c}, address)
}

func (p place) Lost() (lost bool, later time.Duration) {
	return p.world.lost[p.number], 9001 * time.Millisecond
}

func (p place) Pass(from Conn, kind Kind, message []byte) bool {
	if p.world.full[p.number] || from.(place).world != p.world {
		return false
	}
	p.Send(kind, message)
	return true
}

func (p place) Send(kind Kind, message []byte) {
	s := sent{to: p.number, kind: kind, raw: bytes.Clone(message)}
	if err := json.Unmarshal(message, &s); err != nil {
		p.world.Fatalf("%s is not JSON: %v", message, err)
	}
	p.world.out = append(p.world.out, s)
}

// say hands a frame to the tracker and returns what it sends because of it.
func (w *world) say(from int, frame string) []sent {
	w.out = nil
	var request Request
	request.Parse([]byte(frame))
	w.clients[from].Handle(w.now, &request)
	return w.out
}

// one is say where exactly one message must come back to the speaker.
func (w *world) one(from int, frame string) sent {
	w.Helper()
	out := w.say(from, frame)
	if len(out) != 1 || out[0].to != from {
		w.Fatalf("%s got %s, want one reply", frame, list(out))
	}
	return out[0]
}

func list(out []sent) string {
	var lines []string
	for _, s := range out {
		lines = append(lines, fmt.Sprintf("to %d: %s", s.to, s.raw))
	}
	return "[" + strings.Join(lines, "\n ") + "]"
}

// id makes an id of 20 characters from a short name.
func id(name string) string { return name + strings.Repeat(".", 20-len(name)) }

// announce is an announce of peer p in swarm h with more fields, if any.
func announce(h, p string, more ...string) string {
	fields := append([]string{
		`"action":"announce"`, `"info_hash":"` + id(h) + `"`, `"peer_id":"` + id(p) + `"`,
	}, more...)
	return "{" + strings.Join(fields, ",") + "}"
}

// offers is the field with n offers named o0, o1, …
func offers(n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(`{"offer_id":%q,"offer":{"type":"offer","sdp":"v=0 %d"}}`, id(fmt.Sprintf("o%d", i)), i)
	}
	return `"offers":[` + strings.Join(items, ",") + `]`
}

func answerTo(h, p, to, offer string) string {
	return announce(h, p, `"to_peer_id":"`+id(to)+`"`, `"offer_id":"`+id(offer)+`"`,
		`"answer":{"type":"answer","sdp":"v=0 \u00e9"}`)
}

func TestAnnounceIsAnswered(t *testing.T) {
	w := newWorld(t, 3)
	r := w.one(1, announce("h", "a", `"event":"started"`))
	if r.Action != "announce" || *r.InfoHash != id("h") || r.Interval != 20 || r.Complete != 0 || r.Incomplete != 1 {
		t.Errorf("first: %s", r.raw)
	}
	r = w.one(2, announce("h", "b", `"left":0`))
	if r.Complete != 1 || r.Incomplete != 1 {
		t.Errorf("a seeder: %s", r.raw)
	}
	for _, event := range []string{`"completed"`, `"update"`, `"paused"`, `""`, `null`} {
		if r = w.one(3, announce("h", "c", `"event":`+event)); r.Failure != "" || r.Complete != 2 || r.Incomplete != 1 {
			t.Errorf("event %s: %s", event, r.raw)
		}
	}
	if r = w.one(3, announce("h", "c", `"left":7`)); r.Complete != 1 || r.Incomplete != 2 {
		t.Errorf("a seeder that lost something: %s", r.raw)
	}
	if r = w.one(3, announce("h2", "c")); r.Complete+r.Incomplete != 1 {
		t.Errorf("another swarm: %s", r.raw)
	}
}

func TestStopped(t *testing.T) {
	w := newWorld(t, 2)
	w.say(1, announce("h", "a"))
	w.say(2, announce("h", "b"))
	stop := func(p string) string { return announce("h", p, `"event":"stopped"`, offers(1)) }
	if r := w.one(2, stop("a")); r.Action != "announce" || *r.InfoHash != id("h") || r.Incomplete != 2 {
		t.Errorf("a stranger's stopped: %s", r.raw)
	}
	if r := w.one(1, stop("a")); r.Incomplete != 1 || r.Interval != 20 {
		t.Errorf("its own: %s", r.raw)
	}
	if r := w.one(1, stop("a")); r.Failure != "" || r.Incomplete != 1 {
		t.Errorf("again: %s", r.raw)
	}
	if r := w.one(2, stop("b")); r.Incomplete != 0 {
		t.Errorf("the last: %s", r.raw)
	}
	if swarms, peers := w.tracker.Count(); swarms != 0 || peers != 0 {
		t.Errorf("%d swarms and %d peers are left", swarms, peers)
	}
}

// What a connection does not take was never sent: nobody can answer such an offer, and such an answer leaves the offer
// open and introduces nobody.
func TestWhatIsDroppedWasNotSent(t *testing.T) {
	w := newWorld(t, 2)
	w.say(1, announce("h", "a"))
	w.full[1] = true
	w.say(2, announce("h", "b", offers(1)))
	w.full[1] = false
	if r := w.one(1, answerTo("h", "a", "b", "o0")); r.Failure == "" {
		t.Errorf("an offer that was dropped is answered: %s", r.raw)
	}

	w.say(2, announce("h", "b", offers(1)))
	h := parse(t, id("h"))
	a := w.tracker.shard(h).find(h, parse(t, id("a")))
	w.full[2] = true
	if out := w.say(1, answerTo("h", "a", "b", "o0")); len(out) != 0 || a.introduced != nil {
		t.Errorf("an answer that was dropped: %s, introduced: %v", list(out), a.introduced != nil)
	}
	w.full[2] = false
	if out := w.say(1, answerTo("h", "a", "b", "o0")); len(out) != 1 || out[0].to != 2 || a.introduced == nil {
		t.Errorf("the same once more: %s, introduced: %v", list(out), a.introduced != nil)
	}
}

func TestOffersAndAnswers(t *testing.T) {
	w := newWorld(t, 3)
	w.say(1, announce("h", "a"))
	w.say(3, announce("other", "c"))
	out := w.say(2, announce("h", "b", `"numwant":5`, offers(5)))
	if len(out) != 2 || out[0].to != 2 || out[1].to != 1 {
		t.Fatalf("one other peer, so one offer: %s", list(out))
	}
	o := out[1]
	if o.kind != Offer || *o.InfoHash != id("h") || o.PeerID != id("b") || o.OfferID != id("o0") || *o.Offer != (sdp{"offer", "v=0 0"}) {
		t.Fatalf("the offer: %s", o.raw)
	}

	// Whoever was not asked cannot answer, and what was not offered has no answer.
	for name, frame := range map[string]string{
		"an offer that was not passed on": answerTo("h", "a", "b", "o1"),
		"its own offer":                   answerTo("h", "a", "a", "o0"),
		"in another swarm":                answerTo("other", "a", "b", "o0"),
		"in no swarm":                     answerTo("none", "a", "b", "o0"),
		"to a stranger":                   answerTo("h", "a", "z", "o0"),
		"under another's name":            answerTo("h", "b", "b", "o0"),
	} {
		if r := w.one(1, frame); r.Failure == "" || r.Action != "announce" || r.InfoHash == nil {
			t.Errorf("%s: %s", name, r.raw)
		}
	}
	if r := w.one(3, answerTo("h", "a", "b", "o0")); r.Failure == "" {
		t.Errorf("a stranger answers for a: %s", r.raw)
	}

	out = w.say(1, answerTo("h", "a", "b", "o0"))
	if len(out) != 1 || out[0].to != 2 {
		t.Fatalf("the answer: %s", list(out))
	}
	if a := out[0]; a.kind != Answer || a.PeerID != id("a") || a.OfferID != id("o0") || *a.Answer != (sdp{"answer", "v=0 é"}) {
		t.Errorf("the answer: %s", a.raw)
	}
	if !strings.Contains(string(out[0].raw), `"sdp":"v=0 \u00e9"`) {
		t.Errorf("the SDP was encoded anew: %s", out[0].raw)
	}
	if r := w.one(1, answerTo("h", "a", "b", "o0")); r.Failure == "" {
		t.Errorf("a second answer: %s", r.raw)
	}
}

func TestAnOfferIsForgotten(t *testing.T) {
	w := newWorld(t, 2)
	w.say(1, announce("h", "a"))
	w.say(2, announce("h", "b", offers(1)))
	w.now = w.now.Add(offerLifetime + 1)
	if r := w.one(1, answerTo("h", "a", "b", "o0")); r.Failure == "" {
		t.Errorf("an old offer was answered: %s", r.raw)
	}

	// However often a peer announces, it keeps a bounded number of offers.
	for range 100 {
		w.say(2, announce("h", "b", offers(5)))
	}
	h := parse(t, id("h"))
	b := w.tracker.shard(h).find(h, parse(t, id("b")))
	if len(b.offers) > offersKept*5 {
		t.Errorf("%d offers are kept", len(b.offers))
	}
}

func parse(t *testing.T, text string) ID {
	t.Helper()
	raw, _ := json.Marshal(text)
	id, ok := parseID(raw)
	if !ok {
		t.Fatalf("%q is no id", text)
	}
	return id
}

func TestNumwantAndMaxOffers(t *testing.T) {
	for _, test := range []struct {
		fields string
		want   int
	}{
		{offers(3), 3},                       // numwant missing
		{`"numwant":null,` + offers(3), 3},   //
		{`"numwant":"2",` + offers(3), 3},    // nonsense
		{`"numwant":2.9,` + offers(3), 2},    // fractional
		{`"numwant":1e300,` + offers(3), 3},  // huge
		{`"numwant":1e999,` + offers(3), 3},  // beyond float64
		{`"numwant":-1e999,` + offers(3), 0}, //
		{`"numwant":-1,` + offers(3), 0},     //
		{`"numwant":0,` + offers(3), 0},      //
		{`"numwant":50,` + offers(9), 5},     // MaxOffers
		{`"numwant":5,"offers":[]`, 0},       //
		{`"numwant":5,"offers":null`, 0},     //
		{`"numwant":5`, 0},                   //
	} {
		t.Run(test.fields[:min(len(test.fields), 24)], func(t *testing.T) {
			w := newWorld(t, 20)
			for c := 2; c <= 20; c++ {
				w.say(c, announce("h", fmt.Sprint("p", c)))
			}
			out := w.say(1, announce("h", "me", test.fields))
			if len(out)-1 != test.want {
				t.Fatalf("%d offers, want %d: %s", len(out)-1, test.want, list(out))
			}
			got := map[int]bool{}
			for _, o := range out[1:] {
				if o.to == 1 || got[o.to] {
					t.Errorf("to oneself or twice to one: %s", list(out))
				}
				got[o.to] = true
			}
		})
	}
}

// Every other peer must be as likely as the next: with 9 others and 2 offers,
// 9,000 announces give each 2,000 on average with a deviation of about 40.
func TestOffersAreSpreadEvenly(t *testing.T) {
	w := newWorld(t, 10)
	for c := 1; c <= 10; c++ {
		w.say(c, announce("h", fmt.Sprint("p", c)))
	}
	got := map[int]int{}
	for range 9000 {
		for _, o := range w.say(4, announce("h", "p4", offers(2)))[1:] {
			got[o.to]++
		}
	}
	for c := 1; c <= 10; c++ {
		if n := got[c]; c != 4 && (n < 1800 || n > 2200) || c == 4 && n != 0 {
			t.Errorf("connection %d got %d offers: %v", c, n, got)
		}
	}
}

func TestDisconnectReleasesEverything(t *testing.T) {
	w := newWorld(t, 2)
	for _, h := range []string{"h1", "h2", "h3"} {
		for _, p := range []string{"a", "b"} {
			w.say(1, announce(h, p, `"left":0`))
		}
	}
	w.say(2, announce("h2", "c"))
	if swarms, peers := w.tracker.Count(); swarms != 3 || peers != 7 {
		t.Fatalf("%d swarms and %d peers", swarms, peers)
	}
	w.clients[1].Disconnect()
	if r := w.one(2, announce("h2", "c", offers(3))); r.Complete != 0 || r.Incomplete != 1 {
		t.Errorf("after the others left: %s", r.raw)
	}
	if out := w.say(1, announce("h1", "a")); len(out) != 0 {
		t.Errorf("a connection that is gone got %s", list(out))
	}
	w.clients[1].Disconnect()
	w.clients[2].Disconnect()
	if swarms, peers := w.tracker.Count(); swarms != 0 || peers != 0 {
		t.Errorf("%d swarms, %d peers are left", swarms, peers)
	}
}

func TestAPeerIDOnASecondConnection(t *testing.T) {
	w := newWorld(t, 2)
	w.connect(11, netip.MustParseAddr("::ffff:192.0.2.1")) // where 1 is
	w.say(1, announce("h", "a"))
	if r := w.one(2, announce("h", "a")); r.Warning == "" {
		t.Errorf("a stranger took the peer id: %s", r.raw)
	}
	if r := w.one(11, announce("h", "a")); r.Warning != "" || r.Incomplete != 1 {
		t.Errorf("from the same address: %s", r.raw)
	}
	w.clients[1].Disconnect()
	if r := w.one(2, announce("h", "b")); r.Incomplete != 2 {
		t.Errorf("the old connection's end took the peer along: %s", r.raw)
	}
	w.clients[11].Disconnect()
	if r := w.one(2, announce("h", "a")); r.Warning != "" || r.Incomplete != 2 {
		t.Errorf("once the old one is gone: %s", r.raw)
	}
}

// A viewer that changes its network comes from another address, and its old
// connection hangs. It is told to come again when that is known to be gone: by a
// reply, since after a failure the npm client would not.
func TestAPeerIDFromAnotherNetwork(t *testing.T) {
	w := newWorld(t, 3)
	w.say(1, announce("h", "a"))
	w.say(3, announce("h", "b"))
	w.now = w.now.Add(expiryIntervals * w.tracker.settings.Interval)
	if r := w.one(2, announce("h", "a", offers(1))); r.Warning == "" || r.Failure != "" || r.Interval != 10 {
		t.Errorf("the old one is only late: %s, want a warning, and to be asked again in 10 s", r.raw)
	}
	w.lost[1] = true
	if r := w.one(2, announce("h", "a")); r.Warning != "" || r.Incomplete != 2 || r.Interval != 20 {
		t.Errorf("not taken over: %s", r.raw)
	}
	if r := w.one(1, announce("h", "a")); r.Warning == "" {
		t.Errorf("taken back: %s", r.raw)
	}
	if out := w.say(3, announce("h", "b", offers(1))); len(out) != 2 || out[1].to != 2 {
		t.Errorf("an offer to it: %s, want one to connection 2", list(out))
	}
}

func TestExpiry(t *testing.T) {
	w := newWorld(t, 2)
	w.say(1, announce("h", "silent"))
	w.say(1, announce("h2", "silent"))
	for range expiryIntervals + 1 {
		w.say(2, announce("h", "b"))
		w.say(1, announce("h", "awake"))
		w.tracker.Expire(w.now)
		w.now = w.now.Add(20 * time.Second)
	}
	if swarms, peers := w.tracker.Count(); swarms != 2 || peers != 4 {
		t.Fatalf("after %d intervals: %d swarms, %d peers", expiryIntervals, swarms, peers)
	}
	w.tracker.Expire(w.now)
	if swarms, peers := w.tracker.Count(); swarms != 1 || peers != 2 {
		t.Fatalf("after %d intervals: %d swarms, %d peers", expiryIntervals+1, swarms, peers)
	}
	if r := w.one(1, announce("h2", "silent")); r.Incomplete != 1 {
		t.Errorf("it cannot come back: %s", r.raw)
	}
}

// Who announces does not wait for the whole of a large swarm to be looked through.
func TestExpiryGivesWay(t *testing.T) {
	const peers = 3*expiredAtOnce + 1
	tracker, _ := crowd(peers, func(int) []string { return []string{"h"} })
	hash := parse(t, id("h"))
	sh := tracker.shard(hash)
	s := sh.swarms[hash]
	if left := sh.expireSome(s, math.MaxInt64, math.MaxInt); left != peers-expiredAtOnce || sh.peers != left {
		t.Errorf("at once %d of %d were looked at, and %d stay", peers-left, peers, sh.peers)
	}
	sh.expire(math.MaxInt64)
	if swarms, peers := tracker.Count(); swarms != 0 || peers != 0 {
		t.Errorf("%d swarms and %d peers are left", swarms, peers)
	}
	if left := sh.expireSome(s, math.MaxInt64, math.MaxInt); left != 0 {
		t.Errorf("%d are left of a swarm that is gone", left)
	}
}

func TestScrape(t *testing.T) {
	w := newWorld(t, 2)
	w.say(1, announce("h1", "a", `"left":0`))
	w.say(1, announce("h1", "b"))
	w.say(1, announce("h2", "b"))
	for _, test := range []struct {
		name, field string
		want        map[string][2]int
	}{
		{"one", `,"info_hash":"` + id("h1") + `"`, map[string][2]int{"h1": {1, 1}}},
		{"one that is not there", `,"info_hash":"` + id("h9") + `"`, map[string][2]int{"h9": {}}},
		{"several", `,"info_hash":["` + id("h2") + `","` + id("h9") + `","` + id("h2") + `"]`, map[string][2]int{"h2": {0, 1}, "h9": {}}},
		{"none", `,"info_hash":[]`, nil},
		{"absent", ``, map[string][2]int{"h1": {1, 1}, "h2": {0, 1}}},
		{"null", `,"info_hash":null`, map[string][2]int{"h1": {1, 1}, "h2": {0, 1}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := w.one(2, `{"action":"scrape"`+test.field+`}`)
			if r.Action != "scrape" || r.Failure != "" || len(r.Files) != len(test.want) {
				t.Fatalf("got %s", r.raw)
			}
			for h, want := range test.want {
				if got := r.Files[id(h)]; got.Complete != want[0] || got.Incomplete != want[1] || got.Downloaded != want[0] {
					t.Errorf("%s: %+v, want %v", h, got, want)
				}
			}
		})
	}
}

func TestScrapeOfAllIsBounded(t *testing.T) {
	w := newWorld(t, 1)
	for i := range maxScraped + 10 {
		w.say(1, announce(fmt.Sprint("h", i), "a"))
	}
	if r := w.one(1, `{"action":"scrape"}`); len(r.Files) != maxScraped {
		t.Errorf("%d swarms", len(r.Files))
	}
	for i := range maxMemberships {
		w.say(1, announce(fmt.Sprint("i", i), "a"))
	}
	if _, peers := w.tracker.Count(); peers != maxMemberships {
		t.Errorf("one connection has %d peers, want at most %d", peers, maxMemberships)
	}
}

func TestBadRequests(t *testing.T) {
	long := strings.Repeat("x", 21)
	for _, frame := range []string{
		``, `null`, `[]`, `1`, `"announce"`, `{`, `{}`, "\xff", `{"action":null}`, `{"action":"offer"}`, `{"action":["announce"]}`,
		`{"action":"announce"}`,
		`{"action":"announce","info_hash":1,"peer_id":"` + id("a") + `"}`,
		`{"action":"announce","info_hash":"` + long + `","peer_id":"` + id("a") + `"}`,
		`{"action":"announce","info_hash":"` + long[:19] + `","peer_id":"` + id("a") + `"}`,
		`{"action":"announce","info_hash":"` + long[:19] + `Ā","peer_id":"` + id("a") + `"}`,
		`{"action":"announce","info_hash":"` + long[:19] + `\ud800","peer_id":"` + id("a") + `"}`,
		`{"action":"announce","info_hash":{},"peer_id":"` + id("a") + `"}`,
		`{"action":"announce","info_hash":"` + id("h") + `"}`,
		`{"action":"announce","info_hash":"` + id("h") + `","peer_id":null}`,
		`{"action":"announce","info_hash":"` + id("h") + `","peer_id":"short"}`,
		announce("h", "a", `"event":"begun"`),
		announce("h", "a", `"event":3`),
		announce("h", "a", `"offers":{}`),
		announce("h", "a", `"offers":"x"`),
		announce("h", "a", `"offers":[null]`),
		announce("h", "a", `"offers":[{"offer_id":"`+id("o")+`"}]`),
		announce("h", "a", `"offers":[{"offer_id":"`+id("o")+`","offer":null}]`),
		announce("h", "a", `"offers":[{"offer_id":"`+id("o")+`","offer":{"type":"offer"}}]`),
		announce("h", "a", `"offers":[{"offer_id":"`+id("o")+`","offer":{"type":"offer","sdp":{}}}]`),
		announce("h", "a", `"offers":[{"offer_id":7,"offer":{"type":"offer","sdp":""}}]`),
		announce("h", "a", `"answer":{}`),
		announce("h", "a", `"answer":{"sdp":""}`, `"to_peer_id":"`+id("b")+`"`),
		announce("h", "a", `"answer":{"sdp":""}`, `"to_peer_id":7`, `"offer_id":"`+id("o")+`"`),
		announce("h", "a", `"answer":"x"`, `"to_peer_id":"`+id("b")+`"`, `"offer_id":"`+id("o")+`"`),
		announce("h", "a", "\"answer\":{\"sdp\":\"\xc3\"}", `"to_peer_id":"`+id("b")+`"`, `"offer_id":"`+id("o")+`"`),
		`{"action":"scrape","info_hash":5}`,
		`{"action":"scrape","info_hash":"short"}`,
		`{"action":"scrape","info_hash":["` + id("h") + `",null]}`,
		`{"action":"scrape","info_hash":{"a":1}}`,
		strings.Repeat("[", 60000),
		`{"action":"announce","info_hash":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`,
	} {
		t.Run(frame[:min(len(frame), 60)], func(t *testing.T) {
			w := newWorld(t, 1)
			r := w.one(1, frame)
			if r.kind != Failure || r.Failure == "" || r.InfoHash == nil || (r.Action != "announce" && r.Action != "scrape") {
				t.Errorf("got %s, want a failure reason with action and info_hash", r.raw)
			}
			if utf8.ValidString(frame) && strings.Contains(frame, `"info_hash":"`+id("h")+`"`) && *r.InfoHash != id("h") {
				t.Errorf("the info hash is not repeated: %s", r.raw)
			}
			if _, peers := w.tracker.Count(); peers != 0 {
				t.Error("a peer was made all the same")
			}
		})
	}
}

func TestIDs(t *testing.T) {
	var all [260]byte
	for i := range all {
		all[i] = byte(i)
	}
	for i := range len(all) - 20 {
		want := ID(all[i : i+20])
		raw := appendID(nil, want)
		if got, ok := parseID(raw); !ok || got != want {
			t.Errorf("%x came back from %s as %x", want, raw, got)
		}
	}
}

// FuzzTracker plays a script of frames, one a line, from three connections.
func FuzzTracker(f *testing.F) {
	f.Add([]byte(strings.Join([]string{
		announce("h", "a", `"left":0`), announce("h", "b", offers(2)), answerTo("h", "a", "b", "o0"),
		announce("h", "c", offers(5), `"numwant":2.5`), announce("h", "b", `"event":"stopped"`), `{"action":"scrape"}`,
	}, "\n")))
	f.Add([]byte("null\n{\n" + announce("h", "a", `"offers":[null]`)))
	f.Fuzz(func(t *testing.T, script []byte) {
		w := newWorld(t, 3)
		for i, frame := range strings.Split(string(script), "\n") {
			w.say(i%3+1, frame) // Send checks that what comes out is JSON
			for _, s := range w.out {
				if s.Action == "" || s.Failure != "" && s.InfoHash == nil {
					t.Fatalf("%q got %s", frame, s.raw)
				}
			}
			w.tracker.Expire(w.now)
			w.now = w.now.Add(30 * time.Second)
		}
		for c := 1; c <= 3; c++ {
			w.clients[c].Disconnect()
		}
		if swarms, peers := w.tracker.Count(); swarms != 0 || peers != 0 {
			t.Fatalf("%d swarms and %d peers survive their connections", swarms, peers)
		}
	})
}
