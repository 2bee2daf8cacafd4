package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
)

// Master is the name of the playlist that every generated stream begins with.
const Master = "master.m3u8"

// newestList is a playlist that every generator writes with each segment.
const newestList = "360p/index.m3u8"

// Stalled is how long a generated stream has no new segment before something is wrong with
// it: the length of several, and longer than ffmpeg takes for its first.
const Stalled = 30 * time.Second

// LastSegment is when the last segment of a generated stream was complete. The error is
// fs.ErrNotExist before the first, and tells otherwise what is wrong with the files: on a
// full disk they may be there and empty.
func LastSegment(stream fs.FS) (time.Time, error) {
	data, err := fs.ReadFile(stream, newestList)
	if err != nil {
		return time.Time{}, err
	}
	media, err := parse(newestList, data)
	if err != nil {
		return time.Time{}, err
	}
	if len(media.Segments) == 0 {
		return time.Time{}, fmt.Errorf("%s lists no segment", newestList)
	}
	last := media.Segments[len(media.Segments)-1].URL
	name := path.Join(path.Dir(newestList), strings.TrimPrefix(last, base))
	info, err := written(stream, name)
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// written is about a file that has something in it.
func written(stream fs.FS, name string) (fs.FileInfo, error) {
	info, err := fs.Stat(stream, name)
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return nil, fmt.Errorf("%s is empty: is the disk full?", name)
	}
	return info, nil
}

// Check tells what keeps players from a generated stream at present, nil where nothing does.
func Check(stream fs.FS, now time.Time) error {
	if _, err := written(stream, Master); err != nil {
		return err
	}
	last, err := LastSegment(stream)
	if err != nil {
		return err
	}
	if age := now.Sub(last); age > Stalled {
		return fmt.Errorf("the last segment was complete %v ago", age.Round(time.Second))
	}
	return nil
}

// base is what the addresses of segments begin with where a playlist is a file.
const base = "file:///"

// parse reads a media playlist. The addresses of its segments are their names behind base.
func parse(name string, data []byte) (*playlist.Media, error) {
	_, media, err := playlist.Parse(base, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if media == nil {
		return nil, errors.New(name + " is no media playlist")
	}
	return media, nil
}
