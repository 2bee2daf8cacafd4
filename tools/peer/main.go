//go:build !js

// Command peer plays HLS streams without a picture and shares them with other
// viewers, browsers among them: to keep a swarm supplied, to watch one, and to
// try out a server.
//
//	go run ./tools/peer -url http://localhost:49199/hls/master.m3u8 \
//		-tracker ws://localhost:49199/ -stun localhost:3478 -behind 16 -for 60s
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/native"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/native/player"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program. It returns the exit status: 2 for arguments that cannot
// be used, 1 when a viewer could not play.
func run(ctx context.Context, args []string, out, log io.Writer) int {
	o, err := parse(args, log)
	switch {
	case err == errHelp:
		return 0
	case err != nil:
		fmt.Fprintf(log, "peer: %v\n", err)
		return 2
	}
	if o.lasts > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.lasts)
		defer cancel()
	}
	process := native.Start()
	defer process.Stop()
	connector, err := process.NewConnector(o.rtc)
	if err != nil {
		fmt.Fprintf(log, "peer: %v\n", err)
		return 2
	}
	o.player.Connector = connector

	viewers := make([]viewer, o.viewers)
	lines := &lines{to: log}
	var all sync.WaitGroup
	for i := range viewers {
		all.Go(func() {
			if pause(ctx, time.Duration(i)*o.every) {
				viewers[i] = watch(ctx, process, o, fmt.Sprintf("viewer %d", i), lines)
			}
		})
	}
	all.Wait()

	if o.json {
		err = writeJSON(out, viewers)
	} else {
		err = writeTable(out, viewers)
	}
	if err != nil {
		fmt.Fprintf(log, "peer: %v\n", err)
		return 1
	}
	for _, v := range viewers {
		if v.err != nil {
			return 1
		}
	}
	return 0
}

// viewer is what came of one.
type viewer struct {
	report   player.Report
	segments []player.Segment // in the order in which they were loaded, where JSON is asked for
	err      error            // why it could not play
}

// watch plays until ctx ends or all was played.
func watch(ctx context.Context, process *native.Process, o options, name string, log *lines) (v viewer) {
	o.player.Warn = func(err error) { log.print(name, err) }
	if o.json {
		o.player.Loaded = func(s player.Segment) { v.segments = append(v.segments, s) }
	}
	p, err := player.Open(ctx, process, o.player)
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("the time was over before the playlists were there: %w", err)
		}
		log.print(name, err)
		return viewer{err: err}
	}
	select {
	case <-ctx.Done():
	case <-p.Done():
	case <-process.Ended():
		log.print(name, process.Err())
		v.err = process.Err()
	}
	v.report = p.Report()
	p.Close() // after which no more segments come
	return v
}

// pause waits, and tells whether ctx lasted that long.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// lines prints what viewers have to say, one line at a time.
type lines struct {
	mu sync.Mutex
	to io.Writer
}

func (l *lines) print(name string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.to, "%s: %v\n", name, err)
}
