package tracker

import (
	"encoding/json"
	"math"
	"unicode/utf8"
)

// Kind is what a message is about.
type Kind string

// Requests are Announce, Stop, Answer, Scrape, or Failure when they cannot be
// read. Messages to peers are Announce (the reply to an announce or a stop),
// Offer, Answer, Scrape and Failure.
const (
	Announce Kind = "announce"
	Stop     Kind = "stop"
	Offer    Kind = "offer"
	Answer   Kind = "answer"
	Scrape   Kind = "scrape"
	Failure  Kind = "failure"
)

// Request is one message from a client, as Parse read it.
type Request struct {
	kind    Kind
	action  string // what a failure is answered with: announce or scrape
	failure string // why the request cannot be read, for Failure

	infoHash ID
	named    bool // infoHash was given
	peerID   ID

	// Announce
	completed bool
	left      *float64
	wanted    int
	offers    []description

	// Answer
	toPeerID ID
	offerID  ID
	sdp      json.RawMessage

	// Scrape
	scraped   []ID
	scrapeAll bool
}

// Kind says what the request asks for.
func (r *Request) Kind() Kind { return r.kind }

// Offers is how many offers the request brings.
func (r *Request) Offers() int { return len(r.offers) }

// description is an offer, its SDP still a JSON string as it arrived.
type description struct {
	id  ID
	sdp json.RawMessage
}

// Parse reads one frame. It does not fail: what it cannot read becomes a
// request that Handle answers with a `failure reason`. The request has slices of
// the frame, and is good as long as that is not changed; the next Parse uses its
// memory again.
func (r *Request) Parse(frame []byte) {
	*r = Request{kind: Failure, action: "announce", offers: r.offers[:0], scraped: r.scraped[:0]}
	r.parse(frame)
}

func (r *Request) parse(frame []byte) {
	if !utf8.Valid(frame) {
		// Parts of a message are relayed as they are, and a browser closes a
		// socket that brings it invalid UTF-8.
		r.failure = "the message is not UTF-8"
		return
	}
	fields, ok := object(frame)
	if !ok {
		r.failure = "the message is not a JSON object"
		return
	}
	action, _ := text(fields["action"])
	r.infoHash, r.named = parseID(fields["info_hash"])
	switch {
	case action == "scrape":
		r.action = action
		r.failure = r.readScrape(fields)
	case action != "announce":
		r.failure = "action must be announce or scrape"
	case !r.named:
		r.failure = "info_hash must be 20 characters U+0000 to U+00FF"
	case present(fields["answer"]):
		r.failure = r.readAnswer(fields)
	default:
		r.failure = r.readAnnounce(fields)
	}
	if r.failure != "" {
		r.kind = Failure
	}
}

func (r *Request) readAnnounce(fields map[string]json.RawMessage) (failure string) {
	var ok bool
	if r.peerID, ok = parseID(fields["peer_id"]); !ok {
		return "peer_id must be 20 characters U+0000 to U+00FF"
	}
	r.kind = Announce
	if raw := fields["event"]; present(raw) {
		event, ok := text(raw)
		if !ok {
			return "event must be a string"
		}
		switch event {
		case "", "started", "update", "paused":
		case "completed":
			r.completed = true
		case "stopped":
			r.kind = Stop
			return ""
		default:
			return "event must be started, update, completed, paused or stopped"
		}
	}
	if left, ok := number(fields["left"]); ok {
		r.left = &left
	}
	r.wanted = wanted(fields["numwant"])
	return r.readOffers(fields["offers"])
}

// wanted reads numwant leniently: a client that leaves it out or writes
// nonsense wants as many as it brings offers for.
func wanted(raw json.RawMessage) int {
	value, ok := number(raw)
	switch {
	case !ok || value >= math.MaxInt32:
		return math.MaxInt32
	case value <= 0:
		return 0
	}
	return int(value)
}

func (r *Request) readOffers(raw json.RawMessage) (failure string) {
	if !present(raw) {
		return ""
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return "offers must be an array"
	}
	for _, item := range items {
		fields, ok := object(item)
		if !ok {
			return "each of offers must be an object"
		}
		id, ok := parseID(fields["offer_id"])
		if !ok {
			return "offer_id must be 20 characters U+0000 to U+00FF"
		}
		sdp, ok := readDescription(fields["offer"])
		if !ok {
			return "offer must be an object with a string sdp"
		}
		r.offers = append(r.offers, description{id: id, sdp: sdp})
	}
	return ""
}

func (r *Request) readAnswer(fields map[string]json.RawMessage) (failure string) {
	r.kind = Answer
	var ok bool
	if r.peerID, ok = parseID(fields["peer_id"]); !ok {
		return "peer_id must be 20 characters U+0000 to U+00FF"
	}
	if r.toPeerID, ok = parseID(fields["to_peer_id"]); !ok {
		return "to_peer_id must be 20 characters U+0000 to U+00FF"
	}
	if r.offerID, ok = parseID(fields["offer_id"]); !ok {
		return "offer_id must be 20 characters U+0000 to U+00FF"
	}
	if r.sdp, ok = readDescription(fields["answer"]); !ok {
		return "answer must be an object with a string sdp"
	}
	return ""
}

// readScrape reads info_hash: one, several, or absent for all swarms.
func (r *Request) readScrape(fields map[string]json.RawMessage) (failure string) {
	const wrong = "info_hash must be 20 characters U+0000 to U+00FF, an array of such, or absent"
	r.kind = Scrape
	raw := fields["info_hash"]
	switch {
	case !present(raw):
		r.scrapeAll = true
	case r.named:
		r.scraped = append(r.scraped, r.infoHash)
	default:
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			return wrong
		}
		seen := make(map[ID]bool, len(items))
		for _, item := range items {
			id, ok := parseID(item)
			if !ok {
				return wrong
			}
			if !seen[id] {
				seen[id] = true
				r.scraped = append(r.scraped, id)
			}
		}
	}
	return ""
}

// readDescription reads {type, sdp} and returns sdp as the JSON string that it
// is. The type is not looked at: it follows from where the description stands.
func readDescription(raw json.RawMessage) (sdp json.RawMessage, ok bool) {
	fields, ok := object(raw)
	if !ok {
		return nil, false
	}
	sdp = fields["sdp"]
	return sdp, len(sdp) > 0 && sdp[0] == '"'
}

// present says whether a field is there; null counts as absent.
func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

func object(raw []byte) (fields map[string]json.RawMessage, ok bool) {
	return fields, json.Unmarshal(raw, &fields) == nil && fields != nil
}

func text(raw json.RawMessage) (value string, ok bool) {
	return value, present(raw) && json.Unmarshal(raw, &value) == nil
}

// number reads a JSON number. One too large for a float64 is infinite.
func number(raw json.RawMessage) (value float64, ok bool) {
	if !present(raw) || (raw[0] != '-' && (raw[0] < '0' || raw[0] > '9')) {
		return 0, false
	}
	if json.Unmarshal(raw, &value) != nil {
		value = math.Inf(1)
		if raw[0] == '-' {
			value = math.Inf(-1)
		}
	}
	return value, true
}
