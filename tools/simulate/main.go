// Command simulate plays a scenario in the simulation, once with each policy, and
// prints what it cost the origin and how the viewers fared.
//
//	go run ./tools/simulate -scenario swarm -viewers 1000 -policy ours,plain
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/simulation"
)

func main() {
	// What a simulated world holds stays; to look for garbage there less often is
	// worth the memory.
	debug.SetGCPercent(300)
	switch err := run(os.Args[1:], os.Stdout); {
	case errors.Is(err, flag.ErrHelp): // it was printed
	case err != nil:
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

// outcome is what came of a scenario with a policy.
type outcome struct {
	Scenario string `json:"scenario"`
	Policy   string `json:"policy"`
	simulation.Report
	took time.Duration // of the processor's time
}

func run(args []string, out io.Writer) (err error) {
	o, err := parse(args, os.Stderr)
	if err != nil {
		return err
	}
	log, closeLog, err := create(o.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	profile, closeProfile, err := create(o.profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeProfile()) }()
	if profile != nil {
		if err := pprof.StartCPUProfile(profile); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	var outcomes []outcome
	for _, policy := range o.policies {
		scenario := o.scenario
		scenario.Kind = kinds[policy]
		began := spent()
		report := scenario.Play(log)
		outcomes = append(outcomes, outcome{o.name, policy, report, spent() - began})
	}
	if !o.asJSON {
		return table(out, outcomes)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(outcomes)
}

// create opens a file to write to until done is called; nil for no name.
func create(name string) (w io.Writer, done func() error, err error) {
	if name == "" {
		return nil, func() error { return nil }, nil
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, nil, err
	}
	buffered := bufio.NewWriter(file)
	return buffered, func() error { return errors.Join(buffered.Flush(), file.Close()) }, nil
}
