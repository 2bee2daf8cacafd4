package generator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errClaimed: another process writes there.
var errClaimed = errors.New("another process writes a stream into it")

// Claim makes a directory for FFmpeg, or tells why nothing could be written there: before anything is promised to
// anyone, and without touching a stream that is there. It is this process's alone until release.
func Claim(dir string) (release func(), err error) {
	for _, r := range encoded {
		folder := filepath.Join(dir, r.name)
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return nil, err
		}
		// Permissions do not tell: the file system may be read-only. If this process dies here, clean removes the file.
		file, err := os.CreateTemp(folder, "testsrc-*.ts.tmp")
		if err != nil {
			return nil, err
		}
		name := file.Name()
		if err := errors.Join(file.Close(), os.Remove(name)); err != nil {
			return nil, err
		}
	}
	opened, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := lock(opened); err != nil {
		opened.Close()
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return func() { opened.Close() }, nil
}
