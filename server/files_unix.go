//go:build unix

package main

import "golang.org/x/sys/unix"

// openFiles is how many files and sockets the system lets this process have at once. Go has raised what it may raise by
// itself, before main.
func openFiles() (limit uint64, known bool) {
	var r unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r)
	return uint64(r.Cur), err == nil
}
