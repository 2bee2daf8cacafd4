// Package config holds every setting of the loader with its default and its
// unit. The TypeScript types, the defaults that JavaScript answers with and the
// documentation are all generated from these structs by tools/settings: a
// setting's comment is for the reader of a page's source. A tag would be a part
// of the module.
//
// Names, units and defaults are those of npm p2p-media-loader-core 2.3.1, but for
// what is ours: the settings after StorageLimit, each of which a page may leave out.
package config

import "time"

// Settings is a complete configuration: what both streams share, and each of
// the two.
type Settings struct {
	Common
	Main      Stream `json:"mainStream"`
	Secondary Stream `json:"secondaryStream"`
}

// Common is what both streams share. StorageLimit is 0 where the device decides,
// see storage.Limit; LoaderWASMURL and IsMeteredUploadEnabled are read in JavaScript, the first before
// there is a module. Of the bounds 0 is none.
type Common struct {
	// Memory for stored segments. Unset, it is 4096 on desktops, 2048 on Android, 1024 on iOS
	// and in Android web views.
	StorageLimit float64 `json:"segmentMemoryStorageLimit" unit:"MiB" unset:"undefined"`
	// The address of loader.wasm; the first one given on a page counts. Unset, it is beside
	// the script, or where a bundler has put it.
	LoaderWASMURL string `json:"loaderWasmUrl" unset:"absent"`
	// Where SHA-256 digests of the segments are listed, as {"name": "hex"} or, for byte ranges,
	// {"name": {"start-end": "hex"}}: an address, seen from that of the segment. Unset, it is
	// where the origin says.
	SegmentsSHA256URL string `json:"segmentsSha256Url" unset:"absent"`
	// Have what comes from peers from the origin instead where no digest of it is known. Unset,
	// it is played.
	IsSegmentSHA256Required bool `json:"isSegmentSha256Required" unset:"absent"`
	// How fast peers are given to, counted in bytes of segments, by all players of the page
	// together. Unset, also on a phone, it is as fast as the line allows.
	UploadRateLimit float64 `json:"uploadRateLimit" unit:"kbit/s" unset:"absent"`
	// How much peers are given in all, counted in bytes of segments, by all players together since
	// the page was opened. After that nothing is announced or given, and onWarning tells. Unset,
	// there is no end.
	UploadTotalLimit float64 `json:"uploadTotalLimit" unit:"MB" unset:"absent"`
	// Give to peers where it costs the user. Unset, nothing is given while the browser saves data
	// or is on a mobile network, as far as it tells: Chromium tells the first everywhere, the
	// second on Android and ChromeOS; Safari and Firefox tell neither, and there it is given.
	IsMeteredUploadEnabled bool `json:"isMeteredUploadEnabled" unset:"absent"`
	// Peers at most, for each rendition. Unset, also on a phone, it is 60, and it is never more;
	// no more than 20 of them are looked for, the others come by themselves.
	MaxPeers float64 `json:"maxPeers" unset:"absent"`
	// As long as trackers count fewer viewers of a rendition, this one included, no peers are met
	// and all comes from the origin. Peers that have been met stay when the number falls. Unset,
	// two will do.
	MinViewers float64 `json:"minViewers" unset:"absent"`
}

// Stream is what can differ between the main and the secondary stream. All
// numbers are as a page has them, in its units, with fractions and without an
// end; the functions below give durations.
type Stream struct {
	// Take from peers without giving.
	IsP2PUploadDisabled bool `json:"isP2PUploadDisabled"`
	// Leave the stream to the player's own loader.
	IsP2PDisabled bool `json:"isP2PDisabled"`
	// Downloads from the origin at a time.
	SimultaneousHTTPDownloads float64 `json:"simultaneousHttpDownloads"`
	// Downloads from peers at a time.
	SimultaneousP2PDownloads float64 `json:"simultaneousP2PDownloads"`
	// How far ahead of the playhead a segment can be urgent; the engines size the player's
	// buffer by it.
	HighDemandTimeWindow float64 `json:"highDemandTimeWindow" unit:"s"`
	// Before this time has passed since the first request nothing is asked of the origin.
	HTTPDownloadInitialTimeout float64 `json:"httpDownloadInitialTimeoutMs" unit:"ms"`
	// How far ahead of the playhead the origin may be asked in advance, on behalf of peers.
	HTTPDownloadTimeWindow float64 `json:"httpDownloadTimeWindow" unit:"s"`
	// How far ahead of the playhead peers may be asked.
	P2PDownloadTimeWindow float64 `json:"p2pDownloadTimeWindow" unit:"s"`
	// The longest message on a data channel, from 17 to 262144.
	WebRTCMaxMessageSize float64 `json:"webRtcMaxMessageSize" unit:"B"`
	// A download from a peer that stands still for so long is given up; 1 or more.
	P2PNotReceivingBytesTimeout float64 `json:"p2pNotReceivingBytesTimeoutMs" unit:"ms"`
	// How long peers of a rendition are kept after the player has left it.
	P2PInactiveLoaderDestroyTimeout float64 `json:"p2pInactiveLoaderDestroyTimeoutMs" unit:"ms"`
	// A download from the origin that stands still for so long is given up; 1 or more. The first
	// sign of life has as long where a peer holds the segment, and over three times as long otherwise.
	HTTPNotReceivingBytesTimeout float64 `json:"httpNotReceivingBytesTimeoutMs" unit:"ms"`
	// Failed downloads from the origin after which the player is told; 1 or more. From the default
	// on it is not told of what may pass by itself before hls.js alone would give up, half a minute on.
	HTTPErrorRetries float64 `json:"httpErrorRetries"`
	// Downloads in a row that stood still after which a peer is left.
	P2PErrorRetries float64 `json:"p2pErrorRetries"`
	// How a peer id begins; 20 characters at most.
	TrackerClientVersionPrefix string `json:"trackerClientVersionPrefix"`
	// Addresses of WebTorrent trackers.
	AnnounceTrackers []string `json:"announceTrackers"`
	// Handed to RTCPeerConnection untouched.
	RTC RTC `json:"rtcConfig"`
	// Names the presentation among its viewers. Unset, it is the manifest's address without
	// its query.
	SwarmID string `json:"swarmId" unset:"absent"`
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

// HTTP is how an origin that fails is treated. No page sets it; the part of the loader
// that is in JavaScript goes by it too.
type HTTP struct {
	// The rest that the origin is given after a failure, doubled with each in a row. The last
	// half of it is random, so that viewers do not come back in step.
	FirstRest float64 `json:"firstRestMs" unit:"ms"`
	// The longest rest, so that the end of an outage is noticed soon.
	LongestRest float64 `json:"longestRestMs" unit:"ms"`
	// The longest that an origin can ask for with Retry-After where the player cannot wait: as
	// long as hls.js waits between two attempts.
	LongestWish float64 `json:"longestWishMs" unit:"ms"`
	// An attempt that brought so many bytes, or that share of the segment, is no reason to give
	// up: a line that breaks often brings a segment all the same.
	WorthwhileBytes float64 `json:"worthwhileBytes" unit:"B"`
	// See worthwhileBytes; from 0 to 1.
	WorthwhileShare float64 `json:"worthwhileShare"`
	// Headers are waited for so many times longer than bytes: with the default, for the 10 s
	// that hls.js has for a first byte.
	HeadersFactor float64 `json:"headersFactor"`
	// How long after the first failure the player is not told of an origin that fails or is
	// busy: hls.js alone would try that long, after 1, 2, 4, 8, 8 and 8 s.
	FailingPatience float64 `json:"failingPatienceMs" unit:"ms"`
	// The same of one that says nothing: hls.js alone would wait for another four times 10 s.
	SilentPatience float64 `json:"silentPatienceMs" unit:"ms"`
}

// UsualHTTPErrorRetries is the default. A page that sets less means it: there is no
// patience then.
const UsualHTTPErrorRetries = 3

// HTTPRules is that for all streams.
var HTTPRules = HTTP{
	FirstRest:       250,
	LongestRest:     2000,
	LongestWish:     8000,
	WorthwhileBytes: 64 << 10,
	WorthwhileShare: 1.0 / 8,
	HeadersFactor:   10.0 / 3,
	FailingPatience: 31_000,
	SilentPatience:  40_000,
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
		HTTPErrorRetries:                UsualHTTPErrorRetries,
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
func Milliseconds(ms float64) time.Duration { return duration(ms, time.Millisecond) }

// Seconds is a setting in seconds as a duration.
func Seconds(s float64) time.Duration { return duration(s, time.Second) }

// duration is a century where n has no end: that leaves room to add to it.
func duration(n float64, unit time.Duration) time.Duration {
	const century = 100 * 365 * 24 * float64(time.Hour)
	return time.Duration(max(-century, min(century, n*float64(unit))))
}
