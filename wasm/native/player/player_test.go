//go:build !js

package player

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
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
	got := map[hls.StreamType]string{}
	p, err := open(t, s.URL+"/master", func(o *Options) {
		o.Loaded = func(segment Segment) { got[segment.Type] += strings.TrimPrefix(segment.URL, s.URL) }
	})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	r := p.Report()
	if r.Loaded != 4 || got[hls.Main] != "/a/b" || got[hls.Secondary] != "/x/y" || r.HTTPBytes != 10 || !r.Ended || r.Position != 0.6 {
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
	if r := p.Report(); r.Failed != 1 || r.Loaded != 1 || r.Warnings != mostFailures || r.Position != 0.6 {
		t.Errorf("%+v", r)
	}
}

// One playlist from a cache that is late changes nothing. Where the numbers stay
// behind, they are an encoder's that has started again.
func TestAPlaylistGoesBack(t *testing.T) {
	t.Parallel()
	firsts := []int{10, 9, 11, 0} // of the lists that are served; then the last one again and again
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/live" {
			fmt.Fprint(w, "segment")
			return
		}
		first := firsts[min(int(asked.Add(1)), len(firsts))-1]
		fmt.Fprintf(w, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:%d\n#EXTINF:1,\n%d\n#EXTINF:1,\n%d\n", first, first, first+1)
	}))
	t.Cleanup(s.Close)
	loaded := make(chan string, 10)
	p, err := open(t, s.URL+"/live", func(o *Options) {
		o.Behind = time.Hour
		o.Loaded = func(s Segment) { loaded <- fmt.Sprintf("%s@%g", path.Base(s.URL), s.Start) }
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"10@0", "11@1", "12@2", "0@3", "1@4"} {
		select {
		case got := <-loaded:
			if got != want {
				t.Fatalf("loaded %s, want %s", got, want)
			}
		case <-time.After(time.Minute): // to fail with a report, not to wait
			t.Fatalf("%s was not loaded: %+v", want, p.Report())
		}
	}
	if r := p.Report(); r.Warnings != 1+mostBehind || r.Failed+r.Skipped > 0 {
		t.Errorf("%+v", r)
	}
}

// The loader brings segments that are never asked for. What is known of them goes
// when they leave the playlist.
func TestWhatWasNotAskedForIsForgotten(t *testing.T) {
	s := files(t, map[string]string{"/main": strings.Replace(mainList, "#EXT-X-ENDLIST\n", "", 1), "/a": "aa", "/b": "bb"})
	p, err := open(t, s.URL+"/main", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = p.process.Run(func() {
		for i := range 1000 {
			track, id := p.tracks[0], fmt.Sprintf("u%d", 1000+i)
			track.list(media(1000+i, 3, false))
			track.close() // no other playlists
			p.listen(loader.SegmentLoaded{Segment: hls.Segment{RuntimeID: id}, Origin: loader.Origin{Source: loader.P2P}})
			if len(p.sources) > 3 || p.sources[id] != loader.P2P {
				t.Errorf("after %d playlists %d sources are known", i+1, len(p.sources))
				return
			}
		}
	})
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
