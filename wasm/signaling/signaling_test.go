package signaling_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/signaling"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/simulation"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

const url = "wss://tracker.test"

// stage is a page with one tracker at the other end of scripted sockets.
type stage struct {
	t       *testing.T
	world   *simulation.World
	tracker *signaling.Tracker
	sockets []*socket
	draws   uint64
}

func newStage(t *testing.T) *stage {
	s := &stage{t: t, world: simulation.NewWorld(1)}
	s.tracker = signaling.NewTracker(url, s.world.NewLoop(), s, func() uint64 {
		s.draws += 0x9E3779B97F4A7C15 // any numbers that differ
		return s.draws
	})
	return s
}

func (s *stage) pass(d time.Duration) { s.world.Run(s.world.Now() + d) }

// Dial implements signaling.Dialer.
func (s *stage) Dial(to string, receiver signaling.SocketReceiver) signaling.Socket {
	if to != url {
		s.t.Errorf("dialled %q", to)
	}
	k := &socket{stage: s, receiver: receiver, at: s.world.Now()}
	s.sockets = append(s.sockets, k)
	return k
}

// socket is the one dialled last.
func (s *stage) socket() *socket {
	if len(s.sockets) == 0 {
		s.t.Fatal("nothing was dialled")
	}
	return s.sockets[len(s.sockets)-1]
}

type socket struct {
	stage    *stage
	receiver signaling.SocketReceiver
	at       time.Duration // dialled
	sent     []message
	closed   bool
}

// message is anything that a client sends.
type message struct {
	Action     string  `json:"action"`
	InfoHash   string  `json:"info_hash"`
	PeerID     string  `json:"peer_id"`
	NumWant    int     `json:"numwant"`
	Event      string  `json:"event"`
	TrackerID  string  `json:"trackerid"`
	To         string  `json:"to_peer_id"`
	OfferID    string  `json:"offer_id"`
	Answer     *sdp    `json:"answer"`
	Offers     []offer `json:"offers"`
	Downloaded int     `json:"downloaded"`
}

type offer struct {
	OfferID string `json:"offer_id"`
	Offer   sdp    `json:"offer"`
}

type sdp struct {
	Type string `json:"type"`
	SDP  string `json:"sdp"`
}

// Send implements signaling.Socket.
func (k *socket) Send(text []byte) {
	if k.closed {
		return
	}
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		k.stage.t.Fatal(err)
	}
	k.sent = append(k.sent, m)
}

// Close implements signaling.Socket.
func (k *socket) Close() { k.closed = true }

// lose closes it from the other end.
func (k *socket) lose() {
	k.closed = true
	k.receiver.Closed(errors.New("lost"))
}

func (k *socket) hear(format string, values ...any) {
	k.receiver.Message(fmt.Appendf(nil, format, values...))
}

// take gives what was sent since it was last called.
func (k *socket) take() []message {
	sent := k.sent
	k.sent = nil
	return sent
}

// one gives the only message sent.
func (k *socket) one() message {
	k.stage.t.Helper()
	sent := k.take()
	if len(sent) != 1 {
		k.stage.t.Fatalf("sent %d messages, want 1: %+v", len(sent), sent)
	}
	return sent[0]
}

// member is a negotiator whose links are ready at once, unless held.
type member struct {
	room     int
	peers    int
	hold     bool
	fail     error // what becomes of descriptions
	unwanted string
	links    []*link
	met      []string
	counts   []int64
	warnings []string
	last     error  // of those
	leave    func() // called when warned
}

func (m *member) Room() int                             { return m.room }
func (m *member) Connected() int                        { return m.peers }
func (m *member) Wants(remote wire.PeerID, _ bool) bool { return remote.String() != m.unwanted }
func (m *member) Counted(_ string, n int64)             { m.counts = append(m.counts, n) }

func (m *member) NewLink() signaling.Link {
	l := &link{member: m, name: fmt.Sprint(len(m.links))}
	m.links = append(m.links, l)
	return l
}

func (m *member) Meet(l signaling.Link, remote wire.PeerID, offered bool) {
	m.met = append(m.met, fmt.Sprintf("%s over %s, offered: %v", remote, l.(*link).name, offered))
}

func (m *member) Warned(_ string, err error) {
	m.warnings = append(m.warnings, err.Error())
	m.last = err
	if m.leave != nil {
		m.leave()
	}
}

// open counts the links that are not closed.
func (m *member) open() int {
	n := 0
	for _, l := range m.links {
		if !l.closed {
			n++
		}
	}
	return n
}

type link struct {
	member   *member
	name     string
	ready    func() // what is held
	accepted string
	closed   bool
}

func (l *link) describe(kind string, done func(string, error)) {
	l.ready = func() {
		if !l.closed {
			done(kind+" "+l.name, l.member.fail)
		}
	}
	if !l.member.hold {
		l.ready()
	}
}

func (l *link) Offer(done func(string, error))                { l.describe("offer", done) }
func (l *link) Answer(offer string, done func(string, error)) { l.describe("answer to "+offer, done) }
func (l *link) Accept(answer string)                          { l.accepted = answer }
func (l *link) Close()                                        { l.closed = true }

func id(s string) (b [20]byte) {
	copy(b[:], s+strings.Repeat("-", 20))
	return b
}

var (
	hash = wire.InfoHash(id("swarm"))
	self = wire.PeerID(id("self"))
)

const (
	swarmText = "swarm---------------"
	selfText  = "self----------------"
	other     = "other---------------"
	offerText = "offer---------------"
)

func (s *stage) join(m *member) *signaling.Member {
	return s.tracker.Join(hash, self, m)
}

// opened is a stage with a member whose first announcement is out.
func opened(t *testing.T, m *member) (*stage, message) {
	s := newStage(t)
	s.join(m)
	s.socket().receiver.Opened()
	return s, s.socket().one()
}

func (k *socket) reply(interval int) {
	k.hear(`{"action":"announce","info_hash":%q,"interval":%d,"complete":1,"incomplete":2}`, swarmText, interval)
}

func TestAnnouncesWithOffersOnOpening(t *testing.T) {
	m := &member{room: 20}
	s := newStage(t)
	s.join(m)
	if sent := s.socket().take(); sent != nil {
		t.Errorf("sent %+v before the socket was open", sent)
	}
	s.socket().receiver.Opened()
	a := s.socket().one()
	if a.Action != "announce" || a.InfoHash != swarmText || a.PeerID != selfText || a.Event != "started" {
		t.Errorf("announced %+v", a)
	}
	if len(a.Offers) != 5 || a.NumWant != 5 {
		t.Fatalf("%d offers, numwant %d, want 5", len(a.Offers), a.NumWant)
	}
	ids := map[string]bool{}
	for i, o := range a.Offers {
		ids[o.OfferID] = true
		if want := (sdp{"offer", fmt.Sprintf("offer %d", i)}); o.Offer != want {
			t.Errorf("offered %+v, want %+v", o.Offer, want)
		}
	}
	if len(ids) != 5 {
		t.Errorf("offer ids recur: %v", ids)
	}
}

func TestOffersNoMoreThanThereIsRoom(t *testing.T) {
	for _, room := range []int{-1, 0, 2} {
		_, a := opened(t, &member{room: room})
		if want := max(room, 0); len(a.Offers) != want || a.NumWant != want {
			t.Errorf("room for %d: %d offers, numwant %d", room, len(a.Offers), a.NumWant)
		}
	}
}

func TestAnnouncesOnceAllOffersAreReady(t *testing.T) {
	m := &member{room: 3, hold: true}
	s := newStage(t)
	s.join(m)
	k := s.socket()
	k.receiver.Opened()
	m.links[2].ready()
	m.fail = errors.New("no network")
	m.links[0].ready()
	if sent := k.take(); sent != nil {
		t.Fatalf("sent %+v too early", sent)
	}
	m.fail = nil
	m.links[1].ready()
	a := k.one()
	if len(a.Offers) != 2 || a.NumWant != 2 {
		t.Errorf("sent %+v, want the two offers that could be made", a)
	}
	if !m.links[0].closed || m.open() != 2 {
		t.Error("the link that failed is not closed, or others are")
	}
	if len(m.warnings) != 1 || !strings.Contains(m.warnings[0], "no network") {
		t.Errorf("warned of %q", m.warnings)
	}
}

// A browser may never answer for an offer. The tracker is told of the peer all the same.
func TestGoesWithoutOffersThatAreLate(t *testing.T) {
	m := &member{room: 3, hold: true}
	s := newStage(t)
	s.join(m)
	k := s.socket()
	k.receiver.Opened()
	m.links[1].ready()
	s.pass(4 * time.Second)
	if sent := k.take(); sent != nil {
		t.Fatalf("sent %+v too early", sent)
	}
	s.pass(time.Second)
	if a := k.one(); len(a.Offers) != 1 || a.NumWant != 1 || a.Offers[0].Offer.SDP != "offer 1" {
		t.Errorf("sent %+v, want the one offer that is ready", a)
	}
	if m.open() != 1 || m.links[1].closed {
		t.Error("late links are not closed, or the other is")
	}
	if len(m.warnings) != 1 || !strings.Contains(m.warnings[0], "not ready within 5 s") {
		t.Errorf("warned of %q", m.warnings)
	}
	k.reply(120)
	m.links[0].closed = false
	m.links[0].ready()
	s.pass(5 * time.Second)
	if sent := k.take(); sent != nil {
		t.Errorf("sent %+v for a late offer", sent)
	}
}

func TestOffersReadyAfterTheSocketWasLostAreNotSent(t *testing.T) {
	m := &member{room: 1, hold: true}
	s := newStage(t)
	s.join(m)
	s.socket().receiver.Opened()
	s.socket().lose()
	s.pass(time.Minute)
	s.socket().receiver.Opened()
	m.links[0].ready()
	if sent := s.socket().take(); sent != nil {
		t.Errorf("sent %+v", sent)
	}
	m.links[1].ready()
	if a := s.socket().one(); len(a.Offers) != 1 || a.Offers[0].Offer.SDP != "offer 1" {
		t.Errorf("sent %+v", a)
	}
}

func TestAnnouncesAgainAtTheInterval(t *testing.T) {
	for name, c := range map[string]struct {
		reply string // beside action and info_hash
		want  time.Duration
	}{
		"as the tracker says":        {`"interval":30`, 30 * time.Second},
		"the longer of two":          {`"interval":30,"min interval":40`, 40 * time.Second},
		"not too often":              {`"interval":1`, 10 * time.Second},
		"as usual when it says none": {`"tracker id":"T"`, 120 * time.Second},
		"as usual when it says 0 s":  {`"interval":0`, 120 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			m := &member{room: 1}
			s, _ := opened(t, m)
			k := s.socket()
			k.hear(`{"action":"announce","info_hash":%q,%s}`, swarmText, c.reply)
			s.pass(c.want - time.Millisecond)
			if sent := k.take(); sent != nil {
				t.Fatalf("announced too early: %+v", sent)
			}
			s.pass(time.Millisecond)
			if a := k.one(); a.Event != "" || len(a.Offers) != 1 {
				t.Errorf("announced %+v", a)
			}
			k.hear(`{"action":"announce","info_hash":%q,%s}`, swarmText, c.reply)
			s.pass(c.want)
			k.one()
		})
	}
}

// counts has the tracker reply that it knows so many, us included.
func (k *socket) counts(n int) {
	k.hear(`{"action":"announce","info_hash":%q,"interval":120,"complete":0,"incomplete":%d}`, swarmText, n)
}

// announces checks after how long the next announcement comes, and gives it.
func (s *stage) announces(after time.Duration) message {
	s.t.Helper()
	k := s.socket()
	s.pass(after - time.Millisecond)
	if sent := k.take(); sent != nil {
		s.t.Fatalf("announced before %v: %+v", after, sent)
	}
	s.pass(time.Millisecond)
	return k.one()
}

func TestAnnouncesSoonerWhileAlone(t *testing.T) {
	m := &member{room: 1}
	s, _ := opened(t, m)
	for _, wait := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, 45 * time.Second, 45 * time.Second} {
		s.socket().counts(2)
		if a := s.announces(wait); len(a.Offers) != 1 {
			t.Errorf("announced %+v, want an offer", a)
		}
	}
}

// An offer lives for 50 s.
func TestOffersAreRenewedBeforeTheyEnd(t *testing.T) {
	m := &member{room: 3, peers: 2}
	s, _ := opened(t, m)
	for range 3 {
		s.socket().counts(4)
		if a := s.announces(45 * time.Second); len(a.Offers) != 3 {
			t.Errorf("announced %+v, want offers", a)
		}
		if n := m.open(); n < 3 {
			t.Errorf("%d offers are out, want 3 at any time", n)
		}
	}
}

// A tracker has no work with a viewer that lacks nobody.
func TestNothingIsOfferedWhereNobodyIsMissing(t *testing.T) {
	for name, c := range map[string]struct{ room, peers, counted int }{
		"all are connected": {3, 2, 3},
		"it is alone":       {3, 0, 1},
		"it is full":        {0, 20, 500},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := opened(t, &member{room: c.room, peers: c.peers})
			s.socket().counts(c.counted)
			if a := s.announces(120 * time.Second); len(a.Offers) != 0 || a.NumWant != 0 {
				t.Errorf("announced %+v, want no offers", a)
			}
		})
	}
}

// There was no room before the tracker had counted.
func TestSeeks(t *testing.T) {
	m := &member{room: 2}
	s := newStage(t)
	joined := s.join(m)
	joined.Seek() // it has not joined yet
	if len(m.links) > 0 {
		t.Errorf("%d offers that cannot be sent", len(m.links))
	}
	m.room = 0
	s.socket().receiver.Opened()
	if a := s.socket().one(); a.Event != "started" || len(a.Offers) != 0 {
		t.Errorf("announced %+v, want no offers", a)
	}
	s.socket().counts(3)
	m.room = 2
	joined.Seek()
	if a := s.socket().one(); a.Event != "" || len(a.Offers) != 2 {
		t.Errorf("announced %+v, want offers", a)
	}
}

// However often that is asked for.
func TestHasTheTrackerCountAgain(t *testing.T) {
	m := &member{peers: 1}
	s := newStage(t)
	joined := s.join(m)
	joined.Recount()
	s.socket().receiver.Opened()
	s.socket().one()
	s.socket().counts(2)
	s.pass(2 * time.Second)
	joined.Recount()
	joined.Recount()
	s.announces(8 * time.Second)
	s.socket().counts(2)
	s.announces(120 * time.Second)
	s.socket().counts(2)
	s.pass(20 * time.Second)
	joined.Recount()
	s.pass(0)
	s.socket().one()
}

func TestSomebodyIsLost(t *testing.T) {
	m := &member{room: 3}
	s := newStage(t)
	joined := s.join(m)
	k := s.socket()
	k.receiver.Opened()
	k.one()
	k.counts(1)
	s.pass(20 * time.Second)
	m.peers = 1 // came by an offer of its own
	joined.Reconsider()
	s.pass(40 * time.Second)
	if sent := k.take(); sent != nil {
		t.Fatalf("in company it announced %+v", sent)
	}
	m.peers = 0
	joined.Reconsider()
	s.pass(0)
	if a := k.one(); len(a.Offers) != 3 {
		t.Errorf("announced %+v, want offers", a)
	}
}

func TestReply(t *testing.T) {
	m := &member{room: 1, peers: 6}
	s, _ := opened(t, m)
	s.socket().hear(`{"action":"announce","info_hash":%q,"interval":30,"complete":3,"incomplete":4,`+
		`"tracker id":"T","warning message":"slow down"}`, swarmText)
	if !slices.Equal(m.counts, []int64{7}) {
		t.Errorf("counted %v, want 7", m.counts)
	}
	if !slices.Equal(m.warnings, []string{"slow down"}) {
		t.Errorf("warned of %q", m.warnings)
	}
	s.pass(30 * time.Second)
	if a := s.socket().one(); a.TrackerID != "T" {
		t.Errorf("sent tracker id %q back", a.TrackerID)
	}
}

func TestOffersAreWithdrawn(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(s *stage, joined *signaling.Member)
		open    int
	}{
		"not before 50 s":        {func(s *stage, _ *signaling.Member) { s.pass(50*time.Second - 1) }, 2},
		"after 50 s":             {func(s *stage, _ *signaling.Member) { s.pass(50 * time.Second) }, 0},
		"with the socket":        {func(s *stage, _ *signaling.Member) { s.socket().lose() }, 0},
		"when the swarm is left": {func(_ *stage, joined *signaling.Member) { joined.Leave() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			m := &member{room: 2, peers: 2}
			s := newStage(t)
			joined := s.join(m)
			s.socket().receiver.Opened()
			s.socket().reply(120)
			c.happens(s, joined)
			if got := m.open(); got != c.open {
				t.Errorf("%d offers are out, want %d", got, c.open)
			}
		})
	}
}

func (k *socket) answer(from, offerID, text string) {
	k.hear(`{"action":"announce","info_hash":%q,"peer_id":%q,"offer_id":%s,"answer":{"type":"answer","sdp":%q}}`,
		swarmText, from, quote(offerID), text)
}

// quote writes any text in JSON.
func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(quoted)
}

func (k *socket) offer(from string) {
	k.hear(`{"action":"announce","info_hash":%q,"peer_id":%q,"offer_id":%q,"offer":{"type":"offer","sdp":"theirs"}}`,
		swarmText, from, offerText)
}

func TestAnAnswerGoesToItsOffer(t *testing.T) {
	m := &member{room: 2}
	s, a := opened(t, m)
	s.socket().answer(other, a.Offers[1].OfferID, "yes")
	if m.links[1].accepted != "yes" || m.links[0].accepted != "" {
		t.Errorf("accepted %q and %q", m.links[0].accepted, m.links[1].accepted)
	}
	if want := []string{other + " over 1, offered: true"}; !slices.Equal(m.met, want) {
		t.Errorf("met %q, want %q", m.met, want)
	}
	// A second answer finds no offer, and the link is no longer the member's.
	s.socket().answer("third---------------", a.Offers[1].OfferID, "me too")
	s.pass(time.Minute)
	s.socket().lose()
	if m.links[1].closed || m.links[1].accepted != "yes" || len(m.met) != 1 {
		t.Errorf("closed: %v, accepted %q, met %q", m.links[1].closed, m.links[1].accepted, m.met)
	}
}

func TestAnswersThatAreOfNoUse(t *testing.T) {
	m := &member{room: 2, unwanted: other}
	s, a := opened(t, m)
	k := s.socket()
	k.answer(other, a.Offers[0].OfferID, "yes") // from one who is connected already
	if !m.links[0].closed || m.links[0].accepted != "" {
		t.Error("an answer that is not wanted was accepted, or its link stays")
	}
	k.answer("third---------------", offerText, "to what?")
	s.pass(50 * time.Second)
	k.answer("third---------------", a.Offers[1].OfferID, "too late")
	if len(m.met) != 0 {
		t.Errorf("met %q", m.met)
	}
}

func TestAnOfferIsAnswered(t *testing.T) {
	m := &member{room: 0}
	s, _ := opened(t, m)
	k := s.socket()
	k.offer(other)
	got := k.one()
	want := message{
		Action: "announce", InfoHash: swarmText, PeerID: selfText, To: other, OfferID: offerText,
		Answer: &sdp{"answer", "answer to theirs 0"},
	}
	if *got.Answer != *want.Answer {
		t.Errorf("answered %+v", *got.Answer)
	}
	got.Answer, want.Answer = nil, nil
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("sent %+v, want %+v", got, want)
	}
	if want := []string{other + " over 0, offered: false"}; !slices.Equal(m.met, want) {
		t.Errorf("met %q, want %q", m.met, want)
	}
}

func TestOffersThatAreNotAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		from string
		fail error
	}{
		"from one who is connected already": {other, nil},
		"from oneself":                      {selfText, nil},
		"that cannot be read":               {"third---------------", errors.New("bad offer")},
	} {
		t.Run(name, func(t *testing.T) {
			m := &member{unwanted: other}
			s, _ := opened(t, m)
			m.fail = c.fail
			s.socket().offer(c.from)
			if sent := s.socket().take(); sent != nil {
				t.Errorf("sent %+v", sent)
			}
			if m.open() != 0 {
				t.Error("a link stays open")
			}
			if warned := len(m.warnings) > 0; warned != (c.fail != nil) {
				t.Errorf("warned of %q", m.warnings)
			}
		})
	}
}

// What a tracker says wrong is reported, and the membership goes on.
func TestSurvivesWhatATrackerSaysWrong(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"failure":               {`{"action":"announce","info_hash":"` + swarmText + `","failure reason":"too many"}`, "too many"},
		"failure of no swarm":   {`{"failure reason":"go away"}`, "go away"},
		"failure of another":    {`{"info_hash":"another-------------","failure reason":"go away"}`, "go away"},
		"unknown action":        {`{"action":"dance"}`, "dance"},
		"no JSON":               {`<html>`, "tracker message"},
		"nothing":               {``, "tracker message"},
		"an offer without SDP":  {`{"action":"announce","info_hash":"` + swarmText + `","offer":{}}`, "peer_id"},
		"an id that is too big": {`{"action":"announce","info_hash":"` + swarmText + `-"}`, "info_hash"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &member{room: 1}
			s, a := opened(t, m)
			k := s.socket()
			k.hear("%s", c.text)
			if len(m.warnings) != 1 || !strings.Contains(m.warnings[0], c.want) {
				t.Errorf("warned of %q, want %q", m.warnings, c.want)
			}
			k.answer(other, a.Offers[0].OfferID, "yes")
			if k.closed || len(m.met) != 1 {
				t.Error("the membership did not go on")
			}
		})
	}
}

func TestMessagesOfSwarmsThatWereLeftAreDropped(t *testing.T) {
	m := &member{room: 1}
	s, _ := opened(t, m)
	s.socket().hear(`{"action":"announce","info_hash":"another-------------","interval":5}`)
	if len(m.counts)+len(m.warnings) != 0 {
		t.Errorf("counted %v, warned of %q", m.counts, m.warnings)
	}
}

func TestRetriesLessAndLessOften(t *testing.T) {
	m := &member{room: 1}
	s := newStage(t)
	s.join(m)
	base := time.Second
	for i := range 8 {
		k := s.socket()
		if i%2 == 1 { // opening alone earns nothing
			k.receiver.Opened()
			k.reply(120)
			s.pass(9 * time.Second)
		}
		if wait := s.lose(); wait < base/2 || wait > base*3/2 {
			t.Fatalf("retry %d came after %v, want around %v", i, wait, base)
		}
		base = min(2*base, 2500*time.Millisecond)
	}
	if want := 8; len(m.warnings) != want {
		t.Errorf("warned %d times, want %d", len(m.warnings), want)
	}
}

// lose loses the socket, and gives the time to the next one's beginning.
func (s *stage) lose() time.Duration {
	k, lost := s.socket(), s.world.Now()
	k.lose()
	for s.socket() == k {
		s.pass(10 * time.Millisecond)
	}
	return s.socket().at - lost
}

// Others are alone until we are back.
func TestTriesOftenUntilATrackerIsLongGone(t *testing.T) {
	s := newStage(t)
	s.join(&member{room: 1})
	for s.world.Now() < 5*time.Minute {
		if gap := s.lose(); gap >= 4*time.Second {
			t.Fatalf("at %v nothing was tried for %v", s.world.Now(), gap)
		}
	}
	var longest time.Duration
	for s.world.Now() < 15*time.Minute {
		longest = max(longest, s.lose())
	}
	if longest < 20*time.Second || longest > 45*time.Second {
		t.Errorf("after minutes the longest gap was %v, want about 30 s", longest)
	}
}

// A browser lets tries wait by itself; that is not added to.
func TestTheBrowsersOwnDelayCounts(t *testing.T) {
	s := newStage(t)
	s.join(&member{room: 1})
	s.lose()
	for range 10 {
		s.pass(4 * time.Second)
		if wait := s.lose(); wait > 0 {
			t.Fatalf("waited %v more, although the try itself took 4 s", wait)
		}
	}
}

func TestAFirstRetryAgain(t *testing.T) {
	for name, c := range map[string]struct {
		heard bool
		lasts time.Duration
		want  time.Duration // the longest that it may take
	}{
		"after a connection that lasted":  {true, 10 * time.Second, 3 * time.Second / 2},
		"not after one that did not":      {true, 9 * time.Second, 15 * time.Second / 4},
		"nor one over which nothing came": {false, 4 * time.Second, 15 * time.Second / 4},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.join(&member{room: 1})
			longest := time.Duration(0)
			for range 10 { // within what counts as brief
				for range 3 {
					s.lose()
				}
				k := s.socket()
				k.receiver.Opened()
				if c.heard {
					k.reply(120)
				}
				s.pass(c.lasts)
				longest = max(longest, s.lose())
			}
			if longest > c.want || longest < c.want*3/4 {
				t.Errorf("the longest wait was %v, want up to %v", longest, c.want)
			}
		})
	}
}

func TestASocketThatDoesNotOpenIsReplaced(t *testing.T) {
	m := &member{room: 1}
	s := newStage(t)
	s.join(m)
	first := s.socket()
	s.pass(10*time.Second - 1)
	if first.closed {
		t.Fatal("given up too early")
	}
	s.pass(1)
	s.pass(0)
	if next := s.socket(); !first.closed || next == first || next.closed {
		t.Fatal("not replaced after 10 s")
	}
	if len(m.warnings) != 1 || !strings.Contains(m.warnings[0], "did not open") {
		t.Errorf("warned of %q", m.warnings)
	}
}

// A machine that slept, or a router that forgot, leaves a socket that looks open.
func TestASocketThatDoesNotReplyIsReplaced(t *testing.T) {
	m := &member{room: 1, peers: 2}
	s, _ := opened(t, m)
	k := s.socket()
	k.reply(30)
	s.pass(30 * time.Second)
	k.one()
	s.pass(5*time.Second - 1)
	if k.closed {
		t.Fatal("given up too early")
	}
	s.pass(3 * time.Second / 2)
	next := s.socket()
	if !k.closed || next == k {
		t.Fatal("not replaced after 5 s and the first wait")
	}
	if len(m.warnings) != 1 || !strings.Contains(m.warnings[0], "no reply") {
		t.Errorf("warned of %q", m.warnings)
	}
	next.receiver.Opened()
	if a := next.one(); a.Event != "started" {
		t.Errorf("announced %+v", a)
	}
}

// What is said of anything shows that the tracker is there.
func TestAnyMessageIsASignOfLife(t *testing.T) {
	s, _ := opened(t, &member{room: 1})
	s.pass(4 * time.Second)
	s.socket().hear(`{"action":"dance"}`)
	s.pass(30 * time.Second)
	if s.socket().closed {
		t.Error("given up")
	}
}

func TestRetryDialsALostTrackerAtOnce(t *testing.T) {
	s := newStage(t)
	s.join(&member{})
	s.socket().lose()
	s.tracker.Retry()
	if len(s.sockets) != 2 {
		t.Fatalf("dialled %d times, want twice", len(s.sockets))
	}
	s.tracker.Retry() // it is being dialled
	s.pass(5 * time.Second)
	if len(s.sockets) != 2 {
		t.Errorf("dialled %d times, want twice", len(s.sockets))
	}
}

func TestRetryFindsOutWhetherASocketIsAlive(t *testing.T) {
	m := &member{room: 1}
	s, _ := opened(t, m)
	k := s.socket()
	k.reply(120)
	s.tracker.Retry()
	if a := k.one(); a.Event != "" || len(a.Offers) != 1 {
		t.Errorf("announced %+v", a)
	}
	s.tracker.Retry() // events come in bursts
	if sent := k.take(); sent != nil {
		t.Errorf("sent %+v although a reply is awaited", sent)
	}
	k.reply(120)
	s.pass(10 * time.Second)
	if k.closed {
		t.Fatal("replaced although it replied")
	}
	// The time begins at once, also while offers are still being made.
	m.hold = true
	s.tracker.Retry()
	s.pass(5 * time.Second)
	if !k.closed {
		t.Error("kept although it did not reply")
	}
}

func TestRetryDialsForNobody(t *testing.T) {
	s := newStage(t)
	s.join(&member{}).Leave()
	s.tracker.Retry()
	if len(s.sockets) != 1 {
		t.Error("dialled")
	}
}

func TestAnnouncesAnewAfterALoss(t *testing.T) {
	m := &member{room: 2}
	s, first := opened(t, m)
	s.socket().lose()
	s.pass(10 * time.Second)
	s.socket().receiver.Opened()
	a := s.socket().one()
	if a.Event != "started" || len(a.Offers) != 2 || a.Offers[0].OfferID == first.Offers[0].OfferID {
		t.Errorf("announced %+v", a)
	}
	if m.open() != 2 {
		t.Errorf("%d links are open, want the two new ones", m.open())
	}
}

// What a socket still says after it was given up is for nobody.
func TestAFormerSocketIsNotHeard(t *testing.T) {
	m := &member{room: 1}
	s, _ := opened(t, m)
	former := s.socket()
	former.lose()
	s.pass(10 * time.Second)
	s.socket().receiver.Opened()
	warned := len(m.warnings)
	former.reply(30)
	former.receiver.Opened()
	former.receiver.Closed(errors.New("again"))
	if len(m.counts) != 0 || len(m.warnings) != warned || len(s.socket().take()) != 1 {
		t.Error("a former socket was heard")
	}
}

func TestTheLastMemberClosesTheSocket(t *testing.T) {
	s := newStage(t)
	one, two := &member{room: 1}, &member{room: 1}
	first := s.join(one)
	second := s.tracker.Join(wire.InfoHash(id("second")), self, two)
	k := s.socket()
	k.receiver.Opened()
	if sent := k.take(); len(sent) != 2 || sent[0].InfoHash != swarmText {
		t.Fatalf("sent %+v, want an announcement for each swarm", sent)
	}
	first.Leave()
	if k.closed {
		t.Fatal("closed although there is a member")
	}
	k.hear(`{"action":"dance"}`) // a sign of life
	s.pass(2 * time.Minute)
	if a := k.one(); a.InfoHash == swarmText {
		t.Error("a swarm that was left is announced")
	}
	second.Leave()
	if !k.closed {
		t.Error("still open")
	}
	s.pass(time.Hour)
	if len(s.sockets) != 1 {
		t.Error("dialled for nobody")
	}
	// Whoever joins now dials.
	s.join(one)
	s.socket().receiver.Opened()
	if s.socket() == k {
		t.Fatal("not dialled anew")
	}
	s.socket().one()
}

func TestJoiningAnOpenTracker(t *testing.T) {
	s, _ := opened(t, &member{})
	s.tracker.Join(wire.InfoHash(id("second")), self, &member{room: 1})
	if a := s.socket().one(); a.Event != "started" || len(a.Offers) != 1 {
		t.Errorf("announced %+v", a)
	}
	if len(s.sockets) != 1 {
		t.Error("a socket for each swarm")
	}
}

func TestASwarmIsServedWhileThereIsAMember(t *testing.T) {
	s := newStage(t)
	if s.tracker.Serves(hash) {
		t.Error("before anybody joined")
	}
	joined := s.join(&member{})
	if !s.tracker.Serves(hash) || s.tracker.Serves(wire.InfoHash(id("second"))) {
		t.Error("not that swarm alone")
	}
	joined.Leave()
	if s.tracker.Serves(hash) {
		t.Error("after the member left")
	}
}

func TestLeavingCallsTheRetryOff(t *testing.T) {
	s := newStage(t)
	joined := s.join(&member{})
	s.socket().lose()
	joined.Leave()
	s.pass(time.Hour)
	if len(s.sockets) != 1 {
		t.Error("dialled for nobody")
	}
}

// An address at which there can be no tracker.
func TestATrackerThatCannotBeIsGivenUp(t *testing.T) {
	s := newStage(t)
	first, later := &member{room: 1}, &member{room: 1}
	joined := s.join(first)
	s.socket().receiver.Closed(fmt.Errorf("dial: %w", &signaling.UnusableError{Reason: "no address"}))
	s.pass(time.Hour)
	if want := []string{"dial: no address"}; !slices.Equal(first.warnings, want) || len(s.sockets) != 1 {
		t.Errorf("warned of %q, want %q; dialled %d times, want once", first.warnings, want, len(s.sockets))
	}
	// Who comes later hears of it too, and nobody twice.
	s.tracker.Join(wire.InfoHash(id("second")), self, later)
	s.socket().receiver.Closed(&signaling.UnusableError{Reason: "no address"})
	joined.Leave()
	s.pass(time.Hour)
	if len(first.warnings) != 1 || len(later.warnings) != 1 || len(s.sockets) != 2 {
		t.Errorf("warned of %q and %q, dialled %d times", first.warnings, later.warnings, len(s.sockets))
	}
}

// Who is warned hears when the tracker is dialled again, in a form that needs no reading.
func TestWhenALostTrackerIsTriedAgain(t *testing.T) {
	s := newStage(t)
	m := &member{room: 1}
	s.join(m)
	for range 5 {
		took := s.lose()
		lost, ok := errors.AsType[*signaling.LostError](m.last)
		if !ok || errors.Unwrap(lost).Error() != "lost" {
			t.Fatalf("warned of %v", m.last)
		}
		if late := took - lost.RetryIn; late < 0 || late > 10*time.Millisecond {
			t.Errorf("said %v, and tried after %v", lost.RetryIn, took)
		}
		if want := fmt.Sprintf("tracker lost, trying again in %.1f s: lost", lost.RetryIn.Seconds()); lost.Error() != want {
			t.Errorf("says %q, want %q", lost, want)
		}
	}
}

func TestLeavingWhenWarned(t *testing.T) {
	s := newStage(t)
	m := &member{room: 1}
	joined := s.join(m)
	m.leave = joined.Leave
	s.socket().receiver.Opened()
	s.socket().lose()
	s.pass(time.Hour)
	if len(s.sockets) != 1 || len(m.warnings) != 1 || m.open() != 0 {
		t.Errorf("%d sockets, warned of %q, %d links", len(s.sockets), m.warnings, m.open())
	}
}

// An offer that comes to be answered only after the swarm was left.
func TestAnswersAreNotSentAfterLeaving(t *testing.T) {
	s := newStage(t)
	m := &member{hold: true}
	joined := s.join(m)
	s.tracker.Join(wire.InfoHash(id("second")), self, &member{})
	k := s.socket()
	k.receiver.Opened()
	k.take()
	k.offer(other)
	joined.Leave()
	m.links[0].ready()
	if sent := k.take(); sent != nil {
		t.Errorf("sent %+v", sent)
	}
}
