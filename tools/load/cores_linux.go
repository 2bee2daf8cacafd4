package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// cores are the two that servers and load run on, so that neither takes the
// other's time: nil where there are not two.
var cores struct{ server, load *unix.CPUSet }

// takeCore binds this program to one core and keeps another for the servers. note
// says why not, where it cannot.
func takeCore() (note string) {
	var may unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		return fmt.Sprintf("cannot bind servers to a core of their own: %v", err)
	}
	var found []*unix.CPUSet
	for core := 0; len(found) < 2 && core < 8*len(may)*8; core++ {
		if may.IsSet(core) {
			set := new(unix.CPUSet)
			set.Set(core)
			found = append(found, set)
		}
	}
	if len(found) < 2 {
		return "there is one core, for servers and load"
	}
	// Threads to come inherit it of those that there are.
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return fmt.Sprintf("cannot bind servers to a core of their own: %v", err)
	}
	for _, thread := range threads {
		id, _ := strconv.Atoi(thread.Name())
		if err := unix.SchedSetaffinity(id, found[0]); err != nil {
			return fmt.Sprintf("cannot bind servers to a core of their own: %v", err)
		}
	}
	runtime.GOMAXPROCS(1)
	cores.load, cores.server = found[0], found[1]
	return ""
}

// onServerCore calls start, which starts a process, so that this one runs on the
// servers' core: a child has the core of the thread that made it. (Go makes no
// threads of its own from one that is locked.)
func onServerCore(start func() error) error {
	if cores.server == nil {
		return start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.SchedSetaffinity(0, cores.server); err != nil {
		return err
	}
	defer unix.SchedSetaffinity(0, cores.load)
	return start()
}
