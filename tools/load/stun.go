//go:build !js

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"text/tabwriter"
	"time"
)

const stunUsage = `load stun puts our STUN server, and coturn's where it is installed, under load, in turns

First in a closed loop: each socket asks some times at once, as browsers do without
attributes, and again when it has all answers. Tells the CPU time of a request. Then
at a steady rate. Tells how long an answer takes.
`

type stunOptions struct {
	sockets, window, requests, perSecond, seconds, rounds int
	only                                                  string
}

// parseSTUNOptions reads the command line. The error is flag.ErrHelp when help was
// asked for, and printed.
func parseSTUNOptions(args []string, out io.Writer) (o stunOptions, err error) {
	set := flag.NewFlagSet("load stun", flag.ContinueOnError)
	set.SetOutput(out)
	set.Usage = func() {
		fmt.Fprint(out, stunUsage, "\n")
		set.PrintDefaults()
	}
	bounds := bounded{set: set}
	bounds.number(&o.sockets, "sockets", 16, 1, 1000, "sockets of the loop")
	bounds.number(&o.window, "window", 4, 1, 64, "requests of a socket at once")
	bounds.number(&o.requests, "requests", 200_000, 1, 10_000_000, "requests of the loop, in each round")
	bounds.number(&o.perSecond, "rate", 1000, 1, 20_000, "requests a second after that")
	bounds.number(&o.seconds, "seconds", 5, 1, 120, "seconds of that")
	bounds.number(&o.rounds, "rounds", 3, 1, maxRounds, "rounds: each server has its turn in each, and medians are printed")
	set.StringVar(&o.only, "only", "", "one server alone, by its name")
	return o, bounds.parse(args)
}

// loadSTUN is `load stun`.
func loadSTUN(ctx context.Context, args []string, out, log io.Writer) error {
	o, err := parseSTUNOptions(args, log)
	if err != nil {
		return err
	}
	servers, clean, err := chooseSTUNServers(ctx, o, log)
	if err != nil {
		return err
	}
	defer clean()
	note(log, takeCore())
	all := make([]figures, len(servers))
	for round := range o.rounds {
		for i, s := range servers {
			if all[i] == nil {
				all[i] = make(figures)
			}
			if err := s.measure(ctx, o, all[i]); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			fmt.Fprintf(log, "round %d, %s: %.2f CPU µs for a request\n", round+1, s.name, last(all[i]["cpu"]))
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d sockets, %d requests each at once\tCPU µs / request\tof %s's\trequests / s\tlost\tp50 at %d a second\tp99\tload's own core\n",
		o.sockets, o.window, servers[len(servers)-1].name, o.perSecond)
	for i, s := range servers {
		of := func(what string) float64 { return median(all[i][what]) }
		fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.0f\t%.0f\t%.0f µs\t%.0f µs\t%.0f %%\n", s.name, of("cpu"), of("cpu")/median(all[len(all)-1]["cpu"]),
			of("rate"), of("lost"), of("p50"), of("p99"), 100*of("own"))
	}
	return w.Flush()
}

// stunServer is one to put under load. command is what starts it at a port of
// loopback.
type stunServer struct {
	name    string
	command func(port int) []string
}

func chooseSTUNServers(ctx context.Context, o stunOptions, log io.Writer) (servers []stunServer, clean func(), err error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "load-")
	if err != nil {
		return nil, nil, err
	}
	clean = func() { os.RemoveAll(dir) }
	binary, err := buildServer(ctx, root, dir)
	if err != nil {
		clean()
		return nil, nil, err
	}
	all := []stunServer{{"p2p-mediastream", func(port int) []string {
		return []string{binary, "--listen", "off", "--stun", fmt.Sprint("127.0.0.1:", port), "--generator", "off", "--hls-dir", dir, "--log-level", "warn"}
	}}}
	if coturn, err := exec.LookPath("turnserver"); err == nil {
		all = append(all, stunServer{"coturn", func(port int) []string {
			return []string{coturn, "-S", "-n", "--no-tls", "--no-dtls", "--no-tcp", "--no-cli", "--no-software-attribute",
				"--listening-ip", "127.0.0.1", "--listening-port", fmt.Sprint(port), "--pidfile", dir + "/pid", "--log-file", os.DevNull}
		}})
	} else {
		note(log, "coturn is not installed")
	}
	for _, s := range all {
		if o.only == "" || o.only == s.name {
			servers = append(servers, s)
		}
	}
	if len(servers) == 0 {
		clean()
		return nil, nil, argumentError{fmt.Errorf("there is no STUN server %q here", o.only)}
	}
	return servers, clean, nil
}

// measure starts the server and puts it under load.
func (s stunServer) measure(ctx context.Context, o stunOptions, to figures) error {
	port, err := freeUDPPort()
	if err != nil {
		return err
	}
	command := s.command(port)
	p, err := startProcess("", nil, command[0], command[1:]...)
	if err != nil {
		return err
	}
	defer p.stop()
	clients := make([]*stunClient, o.sockets)
	for i := range clients {
		if clients[i], err = newSTUNClient(port, o.window); err != nil {
			return err
		}
		defer clients[i].conn.Close()
	}
	if err := p.ready(ctx, func(context.Context) error {
		if _, lost, err := clients[0].ask(1); err != nil || lost > 0 {
			return errors.Join(err, errors.New("no answer"))
		}
		return nil
	}); err != nil {
		return err
	}
	if _, err := askAll(ctx, clients, o.requests/10+1, o.window); err != nil { // to warm up
		return err
	}
	watch := startWatch(p.pid)
	lost, err := askAll(ctx, clients, o.requests, o.window)
	if err != nil {
		return err
	}
	lap := watch.lap()
	to.add("cpu", lap.server*1e6/float64(o.requests))
	to.add("rate", float64(o.requests)/lap.wall)
	to.add("own", lap.load/lap.wall)
	to.add("lost", float64(lost))

	took := make([]time.Duration, 0, o.perSecond*o.seconds)
	start := time.Now()
	for i := range cap(took) {
		due := time.Duration(i) * time.Second / time.Duration(o.perSecond)
		time.Sleep(due - time.Since(start))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		one, lost, err := clients[i%len(clients)].ask(1)
		if err != nil {
			return err
		}
		if lost == 0 {
			took = append(took, one)
		}
	}
	to.add("p50", float64(quantile(took, 0.5))/1e3)
	to.add("p99", float64(quantile(took, 0.99))/1e3)
	return nil
}
