//go:build !js

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// What one machine is good for.
const (
	maxConnections = 20_000
	maxAnnounces   = 1_000_000
	maxRounds      = 20
	maxPerSecond   = 20_000
)

type trackerOptions struct {
	scenario    string
	clients     int
	each        int
	announces   int
	connections int
	perSecond   int
	seconds     int
	rounds      int
	secure      bool
	only        string
	others      [][2]string // name and command
}

const trackerUsage = `load tracker puts ours and npm bittorrent-tracker under load, in turns

  -scenario loop      closed loop: each client announces with 5 offers of 1.5 KB,
                      half of which are answered, and again when it has its
                      reply. Tells the CPU time of 1,000 announces.
  -scenario held      many connections that wait. Tells the memory of one, before
                      and after it has announced, and how long an announce takes
                      while others come at a steady rate.
`

// parseTrackerOptions reads the command line. The error is flag.ErrHelp when help
// was asked for, and printed.
func parseTrackerOptions(args []string, out io.Writer) (o trackerOptions, err error) {
	set := flag.NewFlagSet("load tracker", flag.ContinueOnError)
	set.SetOutput(out)
	set.Usage = func() {
		fmt.Fprint(out, trackerUsage, "\n")
		set.PrintDefaults()
	}
	set.StringVar(&o.scenario, "scenario", "loop", "loop or held")
	set.IntVar(&o.clients, "clients", 200, "clients of the loop")
	set.IntVar(&o.each, "swarm", 50, "peers of a swarm")
	set.IntVar(&o.announces, "announces", 10_000, "announces of the loop, in each round")
	set.IntVar(&o.connections, "connections", 10_000, "connections that are held")
	set.IntVar(&o.perSecond, "rate", 1000, "announces a second while they are held")
	set.IntVar(&o.seconds, "seconds", 20, "seconds of that")
	set.IntVar(&o.rounds, "rounds", 3, "rounds: each server has its turn in each, and medians are printed")
	set.BoolVar(&o.secure, "tls", false, "over TLS; npm bittorrent-tracker is left out")
	set.StringVar(&o.only, "only", "", "one server alone, by its name")
	set.Func("with", `another tracker, as 'wt-tracker=node run-uws-tracker.js {config}'; {config} is a file in wt-tracker's format, {port} the port`, func(text string) error {
		name, command, found := strings.Cut(text, "=")
		if !found || name == "" || strings.TrimSpace(command) == "" {
			return errors.New("want name=command")
		}
		o.others = append(o.others, [2]string{name, command})
		return nil
	})
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, argumentError{err}
	}
	if set.NArg() > 0 {
		return o, argumentError{fmt.Errorf("%q is no flag", set.Arg(0))}
	}
	for _, number := range []struct {
		name      string
		value     int
		low, high int
	}{
		{"clients", o.clients, 2, maxConnections}, {"connections", o.connections, 2, maxConnections},
		{"swarm", o.each, offersEach + 1, maxConnections}, {"announces", o.announces, 1, maxAnnounces},
		{"rate", o.perSecond, 1, maxPerSecond}, {"seconds", o.seconds, 1, 120}, {"rounds", o.rounds, 1, maxRounds},
	} {
		if number.value < number.low || number.value > number.high {
			return o, argumentError{fmt.Errorf("-%s is %d, want %d to %d", number.name, number.value, number.low, number.high)}
		}
	}
	if o.scenario != "loop" && o.scenario != "held" {
		return o, argumentError{fmt.Errorf("there is no scenario %q, only loop and held", o.scenario)}
	}
	// The last swarm must be as large as the offers of an announce want it.
	clients := o.clients
	if o.scenario == "held" {
		clients = o.connections
	}
	if rest := clients % o.each; rest != 0 && rest <= offersEach {
		return o, argumentError{fmt.Errorf("%d clients in swarms of %d leave one of %d: an announce has %d offers, each for another peer", clients, o.each, rest, offersEach)}
	}
	return o, nil
}
