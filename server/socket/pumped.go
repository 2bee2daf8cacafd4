package socket

import (
	"crypto/tls"
	"net"
	"time"
)

const (
	// smallRead is what a goroutine that waits for a client keeps, in bytes; what is longer is read into a buffer that
	// it only has as long as there is more.
	smallRead = 512
	// mostWrite is how many bytes are written at once, so that a client is seen to take some: one record of TLS.
	mostWrite = 16 << 10
)

// pumped is a connection that goroutines carry: one reads, and one writes while there is something to write. It serves
// everywhere, and over TLS.
type pumped struct {
	conn
	socket  net.Conn
	writing bool
}

func pump(socket net.Conn) *conn {
	p := &pumped{socket: socket}
	p.line = p
	return &p.conn
}

func (p *pumped) start(first []byte) {
	act(&p.conn, first)
	go p.serve()
}

// serve reads until the connection ends.
func (p *pumped) serve() {
	defer p.end()
	memory := &p.endpoint.hub.memory
	small := make([]byte, smallRead)
	for p.stands() != dead {
		n, err := p.socket.Read(small)
		act(&p.conn, small[:n])
		for n == smallRead && err == nil {
			large, ok := memory.get(modest)
			if !ok {
				break
			}
			n, err = p.socket.Read(large.bytes[:modest])
			act(&p.conn, large.bytes[:n])
			memory.release(large)
			if n == modest {
				n = smallRead
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *pumped) flush() {
	if !p.writing {
		p.writing = true
		p.endpoint.hub.running.Go(p.write)
	}
}

func (p *pumped) write() {
	memory := &p.endpoint.hub.memory
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.out != nil && p.state != dead {
		out := p.out
		p.out = nil
		for out.sent < len(out.bytes) && p.state != dead {
			p.blocked = since(time.Now())
			chunk := out.bytes[out.sent:min(out.sent+mostWrite, len(out.bytes))]
			p.mu.Unlock()
			n, err := p.socket.Write(chunk)
			p.mu.Lock()
			if err != nil {
				p.cut(Gone)
			}
			out.sent += n
		}
		memory.release(out)
	}
	p.blocked, p.writing = 0, false
	if half, ok := p.socket.(interface{ CloseWrite() error }); ok && p.state == over {
		p.mu.Unlock()
		_ = half.CloseWrite()
		p.mu.Lock()
	}
}

func (p *pumped) abort() {
	socket := p.socket
	if secure, ok := socket.(*tls.Conn); ok {
		socket = secure.NetConn() // a goodbye of TLS might wait for the client
	}
	if plain, ok := socket.(interface{ SetLinger(int) error }); ok {
		_ = plain.SetLinger(0)
	}
	_ = socket.Close()
}

func (p *pumped) close() {
	if secure, ok := p.socket.(*tls.Conn); ok {
		_ = secure.NetConn().Close()
		return
	}
	_ = p.socket.Close()
}
