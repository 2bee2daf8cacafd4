package wire

import (
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// Event says why a peer announces itself. It is empty in the announcements that
// a tracker's interval asks for.
type Event string

const (
	Started   Event = "started"
	Stopped   Event = "stopped"
	Completed Event = "completed"
)

// Announce tells a tracker that a peer is in a swarm, and offers connections to
// others there.
type Announce struct {
	InfoHash   InfoHash
	PeerID     PeerID
	NumWant    int    // offers that the tracker may pass on
	Uploaded   int64  // bytes
	Downloaded int64  // bytes
	Left       *int64 // bytes; nil leaves it out, as a stream has no end
	Event      Event
	TrackerID  string  // what the tracker called itself in its last reply, if it did
	Offers     []Offer // left out when nil
}

// Offer is a connection offered to whichever peer the tracker picks. The SDP
// is complete: there is no trickle of candidates.
type Offer struct {
	ID  OfferID
	SDP string
}

// Answer accepts the offer of another peer.
type Answer struct {
	InfoHash  InfoHash
	PeerID    PeerID // who answers
	To        PeerID // who offered
	OfferID   OfferID
	SDP       string
	TrackerID string // as in Announce
}

// Encode writes the announcement as the text of one WebSocket message.
func (a Announce) Encode() []byte {
	var w jsonWriter
	w.open('{')
	w.stringField("action", "announce")
	w.stringField("info_hash", a.InfoHash.String())
	w.stringField("peer_id", a.PeerID.String())
	w.integerField("numwant", int64(a.NumWant))
	w.integerField("uploaded", a.Uploaded)
	w.integerField("downloaded", a.Downloaded)
	if a.Left != nil {
		w.integerField("left", *a.Left)
	}
	w.optionalField("event", string(a.Event))
	w.optionalField("trackerid", a.TrackerID)
	if a.Offers != nil {
		w.field("offers")
		w.open('[')
		for _, o := range a.Offers {
			w.open('{')
			w.stringField("offer_id", o.ID.String())
			w.description("offer", o.SDP)
			w.close('}')
		}
		w.close(']')
	}
	w.close('}')
	return w.text
}

// Encode writes the answer as the text of one WebSocket message.
func (a Answer) Encode() []byte {
	var w jsonWriter
	w.open('{')
	w.stringField("action", "announce")
	w.stringField("info_hash", a.InfoHash.String())
	w.stringField("peer_id", a.PeerID.String())
	w.stringField("to_peer_id", a.To.String())
	w.description("answer", a.SDP)
	w.stringField("offer_id", a.OfferID.String())
	w.optionalField("trackerid", a.TrackerID)
	w.close('}')
	return w.text
}

// description writes an RTCSessionDescription, in a field that is called after
// its type: "offer" or "answer".
func (w *jsonWriter) description(kind, sdp string) {
	w.field(kind)
	w.open('{')
	w.stringField("type", kind)
	w.stringField("sdp", sdp)
	w.close('}')
}

// TrackerKind tells what a tracker's message says.
type TrackerKind uint8

const (
	// TrackerUnknown is a message with an action that is none of ours: Action.
	TrackerUnknown TrackerKind = iota
	// TrackerReply answers an announcement: InfoHash, Interval, MinInterval,
	// Complete, Incomplete, TrackerID.
	TrackerReply
	// TrackerOffer passes on a peer's offer: InfoHash, PeerID, OfferID, SDP.
	TrackerOffer
	// TrackerAnswer passes on the answer to one of ours: InfoHash, PeerID,
	// OfferID, SDP.
	TrackerAnswer
	// TrackerScrape counts the peers of swarms: Swarms.
	TrackerScrape
	// TrackerFailure refuses what was asked: Failure, and Action and InfoHash
	// where the tracker says what it refuses.
	TrackerFailure
)

// TrackerMessage is what a tracker says. Fields beyond those that its Kind names
// are zero but for Action and Warning, which any kind may carry.
type TrackerMessage struct {
	Kind     TrackerKind
	Action   string // "announce", "scrape", or whatever it said
	InfoHash InfoHash
	Failure  string
	Warning  string

	Interval    time.Duration // until the next announcement; 0 when not said
	MinInterval time.Duration // 0 when not said
	Complete    int64         // peers with the whole
	Incomplete  int64         // the other peers, the one that asked among them
	TrackerID   string        // to be sent along from now on

	PeerID  PeerID // who offers or answers
	OfferID OfferID
	SDP     string

	Swarms map[InfoHash]Scrape
}

// Scrape counts the peers of one swarm.
type Scrape struct {
	Complete   int64
	Incomplete int64
	Downloaded int64
}

// DecodeTracker reads the text of one message of a tracker. A field that is null
// counts as absent, as it does for JavaScript clients. Errors name the field.
func DecodeTracker(text []byte) (TrackerMessage, error) {
	m, err := decodeTracker(text)
	if err != nil {
		return TrackerMessage{}, fmt.Errorf("tracker message: %w", err)
	}
	return m, nil
}

func decodeTracker(text []byte) (m TrackerMessage, err error) {
	if !utf8.Valid(text) {
		return m, fmt.Errorf("not UTF-8")
	}
	o, err := parseObject("", text)
	if err != nil {
		return m, err
	}
	m.Action = o.text("action")
	m.Failure = o.text("failure reason")
	m.Warning = o.text("warning message")
	switch {
	case m.Failure != "":
		m.Kind = TrackerFailure
		if o.has("info_hash") {
			m.InfoHash = o.id("info_hash")
		}
	case m.Action == "announce":
		m.InfoHash = o.id("info_hash")
		o.announce(&m)
	case m.Action == "scrape":
		m.Kind = TrackerScrape
		m.Swarms = o.swarms("files")
	}
	return m, o.err
}

// announce reads what is particular to the three messages that trackers send
// under that action.
func (o *object) announce(m *TrackerMessage) {
	switch offer, answer := o.has("offer"), o.has("answer"); {
	case offer && answer:
		o.fail("offer", fmt.Errorf("stands beside an answer"))
	case offer:
		m.Kind = TrackerOffer
		m.PeerID, m.OfferID = o.id("peer_id"), o.id("offer_id")
		m.SDP = o.sdp("offer")
	case answer:
		m.Kind = TrackerAnswer
		m.PeerID, m.OfferID = o.id("peer_id"), o.id("offer_id")
		m.SDP = o.sdp("answer")
	default:
		m.Kind = TrackerReply
		m.Interval, m.MinInterval = o.seconds("interval"), o.seconds("min interval")
		m.Complete, m.Incomplete = o.count("complete"), o.count("incomplete")
		m.TrackerID = o.text("tracker id")
	}
}

// sdp reads a description of the type that its field is called after.
func (o *object) sdp(field string) string {
	d := o.object(field)
	if kind := d.text("type"); d.err == nil && kind != field {
		d.fail("type", fmt.Errorf("is %q, want %q", kind, field))
	}
	sdp := d.text("sdp")
	if sdp == "" {
		d.fail("sdp", errMissing)
	}
	o.adopt(d)
	return sdp
}

// swarms reads counts by info hash. None at all is what an empty tracker says.
func (o *object) swarms(field string) map[InfoHash]Scrape {
	swarms := map[InfoHash]Scrape{}
	if !o.has(field) {
		return swarms
	}
	files := o.object(field)
	for _, file := range slices.Backward(files.fields) {
		hash, err := parseID(string(file.name))
		if err != nil {
			files.fail(strconv.Quote(string(file.name)), fmt.Errorf("is no id: %w", err))
			break
		}
		if _, known := swarms[hash]; known {
			continue // the last of one name counts
		}
		counts := files.inner(string(file.name), file.value)
		swarms[hash] = Scrape{
			Complete:   counts.count("complete"),
			Incomplete: counts.count("incomplete"),
			Downloaded: counts.count("downloaded"),
		}
		files.adopt(counts)
	}
	o.adopt(files)
	return swarms
}
