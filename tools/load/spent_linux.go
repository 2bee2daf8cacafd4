package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// ticks is how many of proc(5)'s clock ticks a second has: the same on everything
// that Go runs on.
const ticks = 100

// spent is what a process has taken of the processor, in user and in kernel mode
// together, and the memory that it has now.
func spent(pid int) (cpu time.Duration, resident int64, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	// The second field is the program's name, in parentheses, and may have spaces.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const user, system, pages = 14 - 3, 15 - 3, 24 - 3
	if len(fields) <= pages {
		return 0, 0, fmt.Errorf("/proc/%d/stat is too short", pid)
	}
	number := func(field int) int64 {
		n, failed := strconv.ParseInt(string(fields[field]), 10, 64)
		if failed != nil {
			err = failed
		}
		return n
	}
	cpu = time.Duration(number(user)+number(system)) * time.Second / ticks
	return cpu, number(pages) * int64(os.Getpagesize()), err
}
