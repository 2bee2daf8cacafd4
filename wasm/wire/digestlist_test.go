package wire

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestDigestList(t *testing.T) {
	digest := func(text string) Digest { return sha256.Sum256([]byte(text)) }
	one, two := digest("one"), digest("two")
	const list = "https://origin.test/hls/360p/segments-sha256.json?token=1"
	text := fmt.Sprintf(`{ "1.ts": %q, "twice.ts": %q, "twice.ts": %q, "a b.ts": %q, "low/1.ts": %q,
		"film.mp4": {"0-99": %q, "100-199": %q}, "UPPER.ts": %q }`, one, one, two, one, two, one, two, strings.ToUpper(one.String()))
	l, err := DecodeDigestList([]byte(text))
	if err != nil || l.Len() != 7 {
		t.Fatal(l.Len(), err)
	}
	for _, c := range []struct {
		url, byteRange string
		want           Digest
	}{
		{"https://origin.test/hls/360p/1.ts", "", one},
		{"https://origin.test/hls/360p/1.ts?token=2#x", "", one},
		{"https://elsewhere.test/any/1.ts", "", one},
		{"https://origin.test/hls/360p/low/1.ts", "", two},
		{"https://origin.test/hls/360p/twice.ts", "", two},
		{"https://origin.test/hls/360p/a%20b.ts", "", one},
		{"https://origin.test/hls/360p/UPPER.ts", "", one},
		{"https://origin.test/hls/360p/film.mp4", "100-199", two},
		{"https://origin.test/hls/360p/film.mp4", "", Digest{}},
		{"https://origin.test/hls/360p/film.mp4", "0-98", Digest{}},
		{"https://origin.test/hls/360p/1.ts", "0-99", Digest{}},
		{"https://origin.test/hls/360p/100%.ts", "", Digest{}},
		{"1.ts", "", one},
		{"", "", Digest{}},
	} {
		got, known := l.Of(list, c.url, c.byteRange)
		if got != c.want || known != (c.want != Digest{}) {
			t.Errorf("%s %s: %v, %v", c.url, c.byteRange, got, known)
		}
	}
}

func TestWhatIsNoDigestIsLeftOut(t *testing.T) {
	good := Digest(sha256.Sum256(nil)).String()
	for bad, want := range map[string]string{
		`12`:                                `list of digests: "bad" is no SHA-256 in hexadecimal`,
		`"12"`:                              `list of digests: "bad" is no SHA-256 in hexadecimal`,
		`null`:                              `list of digests: "bad" is no SHA-256 in hexadecimal`,
		`[]`:                                `list of digests: "bad" is no SHA-256 in hexadecimal`,
		`"` + strings.Repeat("g", 64) + `"`: `list of digests: "bad" is no SHA-256: encoding/hex: invalid byte: U+0067 'g'`,
		`{"0-1": 3}`:                        `list of digests: "bad": "0-1" is no SHA-256 in hexadecimal`,
	} {
		l, err := DecodeDigestList(fmt.Appendf(nil, `{"bad": %s, "good": %q, "worse": 5}`, bad, good))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", bad, err, want)
		}
		if _, known := l.Of("", "good", ""); !known || l.Len() != 1 {
			t.Errorf("%s: the others are lost", bad)
		}
	}
}

func TestWhatIsNoDigestList(t *testing.T) {
	for text, want := range map[string]string{
		``:                                   "list of digests: ends at byte 0, want a value",
		`<html>`:                             "list of digests: ", // and where
		`[]`:                                 "list of digests: is array, want an object",
		`{"a": "b"`:                          "list of digests: ends at byte 9, want a comma or }",
		strings.Repeat(" ", MaxDigestList+1): "list of digests: has 4194305 bytes, want at most 4194304",
	} {
		l, err := DecodeDigestList([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) || l.Len() != 0 {
			t.Errorf("%.20q: %v, %d entries", text, err, l.Len())
		}
	}
}

// What is read is what encoding/json reads.
func FuzzDigestList(f *testing.F) {
	good := Digest(sha256.Sum256(nil)).String()
	f.Add([]byte(`{"a": "`+good+`", "b": {"0-1": "`+good+`"}}`), "https://a/b/list.json", "https://a/b/a", "0-1")
	f.Add([]byte(`{"a/b": "`+good+`", "": {"": "`+good+`"}, "c": 1}`), "list", "a/b?c", "")
	f.Fuzz(func(t *testing.T, text []byte, list, segment, byteRange string) {
		l, err := DecodeDigestList(text)
		l.Of(list, segment, byteRange)
		var entries map[string]any
		if json.Unmarshal(text, &entries) != nil && l.Len() > 0 {
			t.Fatalf("%d entries of what is no object", l.Len())
		}
		if err != nil {
			return
		}
		for name, entry := range entries {
			switch entry := entry.(type) {
			case string:
				if d, known := l.digests[place{name: name}]; !known || !strings.EqualFold(d.String(), entry) {
					t.Errorf("%q is %v, want %s", name, d, entry)
				}
			case map[string]any:
				for part, hex := range entry {
					if d, known := l.digests[place{name, part}]; !known || !strings.EqualFold(d.String(), hex.(string)) {
						t.Errorf("%q, %q is %v, want %s", name, part, d, hex)
					}
				}
			default:
				t.Errorf("%q is taken for a digest", name)
			}
		}
	})
}
