package tracker

import (
	"encoding/json"
	"strconv"
	"time"
)

// The messages to clients, written by hand: ids are bytes and not text, and
// an SDP is passed on as the JSON string that came in.

func announceMessage(hash ID, interval time.Duration, s *swarm) []byte {
	complete, incomplete := counts(s)
	m := head("announce", 128)
	m = appendField(m, "info_hash", hash)
	m = append(m, `,"interval":`...)
	m = strconv.AppendInt(m, int64(interval/time.Second), 10)
	m = append(m, `,"complete":`...)
	m = strconv.AppendInt(m, int64(complete), 10)
	m = append(m, `,"incomplete":`...)
	m = strconv.AppendInt(m, int64(incomplete), 10)
	return append(m, '}')
}

func offerMessage(hash, from ID, o description) []byte {
	return descriptionMessage("offer", hash, from, o.id, o.sdp)
}

func answerMessage(r *Request) []byte {
	return descriptionMessage("answer", r.infoHash, r.peerID, r.offerID, r.sdp)
}

func descriptionMessage(kind string, hash, from, id ID, sdp json.RawMessage) []byte {
	m := head("announce", 256+len(sdp))
	m = appendField(m, "info_hash", hash)
	m = appendField(m, "peer_id", from)
	m = appendField(m, "offer_id", id)
	m = append(m, `,"`+kind+`":{"type":"`+kind+`","sdp":`...)
	m = append(m, sdp...)
	return append(m, '}', '}')
}

func scrapeMessage(hashes []ID, swarms map[ID]*swarm) []byte {
	m := append(head("scrape", 32+96*len(hashes)), `,"files":{`...)
	for i, hash := range hashes {
		if i > 0 {
			m = append(m, ',')
		}
		complete, incomplete := counts(swarms[hash])
		m = appendID(m, hash)
		m = append(m, `:{"complete":`...)
		m = strconv.AppendInt(m, int64(complete), 10)
		m = append(m, `,"incomplete":`...)
		m = strconv.AppendInt(m, int64(incomplete), 10)
		// As wt-tracker and bittorrent-tracker: nobody counts downloads.
		m = append(m, `,"downloaded":`...)
		m = strconv.AppendInt(m, int64(complete), 10)
		m = append(m, '}')
	}
	return append(m, '}', '}')
}

// failureMessage says why a request was refused. It always has an action and an
// info_hash, an empty one when the request named none: without them the npm
// client closes its socket and comes back after minutes. reason is plain ASCII
// without quotes.
func failureMessage(r *Request, reason string) []byte {
	m := head(r.action, 128+len(reason))
	if r.named {
		m = appendField(m, "info_hash", r.infoHash)
	} else {
		m = append(m, `,"info_hash":""`...)
	}
	return append(m, `,"failure reason":"`+reason+`"}`...)
}

func counts(s *swarm) (complete, incomplete int) {
	if s == nil {
		return 0, 0
	}
	return s.complete, len(s.members) - s.complete
}

func head(action string, capacity int) []byte {
	return append(make([]byte, 0, capacity), `{"action":"`+action+`"`...)
}

func appendField(m []byte, name string, id ID) []byte {
	return appendID(append(m, `,"`+name+`":`...), id)
}
