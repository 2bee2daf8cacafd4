package playlist

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/grafov/m3u8"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
)

const base = "https://example.com/live/master.m3u8?token=1"

func text(lines ...string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }

// One table serves reading, writing and, as its seeds, fuzzing.
var masters = []struct {
	name string
	text []byte
	want Master
}{
	{
		name: "two variants with everything",
		text: text(
			"#EXTM3U",
			"#EXT-X-VERSION:6",
			"#EXT-X-INDEPENDENT-SEGMENTS",
			`#EXT-X-STREAM-INF:BANDWIDTH=5000000000,AVERAGE-BANDWIDTH=1000000,CODECS="avc1.4d401e, mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=29.970,VIDEO-RANGE=SDR`,
			"",
			"# a comment",
			"360p/index.m3u8",
			"#EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=nonsense,FRAME-RATE=0",
			"/other/index.m3u8?a=b",
		),
		want: Master{
			IndependentSegments: true,
			Variants: []Variant{
				{
					URL:       "https://example.com/live/360p/index.m3u8",
					Bandwidth: 5000000000, AverageBandwidth: 1000000,
					Codecs: "avc1.4d401e, mp4a.40.2", Resolution: &Resolution{640, 360},
					FrameRate: "29.970", VideoRange: "SDR",
				},
				{URL: "https://example.com/other/index.m3u8?a=b", Bandwidth: 2000000, FrameRate: "0"},
			},
		},
	},
	{
		name: "audio renditions, I-frame playlists and what nobody knows",
		text: text(
			"#EXTM3U",
			`#EXT-X-SESSION-DATA:DATA-ID="com.example.title",VALUE="x"`,
			`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="stereo",NAME="English, plain",LANGUAGE="en",CHANNELS="2",DEFAULT=YES,AUTOSELECT=YES,URI="audio/en.m3u8"`,
			`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="stereo",NAME="Deutsch",LANGUAGE="de",CHANNELS="16/JOC",URI="//cdn.example.net/de.m3u8"`,
			`#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="English",URI="subs.m3u8"`,
			`#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=100000,URI="iframes.m3u8"`,
			`#EXT-X-STREAM-INF:BANDWIDTH=0,AUDIO="stereo",SUBTITLES="subs",CLOSED-CAPTIONS=NONE`,
			"http://example.org/v.m3u8",
			`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="stereo",NAME="Muxed"`,
		),
		want: Master{
			Variants: []Variant{{URL: "http://example.org/v.m3u8", Audio: "stereo"}},
			Audio: []Rendition{
				{URL: "https://example.com/live/audio/en.m3u8", Group: "stereo", Name: "English, plain", Language: "en", Channels: "2", Default: true},
				{URL: "https://cdn.example.net/de.m3u8", Group: "stereo", Name: "Deutsch", Language: "de", Channels: "16/JOC"},
				{Group: "stereo", Name: "Muxed"},
			},
		},
	},
}

var medias = []struct {
	name string
	text []byte
	want Media
}{
	{
		name: "live, with a discontinuity and dates",
		text: text(
			"\ufeff#EXTM3U\r",
			"#EXT-X-VERSION:3\r",
			"#EXT-X-TARGETDURATION:2\r",
			"#EXT-X-MEDIA-SEQUENCE:875000000\r",
			"#EXT-X-DISCONTINUITY-SEQUENCE:7\r",
			"#EXT-X-INDEPENDENT-SEGMENTS\r",
			"#EXT-X-PROGRAM-DATE-TIME:2025-06-15T06:13:20.000Z\r",
			"#EXTINF:2.000,\r",
			"875000000.ts\r",
			"\r",
			"#EXT-X-DISCONTINUITY\r",
			"#EXT-X-PROGRAM-DATE-TIME:2025-06-15T08:13:22.500+0200\r",
			"#EXTINF: 1.5 ,a title\r",
			"\r",
			"875000001.ts\r",
		),
		want: Media{
			TargetDuration: 2, Sequence: 875000000, DiscontinuitySequence: 7, IndependentSegments: true,
			Segments: []Segment{
				{URL: "https://example.com/live/875000000.ts", Duration: 2, ProgramDateTime: time.Date(2025, 6, 15, 6, 13, 20, 0, time.UTC)},
				{URL: "https://example.com/live/875000001.ts", Duration: 1.5, Discontinuity: true, ProgramDateTime: time.Date(2025, 6, 15, 6, 13, 22, 5e8, time.UTC)},
			},
		},
	},
	{
		name: "live, just begun",
		text: text("#EXTM3U", "#EXT-X-TARGETDURATION:6"),
		want: Media{TargetDuration: 6},
	},
	{
		name: "VOD of fMP4 in a single file, offsets left out",
		text: text(
			"#EXTM3U",
			"#EXT-X-TARGETDURATION:6",
			"#EXT-X-VERSION:7",
			"#EXT-X-PLAYLIST-TYPE:VOD",
			`#EXT-X-MAP:URI="main.mp4",BYTERANGE="719@0"`,
			"#EXTINF:6,",
			"#EXT-X-BYTERANGE:1000@719",
			"main.mp4",
			"#EXT-X-BYTERANGE:500",
			"#EXTINF:5.5",
			"main.mp4",
			"#EXTINF:4,",
			"end.mp4",
			"#EXT-X-ENDLIST",
		),
		want: Media{
			TargetDuration: 6, Ended: true,
			Segments: []Segment{
				{URL: "https://example.com/live/main.mp4", Duration: 6, ByteRange: &hls.ByteRange{Start: 719, End: 1718}},
				{URL: "https://example.com/live/main.mp4", Duration: 5.5, ByteRange: &hls.ByteRange{Start: 1719, End: 2218}},
				{URL: "https://example.com/live/end.mp4", Duration: 4},
			},
		},
	},
	{
		name: "encrypted, with tags that the library panics on or nobody knows",
		text: text(
			"#EXTM3U",
			"#WV-CYPHER-VERSION",
			"#EXT-X-TARGETDURATION:10",
			`#EXT-X-KEY:METHOD=AES-128,URI="https://example.com/key"`,
			"#EXT-X-CUE-OUT",
			"#EXT-X-PROGRAM-DATE-TIME:yesterday",
			"#EXTINF:10.5,",
			"a b.ts",
		),
		want: Media{
			TargetDuration: 10,
			Segments:       []Segment{{URL: "https://example.com/live/a%20b.ts", Duration: 10.5}},
		},
	},
}

func TestParseMaster(t *testing.T) {
	for _, c := range masters {
		t.Run(c.name, func(t *testing.T) {
			master, media, err := Parse(base, c.text)
			if err != nil || media != nil {
				t.Fatalf("media %v, error %v", media, err)
			}
			if !reflect.DeepEqual(*master, c.want) {
				t.Errorf("got  %+v\nwant %+v", *master, c.want)
			}
		})
	}
}

func TestParseMedia(t *testing.T) {
	for _, c := range medias {
		t.Run(c.name, func(t *testing.T) {
			master, media, err := Parse(base, c.text)
			if err != nil || master != nil {
				t.Fatalf("master %v, error %v", master, err)
			}
			inUTC(media)
			if !reflect.DeepEqual(*media, c.want) {
				t.Errorf("got  %+v\nwant %+v", *media, c.want)
			}
		})
	}
}

func inUTC(m *Media) {
	for i := range m.Segments {
		m.Segments[i].ProgramDateTime = m.Segments[i].ProgramDateTime.UTC()
	}
}

func TestVariantsHaveNoProgramID(t *testing.T) {
	m := Master{Variants: []Variant{
		{URL: "a.m3u8", Bandwidth: 1, Codecs: "#EXT-X-STREAM-INF:PROGRAM-ID=0,"},
		{URL: "b.m3u8", Bandwidth: 2},
	}}
	encoded, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="#EXT-X-STREAM-INF:PROGRAM-ID=0,"`,
		"#EXT-X-STREAM-INF:BANDWIDTH=2",
	} {
		if !strings.Contains(string(encoded), "\n"+line+"\n") {
			t.Errorf("no line %s in\n%s", line, encoded)
		}
	}
}

func TestEncodeIsReadAgain(t *testing.T) {
	for _, c := range masters[1:] { // the first has a bandwidth over 32 bits
		encoded, err := c.want.Encode()
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		again, _, err := Parse(base, encoded)
		if err != nil || !reflect.DeepEqual(*again, c.want) {
			t.Errorf("%s: %v\n%s", c.name, err, encoded)
		}
	}
	for _, c := range medias {
		encoded, err := c.want.Encode()
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		_, again, err := Parse(base, encoded)
		if err != nil || !reflect.DeepEqual(*again, c.want) {
			t.Errorf("%s: %v\n%s", c.name, err, encoded)
		}
	}
}

func TestParseNamesTheFault(t *testing.T) {
	media := func(lines ...string) []byte {
		return text(append([]string{"#EXTM3U", "#EXT-X-TARGETDURATION:6"}, lines...)...)
	}
	for _, c := range []struct {
		name   string
		text   []byte
		line   int
		reason string // a part of it
	}{
		{"nothing", nil, 0, "empty"},
		{"a web page", text("<!doctype html>", "<title>404</title>"), 1, "begins with #EXTM3U"},
		{"no tags", text("#EXTM3U"), 0, "neither EXT-X-TARGETDURATION"},
		{"both kinds", text("#EXTM3U", "#EXT-X-STREAM-INF:BANDWIDTH=1", "a.m3u8", "#EXTINF:1,", "a.ts"), 4, "EXTINF in a playlist of variants"},
		{"both kinds, the other way", media("#EXTINF:1,", "a.ts", "#EXT-X-STREAM-INF:BANDWIDTH=1", "a.m3u8"), 5, "EXT-X-STREAM-INF in a playlist of segments"},
		{"renditions alone", text("#EXTM3U", `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a"`), 0, "no EXT-X-STREAM-INF"},
		{"variant without URI", text("#EXTM3U", "#EXT-X-STREAM-INF:BANDWIDTH=1", "#EXT-X-STREAM-INF:BANDWIDTH=2", "a"), 2, "without a URI"},
		{"last variant without URI", text("#EXTM3U", "#EXT-X-STREAM-INF:BANDWIDTH=1"), 2, "without a URI"},
		{"stray URI in a master", text("#EXTM3U", "#EXT-X-STREAM-INF:BANDWIDTH=1", "a", "b"), 4, "URI without EXT-X-STREAM-INF"},
		{"bandwidth", text("#EXTM3U", "#EXT-X-STREAM-INF:BANDWIDTH=1e6", "a"), 2, `BANDWIDTH: "1e6" is not`},
		{"variant's URI", text("#EXTM3U", "#EXT-X-STREAM-INF:BANDWIDTH=1", "", "%zz"), 4, `"%zz" is not a URI`},
		{"rendition's URI", text("#EXTM3U", "#EXT-X-STREAM-INF:BANDWIDTH=1", "a", `#EXT-X-MEDIA:TYPE=AUDIO,URI="%zz"`), 4, `"%zz" is not a URI`},
		{"variables", text("#EXTM3U", `#EXT-X-DEFINE:NAME="a",VALUE="b"`), 2, "EXT-X-DEFINE"},
		{"no target duration", text("#EXTM3U", "#EXTINF:1,", "a"), 0, "EXT-X-TARGETDURATION"},
		{"target duration 0", text("#EXTM3U", "#EXT-X-TARGETDURATION:0"), 2, "more than 0"},
		{"segment without EXTINF", media("a.ts"), 3, "URI without EXTINF"},
		{"segment without URI", media("#EXTINF:1,", "#EXTINF:1,", "a"), 3, "EXTINF without a URI"},
		{"last segment without URI", media("#EXTINF:1,"), 3, "EXTINF without a URI"},
		{"segment's URI", media("#EXTINF:1,", "ht\x01tp://"), 4, "is not a URI"},
		{"no duration", media("#EXTINF:,", "a"), 3, `EXTINF: "" is not`},
		{"negative duration", media("#EXTINF:-1,", "a"), 3, `EXTINF: "-1" is not`},
		{"NaN", media("#EXTINF:NaN,", "a"), 3, `EXTINF: "NaN" is not`},
		{"infinite", media("#EXTINF:"+strings.Repeat("9", 400)+",", "a"), 3, "EXTINF"},
		{"hexadecimal", media("#EXTINF:0x1p3,", "a"), 3, "EXTINF"},
		{"two days", media("#EXTINF:172800,", "a"), 3, "longer than a day"},
		{"sequence", media("#EXT-X-MEDIA-SEQUENCE:-1"), 3, `EXT-X-MEDIA-SEQUENCE: "-1" is not`},
		{"sequence of 2^53", media("#EXT-X-MEDIA-SEQUENCE:9007199254740992"), 3, "below 2^53"},
		{"sequence reaching 2^53", media("#EXT-X-MEDIA-SEQUENCE:9007199254740991", "#EXTINF:1,", "a"), 0, "2^53"},
		{"late sequence", media("#EXTINF:1,", "a", "#EXT-X-MEDIA-SEQUENCE:1"), 5, "after the first segment"},
		{"range of nothing", media("#EXTINF:1,", "#EXT-X-BYTERANGE:0@0", "a"), 4, "empty or too large"},
		{"range past 2^53", media("#EXTINF:1,", "#EXT-X-BYTERANGE:2@9007199254740991", "a"), 4, "empty or too large"},
		{"range of words", media("#EXTINF:1,", "#EXT-X-BYTERANGE:one@2", "a"), 4, `"one" is not`},
		{"second range", media("#EXTINF:1,", "#EXT-X-BYTERANGE:1@2", "#EXT-X-BYTERANGE:1@2", "a"), 5, "the first is at line 4"},
		{"first range without offset", media("#EXTINF:1,", "#EXT-X-BYTERANGE:5", "a"), 5, "without an offset"},
		{"range without offset of something else", media("#EXTINF:1,", "#EXT-X-BYTERANGE:5@0", "a", "#EXTINF:1,", "#EXT-X-BYTERANGE:5", "b"), 8, "without an offset"},
		{"range that grows past 2^53", media("#EXTINF:1,", "#EXT-X-BYTERANGE:9007199254740991@0", "a", "#EXTINF:1,", "#EXT-X-BYTERANGE:5", "a"), 8, "2^53"},
	} {
		t.Run(c.name, func(t *testing.T) {
			master, media, err := Parse(base, c.text)
			var e *Error
			if !errors.As(err, &e) || master != nil || media != nil {
				t.Fatalf("master %v, media %v, error %v", master, media, err)
			}
			if e.URL != base || e.Line != c.line || !strings.Contains(e.Reason, c.reason) {
				t.Errorf("got %v; want line %d, …%s…", e, c.line, c.reason)
			}
		})
	}
}

func TestParseNeedsAnAbsoluteAddress(t *testing.T) {
	for _, address := range []string{"", "live/index.m3u8", "http://%zz"} {
		if _, _, err := Parse(address, medias[0].text); err == nil {
			t.Errorf("%q: no error", address)
		}
	}
}

// The library's own panics must not pass, whatever the scan lets through.
func TestDecodeTurnsPanicsIntoFaults(t *testing.T) {
	for _, line := range []string{"#WV-CYPHER-VERSION", "#EXT-X-KEY:METHOD=NONE\na.ts"} {
		p, err := m3u8.NewMediaPlaylist(0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if f := decode(p, bytes.NewBufferString(line)); f == nil || !strings.Contains(f.reason, "the parser failed") {
			t.Errorf("%q: %v; is the guard still needed?", line, f)
		}
	}
}

func TestEncodeRefusesWhatNoPlaylistHolds(t *testing.T) {
	variant := func(v Variant) *Master {
		if v.URL == "" {
			v.URL = "a.m3u8"
		}
		return &Master{Variants: []Variant{v}}
	}
	segment := func(s Segment) *Media { return &Media{TargetDuration: 2, Segments: []Segment{s}} }
	for name, p := range map[string]interface{ Encode() ([]byte, error) }{
		"bandwidth":         variant(Variant{Bandwidth: 1 << 32}),
		"negative":          variant(Variant{AverageBandwidth: -1}),
		"codecs":            variant(Variant{Codecs: `a"b`}),
		"frame rate":        variant(Variant{FrameRate: "fast"}),
		"video range":       variant(Variant{VideoRange: "a,b"}),
		"variant's URL":     variant(Variant{URL: "a\nb"}),
		"rendition's name":  &Master{Audio: []Rendition{{Name: "a\nb"}}},
		"segment's URL":     segment(Segment{URL: "#a"}),
		"no URL":            segment(Segment{}),
		"negative duration": segment(Segment{URL: "a", Duration: -1}),
		"sequence":          &Media{TargetDuration: 2, Sequence: -1},
	} {
		if b, err := p.Encode(); err == nil {
			t.Errorf("%s: no error, but %q", name, b)
		}
	}
}

func TestTimeline(t *testing.T) {
	live, vod := medias[0].want, medias[2].want
	for _, c := range []struct {
		name string
		m    Media
		want []hls.Segment
	}{
		{"live", live, []hls.Segment{
			{RuntimeID: "https://example.com/live/875000000.ts", ExternalID: 875000000, URL: "https://example.com/live/875000000.ts", Start: 100, End: 102},
			{RuntimeID: "https://example.com/live/875000001.ts", ExternalID: 875000001, URL: "https://example.com/live/875000001.ts", Start: 102, End: 103.5},
		}},
		{"VOD", Media{Ended: true, Sequence: 50, Segments: vod.Segments[1:2]}, []hls.Segment{
			{RuntimeID: "https://example.com/live/main.mp4|1719-2218", ExternalID: 0, URL: "https://example.com/live/main.mp4",
				ByteRange: &hls.ByteRange{Start: 1719, End: 2218}, Start: 100, End: 105.5},
		}},
	} {
		if got := c.m.Timeline(100); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// What is read and written once is read and written the same ever after.
func FuzzParse(f *testing.F) {
	for _, c := range masters {
		f.Add(c.text)
	}
	for _, c := range medias {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		master, media, err := Parse(base, data)
		results := 0
		for _, there := range []bool{master != nil, media != nil, err != nil} {
			if there {
				results++
			}
		}
		if results != 1 {
			t.Fatalf("master %v, media %v, error %v", master, media, err)
		}
		var first, second []byte
		switch {
		case err != nil:
			return
		case master != nil:
			if first, err = master.Encode(); err != nil {
				return // written more narrowly than read
			}
			again, _, wrong := Parse(base, first)
			if wrong != nil {
				t.Fatalf("%v\n%s", wrong, first)
			}
			if len(again.Variants) != len(master.Variants) || len(again.Audio) != len(master.Audio) {
				t.Fatalf("%+v became %+v", master, again)
			}
			second, err = again.Encode()
		default:
			media.Timeline(0)
			if first, err = media.Encode(); err != nil {
				return
			}
			_, again, wrong := Parse(base, first)
			if wrong != nil {
				t.Fatalf("%v\n%s", wrong, first)
			}
			if len(again.Segments) != len(media.Segments) {
				t.Fatalf("%+v became %+v", media, again)
			}
			second, err = again.Encode()
		}
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%v\n%s\nbecame\n%s", err, first, second)
		}
	})
}
