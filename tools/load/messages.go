//go:build !js

package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// The sizes of what is sent and, of ids, of what stands between the quotes: they
// have 20 characters, of which UTF-8 makes more bytes where they are above U+007F,
// as most of a hash are.
const (
	offersEach    = 5    // of an announce, as npm bittorrent-tracker's client makes at most
	sdpSize       = 1500 // of a description in bytes, as JSON
	peerIDSize    = 20
	offerIDSize   = 8*2 + 12
	peerIDPrefix  = "-PM0001-"
	offerIDPrefix = "éÿ¡ñØ¶þ½"
)

// offerSDP and answerSDP are the descriptions in all messages, as JSON strings
// without their quotes.
var (
	offerSDP  = sdp("actpass")
	answerSDP = sdp("active")
)

// sdp is what a browser says of a data channel, with as many candidates as sdpSize
// takes.
func sdp(setup string) string {
	text := strings.Join([]string{
		"v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=extmap-allow-mixed",
		"a=msid-semantic: WMS", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0",
		"a=ice-ufrag:4ZcD", "a=ice-pwd:2/1muCWoOi3uLifh0NuRHlik", "a=ice-options:trickle",
		"a=fingerprint:sha-256 " + strings.Repeat("7B:", 31) + "7B", "a=setup:" + setup, "a=mid:0", "a=sctp-port:5000",
		"a=max-message-size:262144", "",
	}, `\r\n`)
	for port := 50000; ; port++ {
		candidate := fmt.Sprintf(`a=candidate:1467250027 1 udp 2122260223 192.0.2.%d %d typ host generation 0 network-id 1\r\n`, port%250, port)
		if len(text)+len(candidate) > sdpSize {
			return text + "a=x-" + strings.Repeat("x", sdpSize-len(text)-len(`a=x-\r\n`)) + `\r\n`
		}
		text += candidate
	}
}

// infoHash is the id of a swarm as it stands in JSON.
func infoHash(swarm int) string { return fmt.Sprintf("§÷ÀÆöûßêàçèø%08d", swarm) }

// announcement is the announce of a peer of a swarm with some offers. Its holes are
// the peer's id and the offers' ids.
func announcement(infoHash string, offers int) stencil {
	var d drawing
	d.write(`{"action":"announce","info_hash":"` + infoHash + `","peer_id":"`)
	d.leave(peerIDSize)
	d.write(fmt.Sprintf(`","numwant":%d,"uploaded":0,"downloaded":0,"offers":[`, offers))
	for i := range offers {
		if i > 0 {
			d.write(",")
		}
		d.write(`{"offer":{"type":"offer","sdp":"` + offerSDP + `"},"offer_id":"`)
		d.leave(offerIDSize)
		d.write(`"}`)
	}
	d.write("]}")
	return d.stencil()
}

// reply is a peer's answer to an offer. Its holes are the ids of the peer, of who
// made the offer, and of the offer.
func reply(infoHash string) stencil {
	var d drawing
	d.write(`{"action":"announce","info_hash":"` + infoHash + `","peer_id":"`)
	d.leave(peerIDSize)
	d.write(`","to_peer_id":"`)
	d.leave(peerIDSize)
	d.write(`","answer":{"type":"answer","sdp":"` + answerSDP + `"},"offer_id":"`)
	d.leave(offerIDSize)
	d.write(`"}`)
	return d.stencil()
}

// appendPeerID appends the id of a client's peer.
func appendPeerID(to []byte, client int) []byte {
	return appendHex(append(to, peerIDPrefix...), client, peerIDSize-len(peerIDPrefix))
}

// appendOfferID appends the id of an offer: the client's n-th announce, its i-th.
func appendOfferID(to []byte, client, n, i int) []byte {
	to = appendHex(append(to, offerIDPrefix...), client, 5)
	return appendHex(appendHex(to, n, 6), i, 1)
}

// offerFrom reads an offer's id: whose it is, and which of an announce.
func offerFrom(id []byte) (client, i int, ok bool) {
	if len(id) != offerIDSize || !bytes.HasPrefix(id, []byte(offerIDPrefix)) {
		return 0, 0, false
	}
	number, err := strconv.ParseUint(string(id[len(offerIDPrefix):]), 16, 64)
	return int(number >> 28), int(number & 15), err == nil
}

// appendHex appends the last digits of a number.
func appendHex(to []byte, number, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		to = append(to, "0123456789abcdef"[number>>shift&15])
	}
	return to
}

// field is the string of a name in a message, as it stands there between its
// quotes; nil when there is none. The ids of this program need no escapes, and a
// name within an SDP has a backslash before its quote.
func field(message []byte, name string) []byte {
	_, after, found := bytes.Cut(message, []byte(name+`":"`))
	end := bytes.IndexByte(after, '"')
	if !found || end < 0 {
		return nil
	}
	return after[:end]
}
