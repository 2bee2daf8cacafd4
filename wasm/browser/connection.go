//go:build js

package browser

import (
	"errors"
	"sync"
	"syscall/js"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
)

// gathering is how long a description waits for ICE candidates. With a STUN
// server that does not answer, a browser would take ten seconds to say so.
const gathering = 2 * time.Second

var (
	errChannelClosed = errors.New("data channel closed")
	// In the words that pages know from simple-peer.
	errConnectionFailed = errors.New("Connection failed.")
	errICEFailed        = errors.New("Ice connection failed.")
)

// connectionWeight is how many bytes a connection counts for when collections are
// paced. Chromium lets a page have 500, and those that are closed are among them
// until nobody refers to them.
const connectionWeight = 1 << 20

// connector implements loader.Connector on the host's connections.
type connector struct {
	machine *machine
	host    js.Value
}

// Connect implements loader.Connector.
func (c connector) Connect(t hls.StreamType, receiver loader.ConnectionReceiver) loader.Connection {
	conn := &connection{machine: c.machine, host: c.host, receiver: receiver}
	made := c.host.Call("connect", string(t))
	if refusal := made.Get("refusal"); !refusal.IsUndefined() {
		conn.fault = errors.New(refusal.String())
		if made.Get("forGood").Bool() {
			conn.fault = &loader.RefusedError{Err: conn.fault}
		}
		return conn
	}
	collect.add(connectionWeight)
	conn.pc, conn.fault = adopt(made)
	if conn.fault != nil {
		made.Call("close")
		return conn
	}
	// Browsers differ in which of the two they tell first; that is what is heard.
	conn.pc.OnICEConnectionStateChange(func(state webrtc.ICEConnectionState) {
		if state == webrtc.ICEConnectionStateFailed {
			conn.machine.post(func() { conn.broke(loader.ICEFailed, errICEFailed) })
			return
		}
		conn.machine.post(conn.suspect)
	})
	conn.pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		switch state {
		case webrtc.PeerConnectionStateFailed:
			conn.machine.post(func() { conn.broke(loader.ConnectionFailed, errConnectionFailed) })
		case webrtc.PeerConnectionStateClosed:
			conn.machine.post(func() { conn.lost(errors.New("connection closed")) })
		}
	})
	return conn
}

// adopt makes a connection of the host's the library's. The library takes none:
// it makes its own, at once, by what window calls RTCPeerConnection, and of a
// configuration it knows less than browsers do. For that one call the name
// stands for something that gives the one that exists.
func adopt(made js.Value) (pc *webrtc.PeerConnection, err error) {
	const name = "RTCPeerConnection"
	window, object := js.Global().Get("window"), js.Global().Get("Object")
	// `new Object(made)` is made, whatever arguments follow.
	given := object.Call("bind", js.Null(), made)
	usual := object.Call("getOwnPropertyDescriptor", window, name)
	err = try(func() {
		object.Call("defineProperty", window, name, fields(
			"value", given, "configurable", usual.Get("configurable"), "enumerable", usual.Get("enumerable"),
		))
	})
	if err != nil { // a page has locked it
		return nil, &loader.RefusedError{Err: err}
	}
	defer object.Call("defineProperty", window, name, usual)
	return webrtc.NewPeerConnection(webrtc.Configuration{})
}

// connection is a WebRTC connection and its one data channel. The loop owns all
// fields; channel and handlers are set where the channel appears, before it can
// say anything.
type connection struct {
	machine  *machine
	host     js.Value
	receiver loader.ConnectionReceiver
	fault    error // why it cannot be negotiated
	pc       *webrtc.PeerConnection
	channel  js.Value // an RTCDataChannel, undefined until there is one
	deafen   js.Value // ends the listening to it
	handlers []js.Func
	open     bool
	closed   bool
}

// Offer implements signaling.Link.
func (c *connection) Offer(done func(sdp string, err error)) {
	c.describe(done, func() (webrtc.SessionDescription, error) {
		channel, err := c.pc.CreateDataChannel("p2p-mediastream", nil)
		if err != nil {
			return webrtc.SessionDescription{}, err
		}
		if err := c.bind(channel); err != nil {
			return webrtc.SessionDescription{}, err
		}
		return c.pc.CreateOffer(nil)
	})
}

// Answer implements signaling.Link.
func (c *connection) Answer(offer string, done func(sdp string, err error)) {
	c.describe(done, func() (webrtc.SessionDescription, error) {
		c.pc.OnDataChannel(func(channel *webrtc.DataChannel) {
			defer c.machine.guard()
			if err := c.bind(channel); err != nil {
				c.machine.post(func() { c.broke(loader.ChannelFailed, err) })
			}
		})
		remote := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}
		if err := c.pc.SetRemoteDescription(remote); err != nil {
			return remote, err
		}
		return c.pc.CreateAnswer(nil)
	})
}

// Accept implements signaling.Link.
func (c *connection) Accept(answer string) {
	c.machine.work(func() {
		remote := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}
		if err := c.pc.SetRemoteDescription(remote); err != nil {
			c.machine.post(func() { c.broke(loader.DescriptionFailed, err) })
		}
	})
}

// describe makes a complete local description: create's, with candidates.
func (c *connection) describe(done func(string, error), create func() (webrtc.SessionDescription, error)) {
	finish := func(sdp string, err error) {
		c.machine.post(func() {
			if !c.closed {
				done(sdp, err)
			}
		})
	}
	if c.fault != nil {
		finish("", c.fault)
		return
	}
	c.machine.work(func() {
		gathered := c.gathered()
		description, err := create()
		if err == nil {
			err = c.pc.SetLocalDescription(description)
		}
		if err != nil {
			finish("", err)
			return
		}
		timer := time.NewTimer(gathering)
		defer timer.Stop()
		select {
		case <-gathered:
		case <-timer.C:
		}
		if local := c.pc.LocalDescription(); local != nil {
			finish(local.SDP, nil)
		} else {
			finish("", errors.New("connection has no local description"))
		}
	})
}

// gathered is closed when all candidates are known. (The library's own promise
// for that brings an ICE parser into the module, 76 KB of it compressed.)
func (c *connection) gathered() <-chan struct{} {
	done := make(chan struct{})
	var once sync.Once
	c.pc.OnICEGatheringStateChange(func() {
		if c.pc.ICEGatheringState() == webrtc.ICEGatheringStateComplete {
			once.Do(func() { close(done) })
		}
	})
	return done
}

// bind listens to the channel by the host: the library starts a goroutine for
// each event, whose order nobody promises. The error is what a channel throws
// that a page has put in the place of the browser's.
func (c *connection) bind(channel *webrtc.DataChannel) error {
	if c.closed || !c.channel.IsUndefined() {
		return nil // nobody listens any more, or a second one, which no peer opens
	}
	return try(func() { c.attach(channel) })
}

func (c *connection) attach(channel *webrtc.DataChannel) {
	v := channel.JSValue()
	// What a setter throws would go through Go's stack, unless JavaScript calls it.
	js.Global().Get("Reflect").Call("set", v, "bufferedAmountLowThreshold", peer.LowWater)
	sink := map[string]any{}
	on := func(event string, f func(args []js.Value)) {
		handler := c.machine.callback(f)
		c.handlers = append(c.handlers, handler)
		sink[event] = handler
	}
	opened := func() { c.machine.post(c.opened) }
	on("opened", func([]js.Value) { opened() })
	on("messages", func(args []js.Value) { c.messages(args[0], args[1], args[2]) })
	on("drained", func([]js.Value) { c.machine.post(c.drained) })
	on("failed", func(args []js.Value) {
		err := errors.New(args[0].String())
		c.machine.post(func() { c.broke(loader.ChannelFailed, err) })
	})
	on("closed", func([]js.Value) { c.machine.post(func() { c.lost(errChannelClosed) }) })
	c.channel, c.deafen = v, c.host.Call("listen", v, sink)
	if v.Get("readyState").String() == "open" {
		opened() // before there was a listener
	}
}

func (c *connection) opened() {
	if !c.closed && !c.open {
		c.open = true
		c.receiver.Opened()
	}
}

// messages takes data, which stays outside, and the commands around it, which do
// not; each may be missing.
func (c *connection) messages(begin, data, end js.Value) {
	first, last := copyIn(begin), copyIn(end)
	var bytes rope
	count := 0
	if data.Truthy() {
		bytes, count = received(data), data.Get("messages").Int()
	}
	c.machine.post(func() {
		if first != nil && !c.closed {
			c.receiver.Command(first)
		}
		if count > 0 && !c.closed {
			c.receiver.Data(bytes, count)
		}
		if last != nil && !c.closed {
			c.receiver.Command(last)
		}
	})
}

// copyIn is a command's bytes, nil for null.
func copyIn(command js.Value) []byte {
	if !command.Truthy() {
		return nil
	}
	message := make([]byte, command.Length())
	js.CopyBytesToGo(message, command)
	return message
}

// suspect tells whether the other end is out of reach. The library tells of changes
// in no order that it promises, and so what is true now counts.
func (c *connection) suspect() {
	if !c.closed {
		c.receiver.Suspected(c.pc.ICEConnectionState() == webrtc.ICEConnectionStateDisconnected)
	}
}

// Received implements loader.Connection.
func (c *connection) Received(done func(n int64)) {
	c.host.Call("received", c.pc.JSValue(), c.machine.once(func(args []js.Value) func() {
		n := number(args[0])
		return func() {
			if !c.closed {
				done(n)
			}
		}
	}))
}

func (c *connection) drained() {
	if !c.closed {
		c.receiver.Drained()
	}
}

// SendCommand implements peer.Channel.
func (c *connection) SendCommand(message []byte) {
	array := uint8ArrayClass.New(len(message))
	js.CopyBytesToJS(array, message)
	c.send(array)
}

// SendData implements peer.Channel.
func (c *connection) SendData(bytes payload.Bytes) { c.send(view(bytes)) }

func (c *connection) send(array js.Value) {
	if !c.open || c.closed {
		return
	}
	// It throws when the channel has just closed, which is told by an event
	// too, and when its buffer is full, which nothing here lets happen.
	if err := try(func() { c.channel.Call("send", array) }); err != nil {
		c.machine.post(func() { c.broke(loader.ChannelFailed, err) })
	}
}

// Buffered implements peer.Channel.
func (c *connection) Buffered() int {
	if c.channel.IsUndefined() {
		return 0
	}
	return c.channel.Get("bufferedAmount").Int()
}

// Close implements signaling.Link and peer.Channel.
func (c *connection) Close() {
	if c.closed {
		return
	}
	c.closed = true
	if !c.channel.IsUndefined() {
		c.deafen.Invoke()
		c.channel.Call("close")
	}
	if c.pc != nil {
		_ = c.pc.Close()
	}
	release(c.handlers...)
}

func (c *connection) lost(reason error) {
	if c.closed {
		return
	}
	c.Close()
	c.receiver.Closed(reason)
}

func (c *connection) broke(code string, err error) {
	c.lost(&loader.ConnectionError{Code: code, Err: err})
}
