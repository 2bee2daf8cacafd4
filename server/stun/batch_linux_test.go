package stun

import (
	"net"
	"testing"
	"time"
)

func TestOnlyStreamsAreGathered(t *testing.T) {
	for _, test := range []struct {
		name  string
		n     int
		since time.Duration
		want  bool
	}{
		{"one at a time, at 100,000 a second", 1, 10 * time.Microsecond, true},
		{"after they were gathered, at that rate", 8, 80 * time.Microsecond, true},
		{"at 20,000 a second", 1, 50 * time.Microsecond, false},
		{"after they were gathered, at that rate", 2, 100 * time.Microsecond, false},
		{"a page that asks over all its interfaces at once", 8, time.Second, false},
		{"as many as are worth a call", 16, 20 * time.Microsecond, false},
		{"a full batch", batchSize, 100 * time.Microsecond, false},
		{"the first", 1, time.Duration(1<<63 - 1), false},
	} {
		if got := isStream(test.n, test.since); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// What comes while nobody reads fills the buffer, and then is counted.
func TestDroppedDatagramsAreCounted(t *testing.T) {
	server, err := Listen("127.0.0.1:0", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	conn, err := net.DialUDP("udp", nil, server.LocalAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n, known := server.Dropped(); n != 0 || !known {
		t.Fatalf("before there was any: %d, %v", n, known)
	}
	const bytes = 1000 // Linux counts more for each
	for range 2*receiveBuffer/bytes + 1 {
		if _, err := conn.Write(make([]byte, bytes)); err != nil {
			t.Fatal(err)
		}
	}
	if n, _ := server.Dropped(); n == 0 {
		t.Error("none counts as dropped")
	}
}
