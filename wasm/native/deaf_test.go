//go:build !js

package native

import (
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// giver is a conversation in which everything is stored, and its connection.
type giver struct {
	*end
	peer *peer.Peer
}

func (g *giver) Drained() { g.peer.Drained() }

func (g *giver) Announced() {}
func (g *giver) Willing()   {}
func (g *giver) Lend(_ int64, done func(peer.Loan)) {
	const size = 10 << 20
	done(peer.Loan{Parts: []payload.Bytes{Bytes(make([]byte, size))}, Size: size})
}
func (g *giver) Returned(int64)  {}
func (g *giver) Spend(n int) int { return n }
func (g *giver) Uploaded(int)    {}
func (g *giver) Ended(error)     {}

// A peer whose SCTP takes nothing more, since nobody reads it, is sent no more than
// the channel's buffer takes, whatever it asks for.
func TestAPeerThatNeverReads(t *testing.T) {
	g := &giver{end: newEnd(t, RTCOptions{Loopback: true})}
	connector, err := g.process.NewConnector(RTCOptions{Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	settings := config.Default().Main
	g.run(func() {
		g.Connection = connector.Connect(hls.Main, g)
		g.peer = peer.New(g.process.loop, g.Connection, &settings, g, 0)
	})
	listenDeaf(t, g.end)

	request := func(id int64) {
		messages, err := wire.EncodeCommand(wire.Command{Code: wire.SegmentRequest, Segment: id, Request: id % 1000}, longestSent)
		if err != nil {
			t.Error(err)
			return
		}
		g.peer.Command(messages[0])
		g.peer.Announce(peer.Holdings{Loaded: []int64{id}})
	}
	// Its SCTP takes some; in the end the buffer stays full for a while.
	full, last := 0, -1
	for id := int64(0); full < 20 && !t.Failed(); id++ {
		g.run(func() {
			request(id)
			switch buffered := g.Buffered(); {
			case buffered > peer.HighWater+longestSent:
				t.Errorf("%d bytes wait", buffered)
			case buffered >= peer.HighWater && buffered == last:
				full++
			default:
				full, last = 0, buffered
			}
		})
		time.Sleep(20 * time.Millisecond)
	}
}

// listenDeaf answers the end's offer with a connection whose reader stops for good
// at the first message.
func listenDeaf(t *testing.T, e *end) {
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	t.Cleanup(func() {
		close(over)
		_ = pc.Close()
	})
	pc.OnDataChannel(func(channel *webrtc.DataChannel) {
		channel.OnMessage(func(webrtc.DataChannelMessage) { <-over })
	})
	offer := e.describe(e.Offer)
	if offer.err != nil {
		t.Fatal(offer.err)
	}
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer.sdp}); err != nil {
		t.Fatal(err)
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(answer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	e.run(func() { e.Accept(pc.LocalDescription().SDP) })
	<-e.opened
}
