package socket

import (
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// eventsAtOnce is how many connections a loop looks at before it sends what follows.
	eventsAtOnce = 128
	// readAtOnce is how many bytes of each of them it reads, so that nobody waits for one that sends much.
	readAtOnce = 64 << 10
)

// poller is the loops that carry connections by epoll.
type poller struct{ loops []*loop }

// loop waits for a share of the connections. The goroutine that runs it is their reader.
type loop struct {
	epoll *os.File
	fd    int // of epoll
}

// newPoller opens as many loops as there are processors to run them.
func newPoller() (*poller, error) {
	p := new(poller)
	for range runtime.GOMAXPROCS(0) {
		l, err := newLoop()
		if err != nil {
			p.close()
			return nil, err
		}
		p.loops = append(p.loops, l)
	}
	return p, nil
}

func newLoop() (*loop, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	// Go's own poller waits for ours, so that a loop that waits keeps no thread.
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	return &loop{epoll: os.NewFile(uintptr(fd), "epoll"), fd: fd}, nil
}

// run serves the hub's connections until close.
func (p *poller) run(h *Hub) {
	var loops sync.WaitGroup
	for _, l := range p.loops {
		loops.Go(func() { l.run(h) })
	}
	loops.Wait()
}

func (p *poller) close() {
	if p == nil {
		return
	}
	for _, l := range p.loops {
		_ = l.epoll.Close()
	}
}

// carry returns a connection over a socket, nil: it is none of the system's, as with TLS, or no descriptor is left for
// it. It takes the descriptor away from Go's network poller, whose record of it and net.Conn are more than all of ours.
func (p *poller) carry(socket net.Conn) *conn {
	system, ok := socket.(syscall.Conn)
	if !ok || p == nil {
		return nil
	}
	raw, err := system.SyscallConn()
	if err != nil {
		return nil
	}
	c := &polled{socket: socket, fd: -1}
	var failed error
	err = raw.Control(func(fd uintptr) {
		c.own, failed = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
	})
	if errors.Join(err, failed) != nil {
		return nil
	}
	c.line = c
	return &c.conn
}

func (l *loop) run(h *Hub) {
	raw, err := l.epoll.SyscallConn()
	if err != nil {
		return // it is closed
	}
	events := make([]unix.EpollEvent, eventsAtOnce)
	slots := make([]int32, 0, eventsAtOnce)
	conns := make([]*conn, 0, eventsAtOnce)
	data := make([]byte, readAtOnce)
	r := round{hub: h}
	var n int
	ready := func(uintptr) bool {
		n, _ = call(unix.SYS_EPOLL_PWAIT, l.fd, unsafe.Pointer(&events[0]), len(events)) // it fails for a signal only
		return n > 0
	}
	for {
		if raw.Read(ready) != nil {
			return
		}
		slots = slots[:0]
		for _, event := range events[:n] {
			slots = append(slots, event.Fd)
		}
		conns = h.conns.find(slots, conns)
		r.now = time.Now()
		for i, c := range conns {
			if c != nil {
				c.line.(*polled).ready(events[i].Events, &r, data)
			}
		}
		clear(conns)
		r.flush()
	}
}

// polled is a connection that a loop carries.
type polled struct {
	conn
	socket net.Conn // until start
	own    int      // its descriptor
	fd     int      // the same from start to close; else -1
}

// loop is where the connection belongs, as its number says.
func (p *polled) loop() *loop {
	loops := p.endpoint.hub.poller.loops
	return loops[int(p.slot)%len(loops)]
}

func (p *polled) start(first []byte) {
	act(&p.conn, first) // what follows from it is sent when the descriptor is there
	p.mu.Lock()
	err := p.watch()
	p.mu.Unlock()
	if err != nil {
		p.endpoint.hub.options.Log.Warn("a connection is lost", "client", p.address, "error", err)
		p.end()
	}
}

// watch has the loop look after the connection.
func (p *polled) watch() error {
	_ = p.socket.Close()
	p.socket, p.fd = nil, p.own
	if p.state == dead { // the hub was closed meanwhile: the loop ends it
		p.abort()
	}
	if err := p.control(unix.EPOLL_CTL_ADD, unix.EPOLLIN|unix.EPOLLRDHUP); err != nil {
		return err
	}
	if p.state != dead {
		p.flush()
	}
	return nil
}

func (p *polled) control(do int, events uint32) error {
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.loop().fd, do, p.fd, &unix.EpollEvent{Events: events, Fd: p.slot}))
}

// ready acts on what epoll tells.
func (p *polled) ready(events uint32, r *round, data []byte) {
	p.mu.Lock()
	if events&unix.EPOLLOUT != 0 && p.state != dead {
		p.flush()
	}
	state := p.state
	p.mu.Unlock()
	if events&^uint32(unix.EPOLLOUT) == 0 {
		return
	}
	if state == dead {
		p.end()
		return
	}
	switch n, failed := call(unix.SYS_READ, p.fd, unsafe.Pointer(&data[0]), len(data)); {
	case n > 0:
		r.read(&p.conn, data[:n])
	case failed == unix.EAGAIN || failed == unix.EINTR:
	default:
		p.end()
	}
}

func (p *polled) flush() {
	for p.out != nil && p.fd >= 0 {
		rest := p.out.bytes[p.out.sent:]
		n, failed := call(unix.SYS_WRITE, p.fd, unsafe.Pointer(&rest[0]), len(rest))
		switch failed {
		case 0, unix.EAGAIN:
		case unix.EINTR:
			continue
		default:
			p.cut(Gone)
			return
		}
		p.out.sent += n
		if p.out.sent < len(p.out.bytes) {
			p.wait(n > 0)
			return
		}
		p.memory().release(p.out)
		p.out = nil
	}
	if p.blocked != 0 {
		p.blocked = 0
		_ = p.control(unix.EPOLL_CTL_MOD, unix.EPOLLIN|unix.EPOLLRDHUP) // fails only when the descriptor is none
	}
	if p.state == over && p.fd >= 0 {
		_ = unix.Shutdown(p.fd, unix.SHUT_WR) // fails only when the client has gone
	}
}

// call makes a system call for up to n of what is at an address, one that never waits, and returns how many it was. Go is
// not told of it: that, and taking the processor back afterwards, cost a quarter of what the server takes at a thousand
// announces a second.
func call(number uintptr, fd int, at unsafe.Pointer, n int) (int, syscall.Errno) {
	done, _, failed := unix.RawSyscall6(number, uintptr(fd), uintptr(at), uintptr(n), 0, 0, 0)
	if failed != 0 {
		return 0, failed
	}
	return int(done), 0
}

// wait has the loop flush when the client takes more.
func (p *polled) wait(progress bool) {
	if p.blocked == 0 {
		_ = p.control(unix.EPOLL_CTL_MOD, unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLOUT)
		progress = true
	}
	if progress {
		p.blocked = since(time.Now())
	}
}

func (p *polled) abort() {
	if p.fd < 0 {
		return
	}
	_ = unix.SetsockoptLinger(p.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	_ = unix.Shutdown(p.fd, unix.SHUT_RDWR) // the loop sees it
}

func (p *polled) close() {
	if p.fd >= 0 {
		_ = p.control(unix.EPOLL_CTL_DEL, 0) // a child of this process that has not called exec yet keeps the socket open
	}
	_ = unix.Close(p.own)
	p.fd = -1
}
