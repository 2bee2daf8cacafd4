package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

// badMessage is a text message and the kind of the only answer it gets.
type badMessage struct{ name, message, want string }

func badMessages() []badMessage {
	const (
		refused = "failure"
		served  = "announce"
	)
	victims := ident("victims")
	good := func(more string) string { return announce(victims, ident("bad"), more) }
	// with replaces the value of one field of a good announce.
	with := func(field, value string) string {
		fields := map[string]string{"action": `"announce"`, "info_hash": quote(victims), "peer_id": quote(ident("bad"))}
		fields[field] = value
		message := ""
		for _, name := range []string{"action", "info_hash", "peer_id"} {
			if fields[name] != "" {
				message += fmt.Sprintf(`,%q:%s`, name, fields[name])
			}
		}
		return "{" + message[1:] + "}"
	}
	offer := func(item string) string { return good(`,"offers":[` + item + `]`) }
	description := func(sdp string) string {
		return offer(`{"offer_id":` + quote(ident("o")) + `,"offer":{"type":"offer","sdp":` + sdp + `}}`)
	}
	answer := func(value, to, id string) string {
		more := `,"answer":` + value
		if to != "" {
			more += `,"to_peer_id":` + to
		}
		if id != "" {
			more += `,"offer_id":` + id
		}
		return good(more)
	}
	yes, there, o := `{"type":"answer","sdp":"x"}`, quote(ident("witness")), quote(ident("o"))
	scrape := func(value string) string { return `{"action":"scrape","info_hash":` + value + `}` }
	deep := func(open, close string) string { return strings.Repeat(open, 100_000) + strings.Repeat(close, 100_000) }

	rows := []badMessage{
		{"null", `null`, refused},
		{"an array", `[]`, refused},
		{"an array of an announce", `[` + good("") + `]`, refused},
		{"a number", `42`, refused},
		{"a string", `"announce"`, refused},
		{"true", `true`, refused},
		{"an empty object", `{}`, refused},
		{"nothing", ``, refused},
		{"white space", " \r\n\t ", refused},
		{"half an object", good("")[:70], refused},
		{"a trailing comma", good(`,`), refused},
		{"two objects", good("") + good(""), refused},
		{"a comment", `/* */` + good(""), refused},
		{"single quotes", `{'action':'announce'}`, refused},
		{"a byte order mark", "\ufeff" + good(""), refused},
		{"a line end inside a string", good(",\"x\":\"\n\""), refused},
		{"an unknown escape", good(`,"x":"\x41"`), refused},
		{"half an escape", good(`,"x":"\u12"`), refused},
		{"NUL between tokens", good(",\x00"), refused},
		{"NaN", good(`,"numwant":NaN`), refused},
		{"Infinity", good(`,"numwant":Infinity`), refused},
		{"a hexadecimal number", good(`,"numwant":0x10`), refused},
		{"a leading zero", good(`,"numwant":010`), refused},
		{"undefined", good(`,"numwant":undefined`), refused},
		{"100,000 arrays in each other", deep("[", "]"), refused},
		{"100,000 objects in each other", deep(`{"a":`, "}"), refused},
		{"100,000 open arrays", strings.Repeat("[", 100_000), refused},
		{"100,000 arrays in a field that is not looked at", good(`,"x":` + deep("[", "]")), refused},
		{"100,000 arrays for an SDP", description(deep("[", "]")), refused},

		{"no action", with("action", ""), refused},
		{"action a number", with("action", "1"), refused},
		{"action an object", with("action", `{"announce":1}`), refused},
		{"action an array of the word", with("action", `["announce"]`), refused},
		{"action null", with("action", "null"), refused},
		{"action constructor", with("action", `"constructor"`), refused},
		{"action __proto__", with("action", `"__proto__"`), refused},
		{"action in capitals", with("action", `"ANNOUNCE"`), refused},
		{"an announce in __proto__", `{"__proto__":` + good("") + `}`, refused},
		{"__proto__ null", good(`,"__proto__":null`), served},
		{"constructor and hasOwnProperty as keys", good(`,"constructor":1,"hasOwnProperty":{},"toString":null`), served},
		{"an id that every JavaScript object has", announce("propertyIsEnumerable", "propertyIsEnumerable", ""), served},
		{"a key twice, the last good", `{"peer_id":1,` + good("")[1:], served},
		{"a key twice, the last bad", good(`,"peer_id":1`), refused},
		{"20,000 unknown keys", good(strings.Repeat(`,"x":0`, 20_000)), served},
		{"a key of half a megabyte", good(`,"` + strings.Repeat("k", 500_000) + `":0`), served},
		{"an array of 200,000", good(`,"x":[` + strings.Repeat("0,", 199_999) + "0]"), served},
	}
	for _, field := range []string{"info_hash", "peer_id"} {
		for _, c := range []struct{ name, value string }{
			{"missing", ""}, {"a number", "12345678901234567890"}, {"an object", `{"length":20}`}, {"an array", `["` + victims + `"]`},
			{"null", "null"}, {"true", "true"}, {"empty", `""`}, {"of 19 characters", quote(victims[:19*2-9])},
			{"of 21 characters", quote(victims + "x")}, {"of 40 hexadecimal digits", `"` + strings.Repeat("ab", 20) + `"`},
			{"with a character above U+00FF", `"` + strings.Repeat("a", 19) + `\u0100"`}, {"of Chinese characters", `"` + strings.Repeat("\u4e2d", 20) + `"`},
			{"with half a surrogate pair", `"` + strings.Repeat("a", 19) + `\ud800"`}, {"of 100,000 characters", `"` + strings.Repeat("a", 100_000) + `"`},
		} {
			rows = append(rows, badMessage{field + " " + c.name, with(field, c.value), refused})
		}
		rows = append(rows, badMessage{field + " of 20 times NUL", with(field, `"`+strings.Repeat(`\u0000`, 20)+`"`), served})
	}
	for _, c := range []struct{ name, value, want string }{
		{"a number", "1", refused}, {"an object", "{}", refused}, {"unknown", `"explode"`, refused},
		{"__proto__", `"__proto__"`, refused}, {"null", "null", served}, {"empty", `""`, served},
	} {
		rows = append(rows, badMessage{"event " + c.name, good(`,"event":` + c.value), c.want})
	}
	for _, c := range []struct{ name, value string }{
		{"huge", "1e308"}, {"too large for a double", "1e999"}, {"negative", "-5"}, {"minus infinity", "-1e999"}, {"fractional", "2.5"},
		{"of 100,000 digits", strings.Repeat("9", 100_000)}, {"a string", `"many"`}, {"an object", "{}"}, {"an array", "[3]"}, {"null", "null"},
	} {
		for _, field := range []string{"numwant", "left"} {
			rows = append(rows, badMessage{field + " " + c.name, good(fmt.Sprintf(`,%q:%s`, field, c.value)), served})
		}
	}
	return append(rows, []badMessage{
		{"uploaded and downloaded objects", good(`,"uploaded":{},"downloaded":[]`), served},
		{"offers an object", good(`,"offers":{"length":5}`), refused},
		{"offers a number", good(`,"offers":5`), refused},
		{"offers a string", good(`,"offers":"offers"`), refused},
		{"offers true", good(`,"offers":true`), refused},
		{"offers null", good(`,"offers":null`), served},
		{"an offer null", offer("null"), refused},
		{"an offer a number", offer("1"), refused},
		{"an offer a string", offer(`"x"`), refused},
		{"an offer an array", offer("[]"), refused},
		{"an offer empty", offer("{}"), served},
		{"an offer of other fields", offer(`{"fake_offer":"fake_offer_0"}`), served},
		{"an offer without a description", offer(`{"offer_id":` + o + `}`), refused},
		{"an offer whose description is null", offer(`{"offer_id":` + o + `,"offer":null}`), refused},
		{"an offer whose description is a string", offer(`{"offer_id":` + o + `,"offer":"v=0"}`), refused},
		{"an offer without an id", offer(`{"offer":{"type":"offer","sdp":"x"}}`), refused},
		{"an offer whose id is a number", offer(`{"offer_id":7,"offer":{"type":"offer","sdp":"x"}}`), refused},
		{"an offer whose id has 21 characters", offer(`{"offer_id":` + quote(ident("o")+"x") + `,"offer":{"type":"offer","sdp":"x"}}`), refused},
		{"an SDP a number", description("1"), refused},
		{"an SDP null", description("null"), refused},
		{"an SDP an object", description("{}"), refused},
		{"an SDP of half surrogate pairs", description(`"\ud800\udfff\udc00 \ud83d"`), served},
		{"an SDP of controls", description(`"\u0000\u0008\u001f\u007f\u2028\u2029"`), served},
		{"an SDP that would end the message", description(`"\"}},{\"action\":\"announce\""`), served},
		{"an SDP of half a megabyte", description(quote(strings.Repeat("v", 500_000))), served},
		{"an offer that says it is an answer", offer(`{"offer_id":` + o + `,"offer":{"type":"answer","sdp":"x"}}`), served},
		{"5,000 offers", good(offers("m", 5000, "x")), served},
		{"1,000 times the same offer", offer(strings.Repeat(`{"offer_id":`+o+`,"offer":{"type":"offer","sdp":"x"}},`, 999) +
			`{"offer_id":` + o + `,"offer":{"type":"offer","sdp":"x"}}`), served},

		{"an answer a number", answer("1", there, o), refused},
		{"an answer a string", answer(`"x"`, there, o), refused},
		{"an answer an array", answer("[]", there, o), refused},
		{"an answer true", answer("true", there, o), refused},
		{"an answer empty", answer("{}", there, o), refused},
		{"an answer to a number", answer(yes, "1", o), refused},
		{"an answer to an object", answer(yes, "{}", o), refused},
		{"an answer to nobody", answer(yes, quote(ident("nobody")), o), refused},
		{"an answer without an addressee", answer(yes, "", o), refused},
		{"an answer without an offer", answer(yes, there, ""), refused},
		{"an answer to an offer that is a number", answer(yes, there, "1"), refused},
		{"an answer to an offer never made", answer(yes, there, o), refused},
		{"an answer to oneself", answer(yes, quote(ident("bad")), o), refused},
		{"an answer into a swarm that is not there", strings.Replace(answer(yes, there, o), victims, ident("none"), 1), refused},
		{"an answer and offers in one", good(offers("b", 2, "x")[0:] + `,"answer":` + yes + `,"to_peer_id":` + there), refused},
		{"stopped by one who never came", good(`,"event":"stopped"`), served},

		{"a scrape of a number", scrape("1"), refused},
		{"a scrape of an object", scrape(`{"length":1}`), refused},
		{"a scrape of false", scrape("false"), refused},
		{"a scrape of null in an array", scrape("[null]"), refused},
		{"a scrape of numbers", scrape("[1,2]"), refused},
		{"a scrape of arrays in arrays", scrape(`[[` + quote(victims) + `]]`), refused},
		{"a scrape of 19 characters", scrape(`"aaaaaaaaaaaaaaaaaaa"`), refused},
		{"a scrape of nothing", scrape("[]"), "scrape"},
		{"a scrape of what JavaScript objects have", scrape(`["propertyIsEnumerable"]`), "scrape"},
		{"a scrape of 10,000 times the same", scrape("[" + strings.Repeat(quote(victims)+",", 9999) + quote(victims) + "]"), "scrape"},
	}...)
}

// Every bad message gets one answer that a client understands, and its connection
// goes on.
func TestAbuseByMessages(t *testing.T) {
	rows := badMessages() // before the heap is measured: they are megabytes
	s := plain()
	s.servers[0].WebSockets.MaxPayloadLength = 1 << 20
	site := besiege(t, s)
	witness := upgraded(t, site.host)
	witness.send(frame(fin|text, announce(ident("victims"), ident("witness"), "")))
	witness.hear()
	for _, row := range rows {
		site.row(t, row.name, func(t *testing.T) {
			a := upgraded(t, site.host)
			a.send(frame(fin|text, row.message))
			if r := a.hear(); r.kind() != row.want {
				t.Errorf("got %s, want %s: %+v", r.kind(), row.want, r)
			}
			a.lives()
		})
	}
	// What was passed on to others was as it must be, to the last of it.
	for asked := false; ; asked = true {
		if !asked {
			witness.send(frame(fin|text, announce(ident("victims"), ident("witness"), "")))
		}
		if r := witness.hear(); r.Offer == nil {
			return
		}
	}
}

// More than may be in one message.
func TestAMessageOfTheDefaultLength(t *testing.T) {
	_, host := start(t, plain())
	most := int(config.DefaultServer().WebSockets.MaxPayloadLength)
	a := upgraded(t, host)
	message := announce(ident("h"), ident("p"), `,"x":"`)
	message = message[:len(message)-1] + strings.Repeat("x", most-len(message)-1) + `"}`
	a.send(frame(fin|text, message))
	if r := a.hear(); len(message) != most || r.kind() != "announce" {
		t.Errorf("%d bytes of %d: %+v", len(message), most, r)
	}
	a.send(frame(fin|text, message+" "))
	if code := a.end(); code != 1009 {
		t.Errorf("one byte more: code %d, want 1009", code)
	}
}
