//go:build !js

package native

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// start runs a process for the length of a test.
func start(t *testing.T) *Process {
	p := Start()
	t.Cleanup(p.Stop)
	return p
}

// fetched is a sink that writes down what it hears.
type fetched struct {
	headers string
	body    strings.Builder
	longest int // chunk
	err     *loader.FetchError
	ended   chan struct{}
}

func (f *fetched) Headers(from, total int64) { f.headers = fmt.Sprintf("%d of %d", from, total) }
func (f *fetched) Chunk(b payload.Bytes) {
	f.body.Write(b.(Bytes))
	f.longest = max(f.longest, b.Len())
}
func (f *fetched) Done()                         { close(f.ended) }
func (f *fetched) Failed(err *loader.FetchError) { f.err = err; close(f.ended) }

// fetch downloads to the end.
func (p *Process) fetch(request loader.FetchRequest) *fetched {
	f := &fetched{ended: make(chan struct{})}
	p.loop.Post(func() { p.NewFetcher().Fetch(request, f) })
	<-f.ended
	return f
}

func TestFetch(t *testing.T) {
	type answer = func(w http.ResponseWriter, r *http.Request)
	status := func(code int) answer {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	// file is the resource 0123456789 on a server that knows ranges.
	file := func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader("0123456789"))
	}
	// say answers with a status, headers and a body.
	say := func(code int, body string, header ...string) answer {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	// streamed tells no length.
	streamed := func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "01234")
		w.(http.Flusher).Flush()
		fmt.Fprint(w, "56789")
	}
	part := &hls.ByteRange{Start: 2, End: 6}

	for _, test := range []struct {
		name        string
		answer      answer
		part        *hls.ByteRange
		from, total int64
		headers     string // empty: none come
		body        string
		fails       loader.FetchErrorType // empty: it does not
		discard     bool
		retryAfter  time.Duration
	}{
		{name: "whole", answer: file, headers: "0 of 10", body: "0123456789"},
		{name: "without length", answer: streamed, headers: "0 of 0", body: "0123456789"},
		{name: "the rest", answer: file, from: 4, headers: "4 of 10", body: "456789"},
		{name: "the rest, size known", answer: file, from: 4, total: 10, headers: "4 of 10", body: "456789"},
		{name: "a part", answer: file, part: part, headers: "0 of 5", body: "23456"},
		{name: "the rest of a part", answer: file, part: part, from: 3, headers: "3 of 5", body: "56"},
		{name: "200 to the rest", answer: streamed, from: 4, total: 10, headers: "0 of 0", body: "0123456789"},
		{name: "200 to a part", answer: say(200, "0123456789"), part: part, headers: "0 of 5", body: "23456"},
		{name: "200 to the rest of a part", answer: say(200, "0123456789"), part: part, from: 3, headers: "3 of 5", body: "56"},
		{name: "200 to a part, without length", answer: streamed, part: part, headers: "0 of 5", body: "23456"},
		{name: "200 to a part, with nothing but that", answer: say(200, "23456"), part: part, headers: "0 of 5", body: "23456"},
		{name: "200 to a part, which it ends in", answer: say(200, "0123"), part: part, headers: "0 of 5", body: "23",
			fails: loader.HTTPBytesMismatch},
		{name: "200 to a part, which it ends before", answer: say(200, "0"), part: part, headers: "0 of 5",
			fails: loader.HTTPBytesMismatch},
		{name: "204 to the rest", answer: status(204), from: 4, fails: loader.HTTPUnexpectedStatus},
		{name: "206 without Content-Range", answer: say(206, "456789"), from: 4, headers: "4 of 0", body: "456789"},
		{name: "the rest has grown", answer: file, from: 4, total: 9, fails: loader.HTTPBytesMismatch, discard: true},
		{name: "another part", answer: say(206, "12345", "Content-Range", "bytes 1-5/10"), part: part,
			fails: loader.HTTPBytesMismatch, discard: true},
		{name: "another length", answer: say(206, "2345", "Content-Range", "bytes 2-6/10"), part: part,
			fails: loader.HTTPBytesMismatch, discard: true},
		{name: "behind the end", answer: file, from: 10, fails: loader.HTTPBytesMismatch, discard: true},
		{name: "406", answer: status(406), fails: loader.HTTPBytesMismatch, discard: true},
		{name: "404", answer: status(404), fails: loader.HTTPError},
		{name: "500", answer: status(500), from: 4, fails: loader.HTTPError},
		{name: "503", answer: say(503, "", "Retry-After", "7"), fails: loader.HTTPError, retryAfter: 7 * time.Second},
		{name: "304", answer: status(304), fails: loader.HTTPError},
		{name: "empty", answer: status(200), headers: "0 of 0", fails: loader.HTTPBytesMismatch},
		{name: "compressed", answer: say(200, "x", "Content-Encoding", "gzip"), fails: loader.HTTPError},
		{name: "cut off", answer: say(200, "0123", "Content-Length", "10"), headers: "0 of 10", body: "0123",
			fails: loader.HTTPBytesMismatch},
		{name: "too short", answer: streamed, total: 12, headers: "0 of 12", body: "0123456789",
			fails: loader.HTTPBytesMismatch},
		{name: "too long", answer: say(200, "0123456789"), total: 3, headers: "0 of 3",
			fails: loader.HTTPBytesMismatch, discard: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(test.answer))
			defer server.Close()
			got := start(t).fetch(loader.FetchRequest{
				Segment: hls.Segment{URL: server.URL, ByteRange: test.part}, From: test.from, Total: test.total,
			})
			if got.headers != test.headers || got.body.String() != test.body {
				t.Errorf("headers %q, body %q; want %q, %q", got.headers, &got.body, test.headers, test.body)
			}
			switch {
			case test.fails == "" && got.err != nil:
				t.Error(got.err)
			case test.fails != "" && got.err == nil:
				t.Errorf("no failure, want %s", test.fails)
			case got.err != nil && (got.err.Type != test.fails || got.err.Discard != test.discard || got.err.Message == ""):
				t.Errorf("%v, discard %v; want %s, discard %v", got.err, got.err.Discard, test.fails, test.discard)
			case got.err != nil && got.err.RetryAfter != test.retryAfter:
				t.Errorf("to be left alone for %v, want %v", got.err.RetryAfter, test.retryAfter)
			}
		})
	}
}

func TestFetchOfNobody(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	for _, url := range []string{server.URL, "", "ftp://a/b", "http://a b"} {
		got := start(t).fetch(loader.FetchRequest{Segment: hls.Segment{URL: url}})
		if got.err == nil || got.err.Type != loader.HTTPError || got.err.Message == "" {
			t.Errorf("%q: %v", url, got.err)
		}
	}
}

func TestChunksAreBoundedAndKeepTheirBytes(t *testing.T) {
	whole := strings.Repeat("0123456789", 100_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, whole) }))
	defer server.Close()
	got := start(t).fetch(loader.FetchRequest{Segment: hls.Segment{URL: server.URL}})
	if got.err != nil || got.body.String() != whole || got.longest > longestChunk {
		t.Errorf("%v, %d bytes, longest chunk %d", got.err, got.body.Len(), got.longest)
	}
}

// A fetch that was stopped tells nothing more, and its request ends.
func TestStopFetch(t *testing.T) {
	asked, gone := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "0")
		w.(http.Flusher).Flush()
		close(asked)
		<-r.Context().Done()
		close(gone)
	}))
	defer server.Close()
	p := start(t)
	f := &fetched{ended: make(chan struct{})}
	var stop func()
	p.loop.Post(func() {
		stop = p.NewFetcher().Fetch(loader.FetchRequest{Segment: hls.Segment{URL: server.URL}}, f)
	})
	<-asked
	var before string
	if err := p.Run(func() { stop(); before = f.headers + f.body.String() }); err != nil {
		t.Fatal(err)
	}
	<-gone
	p.work.Wait() // it has said all it had to say
	if err := p.Run(func() {
		if f.err != nil || f.headers+f.body.String() != before {
			t.Errorf("heard %q and then %q, %v", before, f.headers+f.body.String(), f.err)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

func TestContentRange(t *testing.T) {
	for header, want := range map[string]byteRange{
		"bytes 2-6/10":  {2, 6, 10},
		" bytes 0-0/* ": {0, 0, unknown},
	} {
		if got, ok := parseContentRange(header); !ok || got != want {
			t.Errorf("%q: %+v, %v", header, got, ok)
		}
	}
	for _, header := range []string{
		"", "bytes", "bytes */10", "bytes 2-/10", "bytes -6/10", "bytes 6-2/10", "bytes 2-6", "bytes 2-6/x",
		"items 2-6/10", "bytes +2-6/10", "bytes 2-9223372036854775808/*",
	} {
		if got, ok := parseContentRange(header); ok {
			t.Errorf("%q was read as %+v", header, got)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                                0,
		"0":                               0,
		"120":                             2 * time.Minute,
		"99999999":                        longestRetryAfter,
		"9223372036854775807":             longestRetryAfter,
		"99999999999999999999":            0,
		"-5":                              0,
		"+5":                              0,
		"2.5":                             0,
		"soon":                            0,
		"5 apples":                        0,
		"Tue, 24 Nov 2026 12:00:10 GMT":   10 * time.Second,
		"Tuesday, 24-Nov-26 12:00:10 GMT": 10 * time.Second,
		"Tue Nov 24 12:00:10 2026":        10 * time.Second,
		"Tue, 24 Nov 2026 11:59:50 GMT":   0,
		"Tue, 24 Nov 2099 12:00:00 GMT":   longestRetryAfter,
	} {
		if got := readRetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
	fast := http.Header{"Retry-After": {"Tue, 24 Nov 2026 13:00:10 GMT"}, "Date": {"Tue, 24 Nov 2026 13:00:00 GMT"}}
	if got := readRetryAfter(fast, now); got != 10*time.Second {
		t.Errorf("by a clock that is fast: %v", got)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"120", "Tue, 24 Nov 2026 12:00:10 GMT", "Tue Nov 24 12:00:10 2026", "-1", ""} {
		f.Add(value, "Tue, 24 Nov 2026 12:00:00 GMT")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		got := readRetryAfter(http.Header{"Retry-After": {value}, "Date": {date}}, time.Unix(0, 0))
		if got < 0 || got > longestRetryAfter {
			t.Errorf("%q at %q: %v", value, date, got)
		}
	})
}
