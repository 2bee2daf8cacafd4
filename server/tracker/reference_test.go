package tracker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

// The same reading as Parse, with encoding/json: slow and simple.

func reference(frame []byte) Request {
	r := Request{kind: Failure, action: "announce"}
	if r.failure = r.refer(frame); r.failure != "" {
		r.kind = Failure
	}
	return r
}

func (r *Request) refer(frame []byte) (failure string) {
	if !utf8.Valid(frame) {
		return "the message is not UTF-8"
	}
	var f map[string]json.RawMessage
	if json.Unmarshal(frame, &f) != nil || f == nil || depth(frame) > maxDepth {
		return "the message is not a JSON object"
	}
	r.infoHash, r.named = referID(f["info_hash"])
	switch action, _ := referText(f["action"]); {
	case action == "scrape":
		r.action = action
		return r.referScrape(f["info_hash"])
	case action != "announce":
		return "action must be announce or scrape"
	case !r.named:
		return "info_hash must be 20 characters U+0000 to U+00FF"
	case absent(f["answer"]):
		return r.referAnnounce(f)
	}
	return r.referAnswer(f)
}

func (r *Request) referAnnounce(f map[string]json.RawMessage) (failure string) {
	var ok bool
	if r.peerID, ok = referID(f["peer_id"]); !ok {
		return "peer_id must be 20 characters U+0000 to U+00FF"
	}
	r.kind = Announce
	if !absent(f["event"]) {
		event, ok := referText(f["event"])
		if !ok {
			return "event must be a string"
		}
		if event == "stopped" {
			r.kind = Stop
			return ""
		}
		if !strings.Contains("|empty|started|update|paused|completed||", "|"+event+"|") || strings.Contains(event, "|") {
			return wrongEvent
		}
		r.completed = event == "completed"
	}
	left, ok := referNumber(f["left"])
	r.leftGiven, r.nothingLeft = ok, ok && left == 0
	r.wanted = math.MaxInt32
	if n, ok := referNumber(f["numwant"]); ok && n < math.MaxInt32 {
		r.wanted = int(max(n, 0))
	}
	if absent(f["offers"]) {
		return ""
	}
	var offers []json.RawMessage
	if json.Unmarshal(f["offers"], &offers) != nil {
		return "offers must be an array"
	}
	for _, raw := range offers {
		var o map[string]json.RawMessage
		if json.Unmarshal(raw, &o) != nil || o == nil {
			return "each of offers must be an object"
		}
		if o["offer_id"] == nil && o["offer"] == nil {
			continue
		}
		id, ok := referID(o["offer_id"])
		if !ok {
			return "offer_id must be 20 characters U+0000 to U+00FF"
		}
		sdp := referSDP(o["offer"])
		if sdp == nil {
			return "offer must be an object with a string sdp"
		}
		r.offers = append(r.offers, description{id: id, sdp: sdp})
	}
	r.offersCount = len(r.offers)
	return ""
}

func (r *Request) referAnswer(f map[string]json.RawMessage) (failure string) {
	r.kind = Answer
	for _, field := range []struct {
		name string
		to   *ID
	}{{"peer_id", &r.peerID}, {"to_peer_id", &r.toPeerID}, {"offer_id", &r.offerID}} {
		var ok bool
		if *field.to, ok = referID(f[field.name]); !ok {
			return field.name + " must be 20 characters U+0000 to U+00FF"
		}
	}
	if r.sdp = referSDP(f["answer"]); r.sdp == nil {
		return "answer must be an object with a string sdp"
	}
	return ""
}

func (r *Request) referScrape(hash json.RawMessage) (failure string) {
	r.kind = Scrape
	r.scrapeAll = absent(hash)
	var hashes []json.RawMessage
	switch {
	case r.scrapeAll:
	case r.named:
		r.scraped = []ID{r.infoHash}
	case json.Unmarshal(hash, &hashes) != nil:
		return wrongHashes
	}
	for _, raw := range hashes {
		id, ok := referID(raw)
		if !ok {
			return wrongHashes
		}
		r.scraped = append(r.scraped, id)
	}
	return ""
}

func absent(raw json.RawMessage) bool { return raw == nil || string(raw) == "null" }

func referText(raw json.RawMessage) (text string, ok bool) {
	return text, !absent(raw) && json.Unmarshal(raw, &text) == nil
}

func referID(raw json.RawMessage) (id ID, ok bool) {
	text, ok := referText(raw)
	characters := []rune(text)
	if !ok || len(characters) != len(id) {
		return ID{}, false
	}
	for i, c := range characters {
		if c > 0xff {
			return ID{}, false
		}
		id[i] = byte(c)
	}
	return id, true
}

func referNumber(raw json.RawMessage) (value float64, ok bool) {
	var number json.Number
	if absent(raw) || raw[0] == '"' || json.Unmarshal(raw, &number) != nil {
		return 0, false
	}
	value, _ = number.Float64() // infinite where it is too large
	return value, true
}

func referSDP(raw json.RawMessage) json.RawMessage {
	var d map[string]json.RawMessage
	if json.Unmarshal(raw, &d) != nil || len(d["sdp"]) == 0 || d["sdp"][0] != '"' {
		return nil
	}
	return d["sdp"]
}

// depth is how deep arrays and objects of valid JSON lie in each other.
func depth(frame []byte) (deepest int) {
	decoder := json.NewDecoder(bytes.NewReader(frame))
	for now := 0; ; {
		switch token, err := decoder.Token(); {
		case err != nil:
			return deepest
		case token == json.Delim('{') || token == json.Delim('['):
			now++
			deepest = max(deepest, now)
		case token == json.Delim('}') || token == json.Delim(']'):
			now--
		}
	}
}

// checkParse holds what Parse makes of a frame to the reference.
func checkParse(t *testing.T, frame []byte) {
	t.Helper()
	want := reference(frame)
	var got Request
	got.Parse([]byte(`{"action":"scrape","info_hash":["` + id("old") + `"],"offers":[{}]}`)) // must leave nothing
	got.Parse(frame)
	if got, want := show(&got), show(&want); got != want {
		t.Errorf("%q\n got %s\nwant %s", frame, got, want)
	}
}

// show is what is of account in a request of its kind.
func show(r *Request) string {
	text := fmt.Sprintf("%s %s %v %x", r.kind, r.action, r.named, r.infoHash)
	switch r.kind {
	case Failure:
		text += " " + r.failure
	case Announce:
		text += fmt.Sprintf(" %x %v %v %v %d, %d:", r.peerID, r.completed, r.leftGiven, r.nothingLeft, r.wanted, r.Offers())
		for _, o := range r.offers {
			text += fmt.Sprintf(" %x %q", o.id, o.sdp)
		}
	case Stop:
		text += fmt.Sprintf(" %x", r.peerID)
	case Answer:
		text += fmt.Sprintf(" %x %x %x %q", r.peerID, r.toPeerID, r.offerID, r.sdp)
	case Scrape:
		text += fmt.Sprintf(" %v %x", r.scrapeAll, r.scraped)
	}
	return text
}

// requests are frames to begin with: one or more of each kind, written in the
// ways that JSON allows.
var requests = []string{
	announce("h", "a", `"left":0`, `"event":"completed"`, `"numwant":2.5`, offers(2)),
	answerTo("h", "a", "b", "o0"),
	`{"action":"scrape","info_hash":["` + id("h") + `","` + id("\u00ff") + `"]}`,
	`{"action":"scrape"}`,
	"\t{ \"action\" :\r\n\"announce\" , \"info_hash\":\"" + id("h") + "\" , \"peer_id\" : \"" + id("a") + "\", \"offers\" : [ ] } ",
	`{"\u0061ction":"annou\u006Ece","info_hash":"\u0000\u00ff\u001F\"\\\/\b\f\n\r\té34567890","peer_id":"` + id("a") + `"}`,
	// Of what is there twice the last counts.
	`{"action":"scrape","action":"announce","info_hash":["` + id("g") + `"],"info_hash":"` + id("h") + `","peer_id":1,"peer_id":"` + id("a") + `"}`,
	announce("h", "a", offers(3), `"offers":[{"offer_id":1,"offer":{},"offer":{"sdp":1,"sdp":"x"},"offer_id":"`+id("o")+`"}]`),
	announce("h", "a", offers(3), `"offers":null`),
	announce("h", "a", `"offers":[{"offer_id":"`+id("o")+`","offer":{"sdp":"x"},"offer":null}]`),
	announce("h", "a", `"answer":{"sdp":"x"}`, `"answer":null`),
	announce("h", "a", `"answer":{"sdp":"x"}`, `"answer":{}`),
	announce("h", "a", `"event":"stopped"`, `"offers":7`),
	announce("h", "a", `"event":"\ud83d\ude00"`),
	announce("h", "a", `"event":"a word that is far too long"`),
	announce("h", "a", `"offers":[{}`, `7]`),
	announce("h", "a", `"offers":[{"fake_offer":"fake_offer_0"},{"offer_id":"`+id("o")+`","offer":{"sdp":"x"}},{}]`),
	announce("h", "a", `"offers":[{"offer_id":null}]`),
	announce("h", "a", `"x":[1,-0,0.5,1e9,-1.25E-3,true,false,null,"",{},[]]`),
	announce("h", "a", `"left":-0`),
	announce("h", "a", `"left":0e5`),
	announce("h", "a", `"left":1e-999`),
	announce("h", "a", `"left":1e999`, `"numwant":-1e999`),
	announce("h", "a", `"left":"0"`, `"numwant":2147483647`),
	announce("h", "a", `"x":`+strings.Repeat("[", maxDepth-1)+strings.Repeat("]", maxDepth-1)),
	announce("h", "a", `"x":`+strings.Repeat("[", maxDepth)+strings.Repeat("]", maxDepth)),
	// Not JSON, by one byte or two.
	announce("h", "a", `"x":01`), announce("h", "a", `"x":1.`), announce("h", "a", `"x":.5`), announce("h", "a", `"x":-`),
	announce("h", "a", `"x":1e`), announce("h", "a", `"x":+1`), announce("h", "a", `"x":nul`), announce("h", "a", `"x":truex`),
	announce("h", "a", `"x":[1,]`), announce("h", "a", `"x":[,1]`), announce("h", "a", `"x":[1 2]`), announce("h", "a", `"x":[}`),
	announce("h", "a", `"x":{"a"}`), announce("h", "a", `"x":{"a":1,}`), announce("h", "a", `"x":{1:1}`), announce("h", "a", `"x"`),
	announce("h", "a", `"x":"\x"`), announce("h", "a", `"x":"\u12"`), announce("h", "a", `"x":"\u123g"`), announce("h", "a", "\"x\":\"\n\""),
	announce("h", "a", "\"x\":\"\x00\""), announce("h", "a", `"x":"`), announce("h", "a", `"x":"\`), announce("h", "a", ``),
	announce("h", "a", "\"x\":\"0123456\xff\""), announce("h", "a", "\"x\":\"\xed\xa0\x80\""), announce("h", "a", "\"x\":\xc3\xa9"),
	announce("h", "a", "\"x\":\x001"), announce("h", "a") + "1", announce("h", "a") + "}", announce("h", "a") + "\x00", "\ufeff" + announce("h", "a"),
	`{}`, `{`, `}`, `[]`, `null`, `"x"`, ``, ` `, "\x00", `{]`, `[{}]`,
}

func TestParseAsEncodingJSONDoes(t *testing.T) {
	for _, frame := range requests {
		checkParse(t, []byte(frame))
	}
	// A quote, an escape, a control character, two bytes of UTF-8 and an end at
	// each place within the eight bytes that are looked at together.
	for _, part := range []string{`"`, `\"`, `\\`, `\u00e9`, "\x1f", "\x7f", "é", "\xc3", "\U0001f600", " !", "\xff\x80"} {
		for before := range 18 {
			for after := range 18 {
				text := strings.Repeat("a", before) + part + strings.Repeat("b", after)
				checkParse(t, []byte(announce("h", "a", `"x":"`+text+`"`)))
				checkParse(t, []byte(`{"`+text+`":1,"action":"`+text+`"`))
			}
		}
	}
}

// Cut off anywhere, a message is none.
func TestParseOfAPart(t *testing.T) {
	for _, frame := range requests[:8] {
		for end := range len(frame) {
			checkParse(t, []byte(frame[:end]))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, frame := range requests {
		f.Add([]byte(frame))
	}
	f.Fuzz(func(t *testing.T, frame []byte) { checkParse(t, frame) })
}
