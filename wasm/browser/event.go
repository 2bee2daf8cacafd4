//go:build js

package browser

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall/js"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/signaling"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// What comes with each segment is put together only for those who listen. These
// are in JavaScript's memory, so that they are not copied there to ask for them.
var (
	segmentStart  = js.ValueOf("onSegmentStart")
	segmentLoaded = js.ValueOf("onSegmentLoaded")
	memoryStorage = js.ValueOf("p2pml-core:segment-memory-storage")
)

// teller tells the host of events, under the names and in the shapes of
// P2P Media Loader's CoreEventMap.
type teller struct {
	host js.Value
	ids  map[wire.PeerID]js.Value // of peers that give, in JavaScript's memory
}

func (t *teller) emit(event loader.Event) {
	host := t.host
	tell := func(name any, details ...any) { host.Call("emit", name, fields(details...)) }
	switch e := event.(type) {
	case loader.SegmentStarted:
		if host.Call("hears", segmentStart).Bool() {
			tell(segmentStart, "segment", segment(e.Segment),
				"downloadSource", string(e.Source), "peerId", t.peerID(e.Origin))
		}
	case loader.SegmentLoaded:
		if host.Call("hears", segmentLoaded).Bool() {
			tell(segmentLoaded, "segmentUrl", e.Segment.URL, "bytesLength", e.Bytes, "streamType", string(e.Type),
				"downloadSource", string(e.Source), "peerId", t.peerID(e.Origin))
		}
	case loader.SegmentFailed:
		tell("onSegmentError", "segment", segment(e.Segment), "streamType", string(e.Type), "error", failure(e.Err),
			"downloadSource", string(e.Source), "peerId", t.peerID(e.Origin))
	case loader.SegmentAborted:
		tell("onSegmentAbort", "segment", segment(e.Segment), "streamType", string(e.Type),
			"downloadSource", string(e.Source), "peerId", t.peerID(e.Origin))
	case loader.ChunkDownloaded:
		for _, p := range e.Bytes.(rope).pieces {
			host.Call("downloaded", p.value, t.peerID(e.Origin))
		}
	case loader.ChunkUploaded:
		host.Call("emit", "onChunkUploaded", e.Bytes, e.Peer.String())
	case loader.PeerConnected:
		tell("onPeerConnect", "peerId", e.Peer.String(), "streamType", string(e.Type))
	case loader.PeerFailed:
		tell("onPeerError", "peerId", e.Peer.String(), "streamType", string(e.Type),
			"error", fields("message", e.Err.Error(), "code", e.Code))
	case loader.PeerClosed:
		delete(t.ids, e.Peer)
		host.Call("log", "p2pml-core:peer", fmt.Sprintf("%s closed: %v", e.Peer, e.Err))
		tell("onPeerClose", "peerId", e.Peer.String(), "streamType", string(e.Type))
	case loader.TrackerWarned:
		message := e.Err.Error()
		if !strings.Contains(message, e.Tracker) {
			message = e.Tracker + ": " + message
		}
		warning := fields("message", message)
		if lost, ok := errors.AsType[*signaling.LostError](e.Err); ok {
			warning.Set("retryInMs", float64(lost.RetryIn.Milliseconds()))
		}
		tell("onTrackerWarning", "streamType", string(e.Type), "warning", warning)
	case loader.TrackerReplied:
		tell("onTrackerReply", "streamType", string(e.Type), "tracker", e.Tracker,
			"infoHash", string(e.Hash[:]), "viewers", float64(e.Viewers))
	case loader.Warned:
		tell("onWarning", "streamType", string(e.Type),
			"warning", fields("message", e.Err.Error(), "code", string(e.Code)))
	case loader.WarningOver:
		tell("onWarningOver", "streamType", string(e.Type), "code", string(e.Code))
	case loader.SwarmJoined:
		host.Call("log", "p2pml-core:p2p-loaders-container", "joined "+e.Swarm.Stream)
		host.Call("log", "p2pml-core:p2p-tracker-client", "created for "+e.Swarm.Stream+", hash: "+string(e.Hash[:])+", peer id: "+e.Self.String())
	case loader.SwarmLeft:
		host.Call("log", "p2pml-core:p2p-tracker-client", "destroyed for "+e.Swarm.Stream)
		host.Call("log", "p2pml-core:p2p-loaders-container", "left "+e.Swarm.Stream)
	case loader.MemoryChanged:
		if !host.Call("traces", memoryStorage).Bool() {
			return
		}
		what := "dropped "
		if e.Stored {
			what = "stored "
		}
		host.Call("log", memoryStorage, what+strconv.FormatInt(e.Key.ID, 10)+" of "+e.Key.Swarm.Stream)
	case loader.SettingIgnored:
		js.Global().Get("console").Call("warn", "p2p-mediastream: "+e.Complaint)
	default:
		panic(fmt.Sprintf("browser: event %T has no name", event))
	}
}

// fields is a JavaScript object of these names and values, in turn. (Written as
// a map it would take several times the code.)
func fields(namesAndValues ...any) js.Value {
	object := js.Global().Get("Object").New()
	for i := 0; i < len(namesAndValues); i += 2 {
		object.Set(namesAndValues[i].(string), namesAndValues[i+1])
	}
	return object
}

func (t *teller) peerID(origin loader.Origin) js.Value {
	if origin.Source != loader.P2P {
		return js.Undefined()
	}
	id, known := t.ids[origin.Peer]
	if !known {
		id = js.ValueOf(origin.Peer.String())
		t.ids[origin.Peer] = id
	}
	return id
}

func segment(s hls.Segment) js.Value {
	return fields(
		"runtimeId", s.RuntimeID, "externalId", s.ExternalID, "url", s.URL,
		"byteRange", byteRange(s.ByteRange), "startTime", s.Start, "endTime", s.End,
	)
}

// failure is the error as npm's core has it: the type says all, but for what
// the origin answered.
func failure(err error) js.Value {
	kind, message := "", ""
	if fromPeer, ok := errors.AsType[*peer.Error](err); ok {
		kind = string(fromPeer.Type)
	} else if fromOrigin, ok := errors.AsType[*loader.FetchError](err); ok {
		kind, message = string(fromOrigin.Type), fromOrigin.Message
	}
	return fields("type", kind, "message", message)
}
