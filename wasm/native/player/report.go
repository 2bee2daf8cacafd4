//go:build !js

package player

import (
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
)

// Report is what has come of a player so far.
type Report struct {
	HTTPBytes     int64 // from the origin, whether used or not
	P2PBytes      int64 // from peers, whether used or not
	UploadedBytes int64 // to peers

	Peers     int // connected now
	MostPeers int // connected at a time

	Started    time.Duration // from Open to the first picture; 0 before that
	Position   float64       // of the playhead, seconds on the timeline
	Stalls     int
	StalledFor time.Duration
	Ended      bool // played to the end

	Loaded   int // segments; Options.Loaded hears which
	Skipped  int // segments that left the playlist before they were loaded
	Failed   int // segments that could not be had
	Warnings int // see Options.Warn
}

// Segment is one that was loaded.
type Segment struct {
	hls.Segment
	Type   hls.StreamType
	Source loader.Source // where its last bytes came from; empty if it was held already
	Bytes  int
	SHA256 string // in hexadecimal
}

// PeerShare is the share of bytes that came from peers, from 0 to 1.
func (r Report) PeerShare() float64 {
	if r.P2PBytes == 0 {
		return 0
	}
	return float64(r.P2PBytes) / float64(r.P2PBytes+r.HTTPBytes)
}

// count takes note of what the loader tells.
func (r *Report) count(e loader.Event) {
	switch e := e.(type) {
	case loader.ChunkDownloaded:
		if e.Source == loader.P2P {
			r.P2PBytes += int64(e.Bytes.Len())
		} else {
			r.HTTPBytes += int64(e.Bytes.Len())
		}
	case loader.ChunkUploaded:
		r.UploadedBytes += int64(e.Bytes)
	case loader.PeerConnected:
		r.Peers++
		r.MostPeers = max(r.MostPeers, r.Peers)
	case loader.PeerClosed:
		r.Peers--
	}
}
