//go:build !js

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"
)

// longestMessage is more than a tracker sends at once, in bytes: an offer.
const longestMessage = 4 << 10

// quiet is how long a server is left alone before its memory is read.
const quiet = 5 * time.Second

// warmUp is how many announces of the loop are not counted, as a share of those
// that are: compilers and pools have what they need then.
const warmUp = 0.2

// loadTrackers is `load tracker`.
func loadTrackers(ctx context.Context, args []string, out, log io.Writer) error {
	o, err := parseTrackerOptions(args, log)
	if err != nil {
		return err
	}
	trackers, clean, err := chooseTrackers(ctx, o, log)
	if err != nil {
		return err
	}
	defer clean()
	note(log, allowFiles(o.sockets()))
	note(log, takeCore())
	if o.scenario == "held" {
		return held(ctx, o, trackers, out, log)
	}
	return loop(ctx, o, trackers, out, log)
}

func note(log io.Writer, text string) {
	if text != "" {
		fmt.Fprintf(log, "load: %s\n", text)
	}
}

// chooseTrackers builds ours, and finds the others.
func chooseTrackers(ctx context.Context, o trackerOptions, log io.Writer) (trackers []tracker, clean func(), err error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "load-")
	if err != nil {
		return nil, nil, err
	}
	binary, err := buildServer(ctx, root, dir)
	if err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	all := []tracker{ours(binary, o.secure)}
	if web := filepath.Join(root, "web"); !o.secure {
		if why := npmMissing(web); why != "" {
			note(log, "npm bittorrent-tracker is left out: "+why)
		} else {
			all = append(all, npm(web))
		}
	}
	for _, other := range o.others {
		all = append(all, another(other[0], other[1], o.secure))
	}
	for _, t := range all {
		if o.only == "" || o.only == t.name {
			trackers = append(trackers, t)
		}
	}
	if len(trackers) == 0 {
		os.RemoveAll(dir)
		return nil, nil, argumentError{fmt.Errorf("there is no tracker %q", o.only)}
	}
	return trackers, func() { os.RemoveAll(dir) }, nil
}

// figures are the measurements of one server, by what they are of.
type figures map[string][]float64

func (f figures) add(what string, value float64) { f[what] = append(f[what], value) }

// loop is the scenario of that name.
func loop(ctx context.Context, o trackerOptions, trackers []tracker, out, log io.Writer) error {
	all := make([]figures, len(trackers))
	for round := range o.rounds {
		for i, t := range trackers {
			if all[i] == nil {
				all[i] = make(figures)
			}
			err := t.run(ctx, o.secure, func(address string, p *process) error {
				c, err := gather(ctx, address, o.clients, o.each)
				if err != nil {
					return err
				}
				defer c.leave()
				c.mayLose = t.mayLose
				if err := c.join(ctx); err != nil {
					return err
				}
				if err := c.closedLoop(ctx, int(warmUp*float64(o.announces))+1); err != nil {
					return err
				}
				watch, vain := startWatch(p.pid), c.vain
				if err := c.closedLoop(ctx, o.announces); err != nil {
					return err
				}
				lap := watch.lap()
				lap.wall -= (c.vain - vain).Seconds()
				c.noteLoss(log, t.name)
				all[i].add("cpu", lap.server*1000/float64(o.announces))
				all[i].add("rate", float64(o.announces)/lap.wall)
				all[i].add("own", lap.load/lap.wall)
				fmt.Fprintf(log, "round %d, %s: %.3f CPU s for 1,000 announces\n", round+1, t.name, last(all[i]["cpu"]))
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	beside := min(1, len(trackers)-1) // what ours is compared with
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d clients, swarms of %d, 5 offers of 1.5 KB, half answered\tCPU s / 1,000 announces\tof %s's\tannounces / s\tload's own core\n",
		o.clients, o.each, trackers[beside].name)
	for i, t := range trackers {
		of := func(what string) float64 { return median(all[i][what]) }
		fmt.Fprintf(w, "%s\t%.3f\t%.2f\t%.0f\t%.0f %%\n", t.name, of("cpu"), of("cpu")/median(all[beside]["cpu"]), of("rate"), 100*of("own"))
	}
	return w.Flush()
}

// held is the scenario of that name.
func held(ctx context.Context, o trackerOptions, trackers []tracker, out, log io.Writer) error {
	all := make([]figures, len(trackers))
	for round := range o.rounds {
		for i, t := range trackers {
			if all[i] == nil {
				all[i] = make(figures)
			}
			err := t.run(ctx, o.secure, func(address string, p *process) error { return hold(ctx, o, t, address, p, all[i], log) })
			if err != nil {
				return err
			}
			fmt.Fprintf(log, "round %d, %s: %.2f KiB idle, %.2f KiB announced, p99 %.2f ms\n", round+1, t.name,
				last(all[i]["idle"]), last(all[i]["announced"]), last(all[i]["p99"]))
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d connections, swarms of %d\tKiB / idle connection\tafter an announce\tp50 at %d a second\tp99\tlongest\tCPU s / 1,000\n",
		o.connections, o.each, o.perSecond)
	for i, t := range trackers {
		of := func(what string) float64 { return median(all[i][what]) }
		fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.2f ms\t%.2f ms\t%.1f ms\t%.3f\n", t.name, of("idle"), of("announced"),
			of("p50"), of("p99"), of("max"), of("cpu"))
	}
	return w.Flush()
}

func hold(ctx context.Context, o trackerOptions, t tracker, address string, p *process, to figures, log io.Writer) error {
	empty := startWatch(p.pid).memory
	each := func() float64 {
		time.Sleep(quiet)
		return (startWatch(p.pid).memory - empty) / 1024 / float64(o.connections)
	}
	c, err := gather(ctx, address, o.connections, o.each)
	if err != nil {
		return err
	}
	defer c.leave()
	c.mayLose = t.mayLose
	to.add("idle", each())
	if err := c.join(ctx); err != nil {
		return err
	}
	to.add("announced", each())
	watch := startWatch(p.pid)
	announces := o.perSecond * o.seconds
	took, err := c.openLoop(ctx, announces, o.perSecond)
	if err != nil {
		return err
	}
	lap := watch.lap()
	c.noteLoss(log, t.name)
	for what, share := range map[string]float64{"p50": 0.5, "p99": 0.99, "max": 1} {
		to.add(what, float64(quantile(took, share))/float64(time.Millisecond))
	}
	to.add("cpu", lap.server*1000/float64(announces))
	return nil
}

// watch is a moment to measure from: what a server and this program have taken
// until then. What cannot be measured is NaN.
type watch struct {
	at           time.Time
	pid          int
	server, load float64 // CPU seconds
	memory       float64 // of the server, in bytes
}

func startWatch(pid int) watch {
	w := watch{at: time.Now(), pid: pid, server: math.NaN(), load: math.NaN(), memory: math.NaN()}
	if cpu, memory, err := spent(pid); err == nil {
		w.server, w.memory = cpu.Seconds(), float64(memory)
	}
	if cpu, _, err := spent(os.Getpid()); err == nil {
		w.load = cpu.Seconds()
	}
	return w
}

// lap is what was taken since, in seconds.
type lap struct{ wall, server, load float64 }

func (w watch) lap() lap {
	now := startWatch(w.pid)
	return lap{now.at.Sub(w.at).Seconds(), now.server - w.server, now.load - w.load}
}

func last(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	return values[len(values)-1]
}
