//go:build !js

package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"golang.org/x/net/ipv4"
)

const stunUsage = `load stun puts our STUN server, and coturn's where it is installed, under load, in turns

First in a closed loop: each socket asks some times at once, as browsers do without
attributes, and again when it has all answers. Tells the CPU time of a request. Then
at a steady rate. Tells how long an answer takes.
`

// answerTimeout is how long an answer may take before it counts as lost.
const answerTimeout = time.Second

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
	port, err := freePort()
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

// askAll divides requests among the clients, which ask at the same time.
func askAll(ctx context.Context, clients []*stunClient, requests, window int) (lost int, err error) {
	var left, missing atomic.Int64
	left.Store(int64(requests))
	failed := make([]error, len(clients))
	var group sync.WaitGroup
	for i, c := range clients {
		group.Go(func() {
			for failed[i] == nil && ctx.Err() == nil {
				n := min(window, int(left.Add(-int64(window)))+window)
				if n <= 0 {
					return
				}
				var lost int
				_, lost, failed[i] = c.ask(n)
				missing.Add(int64(lost))
			}
		})
	}
	group.Wait()
	return int(missing.Load()), errors.Join(append(failed, ctx.Err())...)
}

// stunClient is one socket. It asks without attributes, and checks each answer.
type stunClient struct {
	conn    *net.UDPConn
	batches *ipv4.PacketConn
	out, in []ipv4.Message
	asked   uint64 // requests so far
	mine    [4]byte
	want    []byte // XOR-MAPPED-ADDRESS with its header, as it must be
}

// STUN, RFC 8489: sections 5 and 14.2.
const (
	bindingRequest  = 0x0001
	bindingSuccess  = 0x0101
	magicCookie     = 0x2112a442
	stunHeader      = 20
	xorMappedSize   = 12
	transactionAt   = 8
	largestSTUN     = 512
	xorMappedHeader = 0x00200008
)

func newSTUNClient(port, window int) (*stunClient, error) {
	conn, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return nil, err
	}
	c := &stunClient{conn: conn, batches: ipv4.NewPacketConn(conn)}
	_, _ = rand.Read(c.mine[:]) // never fails
	for range window {
		request := make([]byte, stunHeader)
		binary.BigEndian.PutUint16(request, bindingRequest)
		binary.BigEndian.PutUint32(request[4:], magicCookie)
		copy(request[transactionAt:], c.mine[:])
		c.out = append(c.out, ipv4.Message{Buffers: [][]byte{request}})
		c.in = append(c.in, ipv4.Message{Buffers: [][]byte{make([]byte, largestSTUN)}})
	}
	local := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	address := local.Addr().As4()
	c.want = binary.BigEndian.AppendUint32(nil, xorMappedHeader)
	c.want = append(c.want, 0, 1)
	c.want = binary.BigEndian.AppendUint16(c.want, local.Port()^magicCookie>>16)
	c.want = binary.BigEndian.AppendUint32(c.want, binary.BigEndian.Uint32(address[:])^magicCookie)
	return c, nil
}

// ask sends n requests at once and waits for their answers: how long the last took,
// and how many did not come. An answer that is wrong is an error.
func (c *stunClient) ask(n int) (took time.Duration, lost int, err error) {
	start := time.Now()
	first := c.asked
	for _, message := range c.out[:n] {
		binary.BigEndian.PutUint64(message.Buffers[0][transactionAt+4:], c.asked)
		c.asked++
	}
	for sent := 0; sent < n; {
		written, err := c.batches.WriteBatch(c.out[sent:n], 0)
		if err != nil {
			return 0, 0, err
		}
		sent += written
	}
	if err := c.conn.SetReadDeadline(start.Add(answerTimeout)); err != nil {
		return 0, 0, err
	}
	for got := 0; got < n; {
		count, err := c.batches.ReadBatch(c.in[:n-got], 0)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, n - got, nil
		}
		if err != nil {
			return 0, 0, err
		}
		for _, message := range c.in[:count] {
			number, err := c.check(message.Buffers[0][:message.N])
			if err != nil {
				return 0, 0, err
			}
			if number >= first { // else it comes after it was counted as lost
				got++
			}
		}
	}
	return time.Since(start), 0, nil
}

// check reads the number of the request that an answer belongs to.
func (c *stunClient) check(answer []byte) (number uint64, err error) {
	if len(answer) < stunHeader+xorMappedSize || binary.BigEndian.Uint16(answer) != bindingSuccess ||
		string(answer[transactionAt:transactionAt+4]) != string(c.mine[:]) {
		return 0, fmt.Errorf("no answer of a STUN server: %x", answer)
	}
	for at := stunHeader; at+xorMappedSize <= len(answer); {
		if string(answer[at:at+xorMappedSize]) == string(c.want) {
			return binary.BigEndian.Uint64(answer[transactionAt+4:]), nil
		}
		at += 4 + (int(binary.BigEndian.Uint16(answer[at+2:]))+3)&^3
	}
	return 0, fmt.Errorf("an answer without our address, which is %x: %x", c.want, answer)
}
