package generator

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

const listing = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\ntestsrc-1.ts\n#EXTINF:2,\ntestsrc-2.ts\n"

func TestCheck(t *testing.T) {
	now := time.Unix(1000, 0)
	at := func(text string, ago time.Duration) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(text), ModTime: now.Add(-ago)}
	}
	whole := func() fstest.MapFS {
		return fstest.MapFS{
			Master: at("#EXTM3U\n", time.Hour), "360p/index.m3u8": at(listing, 0),
			"360p/testsrc-1.ts": at("x", 4*time.Second), "360p/testsrc-2.ts": at("x", 2*time.Second),
		}
	}
	for name, c := range map[string]struct {
		change func(s fstest.MapFS)
		says   string // a part of it
	}{
		"it is whole":                     {func(fstest.MapFS) {}, ""},
		"there is nothing":                {func(s fstest.MapFS) { clear(s) }, "master.m3u8"},
		"the master playlist is empty":    {func(s fstest.MapFS) { s[Master] = at("", 0) }, "master.m3u8 is empty"},
		"there is a master playlist only": {func(s fstest.MapFS) { delete(s, "360p/index.m3u8") }, "360p/index.m3u8"},
		"the disk was full":               {func(s fstest.MapFS) { s["360p/index.m3u8"] = at("", 0) }, "360p/index.m3u8"},
		"there is no segment yet": {func(s fstest.MapFS) {
			s["360p/index.m3u8"] = at("#EXTM3U\n#EXT-X-TARGETDURATION:2\n", 0)
		}, "lists no segment"},
		"it lists what is not there":   {func(s fstest.MapFS) { delete(s, "360p/testsrc-2.ts") }, "360p/testsrc-2.ts"},
		"the last segment is empty":    {func(s fstest.MapFS) { s["360p/testsrc-2.ts"] = at("", 0) }, "testsrc-2.ts is empty"},
		"the last segment is long ago": {func(s fstest.MapFS) { s["360p/testsrc-2.ts"] = at("x", time.Minute) }, "1m0s ago"},
	} {
		stream := whole()
		c.change(stream)
		if err := Check(stream, now); (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	if last, err := LastSegment(whole()); err != nil || !last.Equal(now.Add(-2*time.Second)) {
		t.Errorf("the last segment was complete at %v, %v", last, err)
	}
	if _, err := LastSegment(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	card, err := Embedded(time.Now)
	if err != nil || Check(card, time.Now()) != nil {
		t.Error(err, Check(card, time.Now()))
	}
}

// What writes nothing, and lives, is ended, with the reason.
func TestWatchEndsWhatWritesNothing(t *testing.T) {
	for says, stream := range map[string]fs.FS{
		"360p/index.m3u8":     fstest.MapFS{Master: {Data: []byte("x")}, "360p/index.m3u8": {}},
		"as they were":        fstest.MapFS{Master: {Data: []byte("x")}, "360p/index.m3u8": {Data: []byte(listing)}, "360p/testsrc-2.ts": {Data: []byte("x")}},
		"master.m3u8 is empt": writing{fstest.MapFS{Master: {}, "360p/index.m3u8": {Data: []byte(listing)}}, new(int64)},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			watch(ctx, stream, time.Minute, cancel)
			if cause := context.Cause(ctx); cause == nil || !strings.Contains(cause.Error(), says) {
				t.Errorf("%v, want %q", cause, says)
			}
		})
	}
}

// writing is a stream whose last segment has always just landed, by a clock that is behind.
type writing struct {
	fstest.MapFS
	clock *int64
}

func (w writing) Stat(name string) (fs.FileInfo, error) {
	if strings.HasSuffix(name, ".ts") {
		*w.clock++
		w.MapFS[name] = &fstest.MapFile{Data: []byte("x"), ModTime: time.Unix(*w.clock, 0)}
	}
	return w.MapFS.Stat(name)
}

func TestWatchLeavesWhatWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		whole := writing{fstest.MapFS{Master: {Data: []byte("x")}, "360p/index.m3u8": {Data: []byte(listing)}}, new(int64)}
		watch(ctx, whole, time.Minute, func(cause error) { t.Error(cause) })
	})
}
