// Package config holds every setting of the loader with its default and its
// unit. The TypeScript types, the defaults that JavaScript answers with and the
// documented table are all generated from these structs by tools/settings.
//
// Names, units and defaults are those of npm p2p-media-loader-core 2.3.1, but for
// loaderWasmUrl, which is ours.
package config

import "time"

// Settings is a complete configuration: what both streams share, and each of
// the two.
type Settings struct {
	Common
	Main      Stream `json:"mainStream"`
	Secondary Stream `json:"secondaryStream"`
}

// Common is what both streams share.
type Common struct {
	// StorageLimit is 0 where the device decides: see storage.Limit.
	StorageLimit float64 `json:"segmentMemoryStorageLimit" unit:"MiB" unset:"undefined" doc:"Memory for stored segments. Unset, it is 4096 on desktops, 2048 on Android, 1024 on iOS and in Android web views."`
	// LoaderWASMURL is read in JavaScript alone, before there is a module.
	LoaderWASMURL string `json:"loaderWasmUrl" unset:"absent" doc:"The address of loader.wasm; the first one given on a page counts. Unset, it is beside the script, or where a bundler has put it."`
}

// Stream is what can differ between the main and the secondary stream. Whole
// numbers of milliseconds and fractions of seconds stay in JavaScript's units
// here; the methods below give durations.
type Stream struct {
	IsP2PUploadDisabled             bool     `json:"isP2PUploadDisabled" doc:"Take from peers without giving."`
	IsP2PDisabled                   bool     `json:"isP2PDisabled" doc:"Leave the stream to the player's own loader."`
	SimultaneousHTTPDownloads       int      `json:"simultaneousHttpDownloads" doc:"Downloads from the origin at a time."`
	SimultaneousP2PDownloads        int      `json:"simultaneousP2PDownloads" doc:"Downloads from peers at a time."`
	HighDemandTimeWindow            float64  `json:"highDemandTimeWindow" unit:"s" doc:"How far ahead of the playhead a segment can be urgent; the engines size the player's buffer by it."`
	HTTPDownloadInitialTimeout      int      `json:"httpDownloadInitialTimeoutMs" unit:"ms" doc:"Before this time has passed since the first request nothing is asked of the origin."`
	HTTPDownloadTimeWindow          float64  `json:"httpDownloadTimeWindow" unit:"s" doc:"How far ahead of the playhead the origin may be asked in advance, on behalf of peers."`
	P2PDownloadTimeWindow           float64  `json:"p2pDownloadTimeWindow" unit:"s" doc:"How far ahead of the playhead peers may be asked."`
	WebRTCMaxMessageSize            int      `json:"webRtcMaxMessageSize" unit:"B" doc:"The longest message on a data channel."`
	P2PNotReceivingBytesTimeout     int      `json:"p2pNotReceivingBytesTimeoutMs" unit:"ms" doc:"A download from a peer that stands still for so long is given up."`
	P2PInactiveLoaderDestroyTimeout int      `json:"p2pInactiveLoaderDestroyTimeoutMs" unit:"ms" doc:"How long peers of a rendition are kept after the player has left it."`
	HTTPNotReceivingBytesTimeout    int      `json:"httpNotReceivingBytesTimeoutMs" unit:"ms" doc:"A download from the origin that stands still for so long is given up."`
	HTTPErrorRetries                int      `json:"httpErrorRetries" doc:"Failed downloads from the origin after which the player is told."`
	P2PErrorRetries                 int      `json:"p2pErrorRetries" doc:"Downloads in a row that stood still after which a peer is left."`
	TrackerClientVersionPrefix      string   `json:"trackerClientVersionPrefix" doc:"How a peer id begins; 20 characters at most."`
	AnnounceTrackers                []string `json:"announceTrackers" doc:"Addresses of WebTorrent trackers."`
	RTC                             RTC      `json:"rtcConfig" doc:"Handed to RTCPeerConnection untouched."`
	SwarmID                         string   `json:"swarmId" unset:"absent" doc:"Names the presentation among its viewers. Unset, it is the manifest's address without its query."`
}

// RTC is the part of an RTCConfiguration that has a default. A page's own
// object never passes through it.
type RTC struct {
	ICEServers []ICEServer `json:"iceServers"`
}

// ICEServer is a STUN or TURN server, as in an RTCIceServer.
type ICEServer struct {
	URLs string `json:"urls"`
}

// Default is the configuration of a loader that was given none.
func Default() Settings { return Settings{Main: defaultStream(), Secondary: defaultStream()} }

func defaultStream() Stream {
	return Stream{
		SimultaneousHTTPDownloads:       2,
		SimultaneousP2PDownloads:        3,
		HighDemandTimeWindow:            15,
		HTTPDownloadTimeWindow:          3000,
		P2PDownloadTimeWindow:           6000,
		WebRTCMaxMessageSize:            64*1024 - 1,
		P2PNotReceivingBytesTimeout:     2000,
		P2PInactiveLoaderDestroyTimeout: 30_000,
		HTTPNotReceivingBytesTimeout:    3000,
		HTTPErrorRetries:                3,
		P2PErrorRetries:                 3,
		TrackerClientVersionPrefix:      "-PM0203-",
		AnnounceTrackers: []string{
			"wss://tracker.novage.com.ua",
			"wss://tracker.openwebtorrent.com",
		},
		RTC: RTC{ICEServers: []ICEServer{
			{URLs: "stun:stun.l.google.com:19302"},
			{URLs: "stun:global.stun.twilio.com:3478"},
		}},
	}
}

// Milliseconds is a setting in milliseconds as a duration.
func Milliseconds(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }

// Seconds is a setting in seconds as a duration.
func Seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
