//go:build !js

package native

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

func TestFindsLists(t *testing.T) {
	const segment, usual = "https://origin.test/hls/7.ts?token=1", "https://origin.test/hls/segments-sha256.json"
	with := func(place string) http.Header { return http.Header{"Segments-Sha256": {place}} }
	for _, test := range []struct {
		name    string
		said    []http.Header
		segment string
		option  string
		want    string
	}{
		{"it says so", []http.Header{with("segments-sha256.json")}, segment, "", usual},
		{"it names another place", []http.Header{with("/lists/a.json?b=c")}, segment, "", "https://origin.test/lists/a.json?b=c"},
		{"it gives without a word of lists", []http.Header{{}}, segment, "", ""},
		{"the last word counts", []http.Header{with("a"), with("b")}, segment, "", "https://origin.test/hls/b"},
		{"two answers without a word take nothing back", []http.Header{with("a"), {}, {}, with("a"), {}, {}}, segment, "", "https://origin.test/hls/a"},
		{"three in a row do", []http.Header{with("a"), {}, {}, {}}, segment, "", ""},
		{"another folder of the origin", []http.Header{with("a")}, "https://origin.test/ads/1.ts", "", "https://origin.test/ads/a"},
		{"nothing was asked", nil, segment, "", usual},
		{"the default port", []http.Header{{}}, "https://origin.test:443/hls/7.ts", "", ""},
		{"another port", []http.Header{{}}, "https://origin.test:8443/7.ts", "", "https://origin.test:8443/segments-sha256.json"},
		{"another scheme", []http.Header{{}}, "http://origin.test/7.ts", "", "http://origin.test/segments-sha256.json"},
		{"the viewer says where", []http.Header{{}}, segment, "a.json", "https://origin.test/hls/a.json"},
		{"the viewer goes before the origin", []http.Header{with("b")}, segment, "https://lists.test/a", "https://lists.test/a"},
		{"what it names is no address", []http.Header{with("http://[")}, segment, "", ""},
		{"what the viewer says is no address", nil, segment, "http://[", "http://["},
		{"a segment without a folder", nil, "data:video/mp2t,abc", "", ""},
	} {
		l := lists{}
		for _, header := range test.said {
			l.note(segment, header)
		}
		if got := l.find(test.segment, test.option); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestAFolderHasAWordOfItsOwn(t *testing.T) {
	const live, ad = "https://origin.test/live/7.ts?token=1", "https://origin.test/ads/7.ts"
	l := lists{}
	l.note(live, http.Header{"Segments-Sha256": {"a.json"}})
	for range 5 {
		l.note(ad, http.Header{})
	}
	if got := l.find(live, ""); got != "https://origin.test/live/a.json" {
		t.Error(got)
	}
	if got := l.find(ad, ""); got != "" {
		t.Error(got)
	}
}

// Only answers that bring a segment say something of lists.
func TestLearnsOfLists(t *testing.T) {
	answers := []func(w http.ResponseWriter){
		func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) },
		func(w http.ResponseWriter) { w.Header().Set(hls.DigestsHeader, "a.json"); fmt.Fprint(w, "01234") },
		func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) },
		func(w http.ResponseWriter) { fmt.Fprint(w, "01234") },
		func(w http.ResponseWriter) { fmt.Fprint(w, "01234") },
		func(w http.ResponseWriter) { fmt.Fprint(w, "01234") },
	}
	n := 0
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answers[n](w); n++ }))
	defer origin.Close()
	p := start(t)
	segment := hls.Segment{URL: origin.URL + "/s/7"}
	for i, want := range []string{"segments-sha256.json", "a.json", "a.json", "a.json", "a.json", ""} {
		p.fetch(loader.FetchRequest{Segment: segment, Type: hls.Main})
		if want != "" {
			want = origin.URL + "/s/" + want
		}
		var got string
		if err := p.Run(func() { got = p.NewDigests().Find(segment.URL, "") }); err != nil || got != want {
			t.Errorf("after %d answers: %q (%v), want %q", i+1, got, err, want)
		}
	}
}

func TestFetchesLists(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/full":
			fmt.Fprint(w, strings.Repeat(" ", wire.MaxDigestList))
		case "/endless":
			for chunk := strings.Repeat(" ", 1<<16); r.Context().Err() == nil; {
				fmt.Fprint(w, chunk)
			}
		case "/broken":
			w.Header().Set("Content-Length", "10")
			fmt.Fprint(w, "{")
		default:
			http.NotFound(w, r)
		}
	}))
	defer origin.Close()
	p := start(t)
	for _, test := range []struct {
		url   string
		bytes int
		err   string // a part of it
	}{
		{origin.URL + "/full", wire.MaxDigestList, ""},
		{origin.URL + "/endless", 0, "more than 4194304 bytes"},
		{origin.URL + "/broken", 0, "unexpected EOF"},
		{origin.URL + "/absent", 0, "the origin answered 404"},
		{"http://[", 0, "missing ']'"},
	} {
		type result struct {
			text []byte
			err  error
		}
		results := make(chan result, 2)
		p.loop.Post(func() {
			p.NewDigests().Fetch(hls.Main, test.url, func(text []byte, err error) { results <- result{text, err} })
		})
		r := <-results
		if said := fmt.Sprint(r.err); len(r.text) != test.bytes || !strings.Contains(said, test.err) || (r.err == nil) != (test.err == "") {
			t.Errorf("%s: %d bytes, %v", test.url, len(r.text), r.err)
		}
	}
}

// A list that nobody waits for any more tells nothing, and the origin is left.
func TestStopsFetchingLists(t *testing.T) {
	asked, left := make(chan struct{}), make(chan struct{})
	origin := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
		close(left)
	}))
	defer origin.Close()
	p := Start()
	var stop func()
	p.loop.Post(func() {
		stop = p.NewDigests().Fetch(hls.Main, origin.URL, func(text []byte, err error) { t.Errorf("told of %q, %v", text, err) })
	})
	<-asked
	p.loop.Post(func() { stop() })
	<-left
	p.Stop()
}

func TestComputesDigests(t *testing.T) {
	p := start(t)
	digest := make(chan wire.Digest)
	p.loop.Post(func() { p.NewDigests().Compute(Bytes("abc"), func(d wire.Digest) { go func() { digest <- d }() }) })
	// The first example of FIPS 180-4.
	if got, want := (<-digest).String(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
