package wire

import (
	"encoding/hex"
	"slices"
	"testing"
)

// The facts about the protocol that were known before any vector was recorded.

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKnownHashes(t *testing.T) {
	name := StreamSwarmID("https://example.com/master.m3u8", "main-0")
	if got := HashSwarm(SHA1, name).String(); got != "li6+X2DGAtebXxtuao4P" {
		t.Errorf("info hash by SHA-1 is %s", got)
	}
	if got := HashSwarm(MD5, name).String(); got != "g+76vOVxqqe29JUK5qs9" {
		t.Errorf("info hash by MD5 is %s", got)
	}
}

func TestKnownStreamIndexes(t *testing.T) {
	for want, p := range map[string]StreamProperties{
		"zdZCXRB2OQndA77cp9lADdtQy1A=": {
			Bitrate: new(1280000.0), Codecs: "avc1.42C01E", Width: new(320.0), Height: new(180.0),
			FrameRate: "30.000", VideoRange: "SDR",
		},
		"UYnLxGhQilEV4D0HbCx+kRv0ZF0=": {},
		"bdjQ1B4N2yrcTDHyU5j7iDGV9sY=": {Codecs: "mp4a.40.2", Language: "eng", Channels: "2", Name: "English"},
	} {
		if got := StreamIndex(p); got != want {
			t.Errorf("index of %q is %s, want %s", streamIdentity(p), got, want)
		}
	}
}

func TestKnownIntegers(t *testing.T) {
	for text, n := range map[string]int64{
		"0100": 0, "017f": 127, "020080": 128, "0200ff": 255, "020100": 256,
		"050080000000": 1 << 31, "06010000000000": 1 << 40,
	} {
		if got := hex.EncodeToString(appendInteger(nil, n)); got != text {
			t.Errorf("%d is written %s, want %s", n, got, text)
		}
	}
	r := reader{body: unhex(t, "028080")}
	if n, err := r.integer(); n != -128 || err != nil {
		t.Errorf("028080 reads %d, %v, want -128", n, err)
	}
}

func TestKnownArrays(t *testing.T) {
	run := func(from, to int64) (ids []int64) {
		for ; from <= to; from++ {
			ids = append(ids, from)
		}
		return ids
	}
	if got := hex.EncodeToString(appendArray(nil, run(250, 259))); got != "10020106fafbfcfdfeff02010400010203" {
		t.Errorf("250 to 259 are written %s", got)
	}
	full := unhex(t, "10010100")
	for i := range 256 {
		full = append(full, byte(i))
	}
	r := reader{body: full}
	if ids, err := r.array(nil); err != nil || !slices.Equal(ids, run(0, 255)) {
		t.Errorf("a group of count 0 reads %v, %v", ids, err)
	}
}

func TestKnownCommands(t *testing.T) {
	for _, test := range []struct {
		command Command
		size    int
		want    []string
	}{
		{Command{Loaded: []int64{10, 11, 12}, Loading: []int64{13}}, 65535,
			[]string{"63737472006c100101030a0b0c70100101010d63656e64"}},
		{Command{Code: SegmentRequest, Segment: 300, Request: 999, From: 65536}, 65535,
			[]string{"63737472016902012c720203e762030100" + "0063656e64"}},
		{Command{Code: SegmentData, Segment: 300, Size: 1000000, Request: 999}, 65535,
			[]string{"63737472026902012c73030f4240720203e763656e64"}},
		{Command{Loaded: []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}}, 20,
			[]string{"63737472006c1001011401020364656e64", "647374720405060708090a0b0c64656e64", "647374720d0e0f101112131463656e64"}},
	} {
		messages, err := EncodeCommand(test.command, test.size)
		if err != nil {
			t.Errorf("%+v: %v", test.command, err)
		}
		var got []string
		for _, m := range messages {
			got = append(got, hex.EncodeToString(m))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%+v is written\n%s, want\n%s", test.command, got, test.want)
		}
	}
}
