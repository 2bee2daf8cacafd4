package wire

import (
	"strings"
	"testing"
)

// The fields are joined as name=value, names as they read and values as they
// are written.
func TestScanJSONFields(t *testing.T) {
	for _, test := range []struct{ text, kind, fields string }{
		{` {} `, "object", ""},
		{"\t{ \"a\" : 1 ,\r\n\"b\":[ {\"c\" : 2} ] }", "object", `a=1 b=[ {"c" : 2} ]`},
		{`{"a": {"b": {"c": null}}, "d": true}`, "object", `a={"b": {"c": null}} d=true`},
		{`{"a": 1, "A": 2, "\u0061": 3, "": 4}`, "object", "a=1 A=2 a=3 =4"},
		{`{"\u00e9\/\"": "\u00e9\/\""}`, "object", `é/"="\u00e9\/\""`},
		{`[{"a": 1}, {"b": 2}]`, "array", ""},
		{`"a"`, "string", ""},
		{`-0.5e+07`, "number", ""},
		{`false`, "bool", ""},
		{`null`, "null", ""},
	} {
		value, fields, err := scanJSON([]byte(test.text))
		if err != nil || kindOf(value) != test.kind || string(value) != strings.TrimSpace(test.text) {
			t.Errorf("%s is scanned as %q, %v, want %s", test.text, value, err, test.kind)
			continue
		}
		var got []string
		for _, f := range fields {
			got = append(got, string(f.name)+"="+string(f.value))
		}
		if got := strings.Join(got, " "); got != test.fields {
			t.Errorf("%s has the fields %s, want %s", test.text, got, test.fields)
		}
	}
}

func TestScanJSONErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{" ", "ends at byte 1, want a value"},
		{"é", "byte 0 is 'é', want a value"},
		{"\x00", `byte 0 is '\x00', want a value`},
		{"\ufeff{}", `byte 0 is '\ufeff', want a value`},
		{"{} {}", "byte 3 is '{', want the end"},
		{"{a: 1}", "byte 1 is 'a', want a field's name"},
		{`{"a": 1,}`, "byte 8 is '}', want a field's name"},
		{`{"a" 1}`, "byte 5 is '1', want a colon"},
		{`{"a": 1; "b": 2}`, "byte 7 is ';', want a comma or }"},
		{`{"a": `, "ends at byte 6, want a value"},
		{"[1 2]", "byte 3 is '2', want a comma or ]"},
		{"[1,]", "byte 3 is ']', want a value"},
		{"[", "ends at byte 1, want a value"},
		{"[1}", "byte 2 is '}', want a comma or ]"},
		{`"a`, "ends at byte 2, want a character or quotes"},
		{"\"a\n\"", `byte 2 is '\n', want a character or quotes`},
		{"\"\x00\"", `byte 1 is '\x00', want a character or quotes`},
		{`"\x41"`, "byte 2 is 'x', want an escape"},
		{`"\u12g4"`, "byte 5 is 'g', want a hexadecimal digit"},
		{"\"\\u12\x114\"", `byte 5 is '\x11', want a hexadecimal digit`},
		{`"\u12`, "ends at byte 5, want a hexadecimal digit"},
		{"tru", "ends at byte 3, want true"},
		{"fals3", "byte 4 is '3', want false"},
		{"nulL", "byte 3 is 'L', want null"},
		{"NaN", "byte 0 is 'N', want a value"},
		{"+1", "byte 0 is '+', want a value"},
		{"-", "ends at byte 1, want a digit"},
		{"01", "byte 1 is '1', want the end"},
		{"1.", "ends at byte 2, want a digit"},
		{".5", "byte 0 is '.', want a value"},
		{"1e+", "ends at byte 3, want a digit"},
		{"0x10", "byte 1 is 'x', want the end"},
		{"[1] // one", "byte 4 is '/', want the end"},
	} {
		if _, _, err := scanJSON([]byte(test.text)); err == nil || err.Error() != test.want {
			t.Errorf("%q gives %v, want %s", test.text, err, test.want)
		}
	}
}

func TestScanJSONDepth(t *testing.T) {
	nested := func(depth int) []byte {
		return []byte(strings.Repeat(`{"a":[`, depth/2) + strings.Repeat(`]}`, depth/2))
	}
	if _, _, err := scanJSON(nested(maxDepth)); err != nil {
		t.Error(err)
	}
	want := "byte 300 opens the bracket 101, want at most 100"
	if _, _, err := scanJSON(nested(1 << 20)); err == nil || err.Error() != want {
		t.Errorf("a million brackets give %v, want %s", err, want)
	}
	wide := []byte("[" + strings.Repeat("[],{},", maxDepth) + "0]")
	if _, _, err := scanJSON(wide); err != nil {
		t.Errorf("brackets that are closed again give %v", err)
	}
}

func TestUnquote(t *testing.T) {
	for _, test := range []struct{ quoted, want string }{
		{`""`, ""},
		{`"v=0 é€😀"`, "v=0 é€😀"},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{`"\u0000\u00fF\u20AC"`, "\x00ÿ€"},
		{`"\ud83d\ude00"`, "😀"},
		{`"\ud83d"`, "\ufffd"},
		{`"\ude00x"`, "\ufffdx"},
		{`"\ud83d\n\ud83dxxxxxx"`, "\ufffd\n\ufffdxxxxxx"},
		{`"\ud83d\u0041"`, "\ufffdA"},
		{`"\ud83d\ud83d\ude00"`, "\ufffd😀"},
		{"\"a\xff\xfeb\"", "a\ufffd\ufffdb"},
		{"\"\xed\xa0\xbd\"", "\ufffd\ufffd\ufffd"},
	} {
		if got := string(unquote([]byte(test.quoted))); got != test.want {
			t.Errorf("%s reads %q, want %q", test.quoted, got, test.want)
		}
	}
}

// A field that is there twice has its last value, whatever the first was.
func TestLastFieldCounts(t *testing.T) {
	first, last := strings.Repeat("a", 20), strings.Repeat("b", 20)
	m, err := DecodeTracker([]byte(`{"action": 5, "action": "announce",
		"info_hash": "` + first + `", "complete": 1, "info_hash": "` + last + `", "complete": null}`))
	if err != nil || m.InfoHash.String() != last || m.Complete != 0 {
		t.Errorf("read %+v, %v", m, err)
	}
	m, err = DecodeTracker([]byte(`{"action": "scrape", "files": {
		"` + first + `": 5, "` + last + `": {}, "` + first + `": {"complete": 1}}}`))
	if counts := m.Swarms[InfoHash([]byte(first))]; err != nil || len(m.Swarms) != 2 || counts.Complete != 1 {
		t.Errorf("read %+v, %v", m, err)
	}
}
