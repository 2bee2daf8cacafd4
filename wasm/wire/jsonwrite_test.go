package wire

import "testing"

func TestJSONWriter(t *testing.T) {
	var w jsonWriter
	w.open('[')
	w.open('{')
	w.close('}')
	w.open('{')
	w.stringField("a", "{")
	w.optionalField("left out", "")
	w.optionalField("b", "[")
	w.integerField("c", -1<<53)
	w.field("d")
	w.open('[')
	w.close(']')
	w.integerField("e", 0)
	w.close('}')
	w.string(":")
	w.string("")
	w.close(']')
	if want := `[{},{"a":"{","b":"[","c":-9007199254740992,"d":[],"e":0},":",""]`; string(w.text) != want {
		t.Errorf("wrote %s, want %s", w.text, want)
	}
}

// As JSON.stringify writes them.
func TestJSONWriterStrings(t *testing.T) {
	for _, test := range []struct{ value, want string }{
		{"\x00\x1f \x7f", `"\u0000\u001f ` + "\x7f" + `"`},
		{"\b\t\n\v\f\r", `"\b\t\n\u000b\f\r"`},
		{`say "\/"`, `"say \"\\/\""`},
		{"<a href='x'>&amp;", `"<a href='x'>&amp;"`},
		{"\u0080ÿ€\u2028😀", "\"\u0080ÿ€\u2028😀\""},
		{"a\xff\xfeb", "\"a\ufffd\ufffdb\""},
	} {
		var w jsonWriter
		w.string(test.value)
		if string(w.text) != test.want {
			t.Errorf("%q is written %s, want %s", test.value, w.text, test.want)
		}
	}
}
