//go:build !linux

package stun

import (
	"net"

	"golang.org/x/net/ipv4"
)

// batched reads and writes one datagram at a time.
func batched(socket *net.UDPConn) batches { return single{socket} }

type single struct{ socket *net.UDPConn }

func (s single) ReadBatch(messages []ipv4.Message, _ int) (int, error) {
	m := &messages[0]
	size, told, flags, from, err := s.socket.ReadMsgUDP(m.Buffers[0], m.OOB)
	m.N, m.NN, m.Flags, m.Addr = size, told, flags, from
	return 1, err
}

func (s single) WriteBatch(messages []ipv4.Message, _ int) (int, error) {
	m := &messages[0]
	to, _ := m.Addr.(*net.UDPAddr)
	_, _, err := s.socket.WriteMsgUDP(m.Buffers[0], m.OOB, to)
	if err != nil {
		return 0, err
	}
	return 1, nil
}
