package socket

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"github.com/p2p-mediastream/p2p-mediastream/server/limit"
)

// heardAll is a receiver that writes down what it is told.
type heardAll struct{ lines []string }

func (h *heardAll) frame() error { return nil }

func (h *heardAll) message(payload []byte) error {
	h.lines = append(h.lines, fmt.Sprintf("message %q", payload))
	return nil
}

func (h *heardAll) control(kind ws.OpCode, payload []byte) error {
	h.lines = append(h.lines, fmt.Sprintf("control %x %q", byte(kind), payload))
	return nil
}

const longest = 1000

// hearIn reads data in pieces of the given sizes, over and over, and says how it ended.
func hearIn(data []byte, sizes []byte, m account) (h heardAll, err error) {
	var in inbox
	defer in.clear(m)
	data = bytes.Clone(data)
	for i := 0; len(data) > 0; i++ {
		n := len(data)
		if len(sizes) > 0 {
			n = min(n, 1+int(sizes[i%len(sizes)]))
		}
		if err := in.take(data[:n], longest, m, &h); err != nil {
			return h, err
		}
		data = data[n:]
	}
	return h, nil
}

// frame is one of a client.
func frame(first byte, payload string) []byte {
	masked := ws.MaskFrame(ws.NewFrame(ws.OpCode(first&0x0f), first&0x80 != 0, []byte(payload)))
	masked.Header.Rsv = first & 0x70 >> 4
	var b bytes.Buffer
	if err := ws.WriteFrame(&b, masked); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestFrames(t *testing.T) {
	join := func(frames ...[]byte) []byte { return bytes.Join(frames, nil) }
	long := strings.Repeat("x", 500)
	for _, test := range []struct {
		name string
		data []byte
		want string
		err  error
	}{
		{"a text", frame(0x81, "a"), `message "a"`, nil},
		{"a binary message", frame(0x82, "\xff"), `message "\xff"`, nil},
		{"an empty one", frame(0x81, ""), `message ""`, nil},
		{"two", join(frame(0x81, "a"), frame(0x81, long)), `message "a" message "` + long + `"`, nil},
		{"fragments", join(frame(0x01, "a"), frame(0x00, ""), frame(0x80, "b")), `message "ab"`, nil},
		{"a ping between", join(frame(0x01, "a"), frame(0x89, "p"), frame(0x80, "b")), `control 9 "p" message "ab"`, nil},
		{"a character in halves", join(frame(0x01, "\xc3"), frame(0x80, "\xa9")), `message "é"`, nil},
		{"half a message", frame(0x01, "a"), ``, nil},
		{"no UTF-8", frame(0x81, "\xff"), ``, errNotUTF8},
		{"the longest", join(frame(0x01, long), frame(0x80, long)), `message "` + long + long + `"`, nil},
		{"too long", frame(0x81, long+long+"x"), ``, errTooLong},
		{"too long in all", join(frame(0x01, long), frame(0x80, long+"x")), ``, errTooLong},
		{"too long by its header", []byte{0x82, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, ``, errTooLong},
		{"a negative length", []byte{0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, ``, errProtocol},
		{"not masked", ws.MustCompileFrame(ws.NewTextFrame([]byte("a"))), ``, errProtocol},
		{"a reserved bit", frame(0xc1, "a"), ``, errProtocol},
		{"a reserved opcode", frame(0x83, "a"), ``, errProtocol},
		{"a reserved control", frame(0x8b, "a"), ``, errProtocol},
		{"a ping in fragments", frame(0x09, "a"), ``, errProtocol},
		{"a ping of 125 bytes", frame(0x89, long[:125]), `control 9 "` + long[:125] + `"`, nil},
		{"a ping of 126 bytes", frame(0x89, long[:126]), ``, errProtocol},
		{"a continuation of nothing", frame(0x80, "a"), ``, errProtocol},
		{"a message within one", join(frame(0x01, "a"), frame(0x81, "b")), ``, errProtocol},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := account{memory: &memory{most: maxHeld}}
			h, err := hearIn(test.data, nil, m)
			if got := strings.Join(h.lines, " "); got != test.want || !errors.Is(err, test.err) {
				t.Errorf("got %s, %v; want %s, %v", got, err, test.want, test.err)
			}
			if held := m.memory.held.Load(); held != 0 {
				t.Errorf("%d bytes are held at the end", held)
			}
		})
	}
}

// However the bytes are split, the messages are the same.
func FuzzFrames(f *testing.F) {
	f.Add(bytes.Join([][]byte{frame(0x01, "a"), frame(0x89, "p"), frame(0x80, "b"), frame(0x81, strings.Repeat("y", 700))}, nil), []byte{0})
	f.Add(bytes.Join([][]byte{frame(0x82, "a"), frame(0x00, "p"), frame(0x88, "\x03\xe8b")}, nil), []byte{2, 0, 5})
	f.Add([]byte{0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, []byte{1})
	f.Fuzz(func(t *testing.T, data, sizes []byte) {
		m := account{memory: &memory{most: maxHeld}}
		whole, wholeErr := hearIn(data, nil, m)
		split, splitErr := hearIn(data, sizes, m)
		if got, want := fmt.Sprint(split.lines, splitErr), fmt.Sprint(whole.lines, wholeErr); got != want {
			t.Errorf("split by %v: %s\nwhole: %s", sizes, got, want)
		}
		if held := m.memory.held.Load(); held != 0 {
			t.Errorf("%d bytes are held at the end", held)
		}
	})
}

// Where many addresses take all that they can, who comes next has room for an announce and its offers.
func TestManyAddressesLeaveMemoryToOthers(t *testing.T) {
	for _, addresses := range []int{1, 16, 64} {
		m := &memory{most: maxHeld, each: limit.NewCount(share)}
		for n := range addresses {
			hog := account{memory: m, address: netip.AddrFrom4([4]byte{192, 0, 2, byte(n)})}
			for _, size := range []int{64 << 10, 1 << 10} {
				for more := true; more; {
					_, more = hog.get(size)
				}
			}
		}
		if held := m.held.Load(); held < maxHeld/shares*8/10 {
			t.Errorf("%d addresses can have no more than %d MiB", addresses, held>>20)
		}
		next := account{memory: m, address: netip.MustParseAddr("198.51.100.1")}
		if _, ok := next.get(modest); !ok {
			t.Errorf("after %d addresses there are no %d KiB", addresses, modest>>10)
		}
	}
}

func TestMemoryRunsOut(t *testing.T) {
	m := account{memory: &memory{most: 1500}}
	if _, err := hearIn(frame(0x01, strings.Repeat("x", 600)), []byte{100}, m); !errors.Is(err, errNoMemory) {
		t.Errorf("got %v, want that there is no memory", err)
	}
	if held := m.memory.held.Load(); held != 0 {
		t.Errorf("%d bytes are held at the end", held)
	}
}

// What one address holds leaves room for all others; who is exempt has all there is.
func TestAnAddressRunsOutOfItsShare(t *testing.T) {
	m := &memory{most: 1 << 20, each: limit.NewCount(2 << 10)}
	hog := account{memory: m, address: netip.MustParseAddr("2001:db8::1")}
	held, ok := hog.grow(nil, 600)
	if !ok {
		t.Fatal("it gets nothing at all")
	}
	neighbour := account{memory: m, address: netip.MustParseAddr("2001:db8::2")}
	if _, ok := neighbour.grow(nil, 1500); ok {
		t.Error("two addresses of one network have more than its share")
	}
	if same, ok := hog.grow(held, 1900); ok || same != held {
		t.Error("it may grow beyond its share")
	}
	for _, other := range []account{{memory: m, address: netip.MustParseAddr("192.0.2.1")}, {memory: m, address: hog.address, exempt: true}} {
		b, ok := other.grow(nil, 1500)
		if !ok {
			t.Errorf("%v gets nothing", other.address)
		}
		other.release(b)
	}
	if goodbye, ok := hog.grow(nil, 10); !ok {
		t.Error("there is no room for a goodbye")
	} else {
		hog.release(goodbye)
	}
	hog.release(held)
	whole, ok := hog.grow(nil, 2<<10)
	if !ok {
		t.Fatal("it does not get back what it has returned")
	}
	hog.release(whole)
	if held := m.held.Load(); held != 0 {
		t.Errorf("%d bytes are held at the end", held)
	}
}
