package peer_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/simulation"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// firstRequest is such that the first download's request has id 9.
const firstRequest = 8

// stage holds one conversation, with a scripted channel at its other end. It
// writes down what the peer does, a word or two each.
type stage struct {
	world    *simulation.World
	settings config.Stream
	peer     *peer.Peer
	stored   map[int64]int // sizes in bytes
	fresh    bool          // they are lent as such
	here     int           // so much of each is lent, the rest comes; 0 for all
	returned []int64       // what was all sent, each time that a loan ended
	slow     bool          // the storage takes its time
	reads    []func()      // what it then has to answer
	buffered int           // what the channel says, besides filling up
	fills    bool          // bytes that are sent stay in the channel's buffer
	leave    *int          // so many bytes may be sent; nil for all
	refuse   bool          // the sink takes no size
	request  int64         // of the download under way, for tests that count
	done     []string
}

func newStage() *stage {
	s := &stage{world: simulation.NewWorld(1), settings: config.Default().Main, stored: map[int64]int{}}
	s.peer = peer.New(s.world.NewLoop(), (*channel)(s), &s.settings, (*owner)(s), firstRequest)
	return s
}

func (s *stage) note(format string, values ...any) {
	s.done = append(s.done, fmt.Sprintf(format, values...))
}

// expect checks what was done since it was last called.
func (s *stage) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(s.done, want) {
		t.Errorf("did\n\t%s\nwant\n\t%s", strings.Join(s.done, "\n\t"), strings.Join(want, "\n\t"))
	}
	s.done = nil
}

// hear has the other end send a command.
func (s *stage) hear(c wire.Command) {
	messages, err := wire.EncodeCommand(c, 65535)
	if err != nil {
		panic(err)
	}
	for _, m := range messages {
		s.peer.Command(m)
	}
}

func (s *stage) hearData(segment, size, request int64) {
	s.hear(wire.Command{Code: wire.SegmentData, Segment: segment, Size: size, Request: request})
}

func (s *stage) hearCompleted(segment, request int64) {
	s.hear(wire.Command{Code: wire.SegmentDataSendingCompleted, Segment: segment, Request: request})
}

func (s *stage) hearBytes(n int) { s.peer.Data(simulation.Bytes{To: n}, 1) }

func (s *stage) pass(d time.Duration) { s.world.Run(s.world.Now() + d) }

func (s *stage) download(segment int64) { s.peer.Download(segment, 0, (*sink)(s)) }

type channel stage

func (c *channel) SendCommand(message []byte) {
	var joiner wire.Joiner
	body, err := joiner.Add(message)
	if err != nil || body == nil {
		(*stage)(c).note("sends a part")
		return
	}
	command, err := wire.DecodeCommand(body)
	if err != nil {
		panic(err)
	}
	(*stage)(c).note("sends %s", describe(command))
}

func (c *channel) SendData(bytes payload.Bytes) {
	b := bytes.(simulation.Bytes)
	if c.fills {
		c.buffered += b.Len()
	}
	(*stage)(c).note("sends bytes %d-%d", b.From, b.To)
}

func (c *channel) Buffered() int { return c.buffered }
func (c *channel) Close()        { (*stage)(c).note("closes") }

func describe(c wire.Command) string {
	switch c.Code {
	case wire.SegmentsAnnouncement:
		return fmt.Sprintf("announcement %v %v", c.Loaded, c.Loading)
	case wire.SegmentRequest:
		return fmt.Sprintf("request %d: %d from %d", c.Request, c.Segment, c.From)
	case wire.SegmentData:
		return fmt.Sprintf("data %d: %d, %d bytes", c.Request, c.Segment, c.Size)
	case wire.SegmentDataSendingCompleted:
		return fmt.Sprintf("completed %d: %d", c.Request, c.Segment)
	case wire.SegmentAbsent:
		return fmt.Sprintf("absent %d: %d", c.Request, c.Segment)
	case wire.CancelSegmentRequest:
		return fmt.Sprintf("cancel %d: %d", c.Request, c.Segment)
	}
	return "nonsense"
}

type owner stage

func (o *owner) Announced() { (*stage)(o).note("announced") }
func (o *owner) Willing()   { (*stage)(o).note("willing") }
func (o *owner) Spend(n int) int {
	if o.leave == nil {
		return n
	}
	n = min(n, *o.leave)
	*o.leave -= n
	return n
}
func (o *owner) Uploaded(n int)   {}
func (o *owner) Returned(n int64) { o.returned = append(o.returned, n) }
func (o *owner) Lend(id int64, done func(peer.Loan)) {
	answer := func() {
		if n, ok := o.stored[id]; ok {
			to := n
			if o.here > 0 {
				to = o.here
			}
			done(peer.Loan{Parts: []payload.Bytes{simulation.Bytes{Segment: fmt.Sprint(id), To: to}}, Size: int64(n), Fresh: o.fresh})
		} else {
			done(peer.Loan{})
		}
	}
	if o.slow {
		o.reads = append(o.reads, answer)
	} else {
		answer()
	}
}

func (o *owner) Ended(reason error) {
	kind := "other"
	if e := (*peer.Error)(nil); errors.As(reason, &e) {
		kind = string(e.Type)
	}
	(*stage)(o).note("ended: %s", kind)
}

type sink stage

func (s *sink) Size(n int64) bool {
	(*stage)(s).note("size %d", n)
	return !s.refuse
}
func (s *sink) Chunk(b payload.Bytes)  { (*stage)(s).note("chunk %d", b.Len()) }
func (s *sink) Done()                  { (*stage)(s).note("done") }
func (s *sink) Failed(err *peer.Error) { (*stage)(s).note("failed: %s", err.Type) }

func TestDownload(t *testing.T) {
	const (
		requested = "sends request 9: 7 from 0"
		mismatch  = "peer-response-bytes-length-mismatch"
		violation = "peer-protocol-violation"
	)
	// Each case begins with segment 7 asked for by request 9.
	for name, c := range map[string]struct {
		play func(s *stage)
		want []string
		busy bool // not ready at the end
	}{
		"whole": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.hearBytes(10)
			s.hearBytes(20)
			s.hearCompleted(7, 9)
		}, []string{"size 30", "chunk 10", "chunk 20", "done", "willing"}, false},
		"nothing yet": {func(*stage) {}, nil, true},
		"absent": {func(s *stage) {
			s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: 7, Request: 9})
		}, []string{"failed: peer-segment-absent"}, false},
		"absent for another request": {func(s *stage) {
			s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: 7, Request: 8})
			s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: 6, Request: 9})
		}, nil, true},
		"data of another request is passed over": {func(s *stage) {
			s.hearData(7, 30, 8)
			s.hearData(6, 30, 9)
			s.hearBytes(30)
		}, nil, true},
		"a second data is passed over": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.hearData(7, 40, 9)
			s.hearBytes(30)
			s.hearCompleted(7, 9)
		}, []string{"size 30", "chunk 30", "done", "willing"}, false},
		"completed before data is passed over": {func(s *stage) {
			s.hearCompleted(7, 9)
			s.hearCompleted(6, 3)
		}, nil, true},
		"bytes before data are dropped": {func(s *stage) {
			s.hearBytes(5)
			s.hearData(7, 30, 9)
			s.hearBytes(30)
			s.hearCompleted(7, 9)
		}, []string{"size 30", "chunk 30", "done", "willing"}, false},
		"empty messages are dropped": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.hearBytes(0)
		}, []string{"size 30"}, true},
		"completed with another request": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.hearCompleted(7, 10)
		}, []string{"size 30", "failed: " + violation, "closes", "ended: " + violation}, true},
		"completed with another segment": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.hearBytes(30)
			s.hearCompleted(8, 9)
		}, []string{"size 30", "chunk 30", "done", "closes", "ended: " + violation}, true},
		"completed with bytes missing": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.hearBytes(29)
			s.hearCompleted(7, 9)
		}, []string{"size 30", "chunk 29", "failed: " + mismatch, "closes", "ended: " + mismatch}, true},
		"too many bytes": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.hearBytes(31)
		}, []string{"size 30", "failed: " + mismatch, "closes", "ended: " + mismatch}, true},
		"too many bytes in the end": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.hearBytes(30)
			s.hearBytes(1)
		}, []string{"size 30", "chunk 30", "done", "closes", "ended: " + mismatch}, true},
		"an empty segment": {func(s *stage) {
			s.hearData(7, 0, 9)
		}, []string{"failed: peer-segment-absent"}, false},
		"a size that cannot be": {func(s *stage) {
			s.refuse = true
			s.hearData(7, 30, 9)
		}, []string{"size 30", "failed: " + mismatch, "closes", "ended: " + mismatch}, true},
		"silence": {func(s *stage) {
			s.pass(1999 * time.Millisecond)
			s.note("now")
			s.pass(time.Millisecond)
		}, []string{"now", "sends cancel 9: 7", "failed: bytes-receiving-timeout"}, true},
		"silence in the middle": {func(s *stage) {
			s.pass(1900 * time.Millisecond)
			s.hearData(7, 30, 9)
			s.pass(1900 * time.Millisecond)
			s.hearBytes(10)
			s.pass(1900 * time.Millisecond)
			s.note("now")
			s.pass(100 * time.Millisecond)
		}, []string{"size 30", "chunk 10", "now", "sends cancel 9: 7", "failed: bytes-receiving-timeout"}, false},
		"cancelled on the way": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.hearBytes(10)
			s.peer.Cancel()
			s.hearBytes(10) // it was sent before the cancel came
			s.pass(time.Minute)
		}, []string{"size 30", "chunk 10", "sends cancel 9: 7"}, false},
		"cancelled twice": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.peer.Cancel()
			s.peer.Cancel()
		}, []string{"size 30", "sends cancel 9: 7"}, false},
		"the other end leaves": {func(s *stage) {
			s.peer.Closed(errors.New("gone"))
			s.peer.Closed(errors.New("again"))
			s.hearData(7, 30, 9)
			s.pass(time.Minute)
		}, []string{"failed: peer-closed", "closes", "ended: other"}, true},
		"a command split over messages": {func(s *stage) {
			messages, err := wire.EncodeCommand(wire.Command{Code: wire.SegmentData, Segment: 7, Size: 30, Request: 9}, 17)
			if err != nil {
				panic(err)
			}
			for _, m := range messages {
				s.hearBytes(1) // of something older; harmless in between
				s.peer.Command(m)
			}
			s.hearBytes(30)
		}, []string{"size 30", "chunk 30", "done"}, true},
		"all but the word that it is whole": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.hearBytes(30)
			s.pass(3 * time.Second)
		}, []string{"size 30", "chunk 30", "done", "sends cancel 9: 7", "willing"}, false},
		"garbage": {func(s *stage) {
			for _, m := range []string{"cstrcend", "cstr\xffcend", "cstr\x02i\x01\x07cend", "dstr\x02cend", "cstr\x00l\x10\x09cend", ""} {
				s.peer.Command([]byte(m))
			}
			s.hearData(7, 30, 9)
		}, []string{"size 30"}, true},
		"a command without end": {func(s *stage) {
			part := []byte("cstr" + strings.Repeat("x", 60_000) + "dend")
			s.peer.Command(part)
			copy(part, "dstr")
			for range wire.MaxCommandLength / 60_000 {
				s.peer.Command(part)
			}
		}, []string{"failed: " + violation, "closes", "ended: " + violation}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage()
			s.download(7)
			s.expect(t, requested)
			c.play(s)
			s.expect(t, c.want...)
			if s.peer.Ready() == c.busy {
				t.Errorf("ready is %v", s.peer.Ready())
			}
		})
	}
}

// A JavaScript peer that still reads a segment from its storage overhears the
// cancel. Whatever it then sends has to pass before it is asked again.
func TestAfterACancelThatCameTooEarly(t *testing.T) {
	for name, c := range map[string]struct {
		play func(s *stage)
		want []string
	}{
		"it sends all the same": {func(s *stage) {
			s.hearData(7, 30, 9) // now it can be stopped
		}, []string{"sends cancel 9: 7", "willing"}},
		"it sends everything at once": {func(s *stage) {
			s.hearData(7, 30, 9)
			s.hearBytes(30)
			s.hearCompleted(7, 9)
		}, []string{"sends cancel 9: 7", "willing"}},
		"its bytes come first": {func(s *stage) {
			s.hearBytes(30)
			s.hearCompleted(7, 9)
		}, []string{"willing"}},
		"it does not have it": {func(s *stage) {
			s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: 7, Request: 9})
		}, []string{"willing"}},
		"it never answers": {func(s *stage) {
			s.pass(2 * time.Second)
		}, []string{"willing"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage()
			s.download(7)
			s.peer.Cancel()
			s.expect(t, "sends request 9: 7 from 0", "sends cancel 9: 7")
			if s.peer.Ready() {
				t.Fatal("ready although the former request may still be answered")
			}
			s.hearData(7, 30, 8) // of yet another request
			s.expect(t)
			c.play(s)
			s.expect(t, c.want...)
			if !s.peer.Ready() {
				t.Fatal("not ready again")
			}
			// What was on its way belongs to nobody.
			s.download(5)
			s.hearBytes(30)
			s.hearCompleted(7, 9)
			s.hearData(5, 10, 10)
			s.hearBytes(10)
			s.hearCompleted(5, 10)
			s.expect(t, "sends request 10: 5 from 0", "size 10", "chunk 10", "done", "willing")
		})
	}
}

// As JavaScript peers do it: each silence is called off, and after three in a
// row the peer is left. A success in between makes them count anew.
func TestSilencesInARow(t *testing.T) {
	s := newStage()
	silence := func() {
		s.download(7)
		s.pass(2 * time.Second) // it is called off
		s.pass(2 * time.Second) // and no answer comes to that
	}
	silence()
	silence()
	s.download(7)
	s.hearData(7, 1, 11)
	s.hearBytes(1)
	s.hearCompleted(7, 11)
	s.done = nil
	silence()
	silence()
	if !s.peer.Ready() {
		t.Fatal("left after two silences")
	}
	s.done = nil
	silence()
	s.expect(t, "sends request 14: 7 from 0", "sends cancel 14: 7", "failed: bytes-receiving-timeout",
		"closes", "ended: bytes-receiving-timeout")
}

// Who answers to nothing is left, too, if no request is left to it for as long as that. One
// that answers a request that was called off, if only then, is not.
func TestRequestsInARowWithoutAnAnswer(t *testing.T) {
	for answers, want := range map[bool][]string{
		true:  {"sends cancel 11: 7", "willing"},
		false: {"closes", "ended: bytes-receiving-timeout"},
	} {
		s := newStage()
		for n := range int64(3) {
			s.download(7)
			s.pass(time.Second)
			s.peer.Cancel()
			s.done = nil
			s.pass(1999 * time.Millisecond)
			s.expect(t)
			if answers {
				s.hearData(7, 30, firstRequest+1+n)
			}
			s.pass(time.Millisecond)
		}
		s.expect(t, want...)
	}
}

func TestResumedDownload(t *testing.T) {
	s := newStage()
	s.peer.Download(7, 12, (*sink)(s))
	s.expect(t, "sends request 9: 7 from 12")
}

func TestRequestIDsStayBelowAThousand(t *testing.T) {
	s := newStage()
	for range 1000 {
		s.download(1)
		s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: 1, Request: 9})
		s.peer.Cancel()
		s.pass(2 * time.Second)
	}
	if all := strings.Join(s.done, "\n"); strings.Contains(all, "request 1000:") || !strings.Contains(all, "request 999:") {
		t.Error("request ids do not run from 0 to 999")
	}
}

func TestAnnouncements(t *testing.T) {
	s := newStage()
	s.hear(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{1, 2}, Loading: []int64{3}})
	s.expect(t, "announced")
	if !s.peer.Holds(1) || !s.peer.Holds(2) || s.peer.Holds(3) || !s.peer.Fetches(3) || s.peer.Fetches(1) {
		t.Error("the announcement was misunderstood")
	}
	s.hear(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{2}})
	s.expect(t, "announced")
	if s.peer.Holds(1) || !s.peer.Holds(2) || s.peer.Fetches(3) {
		t.Error("an announcement does not replace the one before")
	}
	s.download(2)
	s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: 2, Request: 9})
	if s.peer.Holds(2) {
		t.Error("believed to hold what it says is absent")
	}
	s.done = nil
	s.peer.Announce(peer.Holdings{Loaded: []int64{5, 4}, Loading: []int64{6}})
	s.expect(t, "sends announcement [4 5] [6]")
}

func TestUpload(t *testing.T) {
	ask := func(segment, request, from int64) wire.Command {
		return wire.Command{Code: wire.SegmentRequest, Segment: segment, Request: request, From: from}
	}
	cancel := func(request int64) wire.Command {
		return wire.Command{Code: wire.CancelSegmentRequest, Segment: 7, Request: request}
	}
	// drain empties the channel's buffer.
	drain := func(s *stage) {
		s.buffered = 0
		s.peer.Drained()
	}
	// full is what fits the channel's buffer: four messages, the last beyond the mark.
	full := append([]string{"sends data 3: 7, 400000 bytes"}, messages(0, 4*65_535, 65_535)...)
	rest := append(messages(4*65_535, 400_000, 65_535), "sends completed 3: 7")
	// Stored are segment 7 of 400,000 bytes and segment 8 of 10.
	for name, c := range map[string]struct {
		play func(s *stage)
		want []string
	}{
		"whole": {func(s *stage) { s.hear(ask(8, 3, 0)) },
			[]string{"sends data 3: 8, 10 bytes", "sends bytes 0-10", "sends completed 3: 8"}},
		"the rest of one": {func(s *stage) { s.hear(ask(8, 3, 4)) },
			[]string{"sends data 3: 8, 6 bytes", "sends bytes 4-10", "sends completed 3: 8"}},
		"not stored":              {func(s *stage) { s.hear(ask(9, 3, 0)) }, []string{"sends absent 3: 9"}},
		"from beyond the end":     {func(s *stage) { s.hear(ask(8, 3, 10)) }, []string{"sends absent 3: 8"}},
		"empty in the storage":    {func(s *stage) { s.stored[8] = 0; s.hear(ask(8, 3, 0)) }, []string{"sends absent 3: 8"}},
		"no more than the buffer": {func(s *stage) { s.hear(ask(7, 3, 0)) }, full},
		"the rest when drained": {func(s *stage) {
			s.hear(ask(7, 3, 0))
			drain(s)
			drain(s)
		}, slices.Concat(full, rest)},
		"a channel that is full already": {func(s *stage) {
			s.buffered = peer.HighWater
			s.hear(ask(8, 3, 0))
			s.note("now")
			drain(s)
		}, []string{"now", "sends data 3: 8, 10 bytes", "sends bytes 0-10", "sends completed 3: 8"}},
		"cancelled": {func(s *stage) {
			s.hear(ask(7, 3, 0))
			s.hear(cancel(3))
			drain(s)
		}, full},
		"another one cancelled": {func(s *stage) {
			s.hear(ask(7, 3, 0))
			s.hear(cancel(2))
			drain(s)
			drain(s)
		}, slices.Concat(full, rest)},
		"a new request takes its place": {func(s *stage) {
			s.hear(ask(7, 3, 0))
			drain(s)
			drain(s)
			s.done = nil
			s.hear(ask(7, 4, 399_999))
			s.hear(ask(8, 5, 0))
			drain(s)
		}, []string{
			"sends data 4: 7, 1 bytes", "sends bytes 399999-400000", "sends completed 4: 7",
			"sends data 5: 8, 10 bytes", "sends bytes 0-10", "sends completed 5: 8",
		}},
		"one at a time": {func(s *stage) {
			s.hear(ask(7, 3, 0))
			s.done = nil
			s.hear(ask(8, 4, 0))
			s.note("now")
			drain(s)
			drain(s)
		}, []string{"now", "sends data 4: 8, 10 bytes", "sends bytes 0-10", "sends completed 4: 8"}},
		"closed on the way": {func(s *stage) {
			s.hear(ask(7, 3, 0))
			s.peer.Close(errors.New("enough"))
			drain(s)
			s.hear(ask(8, 4, 0))
		}, slices.Concat(full, []string{"closes", "ended: other"})},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage()
			s.fills = true
			s.stored[7], s.stored[8] = 400_000, 10
			c.play(s)
			s.expect(t, c.want...)
		})
	}
}

// messages are those that bytes of a segment are sent in, at most so many in each.
func messages(from, to, most int) (list []string) {
	for ; from < to; from += most {
		list = append(list, fmt.Sprintf("sends bytes %d-%d", from, min(from+most, to)))
	}
	return list
}

// hls.js's worker empties the segments of a JavaScript peer, which announces them all
// the same.
func TestAPeerThatHasNothingOfWhatItAnnounces(t *testing.T) {
	s := newStage()
	list := []int64{1, 2, 3, 4}
	for id := range int64(3) {
		s.hear(wire.Command{Loaded: list})
		if !s.peer.Holds(4) {
			t.Fatalf("not believed after %d", id)
		}
		s.download(id + 1)
		s.hearData(id+1, 0, (firstRequest+1+id)%1000)
	}
	s.hear(wire.Command{Loaded: list})
	if s.peer.Holds(4) {
		t.Error("still believed")
	}
	s.pass(11 * time.Second)
	s.hear(wire.Command{Loaded: list})
	if !s.peer.Holds(4) {
		t.Error("not tried again after a while")
	}
	s.download(4)
	s.hearData(4, 0, firstRequest+4)
	if s.hear(wire.Command{Loaded: list}); s.peer.Holds(3) {
		t.Error("believed although it had nothing again")
	}
}

// What others wait for goes in shorter messages, if the page has not set a lower limit.
// A peer that says it is busy once it has begun to give lacks the segment like any other.
func TestBusyInTheMidst(t *testing.T) {
	for begun, want := range map[bool]string{false: "failed: peer-busy", true: "failed: peer-segment-absent"} {
		s := newStage()
		s.hear(wire.Command{Loaded: []int64{7}})
		s.download(7)
		if begun {
			s.hearData(7, 30, firstRequest+1)
			s.hearBytes(20)
		}
		s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: 7, Request: firstRequest + 1, Busy: 1})
		if !slices.Contains(s.done, want) || s.peer.Holds(7) == begun {
			t.Errorf("begun %v: %q, holds it %v", begun, s.done, s.peer.Holds(7))
		}
	}
}

// What a peer says it fetches is believed no more when nothing has come of it three times
// since it gave a segment, and for a minute then.
func TestAPeerOfWhoseFetchingNothingComes(t *testing.T) {
	s := newStage()
	announces := func() bool {
		s.hear(wire.Command{Loaded: []int64{1}, Loading: []int64{9}})
		return s.peer.Fetches(9)
	}
	s.peer.Unkept()
	s.peer.Unkept()
	announces()
	s.download(1)
	s.hearData(1, 30, firstRequest+1)
	s.hearBytes(30)
	s.hearCompleted(1, firstRequest+1)
	s.peer.Unkept()
	s.peer.Unkept()
	if !announces() {
		t.Error("not believed although it gave something")
	}
	s.peer.Unkept()
	if s.peer.Fetches(9) || announces() {
		t.Error("still believed")
	}
	s.pass(59 * time.Second)
	if announces() {
		t.Error("believed again too soon")
	}
	s.pass(2 * time.Second)
	announces() // is what it is forgiven by
	if !announces() {
		t.Error("never believed again")
	}
	if s.peer.Unkept(); announces() {
		t.Error("believed although it was in vain again")
	}
}

func TestFreshSegmentsGoInShortMessages(t *testing.T) {
	for limit, want := range map[float64]int{65_535: 16 << 10, 10_000: 10_000} {
		s := newStage()
		s.settings.WebRTCMaxMessageSize = limit
		s.stored[7], s.fresh = 100_000, true
		s.hear(wire.Command{Code: wire.SegmentRequest, Segment: 7, Request: 3})
		sent := append([]string{"sends data 3: 7, 100000 bytes"}, messages(0, 100_000, want)...)
		s.expect(t, append(sent, "sends completed 3: 7")...)
	}
}

// A page can set anything while a segment is on its way.
func TestMessagesOfNoLength(t *testing.T) {
	for _, size := range []float64{0, -1, 0.5, math.NaN(), math.Inf(-1)} {
		s := newStage()
		s.fills = true
		s.stored[7] = 400_000
		s.hear(wire.Command{Code: wire.SegmentRequest, Segment: 7, Request: 3})
		s.settings.WebRTCMaxMessageSize = size
		s.done, s.buffered = nil, peer.HighWater-1
		s.peer.Drained()
		s.expect(t, "sends bytes 262140-262157")
	}
}

// A storage may take its time, in which the other end can change its mind. What
// it wants no more is dropped, which a JavaScript peer does not do: it sends all
// bytes of 9, SegmentData of 10 without bytes, and that 9 is completed.
func TestUploadFromASlowStorage(t *testing.T) {
	ask := func(segment, request int64) wire.Command {
		return wire.Command{Code: wire.SegmentRequest, Segment: segment, Request: request}
	}
	cancel := func(segment, request int64) wire.Command {
		return wire.Command{Code: wire.CancelSegmentRequest, Segment: segment, Request: request}
	}
	answer := func(s *stage) {
		for len(s.reads) > 0 {
			read := s.reads[0]
			s.reads = s.reads[1:]
			read()
		}
	}
	ten := []string{"sends data 10: 8, 10 bytes", "sends bytes 0-10", "sends completed 10: 8"}
	for name, c := range map[string]struct {
		play func(s *stage)
		want []string
	}{
		"whole":      {func(s *stage) { s.hear(ask(8, 10)); s.note("now"); answer(s) }, append([]string{"now"}, ten...)},
		"not stored": {func(s *stage) { s.hear(ask(9, 10)); answer(s) }, []string{"sends absent 10: 9"}},
		"9, cancel 9, 10": {func(s *stage) {
			s.hear(ask(7, 9))
			s.hear(cancel(7, 9))
			s.hear(ask(8, 10))
			answer(s)
		}, ten},
		"9, 10": {func(s *stage) {
			s.hear(ask(7, 9))
			s.hear(ask(8, 10))
			answer(s)
		}, ten},
		"many, of which the last counts": {func(s *stage) {
			for range 1000 {
				s.hear(ask(7, 9))
			}
			s.hear(ask(8, 10))
			if len(s.reads) != 1 {
				s.note("%d reads at a time", len(s.reads))
			}
			answer(s)
		}, ten},
		"9, 10, cancel 10": {func(s *stage) {
			s.hear(ask(7, 9))
			s.hear(ask(8, 10))
			s.hear(cancel(8, 10))
			s.reads[0]()
			if len(s.reads) != 1 {
				s.note("read what was called off")
			}
		}, nil},
		"9, 10, cancel 9": {func(s *stage) {
			s.hear(ask(7, 9))
			s.hear(ask(8, 10))
			s.hear(cancel(7, 9))
			answer(s)
		}, ten},
		"cancelled":               {func(s *stage) { s.hear(ask(8, 10)); s.hear(cancel(8, 10)); answer(s) }, nil},
		"cancelled, not stored":   {func(s *stage) { s.hear(ask(9, 10)); s.hear(cancel(9, 10)); answer(s) }, nil},
		"the channel runs dry":    {func(s *stage) { s.hear(ask(8, 10)); s.peer.Drained(); answer(s) }, ten},
		"the same one asked anew": {func(s *stage) { s.hear(ask(8, 9)); s.hear(ask(8, 10)); answer(s) }, ten},
		"closed": {func(s *stage) {
			s.hear(ask(8, 10))
			s.peer.Close(errors.New("enough"))
			answer(s)
		}, []string{"closes", "ended: other"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage()
			s.slow = true
			s.stored[7], s.stored[8] = 1000, 10
			c.play(s)
			s.expect(t, c.want...)
		})
	}
}

func TestSpeed(t *testing.T) {
	s := newStage()
	if got := s.peer.Speed(); got != 0 {
		t.Errorf("%v before anything came", got)
	}
	s.download(7)
	s.hearData(7, 1000, 9)
	s.pass(500 * time.Millisecond)
	s.hearBytes(1000)
	s.hearCompleted(7, 9)
	if got := s.peer.Speed(); got != 2000 {
		t.Errorf("%v bytes per second, want 2000", got)
	}
}
