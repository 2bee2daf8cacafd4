//go:build !js

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	startTimeout = 20 * time.Second // for a server to listen; Node takes one on a busy machine
	stopTimeout  = 5 * time.Second  // for a server to end by itself
)

// process is a server under load, alone on its core where the system lets us
// choose.
type process struct {
	pid   int
	cmd   *exec.Cmd
	said  *tail
	ended chan struct{} // closed when it has
}

// startProcess starts a program in a directory, with the environment of this one
// and what is added to it.
func startProcess(dir string, environment []string, name string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(name, args...), said: new(tail), ended: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Env = append(os.Environ(), append([]string{"GOMAXPROCS=1"}, environment...)...)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := onServerCore(p.cmd.Start); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	p.pid = p.cmd.Process.Pid
	go func() {
		_ = p.cmd.Wait() // how it ended is of no interest, and what it said is kept
		close(p.ended)
	}()
	return p, nil
}

// ready waits until probe succeeds.
func (p *process) ready(ctx context.Context, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("it ended before it was ready: %s", p.said)
		case <-ctx.Done():
			return fmt.Errorf("it is not ready after %v: %w; it said: %s", startTimeout, err, p.said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the process, and waits for it.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt) // fails where there are no signals, or no process any more
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// tail keeps the last that a program said. Its methods may be called from several
// goroutines at once.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

const tailLength = 2000

func (t *tail) Write(said []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, said...)
	if surplus := len(t.kept) - tailLength; surplus > 0 {
		t.kept = append(t.kept[:0], t.kept[surplus:]...)
	}
	return len(said), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(bytes.ToValidUTF8(t.kept, nil)))
}
