package generator

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
)

// ownFile is a segment that ffmpeg wrote for us, or was writing.
var ownFile = regexp.MustCompile(`^testsrc-[0-9]+\.ts(\.tmp)?$`)

// staleAfter is how long playlists can have stood still and still be gone on
// with: longer than the longest wait for ffmpeg and the start of a server.
const staleAfter = time.Minute

// prepare makes the directory ready for ffmpeg to start: the folders are there,
// and of the files that ffmpeg made before only those that the playlists name.
// ffmpeg deletes segments as they leave the playlist, but only while it lives.
//
// The result is the number of the first segment for -start_number: 0 where
// ffmpeg is to go on with the playlists that are there. Where the stream begins
// anew it is the Unix time in seconds, so that its segments never bear the
// numbers of a former stream, whose segments took two seconds each.
func prepare(dir string, now time.Time) (int64, error) {
	for _, r := range encoded {
		if err := os.MkdirAll(filepath.Join(dir, r.name), 0o777); err != nil {
			return 0, err
		}
	}
	left := leftBehind(dir, now)
	for _, r := range encoded {
		if err := clean(filepath.Join(dir, r.name), left[r.name]); err != nil {
			return 0, err
		}
	}
	if left != nil {
		return 0, nil
	}
	// Who looks for a stream is not to take the former one's for it.
	return now.Unix(), remove(filepath.Join(dir, Master))
}

// leftBehind reads the playlists of a stream that can be gone on with: all are
// there, somebody may still be watching, and ffmpeg did not die after it had
// written one and not the other. Otherwise it is nil.
func leftBehind(dir string, now time.Time) map[string]*playlist.Media {
	left := map[string]*playlist.Media{}
	next := int64(-1)
	for _, r := range encoded {
		index := filepath.Join(dir, r.name, "index.m3u8")
		info, err := os.Stat(index)
		if err != nil || now.Sub(info.ModTime()) >= staleAfter {
			return nil
		}
		m, err := readPlaylist(index)
		if err != nil {
			return nil
		}
		follows := m.Sequence + int64(len(m.Segments))
		if next != -1 && next != follows {
			return nil
		}
		next = follows
		left[r.name] = m
	}
	return left
}

// readPlaylist is parse of a file.
func readPlaylist(path string) (*playlist.Media, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parse(path, data)
}

// clean removes our segments that are not in a playlist, and the playlist itself
// when it is not to be gone on with.
func clean(folder string, keep *playlist.Media) error {
	listed := map[string]bool{}
	if keep == nil {
		if err := remove(filepath.Join(folder, "index.m3u8")); err != nil {
			return err
		}
	} else {
		for _, s := range keep.Segments {
			listed[strings.TrimPrefix(s.URL, base)] = true
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, f := range files {
		if ownFile.MatchString(f.Name()) && !listed[f.Name()] {
			if err := remove(filepath.Join(folder, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove is os.Remove for a file that may be gone already.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
