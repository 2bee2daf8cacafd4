//go:build js

package browser

import (
	"errors"
	"fmt"
	"syscall/js"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/peer"
)

// emit tells the host of an event, under the names and in the shapes of
// P2P Media Loader's CoreEventMap.
func emit(host js.Value, event loader.Event) {
	tell := func(name string, args ...any) { host.Call("emit", append([]any{name}, args...)...) }
	switch e := event.(type) {
	case loader.SegmentStarted:
		tell("onSegmentStart", about(e.Origin, map[string]any{"segment": segment(e.Segment)}))
	case loader.SegmentLoaded:
		tell("onSegmentLoaded", about(e.Origin, map[string]any{
			"segmentUrl": e.Segment.URL, "bytesLength": e.Bytes, "streamType": string(e.Type),
		}))
	case loader.SegmentFailed:
		tell("onSegmentError", about(e.Origin, map[string]any{
			"segment": segment(e.Segment), "streamType": string(e.Type), "error": failure(e.Err),
		}))
	case loader.SegmentAborted:
		tell("onSegmentAbort", about(e.Origin, map[string]any{
			"segment": segment(e.Segment), "streamType": string(e.Type),
		}))
	case loader.ChunkDownloaded:
		tell("onChunkDownloaded", e.Bytes, string(e.Source), peerID(e.Origin))
	case loader.ChunkUploaded:
		tell("onChunkUploaded", e.Bytes, e.Peer.String())
	case loader.PeerConnected:
		tell("onPeerConnect", map[string]any{"peerId": e.Peer.String(), "streamType": string(e.Type)})
	case loader.PeerClosed:
		host.Call("log", "p2pml-core:peer", fmt.Sprintf("%s closed: %v", e.Peer, e.Err))
		tell("onPeerClose", map[string]any{"peerId": e.Peer.String(), "streamType": string(e.Type)})
	case loader.TrackerWarned:
		message := e.Err.Error()
		if e.Tracker != "" {
			message = e.Tracker + ": " + message
		}
		tell("onTrackerWarning", map[string]any{
			"streamType": string(e.Type), "warning": map[string]any{"message": message},
		})
	default:
		panic(fmt.Sprintf("browser: event %T has no name", event))
	}
}

// about adds where a download comes from.
func about(origin loader.Origin, details map[string]any) map[string]any {
	details["downloadSource"] = string(origin.Source)
	details["peerId"] = peerID(origin)
	return details
}

func peerID(origin loader.Origin) any {
	if origin.Source != loader.P2P {
		return js.Undefined()
	}
	return origin.Peer.String()
}

func segment(s hls.Segment) map[string]any {
	return map[string]any{
		"runtimeId": s.RuntimeID, "externalId": s.ExternalID, "url": s.URL,
		"byteRange": byteRange(s.ByteRange), "startTime": s.Start, "endTime": s.End,
	}
}

func failure(err error) map[string]any {
	kind := ""
	var fromPeer *peer.Error
	var fromOrigin *loader.FetchError
	switch {
	case errors.As(err, &fromPeer):
		kind = string(fromPeer.Type)
	case errors.As(err, &fromOrigin):
		kind = string(fromOrigin.Type)
	}
	return map[string]any{"type": kind, "message": err.Error()}
}
