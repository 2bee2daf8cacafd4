//go:build !js

// Command load puts trackers and STUN servers under load, ours and others', each
// alone on a core of this machine and in turns, and prints what they took.
//
//	go run ./tools/load tracker -scenario loop
//	go run ./tools/load tracker -scenario held -connections 10000
//	go run ./tools/load stun
//
// It loads nothing but this machine: other addresses than those of loopback are
// refused.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `load puts servers on this machine under load and prints what they took

  load tracker [flags]   WebTorrent trackers; load tracker -help has the flags
  load stun [flags]      STUN servers; load stun -help has the flags
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program. It returns the exit status: 2 for arguments that cannot be
// used, 1 when a server could not be measured or did wrong.
func run(ctx context.Context, args []string, out, log io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(log, usage)
		return 2
	}
	var err error
	switch args[0] {
	case "tracker":
		err = loadTrackers(ctx, args[1:], out, log)
	case "stun":
		err = loadSTUN(ctx, args[1:], out, log)
	case "-h", "-help", "--help", "help":
		fmt.Fprint(out, usage)
		return 0
	default:
		fmt.Fprintf(log, "load: there is nothing called %q to load\n\n%s", args[0], usage)
		return 2
	}
	var bad argumentError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp): // it was printed
		return 0
	case errors.As(err, &bad):
		fmt.Fprintf(log, "load: %v; see load %s -help\n", err, args[0])
		return 2
	}
	fmt.Fprintf(log, "load: %v\n", err)
	return 1
}

// argumentError is what is wrong with the command line.
type argumentError struct{ error }
