//go:build unix

package generator

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lock claims a directory until it is closed, or its process ends in whatever way. A file system that has no locks of
// directories does without.
func lock(dir *os.File) error {
	err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errClaimed
	}
	return nil
}
