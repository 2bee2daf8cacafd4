// Command simulate runs viewers of a stream in the simulation and prints what
// it cost the origin and how they played.
//
//	go run ./tools/simulate -viewers 8 -seconds 120 -behind 16 -seed 1
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/simulation"
)

func main() {
	switch err := run(os.Args[1:], os.Stdout); {
	case errors.Is(err, flag.ErrHelp): // it was printed
	case err != nil:
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

// scenario is what the command line asks for.
type scenario struct {
	viewers int
	seconds float64
	behind  float64
	every   float64
	seed    uint64
	vod     bool
	plain   bool
	up      float64
	down    float64
	asJSON  bool
	log     string
}

func parse(args []string, usage io.Writer) (scenario, error) {
	var s scenario
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.IntVar(&s.viewers, "viewers", 8, "how many `people` watch")
	flags.Float64Var(&s.seconds, "seconds", 120, "how long the run lasts, in `seconds` of its own time")
	flags.Float64Var(&s.behind, "behind", 16, "how many `seconds` behind live players start")
	flags.Float64Var(&s.every, "every", 3, "how many `seconds` lie between one viewer's joining and the next's")
	flags.Uint64Var(&s.seed, "seed", 1, "the same seed gives the same run")
	flags.BoolVar(&s.vod, "vod", false, "a film as long as the run instead of a live stream")
	flags.BoolVar(&s.plain, "plain", false, "players load over HTTP without a loader")
	flags.Float64Var(&s.up, "up", 10, "each viewer's uplink, in `Mbit/s`; the stream has 2")
	flags.Float64Var(&s.down, "down", 20, "each viewer's downlink, in `Mbit/s`")
	flags.BoolVar(&s.asJSON, "json", false, "print JSON instead of a table")
	flags.StringVar(&s.log, "log", "", "write everything that happens to this `file`")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	switch {
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.viewers < 1:
		return s, fmt.Errorf("-viewers is %d, want at least 1", s.viewers)
	case s.seconds <= 0 || s.behind < 0 || s.every < 0 || s.up < 0 || s.down < 0:
		return s, errors.New("-seconds must be above 0, and -behind, -every, -up and -down not below it")
	}
	return s, nil
}

func run(args []string, out io.Writer) error {
	s, err := parse(args, os.Stderr)
	if err != nil {
		return err
	}
	world := simulation.NewWorld(s.seed)
	closeLog := func() error { return nil }
	if s.log != "" {
		if closeLog, err = logTo(world, s.log); err != nil {
			return err
		}
	}
	report := s.play(world)
	if err := closeLog(); err != nil {
		return err
	}
	if s.asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report)
	}
	return table(out, report)
}

// logTo writes the world's log to a file until done is called.
func logTo(world *simulation.World, name string) (done func() error, err error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	log := bufio.NewWriter(file)
	world.Log = log
	return func() error { return errors.Join(log.Flush(), file.Close()) }, nil
}

const trackerURL = "wss://tracker.test"

// play lets everybody join in turn and runs to the end.
func (s scenario) play(world *simulation.World) simulation.Report {
	stream := simulation.Live()
	if s.vod {
		stream = simulation.VOD(int(s.seconds/stream.Duration) + 1)
	}
	origin := world.NewOrigin(stream)
	world.NewTracker(trackerURL)
	access := simulation.Home()
	access.Up, access.Down = s.up*1e6/8, s.down*1e6/8
	for i := range s.viewers {
		world.At(seconds(float64(i)*s.every), func() {
			world.Join(origin, simulation.Options{
				Access: access, Behind: s.behind, Plain: s.plain, Trackers: []string{trackerURL},
			})
		})
	}
	world.Run(seconds(s.seconds))
	return origin.Report()
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func table(out io.Writer, r simulation.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, values ...any) {
		fmt.Fprintf(w, name+"\t"+format+"\n", values...)
	}
	row("viewers", "%d, for %.0f s", r.Viewers, r.Seconds)
	row("copies of a segment", "%.2f in the mean, %d at most, of %d first asked for 10 s after the last had joined",
		r.Copies, r.MostCopies, r.Segments)
	row("the same by bytes", "%.2f", r.CopiesByBytes)
	row("requests to the origin", "%d by viewers in their first 10 s (%.1f each), %d by the rest",
		r.Starts, r.StartsPerViewer, r.Rest)
	row("from peers", "%.1f %% of %.1f MB", 100*r.P2PShare, float64(r.HTTP+r.P2P)/1e6)
	row("stalls", "%d, %.1f s in all", r.Stalls, r.StallSeconds)
	row("startup", "%.2f s median, %.2f s at most", r.StartupMedian, r.StartupMost)
	row("segments", "%d played, %d failed, %d skipped, %d wrong", r.Played, r.Failed, r.Skipped, r.Wrong)
	return w.Flush()
}
