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
	maxRounds      = 20
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
	bounds := bounded{set: set}
	bounds.number(&o.clients, "clients", 200, 2, maxConnections, "clients of the loop")
	bounds.number(&o.each, "swarm", 50, offersEach+1, maxConnections, "peers of a swarm")
	bounds.number(&o.announces, "announces", 10_000, 1, 1_000_000, "announces of the loop, in each round")
	bounds.number(&o.connections, "connections", 10_000, 2, maxConnections, "connections that are held")
	bounds.number(&o.perSecond, "rate", 1000, 1, 20_000, "announces a second while they are held")
	bounds.number(&o.seconds, "seconds", 20, 1, 120, "seconds of that")
	bounds.number(&o.rounds, "rounds", 3, 1, maxRounds, "rounds: each server has its turn in each, and medians are printed")
	set.BoolVar(&o.secure, "tls", false, "over TLS; npm bittorrent-tracker is left out")
	set.StringVar(&o.only, "only", "", "one server alone, by its name")
	set.Func("with", `another tracker, as 'wt-tracker=node lib/run-tracker.js {config}' or 'aquatic=aquatic_ws -c {toml}', programs and files with their whole paths; {config} is a file in wt-tracker's format, {toml} one in aquatic's, {port} the port`, func(text string) error {
		name, command, found := strings.Cut(text, "=")
		if !found || name == "" || strings.TrimSpace(command) == "" {
			return errors.New("want name=command")
		}
		o.others = append(o.others, [2]string{name, command})
		return nil
	})
	if err := bounds.parse(args); err != nil {
		return o, err
	}
	if o.scenario != "loop" && o.scenario != "held" {
		return o, argumentError{fmt.Errorf("there is no scenario %q, only loop and held", o.scenario)}
	}
	// The last swarm must be as large as the offers of an announce want it.
	clients := o.sockets()
	if rest := clients % o.each; rest != 0 && rest <= offersEach {
		return o, argumentError{fmt.Errorf("%d clients in swarms of %d leave one of %d: an announce has %d offers, each for another peer", clients, o.each, rest, offersEach)}
	}
	return o, nil
}

// sockets is how many clients the scenario has, each with a connection.
func (o trackerOptions) sockets() int {
	if o.scenario == "held" {
		return o.connections
	}
	return o.clients
}
