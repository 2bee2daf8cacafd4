package loader_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/signaling"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/simulation"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

const playlist = "https://origin.test/live.m3u8"

// stage is a loader between a scripted player, origin, tracker and peers. It
// writes down what they are asked.
type stage struct {
	t         *testing.T
	world     *simulation.World
	page      *loader.Page
	loader    *loader.Loader
	fetches   []loader.FetchSink
	peers     []*remote
	sockets   []signaling.SocketReceiver
	hungUp    int              // sockets
	joined    map[int][]string // peer ids announced first, by socket
	announced int              // so often to trackers
	hear      func(loader.Event)
	done      []string
	token     string // the query of the addresses, with its question mark
	hidden    bool   // the tab is: timers run at whole seconds
	refusal   error  // what becomes of offers
	unready   bool   // nothing becomes of them
	replies   bool   // the tracker does, to announcements
	settings  config.Settings
	storage   loader.Storage   // nil for the loader's own
	checks    loader.Validator // nil where nothing is checked
	digests   loader.Digests   // nil where nothing is known of any
}

func newStage(t *testing.T) *stage {
	s := &stage{t: t, world: simulation.NewWorld(1), joined: map[int][]string{}}
	draws := uint64(0)
	s.page = loader.NewPage(loader.Machine{
		Loop: timers{s.world.NewLoop(), s}, Sockets: s, Joiner: joiner{},
		Random: func() uint64 { draws += 0x9E3779B97F4A7C15; return draws },
	})
	s.settings = config.Default()
	s.settings.Main.AnnounceTrackers = []string{"wss://tracker.test"}
	s.open(s.settings)
	return s
}

// timers are the loop's, which a hidden tab has run late.
type timers struct {
	loop.Loop
	stage *stage
}

func (l timers) After(d time.Duration, f func()) (cancel func()) {
	if l.stage.hidden {
		due := (l.Now() + d + time.Second - 1).Truncate(time.Second)
		d = due - l.Now()
	}
	return l.Loop.After(d, f)
}

// open makes the loader, or another one in its place.
func (s *stage) open(settings config.Settings) {
	s.loader = s.page.Open(loader.Host{Fetcher: s, Connector: s, Storage: s.storage, Validator: s.checks, Digests: s.digests, Emit: func(e loader.Event) {
		if s.hear != nil {
			s.hear(e)
		}
	}}, settings)
	s.loader.SetManifestURL(playlist)
	s.loader.SetLive(true)
	s.loader.AddStream(hls.Stream{RuntimeID: playlist, Type: hls.Main, Index: hls.Index{Text: "index"}})
}

func (s *stage) note(format string, values ...any) {
	s.done = append(s.done, fmt.Sprintf(format, values...))
}

// expect checks what was done since it was last called.
func (s *stage) expect(want ...string) {
	s.t.Helper()
	if !slices.Equal(s.done, want) {
		s.t.Errorf("did\n\t%s\nwant\n\t%s", strings.Join(s.done, "\n\t"), strings.Join(want, "\n\t"))
	}
	s.done = nil
}

func (s *stage) pass(d time.Duration) { s.world.Run(s.world.Now() + d) }

// list makes the playlist list segments from first up to, not including, end.
func (s *stage) list(first, end int) {
	var remove []string
	for id := range first {
		remove = append(remove, url(id))
	}
	s.loader.UpdateStream(playlist, listed(first, end, ""), remove)
}

// sign makes the playlist give the segments from 0 up to, not including, end
// addresses with another token.
func (s *stage) sign(end int, token string) {
	var remove []string
	for _, seg := range listed(0, end, s.token) {
		remove = append(remove, seg.RuntimeID)
	}
	s.token = "?" + token
	s.loader.UpdateStream(playlist, listed(0, end, s.token), remove)
}

func listed(first, end int, token string) (segments []hls.Segment) {
	for id := first; id < end; id++ {
		address := url(id) + token
		segments = append(segments, hls.Segment{
			RuntimeID: address, ExternalID: int64(id), URL: address, Start: float64(2 * id), End: float64(2*id + 2),
		})
	}
	return segments
}

func url(id int) string { return fmt.Sprintf("https://origin.test/%d.ts", id) }

// load has the player ask for a segment.
func (s *stage) load(id int) {
	s.t.Helper()
	err := s.loader.Load(url(id)+s.token, func(r loader.Result, err error) {
		if err != nil {
			s.note("player: %d: %v", id, err)
			return
		}
		s.note("player: %d: %s", id, r.Bytes.(text))
	})
	if err != nil {
		s.t.Error(err)
	}
	s.pass(0)
}

// begin brings the player to where it has the first of two segments, and time
// for peers to bring the second.
func (s *stage) begin() {
	s.list(0, 2)
	s.load(0)
	s.tracker().Opened()
	s.serve(0, 5, "hello")
	s.done = nil
	s.loader.UpdatePlayback(-10, 1)
}

// text is segment bytes that can be read.
type text string

func (b text) Len() int                         { return len(b) }
func (b text) Slice(from, to int) payload.Bytes { return b[from:to] }

type joiner struct{}

func (joiner) Join(parts []payload.Bytes) payload.Bytes {
	var all text
	for _, p := range parts {
		all += p.(text)
	}
	return all
}

// Fetch implements loader.Fetcher.
func (s *stage) Fetch(r loader.FetchRequest, sink loader.FetchSink) (stop func()) {
	_, token, _ := strings.Cut(r.Segment.URL, "?")
	s.note("origin: %s", strings.TrimSpace(fmt.Sprintf("%d from %d %s", r.Segment.ExternalID, r.From, token)))
	s.fetches = append(s.fetches, sink)
	return func() { s.note("origin: stop %d", r.Segment.ExternalID) }
}

// origin is where the last request went.
func (s *stage) origin() loader.FetchSink { return s.fetches[len(s.fetches)-1] }

// serve answers the last request.
func (s *stage) serve(from, total int, body string) {
	sink := s.origin()
	sink.Headers(int64(from), int64(total))
	sink.Chunk(text(body))
	sink.Done()
	s.pass(0)
}

// Dial implements signaling.Dialer.
func (s *stage) Dial(_ string, receiver signaling.SocketReceiver) signaling.Socket {
	s.sockets = append(s.sockets, receiver)
	return socket{s, len(s.sockets) - 1}
}

// tracker is the socket dialled last.
func (s *stage) tracker() signaling.SocketReceiver { return s.sockets[len(s.sockets)-1] }

type socket struct {
	stage *stage
	index int
}

func (k socket) Close() { k.stage.hungUp++ }

// Send notes who joins, and has a tracker reply that does.
func (k socket) Send(message []byte) {
	var announced struct {
		To       string `json:"to_peer_id"` // with an answer
		InfoHash string `json:"info_hash"`
		PeerID   string `json:"peer_id"`
		Event    string `json:"event"`
	}
	if err := json.Unmarshal(message, &announced); err != nil {
		k.stage.t.Fatal(err)
	}
	k.stage.announced++
	if announced.Event == "started" {
		k.stage.joined[k.index] = append(k.stage.joined[k.index], announced.PeerID)
	}
	if announced.To == "" && k.stage.replies {
		reply, _ := json.Marshal(map[string]any{"action": "announce", "info_hash": announced.InfoHash, "interval": 120})
		receiver := k.stage.sockets[k.index]
		k.stage.world.NewLoop().Post(func() { receiver.Message(reply) })
	}
}

// remote is the other end of a connection.
type remote struct {
	stage    *stage
	name     string
	receiver loader.ConnectionReceiver
	alive    bool           // its machine says something all the time
	received int64          // so often; below 0 where nobody counts
	buffered int            // bytes that are on their way to it
	request  wire.Command   // the last one it got
	told     []wire.Command // all else that it got
}

// Connect implements loader.Connector.
func (s *stage) Connect(_ hls.StreamType, receiver loader.ConnectionReceiver) loader.Connection {
	r := &remote{stage: s, receiver: receiver}
	s.peers = append(s.peers, r)
	return r
}

// meet brings a peer that offers a connection and announces what it holds.
func (s *stage) meet(name string, holds ...int64) *remote {
	s.offer(name)
	r := s.peers[len(s.peers)-1]
	r.name = name
	r.receiver.Opened()
	r.say(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: holds})
	s.pass(0)
	return r
}

// offer passes on a peer's offer.
func (s *stage) offer(name string) { s.offerOf("main-index", name) }

// offerOf passes on that of a peer of another stream.
func (s *stage) offerOf(stream, name string) {
	hash := wire.HashSwarm(wire.SHA1, wire.StreamSwarmID(playlist, stream))
	s.tracker().Message(fmt.Appendf(nil,
		`{"action":"announce","info_hash":%q,"peer_id":%q,"offer_id":%q,"offer":{"type":"offer","sdp":"x"}}`,
		hash, name+strings.Repeat("-", 20-len(name)), strings.Repeat("o", 20)))
}

func (r *remote) say(c wire.Command) {
	messages, err := wire.EncodeCommand(c, 65535)
	if err != nil {
		r.stage.t.Fatal(err)
	}
	for _, m := range messages {
		r.receiver.Command(m)
	}
}

func (r *remote) Offer(done func(string, error)) {
	if !r.stage.unready {
		done("offer", r.stage.refusal)
	}
}

func (*remote) Answer(_ string, done func(string, error)) { done("answer", nil) }
func (*remote) Accept(string)                             {}
func (r *remote) Buffered() int                           { return r.buffered }
func (r *remote) Close()                                  { r.stage.note("%s: closed", r.name) }
func (r *remote) SendData(b payload.Bytes)                { r.stage.note("%s: %s", r.name, b.(text)) }

// Received implements loader.Connection.
func (r *remote) Received(done func(n int64)) {
	if r.alive {
		r.received++
	}
	done(r.received)
}

// SendCommand notes requests, and keeps what is said besides.
func (r *remote) SendCommand(message []byte) {
	var joiner wire.Joiner
	body, err := joiner.Add(message)
	if err != nil {
		r.stage.t.Fatal(err)
	}
	c, err := wire.DecodeCommand(body)
	if err != nil {
		r.stage.t.Fatal(err)
	}
	if c.Code != wire.SegmentRequest {
		r.told = append(r.told, c)
		return
	}
	r.stage.note("%s: %d from %d", r.name, c.Segment, c.From)
	r.request = c
}

// begins announces the bytes of an answer to the last request.
func (r *remote) begins(size int) {
	r.say(wire.Command{Code: wire.SegmentData, Segment: r.request.Segment, Request: r.request.Request, Size: int64(size)})
	r.stage.pass(0)
}

// sends sends bytes of a segment.
func (r *remote) sends(body string) {
	r.receiver.Data(text(body), 1)
	r.stage.pass(0)
}

// completes ends the answer.
func (r *remote) completes() {
	r.say(wire.Command{
		Code: wire.SegmentDataSendingCompleted, Segment: r.request.Segment, Request: r.request.Request,
	})
	r.stage.pass(0)
}
