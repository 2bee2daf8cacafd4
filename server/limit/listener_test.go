package limit

import (
	"io"
	"net"
	"net/netip"
	"testing"
)

func TestListener(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	exempt, reset := false, make(chan netip.Addr, 1)
	l := Listener(plain, NewCount(1), func(address netip.Addr) bool {
		if address != netip.MustParseAddr("127.0.0.1") {
			t.Errorf("asked about %v", address)
		}
		return exempt
	}, func(address netip.Addr) { reset <- address })
	dial := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", plain.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	accept := func(client net.Conn) net.Conn {
		t.Helper()
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if conn.RemoteAddr().String() != client.LocalAddr().String() {
			t.Fatalf("%v was accepted, want %v", conn.RemoteAddr(), client.LocalAddr())
		}
		return conn
	}

	first := accept(dial())
	if _, ok := first.(io.ReaderFrom); !ok {
		t.Error("the system cannot send files over it")
	}
	refused := dial()
	next := make(chan net.Conn)
	go func() {
		conn, _ := l.Accept()
		next <- conn
	}()
	if _, err := refused.Read(make([]byte, 1)); err == nil {
		t.Error("a second one is not cut")
	}
	if address := <-reset; address != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("%v is told to be refused", address)
	}
	first.Close()
	first.Close() // as net/http may
	third := dial()
	if conn := <-next; conn == nil || conn.RemoteAddr().String() != third.LocalAddr().String() {
		t.Fatalf("after the first was closed %v was accepted, want %v", conn, third.LocalAddr())
	}
	exempt = true
	accept(dial())
	accept(dial())
}

func TestAListenerWithoutABound(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if Listener(plain, nil, nil, nil) != plain {
		t.Error("it is wrapped")
	}
}
