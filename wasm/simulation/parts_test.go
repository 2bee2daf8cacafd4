package simulation

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
)

func TestEventsRunInOrder(t *testing.T) {
	w := NewWorld(1)
	l := w.NewLoop()
	var got []string
	note := func(s string) func() {
		return func() { got = append(got, fmt.Sprint(s, " at ", w.Now())) }
	}
	l.After(2*time.Second, note("c"))
	l.After(time.Second, note("a"))
	l.After(time.Second, func() {
		note("b")()
		l.Post(note("posted"))
	})
	cancel := l.After(time.Second, note("called off"))
	l.After(time.Second, func() { cancel() })
	off := l.After(time.Second, note("called off in time"))
	off()
	off()
	w.Run(1500 * time.Millisecond)
	cancel()
	if w.Now() != 1500*time.Millisecond || l.Pending() != 1 {
		t.Errorf("it is %v, %d wait", w.Now(), l.Pending())
	}
	w.Run(time.Minute)
	want := []string{"a at 1s", "b at 1s", "called off at 1s", "posted at 1s", "c at 2s"}
	if !slices.Equal(got, want) {
		t.Errorf("ran %q, want %q", got, want)
	}
}

func TestAStoppedLoopRunsNothing(t *testing.T) {
	w := NewWorld(1)
	l := w.NewLoop()
	l.After(time.Second, func() { t.Error("ran") })
	l.stop()
	l.Post(func() { t.Error("ran") })
	w.Run(time.Minute)
}

func TestJoiningKeepsTrackOfWhatBytesAre(t *testing.T) {
	whole := Bytes{Segment: "a", To: 10}
	half := Bytes{Segment: "a", To: 10, False: []run{{5, 10}}}
	none := Bytes{Segment: "a", To: 10, False: []run{{0, 10}}}
	for name, c := range map[string]struct {
		parts []payload.Bytes
		want  Bytes
	}{
		"in order":       {[]payload.Bytes{whole.Slice(0, 4), whole.Slice(4, 10)}, whole},
		"a rest":         {[]payload.Bytes{whole.Slice(4, 10)}, Bytes{"a", 4, 10, nil}},
		"a gap":          {[]payload.Bytes{whole.Slice(0, 4), whole.Slice(5, 10)}, Bytes{"", 0, 9, nil}},
		"another's":      {[]payload.Bytes{whole.Slice(0, 4), Bytes{"b", 4, 10, nil}}, Bytes{"", 0, 10, nil}},
		"out of order":   {[]payload.Bytes{whole.Slice(4, 10), whole.Slice(0, 4)}, Bytes{"", 4, 14, nil}},
		"a slice of one": {[]payload.Bytes{whole.Slice(2, 8).Slice(1, 3)}, Bytes{"a", 3, 5, nil}},
		"a true part":    {[]payload.Bytes{half.Slice(2, 5)}, Bytes{"a", 2, 5, nil}},
		"half a lie":     {[]payload.Bytes{half.Slice(0, 6), half.Slice(6, 10)}, half},
		"lies between": {
			[]payload.Bytes{whole.Slice(0, 2), none.Slice(2, 4), half.Slice(4, 10)},
			Bytes{"a", 0, 10, []run{{2, 4}, {5, 10}}},
		},
		"many lies": {[]payload.Bytes{none.Slice(0, 2), none.Slice(2, 6), half.Slice(6, 10)}, none},
	} {
		got := (joiner{}).Join(c.parts).(Bytes)
		if !got.is(c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// end is a receiver that counts.
type end struct {
	w       *World
	opened  int
	bytes   int
	last    time.Duration
	order   string // of what came: c for a command, C for a long one, d for data
	drained []int  // bytes that waited when it was told
	channel *Connection
	closed  error
}

func (e *end) Opened()                     { e.opened++ }
func (e *end) Data(b payload.Bytes, _ int) { e.order += "d"; e.bytes += b.Len(); e.last = e.w.Now() }
func (*end) Suspected(bool)                {}
func (*end) Unanswered(string, error)      {}
func (*end) Answered(string)               {}
func (e *end) Drained()                    { e.drained = append(e.drained, e.channel.Buffered()) }
func (e *end) Closed(reason error)         { e.closed = reason }

func (e *end) Command(c []byte) {
	if len(c) > 100 {
		e.order += "C"
	} else {
		e.order += "c"
	}
}

// connect makes an open connection between two viewers.
func connect(w *World, a, b *Viewer) (one, two *end) {
	make := func(v *Viewer) *end {
		e := &end{w: w}
		e.channel = connector{v}.Connect(hls.Main, e).(*Connection)
		return e
	}
	one, two = make(a), make(b)
	one.channel.Offer(func(offer string, _ error) {
		two.channel.Answer(offer, func(answer string, _ error) { one.channel.Accept(answer) })
	})
	w.Run(w.Now() + time.Second)
	return one, two
}

// access has 1 MB/s up and down, and no latency.
var access = Access{Down: 1e6, Up: 1e6}

// idle is a viewer who plays nothing.
func idle(w *World) *Viewer {
	v := &Viewer{world: w, origin: w.NewOrigin(Live()), access: access, loop: w.NewLoop(), host: w.NewLoop()}
	v.up = newUplink(w, access.Up)
	v.down = line{rate: access.Down}
	return v
}

func TestConnection(t *testing.T) {
	w := NewWorld(1)
	a, b := idle(w), idle(w)
	one, two := connect(w, a, b)
	if one.opened != 1 || two.opened != 1 || a.Connected() != 1 {
		t.Fatalf("opened %d and %d times", one.opened, two.opened)
	}
	began := w.Now()
	for range 8 {
		one.channel.SendData(Bytes{To: 50_000})
	}
	if got := one.channel.Buffered(); got != 400_000 {
		t.Errorf("%d bytes wait, want 400,000", got)
	}
	w.Run(w.Now() + time.Minute)
	// The last message has to pass one line after the other.
	if took := two.last - began; two.bytes != 400_000 || took != 450*time.Millisecond {
		t.Errorf("%d bytes took %v, want 400,000 in 450 ms", two.bytes, took)
	}
	if len(one.drained) != 1 || one.drained[0] >= peer.LowWater || one.drained[0] == 0 {
		t.Errorf("drained at %v", one.drained)
	}
	one.channel.Close()
	one.channel.Close()
	w.Run(w.Now() + time.Minute)
	if !errors.Is(two.closed, errHungUp) || one.closed != nil || a.Connected()+b.Connected() != 0 {
		t.Errorf("closed: %v and %v", one.closed, two.closed)
	}
	if n := len(w.network.ends); n != 0 {
		t.Errorf("%d descriptions are left", n)
	}
}

// Two connections share the uplink evenly, also when one began first.
func TestConnectionsShareTheUplink(t *testing.T) {
	w := NewWorld(1)
	a := idle(w)
	first, to := connect(w, a, idle(w))
	second, other := connect(w, a, idle(w))
	began := w.Now()
	for range 8 {
		first.channel.SendData(Bytes{To: 50_000})
	}
	for range 8 {
		second.channel.SendData(Bytes{To: 50_000})
	}
	w.Run(began + 450*time.Millisecond)
	if diff := to.bytes - other.bytes; diff < 0 || diff > 50_000 {
		t.Errorf("one got %d bytes, the other %d", to.bytes, other.bytes)
	}
	w.Run(began + time.Minute)
	if last := max(to.last, other.last) - began; last != 850*time.Millisecond {
		t.Errorf("800,000 bytes took %v, want 850 ms", last)
	}
}

// What is sent to one that vanished stays in the buffer until the connection
// fails.
func TestSendingToOneThatVanished(t *testing.T) {
	w := NewWorld(1)
	a, b := idle(w), idle(w)
	one, two := connect(w, a, b)
	b.Player = &Player{starve: func() {}}
	b.Vanish()
	one.channel.SendData(Bytes{To: 300_000})
	w.Run(w.Now() + 16*time.Second)
	if one.channel.Buffered() != 300_000 || two.bytes != 0 || one.drained != nil {
		t.Errorf("%d bytes wait, %d arrived", one.channel.Buffered(), two.bytes)
	}
	w.Run(w.Now() + time.Second)
	if !errors.Is(one.closed, errSilent) {
		t.Errorf("closed: %v", one.closed)
	}
}

// A line that is idle delays no command, and a busy one all that comes after.
func TestMessagesKeepTheirOrder(t *testing.T) {
	w := NewWorld(1)
	a, b := idle(w), idle(w)
	one, two := connect(w, a, b)
	for range 3 {
		one.channel.SendCommand(make([]byte, 1000))
		one.channel.SendCommand(make([]byte, 10))
		one.channel.SendData(Bytes{To: 50_000})
		one.channel.SendCommand(make([]byte, 10))
	}
	w.Run(w.Now() + time.Minute)
	if two.order != "Ccdc"+"Ccdc"+"Ccdc" {
		t.Errorf("in the order of %s", two.order)
	}
}

// What waits for the line of one viewer keeps nothing from another.
func TestABusyLineHoldsUpNobodyElse(t *testing.T) {
	w := NewWorld(1)
	a, busy := idle(w), idle(w)
	one, slow := connect(w, a, busy)
	other, quick := connect(w, a, idle(w))
	began := w.Now()
	busy.down.pass(began, 10_000_000)
	one.channel.SendData(Bytes{To: 50_000})
	for range 4 {
		other.channel.SendData(Bytes{To: 50_000})
	}
	w.Run(began + time.Minute)
	if took := quick.last - began; quick.bytes != 200_000 || took != 250*time.Millisecond {
		t.Errorf("%d bytes took %v, want 200,000 in 250 ms", quick.bytes, took)
	}
	if took := slow.last - began; slow.bytes != 50_000 || took < 10*time.Second {
		t.Errorf("%d bytes took %v over a line that is busy for 10 s", slow.bytes, took)
	}
}

// What a line has not carried when its machine goes comes to nothing.
func TestVanishingInTheMiddleOfAMessage(t *testing.T) {
	w := NewWorld(1)
	a, b := idle(w), idle(w)
	one, two := connect(w, a, b)
	a.Player = &Player{starve: func() {}}
	one.channel.SendData(Bytes{To: 50_000})
	one.channel.SendData(Bytes{To: 50_000})
	w.Run(w.Now() + 60*time.Millisecond)
	a.Vanish()
	w.Run(w.Now() + time.Second)
	if two.bytes != 50_000 {
		t.Errorf("%d bytes came, want those of the first message", two.bytes)
	}
}
