package socket

import (
	"crypto/tls"
	"net"
	"time"
)

const (
	// smallRead is what a goroutine that waits for a client keeps, in bytes. The rest of a longer message is read into a
	// buffer that it has only until then, since there is a time that a message may take.
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
	memory := p.memory()
	small := make([]byte, smallRead)
	for p.stands() != dead {
		full, err := p.read(small)
		for full && err == nil && p.inbox.partial() {
			large, ok := memory.get(modest)
			if !ok {
				break
			}
			full, err = p.read(large.bytes[:modest])
			memory.release(large)
		}
		if err != nil {
			return
		}
	}
}

// read acts on what comes next, and says whether it filled the bytes.
func (p *pumped) read(into []byte) (full bool, err error) {
	n, err := p.socket.Read(into)
	act(&p.conn, into[:n])
	return n == len(into), err
}

func (p *pumped) flush() {
	if !p.writing {
		p.writing = true
		p.endpoint.hub.running.Go(p.write)
	}
}

func (p *pumped) write() {
	memory := p.memory()
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.out != nil && p.state != dead {
		out := p.out
		p.out, p.going = nil, len(out.bytes)-out.sent
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
			p.going -= n
		}
		p.going = 0
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
