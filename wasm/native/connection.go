//go:build !js

package native

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

const (
	// gathering is how long candidates are looked for at most: a STUN server
	// that is silent does not keep viewers apart for longer.
	gathering = 2 * time.Second
	// A connection from which nothing comes is disconnected after disconnecting,
	// and has failed after failing more. Something comes every keeping.
	disconnecting = 5 * time.Second
	failing       = 10 * time.Second
	keeping       = 2 * time.Second
	// longestSent is the longest message that is sent, in bytes: browsers split
	// or refuse longer ones.
	longestSent = 64<<10 - 1
	// longestReceived is the longest message that others are told we take, in
	// bytes (RFC 8841, 6).
	longestReceived = 64 << 10
)

var (
	errChannelClosed = errors.New("the peer closed the data channel")
	errTooLong       = fmt.Errorf("a command of more than %d bytes", longestSent)
)

// RTCOptions says how peers are reached.
type RTCOptions struct {
	ICEServers []webrtc.ICEServer
	// Loopback offers 127.0.0.1 and ::1 too, for peers on a machine without a
	// network.
	Loopback bool
}

// connector makes connections. It implements loader.Connector.
type connector struct {
	process *Process
	api     *webrtc.API
	config  webrtc.Configuration
}

// NewConnector makes a connector. The error names what of the options cannot
// be used.
func (p *Process) NewConnector(o RTCOptions) (loader.Connector, error) {
	var s webrtc.SettingEngine
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled) // a peer that hides its address calls us
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	s.SetIncludeLoopbackCandidate(o.Loopback)
	s.SetSCTPMaxMessageSize(longestReceived)
	s.SetICETimeouts(disconnecting, failing, keeping)
	c := connector{
		process: p,
		// No interceptors: those are for sound and pictures.
		api:    webrtc.NewAPI(webrtc.WithSettingEngine(s), webrtc.WithInterceptorRegistry(&interceptor.Registry{})),
		config: webrtc.Configuration{ICEServers: o.ICEServers},
	}
	// Only making a connection checks the addresses of the servers.
	pc, err := c.api.NewPeerConnection(c.config)
	if err != nil {
		return nil, fmt.Errorf("native: ICE servers: %w", err)
	}
	return c, pc.Close()
}

// Connect implements loader.Connector.
func (c connector) Connect(_ hls.StreamType, receiver loader.ConnectionReceiver) loader.Connection {
	n := &connection{process: c.process, receiver: receiver, servers: c.servers(), quit: make(chan struct{})}
	n.pc, n.err = c.api.NewPeerConnection(c.config)
	if n.err != nil {
		return n
	}
	n.pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		suspected := state == webrtc.PeerConnectionStateDisconnected
		n.post(func() { n.receiver.Suspected(suspected) })
		switch state {
		case webrtc.PeerConnectionStateFailed:
			n.broke(loader.ConnectionFailed, fmt.Errorf("the connection is %s", state))
		case webrtc.PeerConnectionStateClosed:
			n.end(errors.New("the connection is closed"))
		}
	})
	n.pc.OnDataChannel(n.serve)
	return n
}

// servers names those that are to tell of addresses.
func (c connector) servers() string {
	var urls []string
	for _, server := range c.config.ICEServers {
		urls = append(urls, server.URLs...)
	}
	return strings.Join(urls, ", ")
}

// connection is a WebRTC connection with one data channel. What can take time
// runs on goroutines of its own, in the order in which negotiation asks for it.
type connection struct {
	process  *Process
	receiver loader.ConnectionReceiver
	servers  string                 // STUN and TURN, "" for none
	pc       *webrtc.PeerConnection // nil if it could not be made
	err      error                  // why it could not be made
	served   sync.Once              // of the first channel
	opened   sync.Once
	quit     chan struct{} // closed by Close

	// owned by the loop
	channel *webrtc.DataChannel // nil until it is open
	closed  bool                // nothing more is told
}

// post tells something on the loop, unless nothing more is to be told.
func (c *connection) post(f func()) {
	c.process.loop.Post(func() {
		if !c.closed {
			f()
		}
	})
}

// end closes the connection and tells why.
func (c *connection) end(reason error) {
	c.post(func() {
		c.Close()
		c.receiver.Closed(reason)
	})
}

// broke ends a connection that the peer has not closed.
func (c *connection) broke(code string, err error) {
	c.end(&loader.ConnectionError{Code: code, Err: err})
}

// Offer implements signaling.Link. The offerer opens the channel: ordered and
// reliable, which is the default.
func (c *connection) Offer(done func(sdp string, err error)) {
	c.describe(done, func() (webrtc.SessionDescription, error) {
		channel, err := c.pc.CreateDataChannel("data", nil)
		if err != nil {
			return webrtc.SessionDescription{}, err
		}
		c.serve(channel)
		return c.pc.CreateOffer(nil)
	})
}

// Answer implements signaling.Link.
func (c *connection) Answer(offer string, done func(sdp string, err error)) {
	c.describe(done, func() (webrtc.SessionDescription, error) {
		remote := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}
		if err := c.pc.SetRemoteDescription(remote); err != nil {
			return webrtc.SessionDescription{}, fmt.Errorf("offer of a peer: %w", err)
		}
		return c.pc.CreateAnswer(nil)
	})
}

// Accept implements signaling.Link.
func (c *connection) Accept(answer string) {
	if c.closed || c.pc == nil {
		return
	}
	c.process.work.Go(func() {
		remote := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}
		if err := c.pc.SetRemoteDescription(remote); err != nil {
			c.broke(loader.DescriptionFailed, fmt.Errorf("answer of a peer: %w", err))
		}
	})
}

// describe makes our description and hands over the complete one.
func (c *connection) describe(done func(string, error), make func() (webrtc.SessionDescription, error)) {
	if c.closed {
		return
	}
	if c.pc == nil {
		c.post(func() { done("", c.err) })
		return
	}
	c.process.work.Go(func() {
		sdp, err := c.complete(make)
		c.post(func() { done(sdp, err) })
	})
}

func (c *connection) complete(make func() (webrtc.SessionDescription, error)) (sdp string, err error) {
	description, err := make()
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(c.pc)
	if err := c.pc.SetLocalDescription(description); err != nil {
		return "", err
	}
	enough := time.NewTimer(gathering)
	defer enough.Stop()
	select {
	case <-gathered:
	case <-enough.C:
	case <-c.quit:
	}
	if c.servers != "" {
		c.process.work.Go(func() { c.judge(gathered) })
	}
	return c.pc.LocalDescription().SDP, nil
}

// judge tells whether any of the servers has answered: the library does not say which.
func (c *connection) judge(gathered <-chan struct{}) {
	select {
	case <-c.quit:
		return
	case <-gathered:
	}
	sdp := c.pc.LocalDescription().SDP
	if strings.Contains(sdp, " typ srflx") || strings.Contains(sdp, " typ relay") {
		c.post(func() { c.receiver.Answered(c.servers) })
	} else {
		c.post(func() { c.receiver.Unanswered(c.servers, fmt.Errorf("%s: no answer", c.servers)) })
	}
}

// serve listens to the data channel. Others that the peer may open are left
// alone, as JavaScript peers do.
func (c *connection) serve(channel *webrtc.DataChannel) {
	c.served.Do(func() {
		open := func() {
			c.opened.Do(func() {
				c.post(func() {
					c.channel = channel
					c.receiver.Opened()
				})
			})
		}
		channel.SetBufferedAmountLowThreshold(peer.LowWater)
		channel.OnBufferedAmountLow(func() { c.post(c.receiver.Drained) })
		channel.OnOpen(open)
		channel.OnMessage(func(m webrtc.DataChannelMessage) {
			open() // pion promises no order between the two
			c.post(func() { c.receive(m.Data) })
		})
		channel.OnError(func(err error) { c.broke(loader.ChannelFailed, err) })
		channel.OnClose(func() { c.end(errChannelClosed) })
	})
}

func (c *connection) receive(message []byte) {
	if wire.IsCommand(message) {
		c.receiver.Command(message)
		return
	}
	c.receiver.Data(Bytes(message), 1)
}

// SendCommand implements peer.Channel.
func (c *connection) SendCommand(message []byte) {
	if len(message) > longestSent {
		c.broke(loader.ChannelFailed, errTooLong)
		return
	}
	c.send(message)
}

// SendData implements peer.Channel. The bytes may go in several messages: where
// they end means nothing.
func (c *connection) SendData(bytes payload.Bytes) {
	for rest := bytes.(Bytes); len(rest) > 0; {
		n := min(len(rest), longestSent)
		c.send(rest[:n])
		rest = rest[n:]
	}
}

// send queues a message; pion copies it and does not block.
func (c *connection) send(message []byte) {
	if c.closed || c.channel == nil {
		return
	}
	if err := c.channel.Send(message); err != nil {
		c.broke(loader.ChannelFailed, fmt.Errorf("sending to the peer: %w", err))
	}
}

// Buffered implements peer.Channel. It counts what is not acknowledged yet.
func (c *connection) Buffered() int {
	if c.channel == nil {
		return 0
	}
	return int(c.channel.BufferedAmount())
}

// Received implements loader.Connection.
func (c *connection) Received(done func(n int64)) {
	n := int64(c.pc.SCTP().Transport().ICETransport().Stats().BytesReceived)
	c.post(func() { done(n) })
}

// Close implements signaling.Link and peer.Channel.
func (c *connection) Close() {
	if c.closed {
		return
	}
	c.closed = true
	close(c.quit)
	if c.pc != nil {
		// It waits for pion's goroutines, so that Process.Stop does.
		c.process.work.Go(func() { _ = c.pc.GracefulClose() })
	}
}
