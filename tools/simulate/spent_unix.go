//go:build unix

package main

import (
	"syscall"
	"time"
)

func init() {
	wall := spent
	spent = func() time.Duration {
		var usage syscall.Rusage
		if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
			return wall()
		}
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
}
