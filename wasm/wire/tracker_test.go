package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// ofSwarm is the info hash that record.mjs uses.
var ofSwarm = HashSwarm(SHA1, "v2-https://example.com/master.m3u8-main-0")

func peerID(t testing.TB, s string) PeerID {
	t.Helper()
	id, err := parseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func number(n int64) *int64 { return &n }

// sameJSON tells whether two texts say the same, in whatever order of fields.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatalf("%v in %s", err, a)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return reflect.DeepEqual(x, y)
}

// recordedTracker is what the npm client sent, of itself or on hearing a text.
type recordedTracker struct {
	What  string
	Sent  []string
	Heard string
}

func TestAnnouncesAsRecorded(t *testing.T) {
	me := peerID(t, "-PM0203-ABCDEFGHIJKL")
	announces := map[string]Announce{
		"started":          {InfoHash: ofSwarm, PeerID: me, NumWant: 2, Event: Started},
		"update":           {InfoHash: ofSwarm, PeerID: me, Offers: []Offer{}},
		"update with left": {InfoHash: ofSwarm, PeerID: me, NumWant: 1, Left: number(5), Uploaded: 7, Downloaded: 9},
		"stopped":          {InfoHash: ofSwarm, PeerID: me, NumWant: 50, Event: Stopped},
		"completed":        {InfoHash: ofSwarm, PeerID: me, NumWant: 50, Event: Completed},
	}
	met := 0
	for _, v := range vectors[recordedTracker](t, "tracker.json") {
		a, ok := announces[v.What]
		if !ok {
			continue
		}
		met++
		// Offers get their ids at random: take those of the recording.
		var sent struct {
			Offers []struct {
				ID string `json:"offer_id"`
			}
		}
		if err := json.Unmarshal([]byte(v.Sent[0]), &sent); err != nil {
			t.Fatal(err)
		}
		for _, o := range sent.Offers {
			a.Offers = append(a.Offers, Offer{ID: OfferID(peerID(t, o.ID)), SDP: "v=0 an offer"})
		}
		if got := a.Encode(); !sameJSON(t, got, []byte(v.Sent[0])) {
			t.Errorf("%s is written\n%s, want\n%s", v.What, got, v.Sent[0])
		}
	}
	if met != len(announces) {
		t.Errorf("met %d recorded announcements, want %d", met, len(announces))
	}
}

// The npm client answers an offer that it hears. We must read the same offer
// and write the same answer.
func TestAnswersAsRecorded(t *testing.T) {
	met := 0
	for _, v := range vectors[recordedTracker](t, "tracker.json") {
		if v.Heard == "" || len(v.Sent) == 0 {
			continue
		}
		met++
		m, err := DecodeTracker([]byte(v.Heard))
		if err != nil || m.Kind != TrackerOffer {
			t.Fatalf("%s reads %+v, %v", v.Heard, m, err)
		}
		answer := Answer{
			InfoHash: m.InfoHash,
			PeerID:   peerID(t, "-PM0203-ABCDEFGHIJKL"),
			To:       m.PeerID,
			OfferID:  m.OfferID,
			SDP:      "v=0 an answer",
		}
		if got := answer.Encode(); !sameJSON(t, got, []byte(v.Sent[0])) {
			t.Errorf("answer is written\n%s, want\n%s", got, v.Sent[0])
		}
	}
	if met == 0 {
		t.Error("no answer recorded")
	}
}

const (
	otherPeer = "-PM0202-\x00\x7f\u0080\u00ff\"\\\n\x01wxyz"
	someOffer = "\x00\x01\x7f\u0080\u00fe\u00ffabcdefghijklmn"
)

type fields = map[string]any

func jsonText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // no test writes such a value
	}
	return string(text)
}

// message writes a tracker's announce message about the swarm.
func message(f fields) string {
	f["action"] = "announce"
	if _, ok := f["info_hash"]; !ok {
		f["info_hash"] = ofSwarm.String()
	}
	return jsonText(f)
}

func TestDecodeTracker(t *testing.T) {
	description := func(kind string) fields { return fields{"type": kind, "sdp": "v=0\r\n"} }
	other, offer := peerID(t, otherPeer), OfferID(peerID(t, someOffer))
	for _, test := range []struct {
		text string
		want TrackerMessage
	}{
		{
			message(fields{"interval": 120, "complete": 1, "incomplete": 4.0}),
			TrackerMessage{Kind: TrackerReply, Action: "announce", InfoHash: ofSwarm, Interval: 2 * time.Minute, Complete: 1, Incomplete: 4},
		}, {
			message(fields{"interval": 0.5, "min interval": 60, "tracker id": "t", "complete": nil, "warning message": "slow"}),
			TrackerMessage{
				Kind: TrackerReply, Action: "announce", InfoHash: ofSwarm, Warning: "slow",
				Interval: time.Second / 2, MinInterval: time.Minute, TrackerID: "t",
			},
		}, {
			message(fields{"interval": 1e300}),
			TrackerMessage{Kind: TrackerReply, Action: "announce", InfoHash: ofSwarm, Interval: 1 << 31 * time.Second},
		}, {
			message(fields{"peer_id": otherPeer, "offer_id": someOffer, "offer": description("offer")}),
			TrackerMessage{Kind: TrackerOffer, Action: "announce", InfoHash: ofSwarm, PeerID: other, OfferID: offer, SDP: "v=0\r\n"},
		}, {
			// As wt-tracker passes it on: with whatever else the peer said.
			message(fields{"peer_id": otherPeer, "offer_id": someOffer, "answer": description("answer"), "offers": []int{}, "numwant": 5, "offer": nil}),
			TrackerMessage{Kind: TrackerAnswer, Action: "announce", InfoHash: ofSwarm, PeerID: other, OfferID: offer, SDP: "v=0\r\n"},
		}, {
			message(fields{"failure reason": "no such swarm"}),
			TrackerMessage{Kind: TrackerFailure, Action: "announce", InfoHash: ofSwarm, Failure: "no such swarm"},
		}, {
			`{"failure reason": "go away"}`,
			TrackerMessage{Kind: TrackerFailure, Failure: "go away"},
		}, {
			message(fields{"failure reason": "", "interval": 30}),
			TrackerMessage{Kind: TrackerReply, Action: "announce", InfoHash: ofSwarm, Interval: 30 * time.Second},
		}, {
			jsonText(fields{"action": "scrape", "files": fields{
				ofSwarm.String(): fields{"complete": 1, "incomplete": 2, "downloaded": 3}, otherPeer: fields{},
			}}),
			TrackerMessage{Kind: TrackerScrape, Action: "scrape", Swarms: map[InfoHash]Scrape{
				ofSwarm: {Complete: 1, Incomplete: 2, Downloaded: 3}, InfoHash(other): {},
			}},
		}, {
			`{"action": "scrape", "files": {}}`,
			TrackerMessage{Kind: TrackerScrape, Action: "scrape", Swarms: map[InfoHash]Scrape{}},
		}, {
			`{"action": "gossip", "info_hash": 1}`,
			TrackerMessage{Kind: TrackerUnknown, Action: "gossip"},
		}, {
			`{}`,
			TrackerMessage{Kind: TrackerUnknown},
		},
	} {
		got, err := DecodeTracker([]byte(test.text))
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s\nreads %+v, %v, want\n%+v", test.text, got, err, test.want)
		}
	}
}

func TestDecodeTrackerErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`not JSON`, "tracker message: byte 1 is 'o', want null"},
		{``, "tracker message: ends at byte 0, want a value"},
		{`[]`, "is array, want an object"},
		{`null`, "is null, want an object"},
		{"{\"action\": \"\xff\"}", "not UTF-8"},
		{`{"action": 5}`, "action is number, want a text"},
		{`{"action": "announce"}`, "info_hash is missing"},
		{`{"action": "announce", "info_hash": 5}`, "info_hash is number, want a text"},
		{message(fields{"info_hash": "short"}), "info_hash is no id: 5 characters, want 20"},
		{message(fields{"info_hash": strings.Repeat("x", 21)}), "info_hash is no id: 21 characters, want 20"},
		{message(fields{"info_hash": strings.Repeat("x", 19) + "Ā"}), "info_hash is no id: character 19 is U+0100"},
		{message(fields{"interval": "20"}), "interval is string, want a number"},
		{message(fields{"interval": -1}), "interval is -1, want 0 or more"},
		{`{"action": "announce", "info_hash": "` + ofSwarm.String() + `", "interval": 1e400}`, "interval is too large a number"},
		{message(fields{"complete": 1.5}), "complete is 1.5, want an integer"},
		{message(fields{"incomplete": true}), "incomplete is bool, want a number"},
		{message(fields{"failure reason": true}), "failure reason is bool, want a text"},
		{message(fields{"tracker id": 1}), "tracker id is number, want a text"},
		{message(fields{"offer": fields{"type": "offer", "sdp": "v"}, "offer_id": someOffer}), "peer_id is missing"},
		{message(fields{"offer": fields{"type": "offer", "sdp": "v"}, "peer_id": otherPeer}), "offer_id is missing"},
		{message(fields{"offer": "v=0", "peer_id": otherPeer, "offer_id": someOffer}), "offer is string, want an object"},
		{message(fields{"offer": fields{"type": "answer", "sdp": "v"}, "peer_id": otherPeer, "offer_id": someOffer}), `offer.type is "answer", want "offer"`},
		{message(fields{"offer": fields{"type": "offer"}, "peer_id": otherPeer, "offer_id": someOffer}), "offer.sdp is missing"},
		{message(fields{"answer": fields{"type": "answer", "sdp": 1}, "peer_id": otherPeer, "offer_id": someOffer}), "answer.sdp is number, want a text"},
		{message(fields{"offer": fields{}, "answer": fields{}}), "offer stands beside an answer"},
		{`{"action": "scrape", "files": []}`, "files is array, want an object"},
		{`{"action": "scrape", "files": {"short": {}}}`, `files."short" is no id: 5 characters`},
		{jsonText(fields{"action": "scrape", "files": fields{ofSwarm.String(): fields{"complete": "1"}}}), ".complete is string, want a number"},
	} {
		m, err := DecodeTracker([]byte(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s\nreads %+v, %v, want an error with %q", test.text, m, err, test.want)
		}
	}
}
