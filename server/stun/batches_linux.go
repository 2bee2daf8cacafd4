package stun

import (
	"net"

	"golang.org/x/net/ipv4"
)

// batched reads and writes with recvmmsg(2) and sendmmsg(2).
func batched(socket *net.UDPConn) batches { return ipv4.NewPacketConn(socket) }
