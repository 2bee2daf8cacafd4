package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"syscall"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/socket"
)

// otherFiles is how many are open beside the trackers' connections: segments that are sent, listeners, logs.
const otherFiles = 200

// tooFewFiles is a warning where the system allows fewer connections than the servers are to have; else empty.
func tooFewFiles(servers []config.Server, limit uint64) string {
	need := uint64(otherFiles)
	for _, s := range servers {
		if s.WebSockets.MaxConnections == 0 {
			return "" // as many as go; see outOfFiles
		}
		need += uint64(s.WebSockets.MaxConnections)
	}
	if len(servers) == 0 || limit >= need {
		return ""
	}
	return fmt.Sprintf("the system allows %d open files, and maxConnections wants %d: %s", limit, need, moreFiles(need))
}

// tooFewForAnAddress is a warning where the system allows an address fewer WebSockets than it may have; else empty.
func tooFewForAnAddress(limits config.Limits, limit uint64) string {
	connections, sockets := socket.PerAddress(limits, limit)
	if connections == limits.Connections {
		return ""
	}
	return fmt.Sprintf("the system allows %d open files, so all viewers behind one address have %d WebSockets and %d TCP connections together, "+
		"and not limits.connectionsPerAddress, %d: %s", limit, connections, sockets, limits.Connections, moreFiles(socket.FilesFor(limits.Connections)))
}

// moreFiles is how to be allowed so many.
func moreFiles(need uint64) string {
	return fmt.Sprintf("raise it with ulimit -n %d, LimitNOFILE=%[1]d of systemd or --ulimit nofile=%[1]d of Docker", need)
}

// watched is a listener that tells, once, when there are no files left to accept a connection with: net/http would only
// try again and again.
type watched struct {
	net.Listener
	log  *slog.Logger
	once sync.Once
}

// Accept implements net.Listener.
func (w *watched) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		w.once.Do(func() {
			limit, _ := openFiles()
			w.log.Error("clients wait, since all open files that the system allows are in use: "+moreFiles(8*limit), "limit", limit)
		})
	}
	return conn, err
}
