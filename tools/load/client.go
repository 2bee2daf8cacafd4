//go:build !js

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"github.com/gobwas/ws"
)

// swarm is what the clients of one swarm share.
type swarm struct {
	infoHash  []byte
	announces [offersEach + 1]stencil // by the number of offers
	answer    stencil
	joined    chan struct{} // has a value when the client that joins has its reply
}

func newSwarm(number int) *swarm {
	text := infoHash(number)
	s := &swarm{infoHash: []byte(text), answer: reply(text), joined: make(chan struct{}, 1)}
	for offers := range s.announces {
		s.announces[offers] = announcement(text, offers)
	}
	return s
}

// client is one connection to a tracker, with one peer in one swarm. It answers
// every other offer.
type client struct {
	conn   net.Conn
	number int
	peerID []byte
	swarm  *swarm
	crowd  *crowd
	count  int          // of its announces; whoever announces owns it
	due    atomic.Int64 // when the announce that waits for a reply was due, see openLoop; 0: none waits
	owed   owed
}

// buffers hold frames on their way.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// announce sends an announce with some offers.
func (c *client) announce(offers int) {
	c.count++
	c.crowd.tally.announced.Add(1)
	var ids [offersEach + 1][]byte
	var room [offersEach * offerIDSize]byte
	ids[0] = c.peerID
	for i, free := 0, room[:0]; i < offers; i++ {
		id := appendOfferID(free, c.number, c.count, i)
		c.crowd.tally.offered.add(id)
		ids[i+1], free = id, id[len(id):]
	}
	c.owed.send(announce, func() { c.send(&c.swarm.announces[offers], ids[:offers+1]...) })
}

func (c *client) send(s *stencil, ids ...[]byte) {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	*buffer = s.fill(*buffer, ids...)
	c.write(*buffer)
}

func (c *client) write(frame []byte) {
	if _, err := c.conn.Write(frame); err != nil {
		c.crowd.fail(fmt.Errorf("writing: %w", err))
	}
}

// read handles what comes until the connection ends. No message may be longer than
// size.
func (c *client) read(size int) {
	in := bufio.NewReaderSize(c.conn, size)
	header := make([]byte, 0, ws.MaxHeaderSize)
	for {
		if err := c.readFrame(in, header); err != nil {
			c.crowd.fail(fmt.Errorf("reading: %w", err))
			return
		}
	}
}

func (c *client) readFrame(in *bufio.Reader, space []byte) error {
	header, err := ws.ReadHeaderBuffer(in, space[:2])
	if err != nil {
		return err
	}
	if err := ws.CheckHeader(header, ws.StateClientSide); err != nil {
		return err
	}
	message, err := in.Peek(int(min(header.Length, int64(in.Size())+1)))
	if err != nil {
		return err
	}
	switch {
	case header.OpCode == ws.OpText && header.Fin:
		if err := c.handle(message); err != nil {
			c.crowd.tally.trouble(err)
		}
	case header.OpCode == ws.OpPing:
		c.write(ws.MustCompileFrame(ws.MaskFrameWith(ws.NewPongFrame(message), mask)))
	case header.OpCode == ws.OpClose:
		code, reason := ws.ParseCloseFrameData(message)
		return fmt.Errorf("the server closes the connection: %d %s", code, reason)
	default:
		return fmt.Errorf("the server sent a frame of kind %d, final: %v", header.OpCode, header.Fin)
	}
	_, err = in.Discard(len(message))
	return err
}

// handle acts on a message of the server; the error says what is wrong with it.
func (c *client) handle(message []byte) error {
	if !bytes.Contains(message, []byte(`"action":"announce"`)) || !bytes.Equal(field(message, `"info_hash`), c.swarm.infoHash) {
		return fmt.Errorf("a message without its action or info_hash: %.200q", message)
	}
	switch {
	case bytes.Contains(message, []byte(`"offer":{`)):
		return c.handleOffer(message)
	case bytes.Contains(message, []byte(`"answer":{`)):
		return c.handleAnswer(message)
	case bytes.Contains(message, []byte(`"warning message":`)):
		return fmt.Errorf("an announce is to be made again: %.200q", message)
	case bytes.Contains(message, []byte(`"interval":`)):
		return c.handleReply(message)
	}
	return fmt.Errorf("a message of no kind that was to come: %.200q", message)
}

func (c *client) handleReply(message []byte) error {
	switch c.owed.take(&c.crowd.repliesToAnswers) {
	case announce:
		c.crowd.tally.replied.Add(1)
		(*c.crowd.replied.Load())(c)
	case answer:
		c.crowd.tally.acknowledged.Add(1)
	default:
		return fmt.Errorf("a reply to nothing: %.200q", message)
	}
	return nil
}

func (c *client) handleOffer(message []byte) error {
	id, from := field(message, `"offer_id`), field(message, `"peer_id`)
	maker, i, ok := offerFrom(id)
	switch {
	case !ok || maker == c.number || !bytes.Equal(from, appendPeerID(nil, maker)):
		return fmt.Errorf("an offer with wrong ids: %.200q", message)
	case string(field(message, `"sdp`)) != offerSDP:
		return fmt.Errorf("an offer whose SDP is not what was sent: %.200q", message)
	}
	c.crowd.tally.offers.add(id)
	// Of each two announces five offers are answered.
	if (int(id[len(id)-2])+i)%2 == 0 {
		c.crowd.tally.answered.add(id)
		c.owed.send(answer, func() { c.send(&c.swarm.answer, c.peerID, from, id) })
	}
	return nil
}

func (c *client) handleAnswer(message []byte) error {
	id, from := field(message, `"offer_id`), field(message, `"peer_id`)
	maker, _, ok := offerFrom(id)
	switch {
	case !ok || maker != c.number || len(from) != peerIDSize || bytes.Equal(from, c.peerID):
		return fmt.Errorf("an answer with wrong ids: %.200q", message)
	case string(field(message, `"sdp`)) != answerSDP:
		return fmt.Errorf("an answer whose SDP is not what was sent: %.200q", message)
	}
	c.crowd.tally.answers.add(id)
	return nil
}

// connect opens a client's connection.
func (c *client) connect(ctx context.Context, dialer ws.Dialer, address string) error {
	conn, early, _, err := dialer.Dial(ctx, address)
	if err != nil {
		return err
	}
	if early != nil {
		conn.Close()
		return errors.New("the server spoke before it was asked")
	}
	c.conn = conn
	return nil
}
