//go:build !js

package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/ipv4"
)

// answerTimeout is how long an answer may take before it counts as lost.
const answerTimeout = time.Second

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
