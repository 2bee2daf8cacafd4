package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
	"github.com/p2p-mediastream/p2p-mediastream/server/generator"
	"github.com/p2p-mediastream/p2p-mediastream/server/origin"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

func TestTheStreamDirectoryIsNoDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "stream")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	// An ffmpeg that is found and never run.
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "ffmpeg"), nil, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", path)
	for _, mode := range []string{"off", "ffmpeg", "auto"} {
		for _, dir := range []string{file, filepath.Join(file, "below")} {
			_, err := openStream(mode, dir, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), "the stream directory "+dir+" is no directory") || !strings.Contains(err.Error(), "--hls-dir") {
				t.Errorf("--generator %s: %v", mode, err)
			}
		}
	}
}

// What something else writes is listed as it lands, and nothing from outside.
func TestDigestsOfADirectory(t *testing.T) {
	dir := t.TempDir()
	stream := filepath.Join(dir, "stream")
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(stream, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	write("master.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive/index.m3u8\n")
	s := plain()
	s.generator, s.hlsDir = "off", stream
	var log bytes.Buffer
	_, host := startLogging(t, s, slog.New(slog.NewTextHandler(&log, nil)))
	base := "http://" + host + "/hls/live/"
	if status, _ := get(t, base+"segments-sha256.json"); status != 404 {
		t.Errorf("before the folder exists: %d", status)
	}

	write("live/1.ts", "one")
	write("../secret.ts", "secret")
	for link, target := range map[string]string{"live/out.ts": "../../secret.ts", "live/out.m3u8": "../../secret.ts", "live/self.m3u8": "self.m3u8", "current": "live"} {
		if err := os.Symlink(target, filepath.Join(stream, link)); err != nil {
			t.Fatal(err)
		}
	}
	write("live/index.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n1.ts\n#EXTINF:2,\nout.ts\n#EXTINF:2,\n../../secret.ts\n")
	get(t, base+"index.m3u8")
	response, err := http.Get(base + "1.ts")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := response.Header.Get("Segments-SHA256"); got != "segments-sha256.json" {
		t.Errorf("the header names %q", got)
	}
	want := fmt.Sprintf(`{"1.ts":"%x"}`, sha256.Sum256([]byte("one")))
	for _, folder := range []string{base, "http://" + host + "/hls/current/"} {
		get(t, folder+"index.m3u8")
		status, list := get(t, folder+"segments-sha256.json")
		for list == "{}" { // which is late
			status, list = get(t, folder+"segments-sha256.json")
		}
		if status != 200 || list != want {
			t.Errorf("%s: %d %s, want %s", folder, status, list, want)
		}
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", &log)
	}
	_, text := get(t, "http://"+host+"/metrics")
	for _, line := range []string{
		`p2p_mediastream_origin_responses_total{kind="digests",status="404"} 1`,
		`p2p_mediastream_origin_responses_total{kind="segment",status="200"} 1`,
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("/metrics lacks %s", line)
		}
	}
}

// checkDigests reads a playlist, its segments and their digests as a loader does,
// and returns how many segments there were.
func checkDigests(t *testing.T, address string) int {
	t.Helper()
	status, text := get(t, address)
	if status != 200 {
		return 0
	}
	_, media, err := playlist.Parse(address, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range media.Segments {
		request, err := http.NewRequest("GET", s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		span := ""
		if s.ByteRange != nil {
			request.Header.Set("Range", s.ByteRange.Header())
			span = strings.TrimPrefix(s.ByteRange.Header(), "bytes=")
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode/100 != 2 {
			t.Fatalf("%s: %s, %v", s.URL, response.Status, err)
		}
		at, err := response.Request.URL.Parse(response.Header.Get("Segments-SHA256"))
		if err != nil {
			t.Fatal(err)
		}
		for {
			_, text := get(t, at.String())
			list, err := wire.DecodeDigestList([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			// One that is late is in a later list.
			if digest, known := list.Of(at.String(), s.URL, span); known {
				if digest != sha256.Sum256(data) {
					t.Errorf("%s %s is not what is listed in\n%s", s.URL, span, text)
				}
				break
			}
		}
	}
	return len(media.Segments)
}

func TestDigestsOfWhatFFmpegWrites(t *testing.T) {
	ffmpeg, ok := generator.FindFFmpeg()
	if !ok {
		t.Skip("ffmpeg is not installed")
	}
	if testing.Short() {
		t.Skip("encodes some seconds in real time")
	}
	t.Run("live", func(t *testing.T) {
		t.Parallel()
		s := plain()
		s.generator, s.hlsDir = "ffmpeg", t.TempDir()
		_, host := start(t, s)
		deadline := time.Now().Add(time.Minute)
		for checkDigests(t, "http://"+host+"/hls/360p/index.m3u8") < 3 {
			if time.Now().After(deadline) {
				t.Fatal("there is no stream")
			}
			time.Sleep(100 * time.Millisecond) // nothing tells when a segment is there
		}
	})
	t.Run("a film", func(t *testing.T) {
		t.Parallel()
		s := plain()
		s.generator, s.hlsDir = "off", t.TempDir()
		_, host := start(t, s)
		for name, arguments := range map[string][]string{
			"files":  {"-hls_segment_type", "fmp4", "-hls_segment_filename", "a %d.m4s"},
			"ranges": {"-hls_flags", "single_file"},
		} {
			folder := filepath.Join(s.hlsDir, name)
			if err := os.Mkdir(folder, 0o777); err != nil {
				t.Fatal(err)
			}
			command := exec.Command(ffmpeg, slices.Concat(
				[]string{"-v", "error", "-f", "lavfi", "-i", "testsrc=size=160x90:rate=10", "-t", "10", "-g", "20",
					"-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod"},
				arguments, []string{"index.m3u8"})...)
			command.Dir = folder
			if said, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			if n := checkDigests(t, "http://"+host+"/hls/"+name+"/index.m3u8"); n != 5 {
				t.Errorf("%s: %d segments", name, n)
			}
		}
	})
}

func TestDigestsOfTheCard(t *testing.T) {
	_, host := start(t, plain())
	if n := checkDigests(t, "http://"+host+"/hls/180p/index.m3u8"); n != 10 {
		t.Errorf("%d segments", n)
	}
}

// Nobody is served what lies outside, and nobody fills the log by asking.
func TestNamesThatCannotBeServedAreMissing(t *testing.T) {
	dir := t.TempDir()
	for link, target := range map[string]string{"out.ts": "..", "self.ts": "self.ts", "far.ts": "/etc/hosts", "dangling.ts": "nothing.ts"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.ts"), 0o777); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s := plain()
	s.generator, s.hlsDir = "off", dir
	_, host := startLogging(t, s, slog.New(slog.NewTextHandler(&log, nil)))
	for _, name := range []string{"out.ts", "self.ts", "far.ts", "dangling.ts", "folder.ts", "folder.ts/x", "nothing.ts"} {
		if status, _ := get(t, "http://"+host+"/hls/"+name); status != http.StatusNotFound {
			t.Errorf("%s: %d", name, status)
		}
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", &log)
	}
}

// BenchmarkDigestList asks for lists of so many segments, which have not changed
// since, or of which one has, with the playlist.
func BenchmarkDigestList(b *testing.B) {
	for _, count := range []int{30, 3600} {
		dir := b.TempDir()
		index := filepath.Join(dir, "index.m3u8")
		text := "#EXTM3U\n#EXT-X-TARGETDURATION:2\n"
		for i := range count {
			name := fmt.Sprintf("segment-%d.ts", i)
			text += "#EXTINF:2,\n" + name + "\n"
			if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o666); err != nil {
				b.Fatal(err)
			}
		}
		stream, err := openStream("off", dir, slog.New(slog.DiscardHandler))
		if err := errors.Join(err, os.WriteFile(index, []byte(text), 0o666)); err != nil {
			b.Fatal(err)
		}
		ctx, stop := context.WithCancel(b.Context())
		ended := make(chan struct{})
		go func() { stream.digests.Run(ctx); close(ended) }()
		files := origin.New(origin.Options{Stream: stream.files})
		ask := func(b *testing.B, name, tag string) *http.Response {
			r := httptest.NewRequest("GET", "/hls/"+name, nil)
			r.Header.Set("If-None-Match", tag)
			w := httptest.NewRecorder()
			files.ServeHTTP(w, r)
			if w.Code >= 400 {
				b.Fatal(w.Code)
			}
			return w.Result()
		}
		run := func(name, tag string, before func(b *testing.B)) {
			b.Run(fmt.Sprintf("%d/%s", count, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					before(b)
					ask(b, hls.DigestList, tag)
				}
			})
		}
		ask(b, "index.m3u8", "")
		tag := ask(b, hls.DigestList, "").Header.Get("ETag")
		run("unchanged", "", func(*testing.B) {})
		run("known", tag, func(*testing.B) {})
		run("changed", "", func(b *testing.B) {
			b.StopTimer()
			now := time.Now()
			name := "segment-0.ts"
			if err := errors.Join(os.Chtimes(filepath.Join(dir, name), now, now), os.Chtimes(index, now, now)); err != nil {
				b.Fatal(err)
			}
			ask(b, name, "")
			b.StartTimer()
		})
		stop()
		<-ended
	}
}
