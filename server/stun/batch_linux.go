package stun

import (
	"encoding/binary"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batchSize is how many datagrams one system call reads or writes at most.
const batchSize = 32

// message is struct mmsghdr of recvmmsg(2).
type message struct {
	unix.Msghdr
	size uint32 // what was read or written, in bytes
}

// batch is a worker's room for what one system call reads, and one writes. It
// must be on the heap, which does not move: the messages point into it.
type batch struct {
	worker *worker
	read   time.Time // when the last one was

	in        [batchSize]message
	requests  [batchSize][maxRequest + 1]byte
	inVectors [batchSize]unix.Iovec
	names     [batchSize]unix.RawSockaddrInet6 // has room for IPv4 too
	told      [batchSize]control
	isTold    bool // the system tells to which address a datagram was sent

	out        [batchSize]message
	outVectors [batchSize]unix.Iovec
	answers    []byte
}

// serve answers in batches of what is there at once, until the socket is closed.
// An answer leaves from the address that was asked.
func (w *worker) serve() {
	raw, err := w.socket.SyscallConn()
	if err != nil {
		return // it is closed
	}
	b := &batch{worker: w, isTold: newDestinations(w.socket).told}
	for i := range batchSize {
		b.inVectors[i].Base = &b.requests[i][0]
		b.inVectors[i].SetLen(len(b.requests[i]))
		b.in[i].Iov = &b.inVectors[i]
		b.in[i].SetIovlen(1)
		b.in[i].Name = (*byte)(unsafe.Pointer(&b.names[i]))
		b.out[i].Iov = &b.outVectors[i]
		b.out[i].SetIovlen(1)
	}
	for raw.Read(b.round) == nil {
	}
}

// call makes a system call that never waits. Go is not told of it: it would take
// this goroutine's processor for another each time that sending some answers takes
// more than its 20 µs. That cost a fifth of the CPU time under load, and two fifths
// of it at 2,000 requests a second.
func call(number, fd uintptr, messages *message, n int) (int, syscall.Errno) {
	done, _, err := unix.RawSyscall6(number, fd, uintptr(unsafe.Pointer(messages)), uintptr(n), unix.MSG_DONTWAIT, 0, 0)
	return int(done), err
}

// round reads and answers one batch. Where it says that there is no more, the
// poller waits until something new comes, and calls again. It hears of each
// datagram, so that after a batch that is neither full nor of a stream no read need
// find nothing.
func (b *batch) round(fd uintptr) (more bool) {
	n, err := b.receive(fd)
	switch err {
	case 0:
	case unix.EAGAIN:
		return false
	case unix.EINTR:
		return true
	default:
		b.worker.fail()
		return true
	}
	b.worker.failed = 0
	now := time.Now()
	b.write(fd, b.answer(now, n))
	since := now.Sub(b.read)
	b.read = now
	if isStream(n, since) {
		gather()
		return true
	}
	return n == batchSize
}

const (
	// streamInterval is how close after each other the datagrams of a stream come, on average.
	streamInterval = 20 * time.Microsecond
	// enough is how many datagrams a batch has that is worth the calls around it.
	enough = batchSize / 2
	// gathering is how long more are waited for. The system adds some 50 µs.
	gathering = 20 * time.Microsecond
)

// isStream says whether the datagrams of a batch are a few of very many, from the
// time that has gone by since the batch before it was read.
func isStream(n int, since time.Duration) bool {
	return n < enough && since < time.Duration(n)*streamInterval
}

// gather lets a stream come together, as network cards moderate their interrupts. A
// core that just keeps up with it would answer it one by one, with a turn of the
// poller for each: that cost a fifth of the CPU time where 200 clients asked in turns.
// An answer is later for it by less than 0.1 ms. Go is not told, for the reason
// that call has.
func gather() {
	pause := unix.NsecToTimespec(int64(gathering))
	_, _, _ = unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&pause)), 0, 0) // a signal may end it early
}

// receive fills in and says how many there are.
func (b *batch) receive(fd uintptr) (int, syscall.Errno) {
	for i := range b.in {
		b.in[i].Namelen = uint32(unsafe.Sizeof(b.names[i]))
		if b.isTold {
			b.in[i].Control = (*byte)(unsafe.Pointer(&b.told[i]))
			b.in[i].SetControllen(int(unsafe.Sizeof(b.told[i])))
		}
	}
	return call(unix.SYS_RECVMMSG, fd, &b.in[0], batchSize)
}

// answer answers the first n messages of in, and says how many are in out then.
func (b *batch) answer(now time.Time, n int) (answers int) {
	b.answers = b.answers[:0]
	for i := range b.in[:n] {
		asked := &b.in[i]
		start := len(b.answers)
		b.answers = b.worker.answer(now, b.answers, b.requests[i][:asked.size], sender(&b.names[i]))
		if len(b.answers) == start {
			continue
		}
		// When the buffer grows, what is in the old one stays as it is.
		b.outVectors[answers].Base = &b.answers[start]
		b.outVectors[answers].SetLen(len(b.answers) - start)
		reply := &b.out[answers]
		reply.Name, reply.Namelen = asked.Name, asked.Namelen
		reply.Control, reply.Controllen = nil, 0
		if b.isTold && b.told[i].turn(int(asked.Controllen)) {
			reply.Control, reply.Controllen = asked.Control, asked.Controllen
		}
		answers++
	}
	return answers
}

// write sends the first n messages of out. What the system does not take is
// lost, which UDP allows: its buffer is full, or it cannot reach the client.
func (b *batch) write(fd uintptr, n int) {
	for done := 0; done < n; {
		sent, err := call(unix.SYS_SENDMMSG, fd, &b.out[done], n-done)
		switch {
		case err == 0:
			done += sent
		case err == unix.EINTR:
		case b.out[done].Control != nil:
			// The system may not let us choose this address. Its own choice is
			// better than silence.
			b.out[done].Control = nil
			b.out[done].SetControllen(0)
		default:
			name := (*unix.RawSockaddrInet6)(unsafe.Pointer(b.out[done].Name))
			b.worker.server.count(sender(name).Addr().Unmap(), Unsent)
			done++
		}
	}
}

// sender reads the address that the system wrote beside a datagram.
func sender(name *unix.RawSockaddrInet6) netip.AddrPort {
	port := binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&name.Port))[:])
	if name.Family == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(name)).Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(name.Addr), port)
}

// control is what the system tells with a datagram, and is told with an answer.
type control struct {
	unix.Cmsghdr
	info [20]byte // Inet4Pktinfo or Inet6Pktinfo
}

// turn makes what was told of a datagram what is to be told with its answer, so
// that it leaves from the address that was asked. false: the system shall choose.
func (c *control) turn(size int) bool {
	if size < int(unsafe.Sizeof(c.Cmsghdr)) {
		return false
	}
	switch {
	case c.Level == unix.IPPROTO_IP && c.Type == unix.IP_PKTINFO:
		// Spec_dst is an address of ours even where the datagram went to many. The
		// route back need not be the one that it came by.
		(*unix.Inet4Pktinfo)(unsafe.Pointer(&c.info)).Ifindex = 0
		return true
	case c.Level == unix.IPPROTO_IPV6 && c.Type == unix.IPV6_PKTINFO:
		info := (*unix.Inet6Pktinfo)(unsafe.Pointer(&c.info))
		info.Ifindex = 0
		return !netip.AddrFrom16(info.Addr).Unmap().IsMulticast()
	}
	return false
}
