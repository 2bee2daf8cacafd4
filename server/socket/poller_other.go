//go:build !linux

package socket

import "net"

// poller is of Linux only.
type poller struct{}

func newPoller() (*poller, error) { return nil, nil }

func (*poller) carry(net.Conn) *conn { return nil }
func (*poller) run(*Hub)             {}
func (*poller) close()               {}
