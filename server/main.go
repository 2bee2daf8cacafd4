// Command p2p-mediastream is everything a P2P stream needs beside its player,
// in one process: tracker, STUN server, origin, and a live test card.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := context.WithCancel(context.Background())
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signal.Notify(asked, syscall.SIGHUP)
	}
	go func() {
		<-asked
		signal.Stop(asked) // first: from now on a second Ctrl-C ends the process at once
		stop()
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// misconfigured is the exit code for a bad command line or configuration, with which
// another start is as vain: EX_CONFIG of sysexits.h. That of a crash of Go is 2, after
// which another start may go well.
const misconfigured = 78

// run is the program: it serves until ctx ends and returns the exit code,
// misconfigured or 1 where something goes wrong.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	complain := func(err error) { fmt.Fprintf(stderr, "p2p-mediastream: %v\n", err) }
	f, err := parseFlags(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
		complain(err)
		return misconfigured
	case f.version:
		fmt.Fprintln(stdout, "p2p-mediastream", version())
		return 0
	}
	s, warnings, err := loadSettings(f)
	if err != nil {
		complain(err)
		return misconfigured
	}
	if f.health {
		if err := ask(ctx, s); err != nil {
			complain(err)
			return 1
		}
		return 0
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: s.logLevel}))
	for _, warning := range warnings {
		log.Warn(warning)
	}
	srv, err := open(s, log)
	if err != nil {
		complain(err)
		return 1
	}
	for _, warning := range srv.doubts(time.Now()) {
		log.Warn(warning)
	}
	srv.greet(stdout)
	if err := srv.serve(ctx); err != nil {
		complain(err)
		return 1
	}
	return 0
}
