package peer_test

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/simulation"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// FuzzConversation lets the other end say and do anything, in any order.
func FuzzConversation(f *testing.F) {
	for _, seed := range []string{
		"d\x07s\x07\x09\x14b\x14\x01e\x07\x09", // a download
		"d\x07x\x05s\x07\x09\x14b\x14\x01d\x07s\x07\x0a\x03b\x03\x01e\x07\x0a",
		"r\x07\x01\x00n\x01\x02\x03n\x01\x02\x04\x01\x01Dr\x08\x01\x00\x01t\xffD\x01t\xff", // a channel that is full
		"d\x07t\xfft\xfft\xffd\x07t\xfft\xfft\xffd\x07t\xfft\xff",
		"r\x03\x03\x00c\x03\x03r\x09\x04\x01SDSD", // a storage that takes its time
		"r\x01\x03\x00c\x01\x03r\x02\x04\x01DDDC",
		"a\x03d\x07k\x07\x09", "g\x05\x02i\x01\x07", "d\x07s\x07\x09\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, script []byte) { newFuzzed(t, script).play() })
}

// FuzzMessages has the other end send any bytes while a download is under way. The
// script is messages, each after its length in two bytes; one of no bytes lets time
// pass. The seeds are what the npm packages were recorded to write and read.
func FuzzMessages(f *testing.F) {
	seed := func(messages ...string) {
		var script []byte
		for _, m := range messages {
			script = binary.BigEndian.AppendUint16(script, uint16(len(m)))
			script = append(script, m...)
		}
		f.Add(script)
	}
	for _, v := range recorded(f, "conversations.json") {
		seed(v.Messages...)
	}
	for _, v := range recorded(f, "commands.json") {
		seed(slices.Concat([]string{"", "bytes before"}, v.Messages, []string{"bytes after", ""})...)
	}
	for _, v := range recorded(f, "bodies.json") {
		seed("cstr"+v.Body+"cend", "bytes", "cstr"+v.Body[:len(v.Body)/2]+"dend", "dstr"+v.Body[len(v.Body)/2:]+"cend")
	}
	const begins, ends = "cstr\x02i\x01\x05s\x01\x08r\x01\x09cend", "cstr\x03i\x01\x05r\x01\x09cend"
	seed(begins, "half", "half", ends)
	seed(begins, "half", ends)
	seed(begins, "half", "and more than that", ends)
	f.Fuzz(func(t *testing.T, script []byte) {
		z := newFuzzed(t, nil)
		z.sink = &fuzzedSink{z: z}
		z.peer.Download(5, 0, z.sink)
		for len(script) >= 2 {
			n := min(int(binary.BigEndian.Uint16(script)), len(script)-2)
			message := script[2 : 2+n]
			script = script[2+n:]
			switch {
			case wire.IsCommand(message):
				z.peer.Command(message)
			case n > 0:
				z.peer.Data(simulation.Bytes{To: n}, 1)
			default:
				z.world.Run(z.world.Now() + time.Second)
			}
		}
		z.finish()
	})
}

// heard is a recorded vector: messages, or the body of a command.
type heard struct {
	Messages []string
	Body     string
}

func recorded(f *testing.F, name string) (list []heard) {
	text, err := os.ReadFile("../wire/testdata/" + name)
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	unhex := func(s *string) {
		bytes, wrong := hex.DecodeString(*s)
		*s, err = string(bytes), errors.Join(err, wrong)
	}
	for i := range list {
		unhex(&list[i].Body)
		for j := range list[i].Messages {
			unhex(&list[i].Messages[j])
		}
	}
	if err != nil || len(list) == 0 {
		f.Fatalf("%s: %d vectors, %v", name, len(list), err)
	}
	return list
}

// fuzzed is a conversation in which the script's bytes decide what happens.
type fuzzed struct {
	t      *testing.T
	script []byte
	world  *simulation.World
	peer   *peer.Peer
	closes int
	ended  bool
	sink   *fuzzedSink // of the last download
	reads  []func()    // what the storage has still to answer
	loans  int
	lent   map[int64]int // bytes of segments that are still to come
	out    int           // bytes sent since the last SegmentData
	sized  int           // what it promised
}

func newFuzzed(t *testing.T, script []byte) *fuzzed {
	z := &fuzzed{t: t, script: script, world: simulation.NewWorld(1), lent: map[int64]int{}}
	settings := config.Default().Main
	z.peer = peer.New(z.world.NewLoop(), z, &settings, z, firstRequest)
	return z
}

// next takes a byte of the script, 0 at its end.
func (z *fuzzed) next() byte {
	if len(z.script) == 0 {
		return 0
	}
	b := z.script[0]
	z.script = z.script[1:]
	return b
}

func (z *fuzzed) number() int64 { return int64(z.next()) }

func (z *fuzzed) hear(c wire.Command) {
	messages, err := wire.EncodeCommand(c, 40)
	if err != nil {
		z.t.Fatal(err)
	}
	for _, m := range messages {
		z.peer.Command(m)
	}
}

func (z *fuzzed) play() {
	for len(z.script) > 0 {
		switch z.next() {
		case 'd':
			if id := z.number(); z.peer.Ready() {
				z.sink = &fuzzedSink{z: z}
				z.peer.Download(id, 0, z.sink)
			}
		case 'x':
			if z.sink != nil {
				z.sink.over = true // a cancel ends it without a word
			}
			z.peer.Cancel()
		case 'a':
			z.hear(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{z.number(), z.number()}, Arriving: []int64{z.number()}, Swarm: z.number()})
		case 'r':
			z.hear(wire.Command{Code: wire.SegmentRequest, Segment: z.number(), Request: z.number(), From: z.number(), Busy: z.number() % 2})
		case 's':
			z.hear(wire.Command{Code: wire.SegmentData, Segment: z.number(), Request: z.number(), Size: z.number()})
		case 'e':
			z.hear(wire.Command{Code: wire.SegmentDataSendingCompleted, Segment: z.number(), Request: z.number()})
		case 'k':
			z.hear(wire.Command{Code: wire.SegmentAbsent, Segment: z.number(), Request: z.number(), Busy: z.number() % 2})
		case 'c':
			z.hear(wire.Command{Code: wire.CancelSegmentRequest, Segment: z.number(), Request: z.number()})
		case 'n':
			z.peer.Announce(peer.Holdings{Loaded: []int64{z.number(), z.number()}, Loading: []int64{z.number()}})
		case 'm': // a segment of which a part is lent goes on
			if part := z.number(); part > 0 && z.lent[part] > 0 {
				n := min(z.lent[part], 1+int(z.next()))
				z.lent[part] -= n
				z.peer.More(part, simulation.Bytes{To: n})
			}
		case 'y':
			part := z.number()
			z.lent[part] = 0
			z.peer.Broken(part)
		case 'W':
			z.peer.Withdraw()
		case 'b':
			z.peer.Data(simulation.Bytes{To: int(z.next())}, int(z.next()))
		case 'g': // any body of a command, whole or a part
			n := min(int(z.next()), len(z.script))
			start, end := "cstr", "cend"
			if n%2 == 1 {
				end = "dend"
			}
			if n%3 == 1 {
				start = "dstr"
			}
			z.peer.Command([]byte(start + string(z.script[:n]) + end))
			z.script = z.script[n:]
		case 't':
			z.world.Run(z.world.Now() + time.Duration(z.next())*10*time.Millisecond)
		case 'D':
			z.peer.Drained()
		case 'S':
			if len(z.reads) > 0 {
				read := z.reads[0]
				z.reads = z.reads[1:]
				read()
			}
		case 'C':
			z.peer.Closed(errors.New("gone"))
		}
	}
	z.finish()
}

func (z *fuzzed) finish() {
	z.peer.Closed(errors.New("gone"))
	z.world.Run(z.world.Now() + time.Hour)
	if !z.ended || z.closes != 1 {
		z.t.Errorf("ended: %v, channel closed %d times", z.ended, z.closes)
	}
	if z.sink != nil && !z.sink.over {
		z.t.Error("a download was left without an end")
	}
	if z.loans != 0 {
		z.t.Errorf("%d loans were not returned", z.loans)
	}
}

// SendCommand implements peer.Channel.
func (z *fuzzed) SendCommand(message []byte) {
	var joiner wire.Joiner
	body, err := joiner.Add(message)
	if err != nil {
		z.t.Fatalf("sent %q: %v", message, err)
	}
	c, err := wire.DecodeCommand(body)
	if err != nil {
		z.t.Fatalf("sent %q: %v", body, err)
	}
	switch c.Code {
	case wire.SegmentData:
		z.out, z.sized = 0, int(c.Size)
	case wire.SegmentDataSendingCompleted:
		if z.out != z.sized {
			z.t.Errorf("completed after %d of %d bytes", z.out, z.sized)
		}
	}
}

// SendData implements peer.Channel.
func (z *fuzzed) SendData(b payload.Bytes) {
	if z.out += b.Len(); b.Len() == 0 || z.out > z.sized {
		z.t.Errorf("sent %d of %d bytes, the last %d", z.out, z.sized, b.Len())
	}
}

// Buffered implements peer.Channel: now room, now none.
func (z *fuzzed) Buffered() int { return int(z.next()%2) * peer.HighWater }

// Close implements peer.Channel.
func (z *fuzzed) Close() { z.closes++ }

// Announced implements peer.Owner.
func (z *fuzzed) Announced() {}

// Willing implements peer.Owner.
func (z *fuzzed) Willing() {}

// Returned implements peer.Owner.
func (z *fuzzed) Returned(int64) {
	if z.loans--; z.loans < 0 {
		z.t.Error("returned more than was lent")
	}
}

// Lend implements peer.Owner. Of some segments it has the beginning.
func (z *fuzzed) Lend(id int64, done func(peer.Loan)) {
	z.loans++
	answer := func() {
		size := int(id % 256 * 1000) // any number is an id
		switch {
		case id%2 == 0:
			done(peer.Loan{Busy: id%4 == 0})
		case id%5 == 0:
			z.lent[id] = size - size/3
			done(peer.Loan{Parts: []payload.Bytes{simulation.Bytes{To: size / 3}}, Size: int64(size)})
		default:
			done(peer.Loan{Parts: []payload.Bytes{simulation.Bytes{To: size}}, Size: int64(size)})
		}
	}
	if id%3 == 0 {
		z.reads = append(z.reads, answer)
	} else {
		answer()
	}
}

// Spend implements peer.Owner: now all may go, now some of it, now nothing.
func (z *fuzzed) Spend(n int) int {
	switch z.next() % 8 {
	case 6:
		return (n + 1) / 2
	case 7:
		return 0
	}
	return n
}

// Uploaded implements peer.Owner.
func (z *fuzzed) Uploaded(int) {}

// Ended implements peer.Owner.
func (z *fuzzed) Ended(error) {
	if z.ended {
		z.t.Error("ended twice")
	}
	if z.sink != nil && !z.sink.over {
		z.t.Error("ended before the download failed")
	}
	z.ended = true
}

type fuzzedSink struct {
	z         *fuzzed
	over      bool
	size, got int64
}

func (s *fuzzedSink) check() {
	if s.over || s.z.ended {
		s.z.t.Error("called after the end")
	}
}

func (s *fuzzedSink) Size(n int64) bool {
	s.check()
	if s.size != 0 || n <= 0 {
		s.z.t.Errorf("size %d, before it %d", n, s.size)
	}
	s.size = n
	return n != 13
}

func (s *fuzzedSink) Chunk(b payload.Bytes) {
	s.check()
	if s.got += int64(b.Len()); b.Len() == 0 || s.got > s.size {
		s.z.t.Errorf("%d of %d bytes, the last %d", s.got, s.size, b.Len())
	}
}

func (s *fuzzedSink) Done() {
	s.check()
	if s.got != s.size || s.size == 0 {
		s.z.t.Errorf("done after %d of %d bytes", s.got, s.size)
	}
	s.over = true
}

func (s *fuzzedSink) Failed(*peer.Error) {
	s.check()
	s.over = true
}
