package tracker

import (
	"strconv"
	"time"
)

// The messages to clients, written by hand: ids are bytes and not text, and
// an SDP is passed on as the JSON string that came in. They are written into
// the memory of the request that brings them about, one at a time.

// announceMessage is the reply to an announce. The next one is to come after the
// interval, which on the wire is in whole seconds, and never 0. warning is empty, or
// plain ASCII without quotes.
func (r *Request) announceMessage(interval time.Duration, s *swarm, warning string) []byte {
	complete, incomplete := s.counts()
	m := appendField(r.head("announce"), "info_hash", r.infoHash)
	m = appendNumber(m, `,"interval":`, max(1, int((interval+time.Second-1)/time.Second)))
	m = appendNumber(m, `,"complete":`, complete)
	m = appendNumber(m, `,"incomplete":`, incomplete)
	if warning != "" {
		m = append(m, `,"warning message":"`...)
		m = append(m, warning...)
		m = append(m, '"')
	}
	r.message = append(m, '}')
	return r.message
}

func (r *Request) offerMessage(o description) []byte {
	return r.descriptionMessage(`,"offer":{"type":"offer","sdp":`, o)
}

func (r *Request) answerMessage() []byte {
	return r.descriptionMessage(`,"answer":{"type":"answer","sdp":`, description{id: r.offerID, sdp: r.sdp})
}

func (r *Request) descriptionMessage(field string, d description) []byte {
	m := appendField(r.head("announce"), "info_hash", r.infoHash)
	m = appendField(m, "peer_id", r.peerID)
	m = appendField(m, "offer_id", d.id)
	m = append(m, field...)
	m = append(m, d.sdp...)
	r.message = append(m, '}', '}')
	return r.message
}

func (r *Request) beginScrape() { r.message = append(r.head("scrape"), `,"files":{`...) }

func (r *Request) addScraped(hash ID, s *swarm) {
	complete, incomplete := s.counts()
	m := r.message
	if m[len(m)-1] != '{' {
		m = append(m, ',')
	}
	m = appendID(m, hash)
	m = appendNumber(m, `:{"complete":`, complete)
	m = appendNumber(m, `,"incomplete":`, incomplete)
	// As wt-tracker and bittorrent-tracker: nobody counts downloads.
	m = appendNumber(m, `,"downloaded":`, complete)
	r.message = append(m, '}')
}

func (r *Request) endScrape() []byte {
	r.message = append(r.message, '}', '}')
	return r.message
}

// failureMessage says why a request was refused. It always has an action and an
// info_hash, an empty one when the request named none: without them the npm
// client closes its socket and comes back after minutes. text is plain ASCII
// without quotes.
func (r *Request) failureMessage(text string) []byte {
	m := r.head(r.action)
	if r.named {
		m = appendField(m, "info_hash", r.infoHash)
	} else {
		m = append(m, `,"info_hash":""`...)
	}
	m = append(m, `,"failure reason":"`...)
	m = append(m, text...)
	r.message = append(m, '"', '}')
	return r.message
}

func (r *Request) head(action string) []byte {
	m := append(r.message[:0], `{"action":"`...)
	m = append(m, action...)
	return append(m, '"')
}

func appendField(m []byte, name string, id ID) []byte {
	m = append(m, ',', '"')
	m = append(m, name...)
	return appendID(append(m, '"', ':'), id)
}

func appendNumber(m []byte, before string, n int) []byte {
	return strconv.AppendInt(append(m, before...), int64(n), 10)
}
