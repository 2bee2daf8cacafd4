package generator

import (
	"io/fs"
	"time"
)

// Master is the name of the playlist that every generated stream begins with.
const Master = "master.m3u8"

// newestList is a playlist that every generator writes with each segment.
const newestList = "360p/index.m3u8"

// LastSegment is when the last segment of a generated stream was complete. The
// error is fs.ErrNotExist before the first.
func LastSegment(stream fs.FS) (time.Time, error) {
	info, err := fs.Stat(stream, newestList)
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}
