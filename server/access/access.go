// Package access says which swarms a tracker serves, by lists of info hashes in
// files that are read again when they change.
package access

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
	"github.com/p2p-mediastream/p2p-mediastream/server/watch"
)

// maxFaults is how many bad lines of a file are told.
const maxFaults = 5

// Open reads the lists and has the watcher read them again. The function it
// returns is a tracker.Settings.Allows that waits for nobody; nil when there are
// no lists. The error names file and line.
func Open(files config.InfoHashes, watcher *watch.Watcher) (allows func(infoHash tracker.ID) bool, err error) {
	if files == (config.InfoHashes{}) {
		return nil, nil
	}
	allow, err := open("infoHashes.allowFile", files.AllowFile, watcher)
	if err != nil {
		return nil, err
	}
	deny, err := open("infoHashes.denyFile", files.DenyFile, watcher)
	if err != nil {
		return nil, err
	}
	return func(infoHash tracker.ID) bool {
		return (allow == nil || allow.has(infoHash)) && (deny == nil || !deny.has(infoHash))
	}, nil
}

// list is the info hashes of a file.
type list struct {
	hashes atomic.Pointer[map[tracker.ID]struct{}]
}

// open reads a list; nil for no file.
func open(key, path string, watcher *watch.Watcher) (*list, error) {
	if path == "" {
		return nil, nil
	}
	l := new(list)
	return l, watcher.Read(key, func() error {
		hashes, err := readFile(key, path)
		if err == nil {
			l.hashes.Store(&hashes)
		}
		return err
	}, path)
}

func (l *list) has(infoHash tracker.ID) bool {
	_, has := (*l.hashes.Load())[infoHash]
	return has
}

func readFile(key, path string) (map[tracker.ID]struct{}, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no file %s: make it, or mend its path, which is seen from the working directory", key, path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	defer file.Close()
	return read(path, file)
}

// read reads the lines of a list; name is what errors call it.
func read(name string, from io.Reader) (map[tracker.ID]struct{}, error) {
	hashes := make(map[tracker.ID]struct{})
	var faults []error
	lines := bufio.NewScanner(from)
	number := 1
	for ; lines.Scan() && len(faults) < maxFaults; number++ {
		text, _, _ := bytes.Cut(lines.Bytes(), []byte("#"))
		if number == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff")) // editors on Windows begin files with it
		}
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			continue
		}
		var hash tracker.ID
		if len(text) != hex.EncodedLen(len(hash)) {
			faults = append(faults, fmt.Errorf("%s:%d: want 40 hexadecimal digits, not %d characters", name, number, len([]rune(string(text)))))
		} else if _, err := hex.Decode(hash[:], text); err != nil {
			faults = append(faults, fmt.Errorf("%s:%d: want 40 hexadecimal digits, not %q", name, number, text))
		} else {
			hashes[hash] = struct{}{}
		}
	}
	if err := lines.Err(); err != nil {
		faults = append(faults, fmt.Errorf("%s:%d: %w", name, number, err))
	}
	return hashes, errors.Join(faults...)
}
