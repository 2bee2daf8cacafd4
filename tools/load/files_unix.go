//go:build unix

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// allowFiles raises how many sockets may be open to what so many connections need.
// note says when the system does not let us.
func allowFiles(connections int) (note string) {
	need := uint64(connections) + 200
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || uint64(limit.Cur) >= need {
		return ""
	}
	if uint64(limit.Max) < need {
		return fmt.Sprintf("the system allows %d open files, fewer than the %d that this needs: see ulimit -n", limit.Max, need)
	}
	limit.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Sprintf("cannot raise the number of open files: %v", err)
	}
	return ""
}
