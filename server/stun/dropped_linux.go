package stun

import (
	"net"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Dropped is how many datagrams the system has dropped before they could be read,
// nearly all as they came faster than that.
func (s *Server) Dropped() (n uint64, known bool) {
	for _, socket := range s.sockets {
		dropped, ok := droppedAt(socket)
		if !ok {
			return 0, false
		}
		n += uint64(dropped)
	}
	return n, true
}

func droppedAt(socket *net.UDPConn) (n uint32, ok bool) {
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, false
	}
	const drops = 8 // SK_MEMINFO_DROPS of linux/sock_diag.h
	var info [drops + 1]uint32
	size := uint32(unsafe.Sizeof(info))
	var failed unix.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, failed = unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	})
	return info[drops], err == nil && failed == 0 && size == uint32(unsafe.Sizeof(info))
}
