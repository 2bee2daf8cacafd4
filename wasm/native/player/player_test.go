//go:build !js

package player

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/native"
)

// files serves texts by their path.
func files(t *testing.T, texts map[string]string) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := texts[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, text)
	}))
	t.Cleanup(s.Close)
	return s
}

func start(t *testing.T) *native.Process {
	p := native.Start()
	t.Cleanup(p.Stop)
	return p
}

func open(t *testing.T, url string, adjust func(*Options)) (*Player, error) {
	o := Options{URL: url, Settings: config.Default(), Buffer: time.Minute}
	o.Settings.Main.AnnounceTrackers, o.Settings.Secondary.AnnounceTrackers = nil, nil
	if adjust != nil {
		adjust(&o)
	}
	p, err := Open(t.Context(), start(t), o)
	if err == nil {
		t.Cleanup(p.Close)
	}
	return p, err
}

const (
	mainList  = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.3,\na\n#EXTINF:0.3,\nb\n#EXT-X-ENDLIST\n"
	soundList = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.3,\nx\n#EXTINF:0.3,\n%s\n#EXT-X-ENDLIST\n"
	master    = "#EXTM3U\n" +
		"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"other\",URI=\"other\"\n" +
		"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"sound\",DEFAULT=YES,URI=\"sound\"\n" +
		"#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1.42c01e,mp4a.40.2\",AUDIO=\"g\"\nmain\n"
)

func TestPictureAndSound(t *testing.T) {
	s := files(t, map[string]string{
		"/master": master, "/main": mainList, "/sound": fmt.Sprintf(soundList, "y"),
		"/a": "aa", "/b": "bb", "/x": "xxx", "/y": "yyy",
	})
	p, err := open(t, s.URL+"/master", nil)
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	r := p.Report()
	got := map[hls.StreamType]string{}
	for _, segment := range r.Segments {
		got[segment.Type] += strings.TrimPrefix(segment.URL, s.URL)
	}
	if got[hls.Main] != "/a/b" || got[hls.Secondary] != "/x/y" || r.HTTPBytes != 10 || !r.Ended || r.Position != 0.6 {
		t.Errorf("%v, %+v", got, r)
	}
}

// What cannot be had is skipped in the end, and the rest is played.
func TestAMissingSegmentIsSkipped(t *testing.T) {
	s := files(t, map[string]string{"/main": mainList, "/b": "bb"})
	p, err := open(t, s.URL+"/main", func(o *Options) {
		o.Settings.Main.HTTPErrorRetries = 1
		o.Warn = func(err error) {
			if want := (*SegmentError)(nil); !errors.As(err, &want) || !strings.Contains(err.Error(), "404") {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if r := p.Report(); r.Failed != 1 || len(r.Segments) != 1 || r.Warnings != mostFailures || r.Position != 0.6 {
		t.Errorf("%+v", r)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	s := files(t, map[string]string{
		"/html": "<html>", "/main": mainList, "/broken": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nabsent\n",
		"/nested": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nbroken\n", "/long": strings.Repeat("#\n", longestPlaylist),
		"/silent": master,
	})
	for _, test := range []struct {
		path    string
		variant int
		want    string
	}{
		{"/absent", 0, "/absent: the origin answered 404"},
		{"/html", 0, "/html"},
		{"/broken", 0, "/absent: the origin answered 404"},
		{"/broken", 1, "has no variant 1"},
		{"/main", 1, "without a variant 1"},
		{"/nested", 0, "/broken is a master playlist"},
		{"/long", 0, "/long: a playlist of more than"},
		{"/silent", 0, "/sound: the origin answered 404"},
	} {
		p, err := open(t, s.URL+test.path, func(o *Options) { o.Variant = test.variant })
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v; want %q", test.path, p, err, test.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, start(t), Options{URL: s.URL + "/main"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
