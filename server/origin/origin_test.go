package origin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

const (
	page    = "<!doctype html><script type=\"importmap\">\r\n{\"imports\":{}}</script><script src=dist/page.js></script>"
	script  = "export const a = 1; // as it was written"
	segment = "0123456789"
)

var (
	hashedByHex = "page-" + sum(script)[:8] + ".js"

	web = fstest.MapFS{
		"index.html":       {Data: []byte(page)},
		"page.js":          {Data: []byte(script)},
		"page.js.br":       {Data: []byte("br of it")},
		"page.js.gz":       {Data: []byte("gz of it")},
		hashedByHex:        {Data: []byte(script)},
		"page-20260102.js": {Data: []byte(script)},
		"page-QX3ZK7AB.js": {Data: []byte(script)},
		"loader.wasm":      {Data: []byte("\x00asm")},
		"types/core.d.ts":  {Data: []byte("export {}")},
		"package.tgz":      {Data: []byte("\x1f\x8b")},
		".keep":            {},
		"docs/index.html":  {Data: []byte(page)},
		"docs/paper.html":  {Data: []byte(page)},
		"sub/.hidden/a.js": {Data: []byte(script)},
	}
	written = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	stream  = fstest.MapFS{
		"master.m3u8":     {Data: []byte("#EXTM3U\n"), ModTime: written},
		"360p/1.ts":       {Data: []byte(segment), ModTime: written},
		"360p/1.m4s":      {Data: []byte(segment), ModTime: written},
		"a.mpd":           {Data: []byte("<MPD/>")},
		"a.M3U":           {Data: []byte("#EXTM3U\n"), ModTime: written},
		"a.mp3":           {Data: []byte(segment), ModTime: written},
		"a.ac3":           {Data: []byte(segment), ModTime: written},
		"a.ec3":           {Data: []byte(segment), ModTime: written},
		"a.webvtt":        {Data: []byte("WEBVTT\n"), ModTime: written},
		".ffmpeg/log.txt": {Data: []byte("secret")},

		"own/1.ts":                 {Data: []byte(segment), ModTime: written},
		"own/segments-sha256.json": {Data: []byte(`{"1.ts":"00"}`), ModTime: written},
	}
)

func ask(h http.Handler, method, target string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAnswers(t *testing.T) {
	h := New(Options{Stream: stream, Web: web})
	for _, c := range []struct {
		method, target string
		status         int
		mime, caching  string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8", webCaching},
		{"GET", "/dist/page.js", 200, "text/javascript; charset=utf-8", webCaching},
		{"GET", "/dist/loader.wasm", 200, "application/wasm", webCaching},
		{"HEAD", "/dist/loader.wasm", 200, "application/wasm", webCaching},
		{"GET", "/dist/" + hashedByHex, 200, "text/javascript; charset=utf-8", hashedCaching},
		{"GET", "/dist/page-QX3ZK7AB.js", 200, "text/javascript; charset=utf-8", hashedCaching},
		{"GET", "/dist/page-20260102.js", 200, "text/javascript; charset=utf-8", webCaching},
		{"GET", "/dist/page.js?v=" + sum(script)[:8], 200, "text/javascript; charset=utf-8", hashedCaching},
		{"GET", "/dist/page.js?v=" + sum(script), 200, "text/javascript; charset=utf-8", hashedCaching},
		{"GET", "/dist/page.js?v=" + sum(script)[:7], 200, "text/javascript; charset=utf-8", webCaching},
		{"GET", "/dist/page.js?v=00000000", 200, "text/javascript; charset=utf-8", webCaching},
		{"GET", "/docs/", 200, "text/html; charset=utf-8", webCaching},
		{"GET", "/docs/paper.html", 200, "text/html; charset=utf-8", webCaching},
		{"GET", "/hls/master.m3u8", 200, "application/vnd.apple.mpegurl", playlistCaching},
		{"GET", "/hls/a.mpd", 200, "application/dash+xml", playlistCaching},
		{"GET", "/hls/a.M3U", 200, "audio/mpegurl", playlistCaching},
		{"GET", "/hls/a.mp3", 200, "audio/mpeg", segmentCaching},
		{"GET", "/hls/a.ac3", 200, "audio/ac3", segmentCaching},
		{"GET", "/hls/a.ec3", 200, "audio/eac3", segmentCaching},
		{"GET", "/hls/a.webvtt", 200, "text/vtt; charset=utf-8", segmentCaching},
		{"GET", "/dist/types/core.d.ts", 200, "text/plain; charset=utf-8", webCaching},
		{"GET", "/dist/package.tgz", 200, "application/gzip", webCaching},
		{"GET", "/hls/360p/1.ts", 200, "video/mp2t", segmentCaching},
		{"GET", "/hls/360p/1.m4s", 200, "video/iso.segment", segmentCaching},

		{"GET", "/hls/own/segments-sha256.json", 200, "application/json", playlistCaching},
		{"HEAD", "/hls/own/segments-sha256.json", 200, "application/json", playlistCaching},

		{"GET", "/hls/360p/2.ts", 404, "", "no-store"},
		{"GET", "/hls/360p/segments-sha256.json", 404, "", "no-store"},
		{"GET", "/hls/360p", 404, "", "no-store"},
		{"GET", "/hls/360p/", 404, "", "no-store"},
		{"GET", "/hls/", 404, "", "no-store"},
		{"GET", "/hls", 404, "", "no-store"},
		{"GET", "/dist/", 404, "", "no-store"},
		{"GET", "/page.js", 404, "", "no-store"},
		{"GET", "/docs/page.js", 404, "", "no-store"},
		{"GET", "/docs/../page.js", 404, "", "no-store"},
		{"GET", "/hls/../master.m3u8", 404, "", "no-store"},
		{"GET", "/hls/360p/%2e%2e/master.m3u8", 404, "", "no-store"},
		{"GET", "/hls//master.m3u8", 404, "", "no-store"},
		{"GET", "/hls/360p/1.ts%00", 404, "", "no-store"},
		{"GET", "/hls/.ffmpeg/log.txt", 404, "", "no-store"},
		{"GET", "/dist/.keep", 404, "", "no-store"},
		{"GET", "/dist/sub/.hidden/a.js", 404, "", "no-store"},
		{"HEAD", "/dist/nothing", 404, "", "no-store"},
		{"POST", "/hls/master.m3u8", 405, "", "no-store"},
		{"DELETE", "/", 405, "", "no-store"},
	} {
		t.Run(c.method+" "+c.target, func(t *testing.T) {
			r := ask(h, c.method, c.target)
			if r.StatusCode != c.status {
				t.Errorf("status %d, want %d", r.StatusCode, c.status)
			}
			if c.mime == "" {
				c.mime = "text/plain; charset=utf-8"
			}
			for name, want := range map[string]string{
				"Content-Type":                  c.mime,
				"Cache-Control":                 c.caching,
				"Access-Control-Allow-Origin":   "*",
				"Cross-Origin-Resource-Policy":  "cross-origin",
				"X-Content-Type-Options":        "nosniff",
				"Access-Control-Expose-Headers": "Content-Length, Content-Range, ETag, Date, Segments-SHA256",
			} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if c.status == 200 && r.Header.Get("ETag") == "" {
				t.Error("no ETag")
			}
			if text := body(t, r); (text == "") != (c.method == "HEAD") {
				t.Errorf("body %q", text)
			}
		})
	}
}

func TestEncodingAsTheClientLikesIt(t *testing.T) {
	h := New(Options{Web: web})
	seen := map[string]string{} // ETag to encoding
	for _, c := range []struct{ accept, coding string }{
		{"", ""},
		{"gzip, deflate, br, zstd", "br"},
		{"gzip", "gzip"},
		{"br;q=0.5, gzip;q=0.8", "gzip"},
		{"br;q=0.5, gzip;q=0.5", "br"},
		{"br;q=0, *", "gzip"},
		{"*", "br"},
		{"identity, br;q=0.9", ""},
		{"br;q=0.9, identity;q=0.1", "br"},
		{"BR ; Q=1", "br"},
		{"br;q=0,gzip;q=0", ""},
		{"identity;q=0, gzip;q=0.001", "gzip"},
		{"br;q=2", ""},
		{"br;q=NaN", ""},
		{";;,=,", ""},
	} {
		r := ask(h, "GET", "/dist/page.js", "Accept-Encoding", c.accept)
		if r.Header.Get("Content-Encoding") != c.coding || r.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %q, want %q; Vary %q", c.accept, r.Header.Get("Content-Encoding"), c.coding, r.Header.Get("Vary"))
		}
		if want := map[string]string{"": script, "br": "br of it", "gzip": "gz of it"}[c.coding]; body(t, r) != want {
			t.Errorf("%q: not the body of %q", c.accept, c.coding)
		}
		if r.Header.Get("Content-Type") != typeOf("page.js") {
			t.Errorf("%q: type %q", c.accept, r.Header.Get("Content-Type"))
		}
		if other, ok := seen[r.Header.Get("ETag")]; ok && other != c.coding {
			t.Errorf("one ETag for %q and %q", other, c.coding)
		}
		seen[r.Header.Get("ETag")] = c.coding
	}
	if r := ask(h, "GET", "/dist/loader.wasm", "Accept-Encoding", "br"); r.Header.Get("Vary") != "" || r.Header.Get("Content-Encoding") != "" {
		t.Errorf("a file with one encoding: %v", r.Header)
	}
}

// A real server is asked, since it is the one that sees when a header promises
// another body than there is.
func TestCompressedFilesHaveALength(t *testing.T) {
	server := httptest.NewServer(New(Options{Web: web}))
	defer server.Close()
	whole := ask(New(Options{Web: web}), "GET", "/dist/page.js", "Accept-Encoding", "br")
	for _, c := range []struct {
		method, header, value string
		status                int
		length                int64
		text                  string
	}{
		{"GET", "", "", 200, 8, "br of it"},
		{"HEAD", "", "", 200, 8, ""},
		{"GET", "If-None-Match", whole.Header.Get("ETag"), 304, 0, ""},
		{"GET", "If-Match", `"another"`, 412, 0, ""},
		{"GET", "Range", "bytes=1000-", 416, -1, "invalid range: failed to overlap\n"},
	} {
		r, err := http.NewRequest(c.method, server.URL+"/dist/page.js", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "br")
		if c.header != "" {
			r.Header.Set(c.header, c.value)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if c.length < 0 {
			c.length = int64(len(c.text))
		}
		if answer.StatusCode != c.status || answer.ContentLength != c.length {
			t.Errorf("%s %s: %d with length %d, want %d with %d", c.method, c.header, answer.StatusCode, answer.ContentLength, c.status, c.length)
		}
		if got := body(t, answer); got != c.text {
			t.Errorf("%s %s: %q, want %q", c.method, c.header, got, c.text)
		}
		answer.Body.Close()
	}
}

func TestRangesAndConditions(t *testing.T) {
	h := New(Options{Stream: stream, Web: web})
	for _, target := range []string{"/hls/360p/1.ts", "/hls/master.m3u8", "/dist/page.js", "/"} {
		whole := ask(h, "GET", target)
		tag, text := whole.Header.Get("ETag"), body(t, whole)

		if r := ask(h, "GET", target, "If-None-Match", tag); r.StatusCode != 304 || r.Header.Get("ETag") != tag {
			t.Errorf("%s: %d for its own ETag", target, r.StatusCode)
		}
		part := ask(h, "GET", target, "Range", "bytes=2-5", "Accept-Encoding", "br")
		if part.StatusCode != 206 || part.Header.Get("Content-Encoding") != "" || part.Header.Get("ETag") != tag {
			t.Errorf("%s: a range gives %d %v", target, part.StatusCode, part.Header)
		}
		if want := fmt.Sprintf("bytes 2-5/%d", len(text)); part.Header.Get("Content-Range") != want {
			t.Errorf("%s: Content-Range %q, want %q", target, part.Header.Get("Content-Range"), want)
		}
		if got := body(t, part); got != text[2:6] {
			t.Errorf("%s: %q", target, got)
		}
		if r := ask(h, "GET", target, "Range", "bytes=2-5", "If-Range", `"another"`); r.StatusCode != 200 {
			t.Errorf("%s: %d for a range of another version", target, r.StatusCode)
		}
		if r := ask(h, "GET", target, "Range", "bytes=1000-"); r.StatusCode != 416 {
			t.Errorf("%s: %d for a range past the end", target, r.StatusCode)
		}
	}
}

func TestPreflight(t *testing.T) {
	h := New(Options{Stream: stream})
	r := ask(h, "OPTIONS", "/hls/360p/1.ts", "Origin", "https://example.com",
		"Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "range",
		"Access-Control-Request-Private-Network", "true")
	if r.StatusCode != 204 || r.Header.Get("Access-Control-Allow-Origin") != "*" ||
		r.Header.Get("Access-Control-Allow-Headers") != "Range, Authorization, *" ||
		!strings.Contains(r.Header.Get("Access-Control-Allow-Methods"), "GET") ||
		r.Header.Get("Access-Control-Allow-Private-Network") != "true" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	if r := ask(h, "OPTIONS", "/"); r.Header.Get("Access-Control-Allow-Private-Network") != "" {
		t.Error("the private network is allowed without being asked for")
	}
}

func TestPolicyOfThePage(t *testing.T) {
	h := New(Options{Web: web})
	policy := ask(h, "GET", "/").Header.Get("Content-Security-Policy")
	s := sha256.Sum256([]byte("\n{\"imports\":{}}")) // with the line ends that the browser sees
	hash := "'sha256-" + base64.StdEncoding.EncodeToString(s[:]) + "'"
	if !strings.Contains(policy, "script-src 'self' 'wasm-unsafe-eval' "+hash+";") {
		t.Errorf("%s\nhas not %s", policy, hash)
	}
	if !strings.HasPrefix(policy, "default-src 'self';") {
		t.Error(policy)
	}
	if p := ask(h, "GET", "/dist/page.js").Header.Get("Content-Security-Policy"); p != "" {
		t.Errorf("a script has the policy %s", p)
	}
}

func TestPapersAreAFolder(t *testing.T) {
	r := ask(New(Options{Web: web}), "GET", "/docs")
	if location := r.Header.Get("Location"); r.StatusCode != 301 || location != "docs/" {
		t.Errorf("%d, to %q", r.StatusCode, location)
	}
}

func TestPageNotBuilt(t *testing.T) {
	h := New(Options{Web: fstest.MapFS{".keep": {}}})
	r := ask(h, "GET", "/")
	if text := body(t, r); r.StatusCode != 503 || !strings.Contains(text, "make build") || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %q", r.StatusCode, text)
	}
	if r := ask(h, "GET", "/dist/index.html"); r.StatusCode != 404 {
		t.Errorf("/dist/index.html: %d", r.StatusCode)
	}
}

func TestNothingToServe(t *testing.T) {
	for _, target := range []string{"/", "/dist/page.js", "/hls/master.m3u8"} {
		if r := ask(New(Options{}), "GET", target); r.StatusCode != 404 {
			t.Errorf("%s: %d", target, r.StatusCode)
		}
	}
}

func TestAChangedFileHasAnotherETag(t *testing.T) {
	dir := t.TempDir()
	write := func(text string, at time.Time) {
		t.Helper()
		for _, name := range []string{"a.m3u8", "a.js"} {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	h := New(Options{Stream: os.DirFS(dir), Web: os.DirFS(dir)})
	write("one", written)
	first, firstJS := ask(h, "GET", "/hls/a.m3u8").Header.Get("ETag"), ask(h, "GET", "/dist/a.js").Header.Get("ETag")
	write("two", written) // as large, and within one tick of the clock
	if r := ask(h, "GET", "/hls/a.m3u8", "If-None-Match", first, "If-Modified-Since", written.Format(http.TimeFormat)); r.StatusCode != 200 || body(t, r) != "two" {
		t.Error("the old playlist is taken for the new")
	}
	write("two", written.Add(time.Second))
	if r := ask(h, "GET", "/dist/a.js", "If-None-Match", firstJS); r.StatusCode != 200 || body(t, r) != "two" {
		t.Error("the old script is taken for the new")
	}
}

func TestTypicalWaysOutOfADirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(dir, "stream")
	if err := os.Mkdir(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(inside, "a.ts"), []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	h := New(Options{Stream: os.DirFS(inside)})
	for _, target := range []string{
		"/hls/../secret", "/hls/%2e%2e/secret", "/hls/..%2fsecret", "/hls/%2e%2e%2fsecret", "/hls/..%5csecret",
		"/hls//" + dir + "/secret", "/hls/a.ts/../../secret", "/hls/a.ts/b", "/hls/" + strings.Repeat("a", 5000),
	} {
		if r := ask(h, "GET", target); r.StatusCode != 404 {
			t.Errorf("%.40s: %d %q", target, r.StatusCode, body(t, r))
		}
	}
}

// immutableFS knows that its segments do not change.
type immutableFS struct{ fs.FS }

func (immutableFS) Immutable(name string) bool { return strings.HasSuffix(name, ".ts") }

func TestImmutableSegments(t *testing.T) {
	h := New(Options{Stream: immutableFS{stream}})
	for target, want := range map[string]string{
		"/hls/360p/1.ts": immutableSegmentCaching, "/hls/360p/1.m4s": segmentCaching, "/hls/master.m3u8": playlistCaching,
	} {
		if got := ask(h, "GET", target).Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

// digestsFS makes a list for each folder below 360p.
type digestsFS struct{ fs.FS }

func (f digestsFS) HasDigests(folder string) bool { return strings.HasPrefix(folder, "360p") }

func (f digestsFS) Digests(_ context.Context, folder string) ([]byte, string, error) {
	if !f.HasDigests(folder) {
		return nil, "", fs.ErrNotExist
	}
	return []byte(`{"made": "` + folder + `"}`), "tag", nil
}

func TestDigests(t *testing.T) {
	own := New(Options{Stream: stream})
	made := New(Options{Stream: digestsFS{stream}})
	for _, c := range []struct {
		h      http.Handler
		target string
		names  string // in the header
		want   string // a list, if it is one
	}{
		{own, "/hls/own/1.ts", "segments-sha256.json", ""},
		{own, "/hls/own/2.ts", "segments-sha256.json", ""}, // which is missing
		{own, "/hls/360p/1.ts", "", ""},
		{own, "/hls/a.mp3", "", ""},
		{own, "/hls/own/segments-sha256.json", "", `{"1.ts":"00"}`},
		{own, "/hls/360p/segments-sha256.json", "", "there is no such file\n"},
		{made, "/hls/360p/1.ts", "segments-sha256.json", ""},
		{made, "/hls/360p/low/1.ts", "segments-sha256.json", ""},
		{made, "/hls/own/1.ts", "", ""},
		{made, "/hls/master.m3u8", "", ""},
		{made, "/hls/360p/../360p/1.ts", "", ""},
		{made, "/hls/360p/.hidden/1.ts", "", ""},
		{made, "/hls/360p/segments-sha256.json", "", `{"made": "360p"}`},
		{made, "/hls/own/segments-sha256.json", "", `{"1.ts":"00"}`}, // its own comes first
		{made, "/hls/segments-sha256.json", "", "there is no such file\n"},
		{made, "/hls/360p/.hidden/segments-sha256.json", "", "there is no such file\n"},
	} {
		r := ask(c.h, "GET", c.target)
		if got := r.Header.Get("Segments-SHA256"); got != c.names {
			t.Errorf("%s names the list %q, want %q", c.target, got, c.names)
		}
		if text := body(t, r); c.want != "" && text != c.want {
			t.Errorf("%s: %q, want %q", c.target, text, c.want)
		}
	}
	r := ask(made, "GET", "/hls/360p/segments-sha256.json", "If-None-Match", `"tag"`)
	if r.StatusCode != 304 || r.Header.Get("Cache-Control") != playlistCaching {
		t.Errorf("%d %v for a list that is known", r.StatusCode, r.Header)
	}
}

// brokenFS fails in a way that is not the client's fault.
type brokenFS struct{}

func (brokenFS) Open(name string) (fs.File, error) { return nil, errors.New("the disk is on fire") }

func TestFaultsOfTheServerAreNotFoundMissing(t *testing.T) {
	h := New(Options{Stream: brokenFS{}, Web: brokenFS{}})
	for _, target := range []string{"/", "/dist/a.js", "/hls/a.ts", "/hls/a.m3u8"} {
		if r := ask(h, "GET", target); r.StatusCode != 500 || strings.Contains(body(t, r), "fire") {
			t.Errorf("%s: %d", target, r.StatusCode)
		}
	}
}

type report struct {
	kind   string
	status int
	bytes  int64
}

func TestSentTellsWhatWasSent(t *testing.T) {
	reports := make(chan report, 1)
	h := New(Options{Stream: stream, Web: web, Sent: func(kind string, status int, bytes int64) {
		reports <- report{kind, status, bytes}
	}})
	// A real server: it is the one that writes no body for HEAD, and that copies
	// files to the socket behind our back.
	server := httptest.NewServer(h)
	defer server.Close()
	for _, c := range []struct {
		method, target, span string
		want                 report
	}{
		{"GET", "/hls/360p/1.ts", "", report{KindSegment, 200, 10}},
		{"GET", "/hls/360p/1.ts", "bytes=3-4", report{KindSegment, 206, 2}},
		{"HEAD", "/hls/360p/1.ts", "", report{KindSegment, 200, 0}},
		{"GET", "/hls/360p/2.ts", "", report{KindSegment, 404, int64(len("there is no such file\n"))}},
		{"HEAD", "/hls/360p/2.ts", "", report{KindSegment, 404, 0}},
		{"GET", "/hls/master.m3u8", "", report{KindPlaylist, 200, 8}},
		{"GET", "/hls/own/segments-sha256.json", "", report{KindDigests, 200, 13}},
		{"GET", "/hls/360p/segments-sha256.json", "", report{KindDigests, 404, int64(len("there is no such file\n"))}},
		{"GET", "/", "", report{KindWeb, 200, int64(len(page))}},
		{"OPTIONS", "/hls/360p/1.ts", "", report{KindSegment, 204, 0}},
	} {
		r, err := http.NewRequest(c.method, server.URL+c.target, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.span != "" {
			r.Header.Set("Range", c.span)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if got := <-reports; got != c.want {
			t.Errorf("%s %s: %+v, want %+v", c.method, c.target, got, c.want)
		}
	}
}
