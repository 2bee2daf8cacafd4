package config

import (
	"fmt"
	"math"
	"slices"
)

// The least and the longest message on a data channel, in bytes: commands cannot
// be split to less, and not every browser takes more.
const (
	leastMessage = 17
	mostMessage  = 256 << 10
)

var endless = math.Inf(1)

// MakeSense gives numbers with which nothing can work their defaults: those that
// are none, and those out of their range. It returns which they were, each once,
// in words for whoever wrote the page.
//
// What works in P2P Media Loader stays as it is: none of something at a time, a
// window of nothing or less, and no end of either.
func (s *Settings) MakeSense() (complaints []string) {
	usual := Default()
	check := func(name string, value *float64, usual, least, most float64) {
		if *value >= least && *value <= most {
			return
		}
		complaint := fmt.Sprintf("%s cannot be %v: the default is used", name, *value)
		*value = usual
		if !slices.Contains(complaints, complaint) {
			complaints = append(complaints, complaint)
		}
	}
	check("segmentMemoryStorageLimit", &s.StorageLimit, usual.StorageLimit, 0, endless)
	check("uploadRateLimit", &s.UploadRateLimit, usual.UploadRateLimit, 0, endless)
	check("uploadTotalLimit", &s.UploadTotalLimit, usual.UploadTotalLimit, 0, endless)
	check("maxPeers", &s.MaxPeers, usual.MaxPeers, 0, endless)
	check("minViewers", &s.MinViewers, usual.MinViewers, 0, endless)
	s.Main.makeSense(&usual.Main, check)
	s.Secondary.makeSense(&usual.Secondary, check)
	return complaints
}

func (s *Stream) makeSense(usual *Stream, check func(name string, value *float64, usual, least, most float64)) {
	number := func(name string, value *float64, usual float64) { check(name, value, usual, -endless, endless) }
	number("simultaneousHttpDownloads", &s.SimultaneousHTTPDownloads, usual.SimultaneousHTTPDownloads)
	number("simultaneousP2PDownloads", &s.SimultaneousP2PDownloads, usual.SimultaneousP2PDownloads)
	number("highDemandTimeWindow", &s.HighDemandTimeWindow, usual.HighDemandTimeWindow)
	number("httpDownloadInitialTimeoutMs", &s.HTTPDownloadInitialTimeout, usual.HTTPDownloadInitialTimeout)
	number("httpDownloadTimeWindow", &s.HTTPDownloadTimeWindow, usual.HTTPDownloadTimeWindow)
	number("p2pDownloadTimeWindow", &s.P2PDownloadTimeWindow, usual.P2PDownloadTimeWindow)
	number("p2pInactiveLoaderDestroyTimeoutMs", &s.P2PInactiveLoaderDestroyTimeout, usual.P2PInactiveLoaderDestroyTimeout)
	number("p2pErrorRetries", &s.P2PErrorRetries, usual.P2PErrorRetries)

	check("webRtcMaxMessageSize", &s.WebRTCMaxMessageSize, usual.WebRTCMaxMessageSize, leastMessage, mostMessage)
	// Without time for a first byte, and without a first attempt, nothing arrives.
	check("p2pNotReceivingBytesTimeoutMs", &s.P2PNotReceivingBytesTimeout, usual.P2PNotReceivingBytesTimeout, 1, endless)
	check("httpNotReceivingBytesTimeoutMs", &s.HTTPNotReceivingBytesTimeout, usual.HTTPNotReceivingBytesTimeout, 1, endless)
	check("httpErrorRetries", &s.HTTPErrorRetries, usual.HTTPErrorRetries, 1, endless)
}
