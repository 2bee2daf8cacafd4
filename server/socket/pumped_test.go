package socket

import (
	"io"
	"log/slog"
	"net"
	"slices"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

// said is a socket on which a client has said something, and gone.
type said struct {
	net.Conn
	bytes []byte
	sizes []int // of what it was read into
}

func (s *said) Read(into []byte) (n int, err error) {
	s.sizes = append(s.sizes, len(into))
	if len(s.bytes) == 0 {
		return 0, io.EOF
	}
	n = copy(into, s.bytes)
	s.bytes = s.bytes[n:]
	return n, nil
}

func (s *said) Write(bytes []byte) (int, error) { return len(bytes), nil }

func (s *said) Close() error { return nil }

// Who has ended a message may be silent from then on for as long as it likes, and keeps a small buffer only.
func TestReadsAreLargeWithinAMessageOnly(t *testing.T) {
	for _, test := range []struct {
		name string
		size int // of the frame
		want []int
	}{
		{"a message that fills the small buffer", smallRead, []int{smallRead, smallRead}},
		{"one that is longer", 2 * smallRead, []int{smallRead, modest, smallRead}},
		{"one that fills the large one, twice", smallRead + 2*modest, []int{smallRead, modest, modest, smallRead}},
	} {
		t.Run(test.name, func(t *testing.T) {
			hub := NewHub(Options{Log: slog.New(slog.DiscardHandler)})
			const header = 8
			socket := &said{bytes: frame(0x82, string(make([]byte, test.size-header)))}
			c := pump(socket)
			c.endpoint = hub.Endpoint(limits())
			hub.add(c)
			c.line.(*pumped).serve()
			hub.running.Wait()
			if n := hub.Messages(In, tracker.Failure); n != 1 || !slices.Equal(socket.sizes, test.want) {
				t.Errorf("%d messages, read into %v; want 1, %v", n, socket.sizes, test.want)
			}
			if held := hub.Held(); held != 0 {
				t.Errorf("%d bytes are held at the end", held)
			}
		})
	}
}

// full is a socket whose client takes nothing.
type full struct {
	net.Conn
	writing, closed chan struct{}
}

func (f *full) Write([]byte) (int, error) {
	close(f.writing)
	<-f.closed
	return 0, net.ErrClosed
}

func (f *full) Close() error {
	close(f.closed)
	return nil
}

func TestWhatIsBeingWrittenWaitsToo(t *testing.T) {
	hub := NewHub(Options{})
	socket := &full{writing: make(chan struct{}), closed: make(chan struct{})}
	c := pump(socket)
	c.endpoint = hub.Endpoint(limits())
	message := make([]byte, queueLimit*2/3)
	c.Send(tracker.Announce, message)
	(&round{hub: hub}).flush()
	<-socket.writing
	if waiting := c.waiting(); waiting < len(message) {
		t.Errorf("%d bytes wait, of a message of %d", waiting, len(message))
	}
	c.Send(tracker.Announce, message)
	if c.stands() != dead || c.cause != Slow {
		t.Errorf("with twice that it is in state %d, cause %s", c.state, c.cause)
		c.expel(Stopped)
	}
	hub.running.Wait()
	if c.waiting() != 0 {
		t.Errorf("%d bytes wait at the end", c.waiting())
	}
}
