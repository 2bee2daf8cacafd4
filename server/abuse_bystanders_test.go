package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// bystanders are two clients that behave well: one offers without end, the other
// answers. What others do on the same server must not be their business.
type bystanders struct {
	t         *testing.T
	transport *http.Transport
	ctx       context.Context
	stop      context.CancelFunc
	stopped   chan struct{}
	exchanges atomic.Int64 // offers that were answered
	trouble   chan error   // the first, that ended them
	longest   time.Duration
}

// bystandersSwarm is where they meet; strangers know it.
var bystandersSwarm = ident("bystanders")

// meet connects the two; they go on until leave.
func meet(t *testing.T, host string) *bystanders {
	t.Helper()
	b := &bystanders{t: t, stopped: make(chan struct{}), trouble: make(chan error, 1)}
	dialer := &net.Dialer{}
	if runtime.GOOS == "linux" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}
	}
	b.transport = &http.Transport{DialContext: dialer.DialContext}
	b.ctx, b.stop = context.WithCancel(t.Context())
	offering, answering := b.connect(host), b.connect(host)
	if err := b.say(answering, announce(bystandersSwarm, ident("answering"), "")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := answering.Read(b.ctx); err != nil { // there before the other offers
		t.Fatal(err)
	}
	answers := make(chan reply)
	go b.listen(answering, func(r reply) error {
		if r.Offer == nil {
			return nil
		}
		return b.say(answering, announce(bystandersSwarm, ident("answering"), fmt.Sprintf(
			`,"to_peer_id":%s,"offer_id":%s,"answer":{"type":"answer","sdp":%s}`,
			quote(r.PeerID), quote(r.OfferID), quote("yes to "+r.Offer.SDP))))
	})
	go b.listen(offering, func(r reply) error {
		if r.Answer != nil {
			select {
			case answers <- r:
			case <-b.ctx.Done():
			}
		}
		return nil
	})
	go b.offer(offering, answers)
	t.Cleanup(b.leave)
	b.still()
	return b
}

func (b *bystanders) connect(host string) *websocket.Conn {
	conn, _, err := websocket.Dial(b.ctx, "ws://"+host, &websocket.DialOptions{HTTPClient: &http.Client{Transport: b.transport}})
	if err != nil {
		b.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	return conn
}

func (b *bystanders) say(to *websocket.Conn, message string) error {
	return to.Write(b.ctx, websocket.MessageText, []byte(message))
}

// listen reads all that comes, and minds every word.
func (b *bystanders) listen(from *websocket.Conn, heard func(reply) error) {
	for {
		_, message, err := from.Read(b.ctx)
		var r reply
		if err == nil {
			r, err = parseReply(string(message))
		}
		if err == nil && r.Failure != "" && !strings.Contains(r.Failure, "outstanding") {
			// An offer of a stranger who has left meanwhile cannot be answered.
			if !strings.Contains(r.Failure, "to_peer_id") {
				err = errors.New(r.Failure)
			}
		}
		if err == nil {
			err = heard(r)
		}
		if err != nil {
			b.complain(err)
			return
		}
	}
}

// offer makes an offer, waits for the answer, and begins again.
func (b *bystanders) offer(conn *websocket.Conn, answers <-chan reply) {
	defer close(b.stopped)
	for n := 0; b.ctx.Err() == nil; n++ {
		sdp := fmt.Sprintf("offer %d \u2028", n)
		name := fmt.Sprintf("%d-", n)
		asked := time.Now()
		// Where there are strangers in the swarm some offers go to them: one for each.
		if err := b.say(conn, announce(bystandersSwarm, ident("offering"), offers(name, 5, sdp))); err != nil {
			b.complain(err)
			return
		}
		timeout := time.NewTimer(patience)
		for answered := false; !answered; {
			select {
			case r := <-answers:
				if r.PeerID == ident("answering") && strings.HasPrefix(r.OfferID, name) {
					if r.Answer.SDP != "yes to "+sdp {
						b.complain(fmt.Errorf("a wrong answer: %+v", r.Answer))
						return
					}
					answered = true
				}
			case <-timeout.C:
				b.complain(errors.New("an offer was not answered"))
				return
			case <-b.ctx.Done():
				return
			}
		}
		timeout.Stop()
		b.longest = max(b.longest, time.Since(asked))
		b.exchanges.Add(1)
		select { // they are two of many on the machine
		case <-time.After(2 * time.Millisecond):
		case <-b.ctx.Done():
		}
	}
}

func (b *bystanders) complain(err error) {
	if b.ctx.Err() == nil {
		select {
		case b.trouble <- err:
		default:
		}
	}
}

// still waits for an exchange that begins from now on.
func (b *bystanders) still() {
	b.t.Helper()
	from := b.exchanges.Load()
	for begun := time.Now(); b.exchanges.Load() < from+2; time.Sleep(time.Millisecond) {
		select {
		case err := <-b.trouble:
			b.t.Fatalf("the bystanders suffer: %v", err)
		default:
		}
		if time.Since(begun) > 2*patience {
			b.t.Fatal("the bystanders wait for ever")
		}
	}
}

// leave ends both connections.
func (b *bystanders) leave() {
	b.stop()
	<-b.stopped
	b.transport.CloseIdleConnections()
	b.t.Logf("the bystanders exchanged %d offers and answers, the longest took %v", b.exchanges.Load(), b.longest)
}
