package tracker

import (
	"math"
	"strconv"
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

const (
	// maxOffersRead bounds the offers of a request that are kept: more than this
	// no configuration passes on.
	maxOffersRead = 1000
	// messageKept is how large, in bytes, the memory that messages are written
	// into may stay from one request to the next.
	messageKept = 64 << 10
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
	completed   bool
	leftGiven   bool
	nothingLeft bool
	wanted      int
	offers      []description
	offersCount int // with those that were not kept

	// Answer
	toPeerID ID
	offerID  ID
	sdp      []byte

	// Scrape
	scraped   []ID
	scrapeAll bool

	message []byte // what is sent because of it
}

// Kind says what the request asks for.
func (r *Request) Kind() Kind { return r.kind }

// Offers is how many offers the request brings.
func (r *Request) Offers() int { return r.offersCount }

// description is an offer or an answer, its SDP still a JSON string as it
// arrived.
type description struct {
	id  ID
	sdp []byte
}

// fields is what a message says, unless noted otherwise as JSON that is not
// looked into yet; nil where there is nothing. Of those given twice the last
// counts.
type fields struct {
	action, infoHash, peerID, toPeerID, offerID, event, left, numwant []byte

	hashesFailure string // what is wrong with infoHash, which is an array
	offersFailure string
	answer        field
}

// field is a description or its absence.
type field struct {
	given bool
	sdp   []byte // nil when it is none
}

// Parse reads one frame. It does not fail: what it cannot read becomes a
// request that Handle answers with a `failure reason`. The request has slices of
// the frame, and is good as long as that is not changed; the next Parse uses its
// memory again. That is a few KB when it was of use: one for each goroutine is
// enough, whatever the number of connections.
func (r *Request) Parse(frame []byte) {
	if cap(r.message) > messageKept {
		r.message = nil
	}
	*r = Request{kind: Failure, action: "announce", offers: r.offers[:0], scraped: r.scraped[:0], message: r.message}
	if r.parse(frame); r.failure != "" {
		r.kind = Failure
	}
	if r.kind != Announce {
		r.offersCount = 0
	}
}

func (r *Request) parse(frame []byte) {
	f, ok := r.scan(frame)
	switch {
	case !ok && !utf8.Valid(frame):
		r.failure = "the message is not UTF-8"
		return
	case !ok:
		r.failure = "the message is not a JSON object"
		return
	}
	var buffer [16]byte
	action := plain(f.action, &buffer)
	r.infoHash, r.named = parseID(f.infoHash)
	switch {
	case string(action) == "scrape":
		r.action = "scrape"
		r.failure = r.readScrape(&f)
	case string(action) != "announce":
		r.failure = "action must be announce or scrape"
	case !r.named:
		r.failure = "info_hash must be 20 characters U+0000 to U+00FF"
	case f.answer.given:
		r.failure = r.readAnswer(&f)
	default:
		r.failure = r.readAnnounce(&f)
	}
}

// scan reads the message, and its arrays into r.
func (r *Request) scan(frame []byte) (f fields, ok bool) {
	s := scanner{text: frame}
	for s.enter('{'); s.next('}'); {
		switch string(s.field()) {
		case "action":
			f.action = s.value()
		case "info_hash":
			f.infoHash, f.hashesFailure = r.scanHashes(&s)
		case "peer_id":
			f.peerID = s.value()
		case "to_peer_id":
			f.toPeerID = s.value()
		case "offer_id":
			f.offerID = s.value()
		case "event":
			f.event = s.value()
		case "left":
			f.left = s.value()
		case "numwant":
			f.numwant = s.value()
		case "answer":
			f.answer = s.description()
		case "offers":
			f.offersFailure = r.scanOffers(&s)
		default:
			s.value()
		}
	}
	return f, s.end()
}

// scanHashes reads info_hash, which may be an array in a scrape.
func (r *Request) scanHashes(s *scanner) (value []byte, failure string) {
	r.scraped = r.scraped[:0]
	if s.peek() != '[' {
		return s.value(), ""
	}
	from := s.at
	for s.enter('['); s.next(']'); {
		id, ok := parseID(s.value())
		if !ok {
			failure = wrongHashes
		}
		if len(r.scraped) < maxScraped {
			r.scraped = append(r.scraped, id)
		}
	}
	return s.text[from:s.at], failure
}

func (r *Request) scanOffers(s *scanner) (failure string) {
	r.offers, r.offersCount = r.offers[:0], 0
	switch s.peek() {
	case '[':
	case 'n': // null
		s.value()
		return ""
	default:
		s.value()
		return "offers must be an array"
	}
	for s.enter('['); s.next(']'); {
		offer, given, reason := s.offer()
		if failure == "" {
			failure = reason
		}
		if !given {
			continue
		}
		if len(r.offers) < maxOffersRead {
			r.offers = append(r.offers, offer)
		}
		r.offersCount++
	}
	return failure
}

// offer reads one of offers. An object with neither an id nor an offer is not
// given: bittorrent-tracker's tests announce with such, and expect a reply.
func (s *scanner) offer() (d description, given bool, failure string) {
	if s.peek() != '{' {
		s.value()
		return d, true, "each of offers must be an object"
	}
	var named bool
	for s.enter('{'); s.next('}'); {
		switch string(s.field()) {
		case "offer_id":
			given = true
			d.id, named = parseID(s.value())
		case "offer":
			given = true
			d.sdp = s.description().sdp
		default:
			s.value()
		}
	}
	switch {
	case !given:
		return d, false, ""
	case !named:
		return d, true, "offer_id must be 20 characters U+0000 to U+00FF"
	case d.sdp == nil:
		return d, true, "offer must be an object with a string sdp"
	}
	return d, true, ""
}

// description reads {type, sdp}. The type is not looked at: it follows from
// where the description stands.
func (s *scanner) description() (d field) {
	c := s.peek()
	d.given = c != 'n' // null
	if c != '{' {
		s.value()
		return d
	}
	for s.enter('{'); s.next('}'); {
		if string(s.field()) == "sdp" {
			d.sdp = s.value()
		} else {
			s.value()
		}
	}
	if len(d.sdp) > 0 && d.sdp[0] != '"' {
		d.sdp = nil
	}
	return d
}

func (r *Request) readAnnounce(f *fields) (failure string) {
	var ok bool
	if r.peerID, ok = parseID(f.peerID); !ok {
		return "peer_id must be 20 characters U+0000 to U+00FF"
	}
	r.kind = Announce
	if present(f.event) {
		if f.event[0] != '"' {
			return "event must be a string"
		}
		var buffer [16]byte
		event := plain(f.event, &buffer)
		switch {
		case event == nil:
			return wrongEvent
		case string(event) == "stopped":
			r.kind = Stop
			return ""
		}
		switch string(event) {
		case "", "empty", "started", "update", "paused":
		case "completed":
			r.completed = true
		default:
			return wrongEvent
		}
	}
	left, ok := number(f.left)
	r.leftGiven, r.nothingLeft = ok, ok && left == 0
	r.wanted = wanted(f.numwant)
	return f.offersFailure
}

// wanted reads numwant leniently: a client that leaves it out or writes
// nonsense wants as many as it brings offers for.
func wanted(raw []byte) int {
	value, ok := number(raw)
	switch {
	case !ok || value >= math.MaxInt32:
		return math.MaxInt32
	case value <= 0:
		return 0
	}
	return int(value)
}

func (r *Request) readAnswer(f *fields) (failure string) {
	r.kind = Answer
	var ok bool
	if r.peerID, ok = parseID(f.peerID); !ok {
		return "peer_id must be 20 characters U+0000 to U+00FF"
	}
	if r.toPeerID, ok = parseID(f.toPeerID); !ok {
		return "to_peer_id must be 20 characters U+0000 to U+00FF"
	}
	if r.offerID, ok = parseID(f.offerID); !ok {
		return "offer_id must be 20 characters U+0000 to U+00FF"
	}
	if r.sdp = f.answer.sdp; r.sdp == nil {
		return "answer must be an object with a string sdp"
	}
	return ""
}

// readScrape reads info_hash: one, several, or absent for all swarms.
func (r *Request) readScrape(f *fields) (failure string) {
	r.kind = Scrape
	switch {
	case !present(f.infoHash):
		r.scrapeAll = true
	case r.named:
		r.scraped = append(r.scraped, r.infoHash)
	case f.infoHash[0] == '[':
		return f.hashesFailure
	default:
		return wrongHashes
	}
	return ""
}

const (
	wrongEvent  = "event must be started, update, completed, paused or stopped"
	wrongHashes = "info_hash must be 20 characters U+0000 to U+00FF, an array of such, or absent"
)

// present says whether a field is there; null counts as absent.
func present(raw []byte) bool { return len(raw) > 0 && raw[0] != 'n' }

// number reads a JSON number. One too large for a float64 is infinite.
func number(raw []byte) (value float64, ok bool) {
	if len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return 0, false
	}
	value, _ = strconv.ParseFloat(string(raw), 64)
	return value, true
}
