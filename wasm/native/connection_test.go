//go:build !js

package native

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
)

// end is one end of a connection, and what it hears.
type end struct {
	*testing.T
	process *Process
	loader.Connection
	isOpen   bool // on the loop
	opened   chan struct{}
	commands chan string
	data     chan []byte
	drained  chan struct{}
	closed   chan error
	// servers that do not answer
	unanswered chan string
}

func (e *end) Opened() {
	e.isOpen = true
	close(e.opened)
}
func (e *end) Command(message []byte) {
	if !e.isOpen {
		e.Error("a command before Opened")
	}
	e.commands <- string(message)
}
func (e *end) Data(b payload.Bytes, _ int) { e.data <- b.(Bytes) }
func (*end) Suspected(bool)                {}
func (*end) Answered(string)               {}
func (e *end) Unanswered(_ string, err error) {
	e.unanswered <- err.Error()
}
func (e *end) Drained() {
	select {
	case e.drained <- struct{}{}:
	default:
	}
}
func (e *end) Closed(reason error) { e.closed <- reason }

func (e *end) run(f func()) {
	e.Helper()
	if err := e.process.Run(f); err != nil {
		e.Fatal(err)
	}
}

func newEnd(t *testing.T, o RTCOptions) *end {
	e := &end{
		T: t, process: start(t),
		opened: make(chan struct{}), commands: make(chan string, 100), data: make(chan []byte, 1000),
		drained: make(chan struct{}, 1), closed: make(chan error, 100), unanswered: make(chan string, 100),
	}
	connector, err := e.process.NewConnector(o)
	if err != nil {
		t.Fatal(err)
	}
	e.run(func() { e.Connection = connector.Connect(hls.Main, e) })
	t.Cleanup(func() { e.run(e.Close) })
	return e
}

type description struct {
	sdp string
	err error
}

// describe waits for an offer or an answer.
func (e *end) describe(begin func(done func(string, error))) description {
	ready := make(chan description, 1)
	e.run(func() { begin(func(sdp string, err error) { ready <- description{sdp, err} }) })
	return <-ready
}

// pair connects two ends over the loopback interface.
func pair(t *testing.T) (a, b *end) {
	a, b = newEnd(t, RTCOptions{Loopback: true}), newEnd(t, RTCOptions{Loopback: true})
	offer := a.describe(a.Offer)
	if offer.err != nil || !strings.Contains(offer.sdp, "a=candidate:") || strings.Contains(offer.sdp, ".local ") {
		t.Fatalf("%+v", offer)
	}
	answer := b.describe(func(done func(string, error)) { b.Answer(offer.sdp, done) })
	if answer.err != nil {
		t.Fatal(answer.err)
	}
	a.run(func() { a.Accept(answer.sdp) })
	<-a.opened
	<-b.opened
	return a, b
}

func TestConnection(t *testing.T) {
	a, b := pair(t)
	a.run(func() { a.SendCommand([]byte("cstr from a cend")) })
	b.run(func() { b.SendCommand([]byte("cstr from b cend")) })
	if got := <-b.commands; got != "cstr from a cend" {
		t.Errorf("b heard %q", got)
	}
	if got := <-a.commands; got != "cstr from b cend" {
		t.Errorf("a heard %q", got)
	}

	// Far more than the high water, in one go: it comes whole, in order, in
	// messages that browsers take, and the buffer is told to be empty.
	whole := make([]byte, 3<<20)
	rand.NewChaCha8([32]byte{}).Read(whole)
	a.run(func() {
		a.SendData(Bytes(whole))
		if a.Buffered() <= peer.HighWater {
			t.Errorf("%d bytes are buffered", a.Buffered())
		}
		a.SendCommand([]byte("cstr behind it cend"))
	})
	var got []byte
	for len(got) < len(whole) {
		message := <-b.data
		if len(message) > longestSent {
			t.Errorf("a message of %d bytes", len(message))
		}
		got = append(got, message...)
	}
	if !bytes.Equal(got, whole) {
		t.Error("other bytes came")
	}
	<-b.commands
	<-a.drained
	a.run(func() {
		if a.Buffered() > peer.LowWater {
			t.Errorf("%d bytes are buffered when it is drained", a.Buffered())
		}
	})

	a.run(func() { a.Close(); a.SendData(Bytes("x")); a.SendCommand([]byte("x")); a.Close() })
	// Closing aborts the association and closes the channel. Which of the two
	// the other end hears of first is a race, in browsers too.
	ends := []string{"not broken", loader.ChannelFailed}
	if err := <-b.closed; err == nil || !slices.Contains(ends, brokenBy(err)) {
		t.Errorf("%q %v", brokenBy(err), err)
	}
	b.run(func() {})
	if len(a.closed) > 0 || len(b.closed) > 0 {
		t.Error("closed more than once, or by itself")
	}
}

// brokenBy is the code of a connection that has broken.
func brokenBy(reason error) string {
	if failure, ok := errors.AsType[*loader.ConnectionError](reason); ok {
		return failure.Code
	}
	return "not broken"
}

func TestCommandTooLong(t *testing.T) {
	a, _ := pair(t)
	a.run(func() { a.SendCommand(make([]byte, longestSent+1)) })
	if err := <-a.closed; !errors.Is(err, errTooLong) || brokenBy(err) != loader.ChannelFailed {
		t.Errorf("%q %v", brokenBy(err), err)
	}
}

func TestBadDescriptions(t *testing.T) {
	e := newEnd(t, RTCOptions{})
	if got := e.describe(func(done func(string, error)) { e.Answer("no sdp", done) }); got.err == nil {
		t.Error("an offer that is none was answered")
	}
	e = newEnd(t, RTCOptions{})
	if got := e.describe(e.Offer); got.err != nil {
		t.Fatal(got.err)
	}
	e.run(func() { e.Accept("no sdp") })
	err := <-e.closed
	if brokenBy(err) != loader.DescriptionFailed || !strings.Contains(err.Error(), "answer of a peer") {
		t.Errorf("%q %v", brokenBy(err), err)
	}
}

// Whoever closes in the midst of negotiation hears no more of it.
func TestCloseWhileOffering(t *testing.T) {
	e := newEnd(t, RTCOptions{})
	e.run(func() {
		e.Offer(func(string, error) { t.Error("offered after Close") })
		e.Close()
		e.Offer(func(string, error) { t.Error("offered after Close") })
		e.Accept("")
	})
	e.process.work.Wait()
	e.run(func() {})
}

// A STUN server that does not answer holds nobody up for long.
func TestSilentSTUN(t *testing.T) {
	e := newEnd(t, RTCOptions{Loopback: true, ICEServers: []webrtc.ICEServer{{URLs: []string{"stun:192.0.2.1:3478"}}}})
	if got := e.describe(e.Offer); got.err != nil || !strings.Contains(got.sdp, "a=candidate:") {
		t.Errorf("%+v", got)
	}
}

// One that is gone is told of.
func TestSTUNThatIsGone(t *testing.T) {
	urls := []string{"stun:nowhere.invalid:3478", "stun:nowhere.invalid:3479"}
	e := newEnd(t, RTCOptions{Loopback: true, ICEServers: []webrtc.ICEServer{{URLs: urls}}})
	if got := e.describe(e.Offer); got.err != nil {
		t.Fatal(got.err)
	}
	if got, want := <-e.unanswered, "stun:nowhere.invalid:3478, stun:nowhere.invalid:3479: no answer"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestBadICEServer(t *testing.T) {
	p := start(t)
	_, err := p.NewConnector(RTCOptions{ICEServers: []webrtc.ICEServer{{URLs: []string{"http://localhost"}}}})
	if err == nil || !strings.Contains(err.Error(), "ICE servers") {
		t.Error(err)
	}
}
