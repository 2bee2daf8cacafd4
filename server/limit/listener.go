package limit

import (
	"net"
	"net/netip"
	"sync/atomic"
)

// Listener bounds how many TCP connections each address has at once, whatever they carry and if they are silent: those
// beyond it are reset, and reported to refused. Addresses that exempts names have as many as they like.
func Listener(l net.Listener, connections *Count, exempts func(netip.Addr) bool, refused func(netip.Addr)) net.Listener {
	if connections == nil {
		return l
	}
	return &listener{Listener: l, connections: connections, exempts: exempts, refused: refused}
}

type listener struct {
	net.Listener
	connections *Count
	exempts     func(netip.Addr) bool
	refused     func(netip.Addr)
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		tcp, ok := conn.(*net.TCPConn)
		if !ok {
			return conn, nil
		}
		address := tcp.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
		switch {
		case l.exempts(address):
			return tcp, nil
		case l.connections.Take(address, 1):
			return &counted{TCPConn: tcp, connections: l.connections, address: address}, nil
		}
		_ = tcp.SetLinger(0) // nothing of it is to stay with the system
		_ = tcp.Close()
		l.refused(address)
	}
}

// counted is a connection that counts until it is closed. It is a TCPConn in all else: files are sent by the system.
type counted struct {
	*net.TCPConn
	connections *Count
	address     netip.Addr
	closed      atomic.Bool
}

// Close implements net.Conn.
func (c *counted) Close() error {
	if !c.closed.Swap(true) {
		c.connections.Return(c.address, 1)
	}
	return c.TCPConn.Close()
}
