package socket

import (
	"net"
	"net/netip"
	"testing"

	"github.com/gobwas/ws"
	"golang.org/x/sys/unix"
)

// A client is served where no descriptor is left but its own.
func TestTheLastDescriptorServesAClient(t *testing.T) {
	s := newSiteWith(t, byLoop, limits(), Options{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	socket, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	s.hub.begin()
	s.endpoint.connections.Add(1)

	var usual unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &usual); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1, Max: usual.Max}); err != nil {
		t.Fatal(err)
	}
	s.endpoint.adopt(socket, nil, netip.MustParseAddr("127.0.0.1"), true)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &usual); err != nil {
		t.Fatal(err)
	}

	if err := ws.WriteFrame(client, ws.MaskFrame(ws.NewPingFrame(nil))); err != nil {
		t.Fatal(err)
	}
	if frame, err := ws.ReadFrame(client); err != nil || frame.Header.OpCode != ws.OpPong {
		t.Errorf("the answer to a ping: %+v, %v", frame, err)
	}
}
