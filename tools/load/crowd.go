//go:build !js

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

const (
	handshakes     = 50               // at once
	dialTimeout    = 30 * time.Second // of one handshake
	arrivalTimeout = 5 * time.Second  // for the next of what was sent to arrive
	patience       = 30 * time.Second // for the next of all replies
)

// crowd is all clients of one server.
type crowd struct {
	clients []*client
	tally   tally
	replied atomic.Pointer[func(*client)] // is told of each reply to an announce

	repliesToAnswers atomic.Bool // the server does, see owed

	patience time.Duration
	mayLose  bool          // the server may lose a little of what it is sent
	vain     time.Duration // was spent on waiting for what it had lost

	leaving atomic.Bool // connections end at our wish
	failed  chan struct{}
	once    sync.Once
	cause   error // good once failed is closed
	readers sync.WaitGroup
}

// gather connects so many clients to the server at address, so many of them in
// each swarm. Nobody announces yet.
func gather(ctx context.Context, address string, clients, each int) (*crowd, error) {
	c := &crowd{failed: make(chan struct{}), patience: patience}
	c.onReply(func(*client) {})
	var s *swarm
	for i := range clients {
		if i%each == 0 {
			s = newSwarm(i / each)
		}
		c.clients = append(c.clients, &client{number: i, peerID: appendPeerID(nil, i), swarm: s, crowd: c})
	}
	dialer := ws.Dialer{Timeout: dialTimeout, TLSConfig: &tls.Config{InsecureSkipVerify: true}} // its certificate is ours
	var group sync.WaitGroup
	next := make(chan *client)
	for range handshakes {
		group.Go(func() {
			for one := range next {
				if err := one.connect(ctx, dialer, address); err != nil {
					c.fail(fmt.Errorf("connecting client %d: %w", one.number, err))
					continue
				}
				c.readers.Go(func() { one.read(longestMessage) })
			}
		})
	}
	for _, one := range c.clients {
		if c.broken() != nil {
			break
		}
		next <- one
	}
	close(next)
	group.Wait()
	if err := c.broken(); err != nil {
		c.leave()
		return nil, err
	}
	return c, nil
}

// noteLoss says what a server lost that may lose a little.
func (c *crowd) noteLoss(log io.Writer, name string) {
	if err := c.tally.err(); err != nil {
		note(log, name+" lost something: "+strings.ReplaceAll(err.Error(), "\n", ", "))
	}
}

// onReply has replied told of the replies from now on.
func (c *crowd) onReply(replied func(*client)) { c.replied.Store(&replied) }

// fail notes the first thing that makes going on pointless.
func (c *crowd) fail(err error) {
	if c.leaving.Load() {
		return
	}
	c.once.Do(func() {
		c.cause = err
		close(c.failed)
	})
}

// impatient is what ends the waiting for a server that is there and says nothing.
func (c *crowd) impatient() error { return fmt.Errorf("no reply to any announce for %v", c.patience) }

func (c *crowd) broken() error {
	select {
	case <-c.failed:
		return c.cause
	default:
		return nil
	}
}

// leave ends all connections.
func (c *crowd) leave() {
	c.leaving.Store(true)
	for _, one := range c.clients {
		if one.conn != nil {
			one.conn.Close()
		}
	}
	c.readers.Wait()
}

// join has every client announce itself once, in each swarm one after the other,
// with as many offers as there are peers to take them, and five at most.
func (c *crowd) join(ctx context.Context) error {
	replied := make(chan *client, len(c.clients))
	c.onReply(func(one *client) { replied <- one })
	var waiting int
	for i, one := range c.clients {
		if i == 0 || c.clients[i-1].swarm != one.swarm {
			waiting++
			one.announce(0)
		}
	}
	for ; waiting > 0; waiting-- {
		select {
		case one := <-replied:
			if i := one.number + 1; i < len(c.clients) && c.clients[i].swarm == one.swarm {
				waiting++
				c.clients[i].announce(min(offersEach, i-c.first(i)))
			}
		case <-c.failed:
			return c.cause
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(c.patience):
			return c.impatient()
		}
	}
	c.onReply(func(*client) {})
	return c.settle(ctx)
}

// first is the number of the first client in the swarm of one.
func (c *crowd) first(number int) int {
	for number > 0 && c.clients[number-1].swarm == c.clients[number].swarm {
		number--
	}
	return number
}

// settle waits until all that was sent has arrived, and says what did not.
func (c *crowd) settle(ctx context.Context) error {
	since, arrived := time.Now(), c.tally.arrived()
	for !c.tally.settled() {
		if now := c.tally.arrived(); now != arrived {
			since, arrived = time.Now(), now
		}
		if waited := time.Since(since); waited > arrivalTimeout {
			c.vain += waited
			break
		}
		select {
		case <-c.failed:
			return c.cause
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
	err := c.tally.err()
	if c.mayLose && c.tally.lostLittle() {
		err = nil
	}
	return errors.Join(c.broken(), err)
}
