package loader

import (
	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/storage"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// Source is where bytes come from.
type Source string

// The two sources, in the words of P2P Media Loader.
const (
	HTTP Source = "http"
	P2P  Source = "p2p"
)

// Event is something a page can hear of. The types below are all there are: those
// of P2P Media Loader's CoreEventMap, and a few for whoever looks on.
type Event interface{ event() }

// Origin says where a download comes from.
type Origin struct {
	Source Source
	Peer   wire.PeerID // for P2P
}

// SegmentStarted: a download begins.
type SegmentStarted struct {
	Segment hls.Segment
	Origin
}

// SegmentLoaded: a whole segment is here.
type SegmentLoaded struct {
	Segment hls.Segment
	Type    hls.StreamType
	Bytes   int
	Origin
}

// SegmentFailed: a download broke off. It may go on from elsewhere.
type SegmentFailed struct {
	Segment hls.Segment
	Type    hls.StreamType
	Err     error // *peer.Error or *FetchError
	Origin
}

// SegmentAborted: a download was called off.
type SegmentAborted struct {
	Segment hls.Segment
	Type    hls.StreamType
	Origin
}

// ChunkDownloaded: bytes of a segment came.
type ChunkDownloaded struct {
	Bytes payload.Bytes
	Origin
}

// ChunkUploaded: bytes of a segment went to a peer.
type ChunkUploaded struct {
	Bytes int
	Peer  wire.PeerID
}

// PeerConnected: a conversation begins.
type PeerConnected struct {
	Peer wire.PeerID
	Type hls.StreamType
}

// PeerFailed: the connection to a peer has broken, or was cut off for what the peer
// did. PeerClosed follows. Code is that of a ConnectionError or a peer.ErrorType.
type PeerFailed struct {
	Peer wire.PeerID
	Type hls.StreamType
	Code string
	Err  error
}

// PeerClosed: it is over. Err says why.
type PeerClosed struct {
	Peer wire.PeerID
	Type hls.StreamType
	Err  error
}

// TrackerReplied: a tracker has replied to an announcement. Viewers is how many it
// counts in the swarm, this one included. Hash is what it knows the swarm by.
type TrackerReplied struct {
	Type    hls.StreamType
	Tracker string // address
	Hash    wire.InfoHash
	Viewers int64
}

// TrackerWarned: something went wrong between the page and a tracker, which is
// tried again. Err is or wraps a signaling.LostError where that has a time.
type TrackerWarned struct {
	Type    hls.StreamType
	Tracker string // address
	Err     error
}

// Warned: something is amiss that playback does without.
type Warned struct {
	Type hls.StreamType
	Code WarningCode
	Err  error
}

// WarningOver: what was warned of with this code is well again.
type WarningOver struct {
	Type hls.StreamType
	Code WarningCode
}

// WarningCode says what is amiss.
type WarningCode string

// The codes.
const (
	// DigestsMissing: the list of digests cannot be had: it is missing, late, or cannot be
	// read. What peers give is played unchecked then, unless the page wants otherwise.
	DigestsMissing WarningCode = "digests-missing"
	// DigestsFalse: the origin itself gives other bytes than its list says; the list is
	// not used for a while, and then tried again.
	DigestsFalse WarningCode = "digests-false"
	// STUNFailed: a STUN or TURN server does not answer.
	STUNFailed WarningCode = "stun-failed"
	// UploadLimitReached: so much was given as the page allows; nothing more is.
	UploadLimitReached WarningCode = "upload-limit-reached"
)

// SwarmJoined: the viewer is one of a stream's swarm now, under this id. Hash is
// what trackers know the swarm by.
type SwarmJoined struct {
	Type  hls.StreamType
	Swarm storage.Swarm
	Hash  wire.InfoHash
	Self  wire.PeerID
}

// SwarmLeft: it is no more.
type SwarmLeft struct {
	Type  hls.StreamType
	Swarm storage.Swarm
}

// MemoryChanged: a segment was stored in memory, or dropped.
type MemoryChanged struct {
	Key    storage.Key
	Stored bool
}

// SettingIgnored: a setting makes no sense and has its default. Complaint says
// which, and what was given.
type SettingIgnored struct{ Complaint string }

func (SettingIgnored) event()  {}
func (SwarmJoined) event()     {}
func (SwarmLeft) event()       {}
func (MemoryChanged) event()   {}
func (SegmentStarted) event()  {}
func (SegmentLoaded) event()   {}
func (SegmentFailed) event()   {}
func (SegmentAborted) event()  {}
func (ChunkDownloaded) event() {}
func (ChunkUploaded) event()   {}
func (PeerConnected) event()   {}
func (PeerFailed) event()      {}
func (PeerClosed) event()      {}
func (TrackerReplied) event()  {}
func (TrackerWarned) event()   {}
func (Warned) event()          {}
func (WarningOver) event()     {}
