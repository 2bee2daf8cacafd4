package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func FuzzDecodeCommand(f *testing.F) {
	for _, body := range []string{
		"006c100101030a0b0c70100101010d", "0169010572010962020100", "026901057303000f4272017f",
		"01690105720109782003616263", "016900720100", "006c1001010205", "0678300000",
	} {
		f.Add(unhex(f, body))
	}
	for _, v := range vectors[struct{ Body string }](f, "bodies.json") {
		f.Add(unhex(f, v.Body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := DecodeCommand(body)
		if err != nil || !c.Code.Known() {
			return
		}
		if n := len(c.Loaded) + len(c.Loading) + len(c.Arriving); n > len(body) {
			t.Fatalf("%d bytes became %d ids", len(body), n)
		}
		messages, err := EncodeCommand(c, 65535)
		if err != nil {
			return // what we read but would not say, such as negative ids
		}
		back, err := join(messages)
		c.Loaded, c.Loading, c.Arriving = sent(c.Loaded), sent(c.Loading), sent(c.Arriving)
		if err != nil || !reflect.DeepEqual(back, c) {
			t.Fatalf("%+v comes back as %+v, %v", c, back, err)
		}
	})
}

// sent is what of a list goes over the wire.
func sent(ids []int64) []int64 {
	if len(ids) == 0 {
		return nil
	}
	ids, _ = newestGroups(rising(ids))
	return ids
}

func FuzzCommandRoundTrip(f *testing.F) {
	f.Add(byte(0), int64(0), int64(0), int64(0), int64(0), []byte{1, 2, 3}, byte(1), uint16(65535))
	f.Add(byte(1), int64(300), int64(999), int64(65536), int64(0), []byte{}, byte(1), uint16(20))
	f.Add(byte(0), int64(0), int64(1<<40), int64(0), int64(0), bytes.Repeat([]byte{1}, 300), byte(200), uint16(17))
	f.Fuzz(func(t *testing.T, code byte, segment, request, from, size int64, steps []byte, stride byte, limit uint16) {
		c := Command{Code: Code(code)}
		if !c.Code.Known() {
			return
		}
		for _, name := range []byte(layouts[c.Code]) {
			switch name {
			case 'i':
				c.Segment = segment
			case 'r':
				c.Request = request
			case 'b':
				c.From = from
			case 's':
				c.Size = size
			case 'l':
				id := request & 0xFFFFFFFF
				for _, step := range steps {
					c.Loaded = append(c.Loaded, id)
					id += 1 + int64(step)*int64(stride)
				}
			case 'p':
				c.Loading = append(c.Loading, segment)
			}
		}
		messages, err := EncodeCommand(c, int(limit))
		if err != nil {
			return
		}
		for _, m := range messages {
			if len(m) > int(limit) {
				t.Fatalf("%d bytes over a limit of %d", len(m), limit)
			}
		}
		back, err := join(messages)
		c.Loaded = sent(c.Loaded)
		if err != nil || !reflect.DeepEqual(back, c) {
			t.Fatalf("%+v comes back as %+v, %v", c, back, err)
		}
	})
}

func FuzzJoiner(f *testing.F) {
	script := func(messages ...string) (b []byte) {
		for _, m := range messages {
			b = binary.BigEndian.AppendUint16(b, uint16(len(m)))
			b = append(b, m...)
		}
		return b
	}
	for _, v := range vectors[struct{ Messages []string }](f, "conversations.json") {
		var messages []string
		for _, m := range v.Messages {
			messages = append(messages, string(unhex(f, m)))
		}
		f.Add(script(messages...))
	}
	f.Add(script("cstr\x00cend"))
	f.Add(script("cstrabdend", "data", "dstrcdcend", "dstrxcend"))
	f.Add(script("cstrabdend", "cstrabcend", "cstrdend", "dstrcend"))
	f.Fuzz(func(t *testing.T, script []byte) {
		var j Joiner
		received := 0
		for len(script) >= 2 {
			n := min(int(binary.BigEndian.Uint16(script)), len(script)-2)
			message := script[2 : 2+n]
			script = script[2+n:]
			received += n
			body, err := j.Add(message)
			if (err == nil || errors.Is(err, ErrPartsDropped)) != IsCommand(message) {
				t.Fatalf("%q gives %v", message, err)
			}
			if len(body) > received || err != nil && body != nil {
				t.Fatalf("%d bytes became a body of %d, %v", received, len(body), err)
			}
			_, _ = DecodeCommand(body)
		}
	})
}

func FuzzDecodeTracker(f *testing.F) {
	for _, v := range vectors[recordedTracker](f, "tracker.json") {
		if v.Heard != "" {
			f.Add([]byte(v.Heard))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := DecodeTracker(text)
		if err != nil {
			if !reflect.DeepEqual(m, TrackerMessage{}) {
				t.Fatalf("an error beside %+v", m)
			}
			return
		}
		if !json.Valid(text) {
			t.Fatal("reads what is not JSON")
		}
		if m.Kind != TrackerAnswer {
			return
		}
		// An answer that goes back out as one of ours reads the same.
		again, err := DecodeTracker(Answer{InfoHash: m.InfoHash, PeerID: m.PeerID, OfferID: m.OfferID, SDP: m.SDP}.Encode())
		m.Warning = ""
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Fatalf("%+v comes back as %+v, %v", m, again, err)
		}
	})
}

// FuzzScanJSON compares with encoding/json what is JSON and what it says.
func FuzzScanJSON(f *testing.F) {
	for _, text := range []string{
		`{"a": [1, -0.5e+07, {"b": null}], "a": true, "\u00e9\ud83d\ude00\ud83d": "\"\\\/\b\f\n\r\t"}`,
		"{\"\xff\": \"\xed\xa0\xbd\x7f\"} ", `[1e400, 01, 1., .5, +1]`, `{"a": {"a": {"A": 0, "": {}}},}`, "\"\x1f\"",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, fields, err := scanJSON(text)
		if err != nil && strings.Contains(err.Error(), "opens the bracket") {
			return // which encoding/json allows more of
		}
		if (err == nil) != json.Valid(text) {
			t.Fatalf("%q gives %v, and encoding/json takes it: %v", text, err, json.Valid(text))
		}
		if err == nil {
			sameAsEncodingJSON(t, value, fields)
		}
	})
}

func sameAsEncodingJSON(t *testing.T, value []byte, fields []jsonField) {
	kind := "null"
	var wrongType *json.UnmarshalTypeError
	switch err := json.Unmarshal(value, new(chan int)); {
	case errors.As(err, &wrongType):
		kind, _, _ = strings.Cut(wrongType.Value, " ")
	case err != nil:
		t.Fatal(err)
	}
	if kindOf(value) != kind {
		t.Fatalf("%q is a %s, want %s", value, kindOf(value), kind)
	}
	switch kind {
	case "string":
		var want string
		if err := json.Unmarshal(value, &want); err != nil || string(unquote(value)) != want {
			t.Fatalf("%q reads %q, want %q, %v", value, unquote(value), want, err)
		}
	case "object":
		var want map[string]json.RawMessage
		if err := json.Unmarshal(value, &want); err != nil {
			t.Fatal(err)
		}
		got := map[string]json.RawMessage{}
		for _, field := range fields {
			got[string(field.name)] = json.RawMessage(field.value)
			inner, fields, err := scanJSON(field.value)
			if err != nil || !bytes.Equal(inner, field.value) {
				t.Fatalf("%q within %q is %q, %v", field.value, value, inner, err)
			}
			sameAsEncodingJSON(t, inner, fields)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q has the fields %q, want %q", value, got, want)
		}
	}
}

func FuzzJSONWriter(f *testing.F) {
	f.Add("v=0\r\n\"\\<>&", "\x00\x1f\x7f\u0080\u2028\xff😀", int64(-1))
	f.Fuzz(func(t *testing.T, name, text string, n int64) {
		var w jsonWriter
		w.open('{')
		w.stringField("text "+name, text)
		w.integerField("number "+name, n)
		w.close('}')
		want, err := json.Marshal(map[string]any{"text " + name: text, "number " + name: n})
		if err != nil || !sameJSON(t, w.text, want) {
			t.Fatalf("wrote %s, want %s", w.text, want)
		}
	})
}
