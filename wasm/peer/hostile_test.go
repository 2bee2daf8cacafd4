package peer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// Whatever a peer says without end, it is cut off for it, soon.
func TestFloods(t *testing.T) {
	ids := func(n int) (list []int64) {
		for i := range n {
			list = append(list, int64(i))
		}
		return list
	}
	command := func(c wire.Command) func(*stage) {
		messages, err := wire.EncodeCommand(c, 65535)
		if err != nil {
			t.Fatal(err)
		}
		return func(s *stage) {
			for _, m := range messages {
				s.peer.Command(m)
			}
		}
	}
	raw := func(message string) func(*stage) { return func(s *stage) { s.peer.Command([]byte(message)) } }
	long := "cstr\x07" + strings.Repeat("x", 60_000) + "cend"
	for name, say := range map[string]func(s *stage){
		"announcements of nothing":       command(wire.Command{Code: wire.SegmentsAnnouncement}),
		"announcements of 10,000":        command(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: ids(10_000)}),
		"announcements of 65,000":        command(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: ids(65_000), Loading: ids(65_000)}),
		"requests for one segment":       command(wire.Command{Code: wire.SegmentRequest, Segment: 7, Request: 3}),
		"requests for one that is not":   command(wire.Command{Code: wire.SegmentRequest, Segment: 8, Request: 3}),
		"cancels":                        command(wire.Command{Code: wire.CancelSegmentRequest, Segment: 8, Request: 3}),
		"unknown codes":                  raw("cstr\x63cend"),
		"long unknown ones":              raw(long),
		"commands that cannot be read":   raw("cstr\x01\xffcend"),
		"first parts without bytes":      raw("cstrdend"),
		"later parts without a first":    raw("dstrxdend"),
		"parts without bytes in between": func(s *stage) { raw("cstr\x00dend")(s); raw("dstrdend")(s) },
		"nothing, in commands":           raw("cstrcend"),
		"bytes that nobody asked for":    func(s *stage) { s.hearBytes(65_535) },
		"messages without bytes":         func(s *stage) { s.hearBytes(0) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage()
			s.stored[7] = 10
			const most = 40_000 // messages: at two a millisecond it is too much long before
			said := 0
			for ended := false; !ended && said < most; said++ {
				say(s)
				s.pass(time.Millisecond / 2)
				ended = len(s.done) > 0 && s.done[len(s.done)-1] == "ended: peer-protocol-violation"
			}
			if said == most {
				t.Errorf("it goes on after %d messages", most)
			}
		})
	}
}

// Each command takes a page most of half a millisecond: it must not stand still for long.
func TestCommandsAreAFloodBeforeOthers(t *testing.T) {
	s := newStage()
	for range 5000 {
		s.hear(wire.Command{Code: wire.SegmentRequest, Segment: 8, Request: 3})
	}
	if last := s.done[len(s.done)-1]; last != "ended: peer-protocol-violation" {
		t.Errorf("%s, after 5,000 requests at once", last)
	}
}

// What other peers do at their busiest is far from that.
func TestABusyPeer(t *testing.T) {
	for name, c := range map[string]struct {
		times int
		pause time.Duration
		say   func(s *stage)
	}{
		"which announces 10,000 segments on each change, 20 a second": {1200, 50 * time.Millisecond, func(s *stage) {
			var all []int64
			for i := range 10_000 {
				all = append(all, int64(i))
			}
			s.hear(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: all, Loading: []int64{20_000}})
		}},
		"which announces a thousand times after a seek": {1000, 0, func(s *stage) {
			s.hear(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{1, 2, 3}})
		}},
		"which takes 200 segments a second": {6000, 5 * time.Millisecond, func(s *stage) {
			s.hear(wire.Command{Code: wire.SegmentRequest, Segment: 7, Request: 3})
			s.hear(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{1, 2, 3}})
		}},
		"which gives 200 segments a second, in short messages": {6000, 5 * time.Millisecond, func(s *stage) {
			s.request = (s.request + 1) % 1000
			s.download(7)
			s.hearData(7, 100_000, s.request)
			for range 100 {
				s.hearBytes(1000)
			}
			s.hearCompleted(7, s.request)
		}},
		"which sends its last bytes after a cancel": {2000, 50 * time.Millisecond, func(s *stage) {
			s.request = (s.request + 1) % 1000
			s.download(7)
			s.hearData(7, 1_000_000, s.request)
			s.hearBytes(500_000)
			s.peer.Cancel()
			s.hearBytes(300_000)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage()
			s.request = firstRequest
			s.stored[7] = 10_000
			for range c.times {
				c.say(s)
				s.pass(c.pause)
				if last := s.done[len(s.done)-1]; strings.HasPrefix(last, "ended") {
					t.Fatal(last)
				}
				s.done = s.done[:0]
			}
		})
	}
}

// A channel whose peer takes nothing fills up to its mark and no further.
func TestAPeerThatNeverReads(t *testing.T) {
	ask := func(segment int64) func(*stage) {
		return func(s *stage) { s.hear(wire.Command{Code: wire.SegmentRequest, Segment: segment, Request: 3}) }
	}
	for name, c := range map[string]struct {
		buffered int // at first
		say      func(s *stage)
	}{
		"what it asked for": {0, ask(7)},
		"that it is absent": {peer.HighWater, ask(8)},
		"what is announced": {peer.HighWater, func(s *stage) { s.peer.Announce(peer.Holdings{Loaded: []int64{1, 2, 3}}) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage()
			s.fills = true
			s.buffered = c.buffered
			s.stored[7] = 10 << 20
			for range 100 {
				c.say(s)
				s.pass(150 * time.Millisecond)
			}
			if most := peer.HighWater + 65_535; s.buffered > most {
				t.Errorf("%d bytes wait, want at most %d", s.buffered, most)
			}
			s.done = nil
			s.pass(10 * time.Second)
			s.expect(t, "closes", "ended: bytes-receiving-timeout")
		})
	}
}

// Who takes a little from time to time is slow, and no more.
func TestASlowReader(t *testing.T) {
	s := newStage()
	s.fills = true
	s.stored[7] = 2 << 20
	s.hear(wire.Command{Code: wire.SegmentRequest, Segment: 7, Request: 3})
	for range 300 {
		s.pass(15 * time.Second)
		if s.buffered -= 10_000; s.buffered < peer.LowWater {
			s.peer.Drained()
		}
	}
	if last := s.done[len(s.done)-1]; last != "sends completed 3: 7" {
		t.Error(last)
	}
	s.done = nil
	s.pass(time.Hour) // what is left in the buffer is the channel's affair
	s.expect(t)
}

func TestTheLatestAnnouncementWaits(t *testing.T) {
	s := newStage()
	s.buffered = peer.HighWater
	s.peer.Announce(peer.Holdings{Loaded: []int64{1}})
	s.peer.Announce(peer.Holdings{Loaded: []int64{1, 2}})
	s.peer.Announce(peer.Holdings{Loaded: []int64{1, 2}, Loading: []int64{3}})
	s.expect(t)
	s.buffered = 0
	s.peer.Drained()
	s.peer.Drained()
	s.expect(t, "sends announcement [1 2] [3]")
}

// It announces on and on what it does not have when it is asked.
func TestAnAbsentSegmentIsNotAskedForAtOnce(t *testing.T) {
	s := newStage()
	announce := func() { s.hear(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{6, 7}}) }
	announce()
	s.download(7)
	s.hear(wire.Command{Code: wire.SegmentAbsent, Segment: 7, Request: 9})
	for range 9 {
		announce()
		if s.peer.Holds(7) || !s.peer.Holds(6) {
			t.Fatal("it is believed")
		}
		s.pass(time.Second)
	}
	s.pass(2 * time.Second)
	announce()
	if !s.peer.Holds(7) {
		t.Error("it is never believed again")
	}
}

// A sink may call the download off in the middle of it.
func TestCancelledByTheSink(t *testing.T) {
	s := newStage()
	s.peer.Download(7, 0, cancelling{s})
	s.done = nil
	s.hearData(7, 30, 9)
	s.expect(t, "sends cancel 9: 7")
	if !s.peer.Ready() {
		t.Error("not ready, although its upload can be stopped")
	}
	s.hearBytes(30)
	s.expect(t)
}

type cancelling struct{ stage *stage }

func (c cancelling) Size(int64) bool {
	c.stage.peer.Cancel()
	return true
}
func (c cancelling) Chunk(payload.Bytes) { c.stage.note("chunk") }
func (c cancelling) Done()               { c.stage.note("done") }
func (c cancelling) Failed(*peer.Error)  { c.stage.note("failed") }

func TestNegativeNumbers(t *testing.T) {
	over := func(kind string) []string { return []string{"failed: " + kind, "closes", "ended: " + kind} }
	const violation, mismatch = "peer-protocol-violation", "peer-response-bytes-length-mismatch"
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"a segment":                       {"\x01i\x01\x81r\x01\x01", over(violation)},
		"a request":                       {"\x01i\x01\x07r\x01\x81", over(violation)},
		"a first byte":                    {"\x01i\x01\x07r\x01\x01b\x01\x81", []string{"sends absent 1: 7"}},
		"a size":                          {"\x02i\x01\x07s\x01\x81r\x01\x09", over(mismatch)},
		"the lowest size":                 {"\x02i\x01\x07s\x08" + strings.Repeat("\xff", 8) + "r\x01\x09", over(mismatch)},
		"a size that is no number":        {"\x02i\x01\x07s\x09" + strings.Repeat("\xff", 9) + "r\x01\x09", nil},
		"announced ids":                   {"\x00l\x10\x01\x02\x81\xff\x05", []string{"announced"}},
		"announced ids, of which not all": {"\x00l\x10\x01\x02\x81\x02\x05\x06", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage()
			s.stored[7] = 10
			s.download(7)
			s.done = nil
			s.peer.Command([]byte("cstr" + c.body + "cend"))
			s.expect(t, c.want...)
		})
	}
}

// A segment that fits the channel's buffer is sent at once, and not given before that is
// empty.
func TestOneThatTakesNothingIsGivenNothing(t *testing.T) {
	s := newStage()
	s.fills = true
	s.stored[7] = 100_000
	s.hear(wire.Command{Code: wire.SegmentRequest, Segment: 7, Request: 3})
	s.done = nil
	s.pass(25 * time.Second)
	s.expect(t, "closes", "ended: bytes-receiving-timeout")
}
