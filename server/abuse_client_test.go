package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Frames of WebSocket (RFC 6455, 5.2), as good or bad as a test wants them.
const (
	fin          = 0x80
	continuation = 0x0
	text         = 0x1
	binaryData   = 0x2
	closing      = 0x8
	ping         = 0x9
	pong         = 0xa
)

// header is a frame's first bytes. first is FIN, the reserved bits and the opcode.
func header(first byte, masked bool, length uint64) []byte {
	h := []byte{first, 0}
	switch {
	case length < 126:
		h[1] = byte(length)
	case length <= 0xffff:
		h[1] = 126
		h = binary.BigEndian.AppendUint16(h, uint16(length))
	default:
		h[1] = 127
		h = binary.BigEndian.AppendUint64(h, length)
	}
	if masked {
		h[1] |= 0x80
		h = append(h, 0, 0, 0, 0) // a mask that changes nothing
	}
	return h
}

func frame(first byte, payload string) []byte {
	return append(header(first, true, uint64(len(payload))), payload...)
}

func closeFrame(code uint16, reason string) []byte {
	return frame(fin|closing, string(binary.BigEndian.AppendUint16(nil, code))+reason)
}

// patience is how long anything may take here that has no limit of its own. It
// is no target: who is not served by then never will be.
const patience = 20 * time.Second

// attacker is a client that says whatever bytes it likes.
type attacker struct {
	*testing.T
	*net.TCPConn
	in *bufio.Reader
}

// attackers come from another address than those who behave well, where the
// machine has one.
var attackersAddress = net.IPv4(127, 0, 0, 1)

func init() {
	if runtime.GOOS == "linux" {
		attackersAddress = net.IPv4(127, 0, 0, 9)
	}
}

// dial opens a TCP connection, that ends with the test.
func dial(t *testing.T, host string) *attacker {
	t.Helper()
	to, err := net.ResolveTCPAddr("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialTCP("tcp", &net.TCPAddr{IP: attackersAddress}, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	a := &attacker{t, conn, bufio.NewReader(conn)}
	a.wait()
	return a
}

// wait has what follows take no longer than patience.
func (a *attacker) wait() {
	a.Helper()
	if err := a.SetDeadline(time.Now().Add(patience)); err != nil {
		a.Fatal(err)
	}
}

const upgradeRequest = "GET / HTTP/1.1\r\nHost: tracker\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// upgraded is an attacker who is through the handshake.
func upgraded(t *testing.T, host string) *attacker {
	t.Helper()
	a := dial(t, host)
	a.send([]byte(upgradeRequest + "\r\n"))
	if status := a.status(); status != 101 {
		t.Fatalf("the handshake is answered with %d", status)
	}
	return a
}

// send writes; it fails the test when the connection is cut. Its time begins anew: a witness
// waits for the end of a whole test.
func (a *attacker) send(bytes []byte) {
	a.Helper()
	a.wait()
	if _, err := a.Write(bytes); err != nil {
		a.Fatal(err)
	}
}

// pour writes until the connection is cut, or so many times.
func (a *attacker) pour(bytes []byte, times int) (cut bool) {
	a.Helper()
	for range times {
		if _, err := a.Write(bytes); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				a.Fatal("neither read nor cut")
			}
			return true
		}
	}
	return false
}

// status reads the answer to an HTTP request, without a body, and returns its
// code; 0 when the connection is cut instead.
func (a *attacker) status() (code int) {
	a.Helper()
	for first := true; ; first = false {
		line, err := a.in.ReadString('\n')
		if errors.Is(err, os.ErrDeadlineExceeded) {
			a.Fatal("neither answered nor cut")
		}
		if err != nil {
			return code
		}
		if first {
			var minor int
			if _, err := fmt.Sscanf(line, "HTTP/1.%d %d", &minor, &code); err != nil {
				a.Fatalf("no HTTP: %q", line)
			}
		}
		if line == "\r\n" {
			return code
		}
	}
}

// answered reads the answer to a request: one of the statuses. But for 101 it must
// be the end of the connection.
func (a *attacker) answered(statuses ...int) {
	a.Helper()
	status := a.status()
	if !slices.Contains(statuses, status) {
		a.Errorf("answered with %d, want one of %v", status, statuses)
	}
	if status == 101 {
		return
	}
	if err := a.CloseWrite(); err != nil {
		return // it is cut already
	}
	if _, err := io.Copy(io.Discard, a.in); errors.Is(err, os.ErrDeadlineExceeded) {
		a.Fatal("neither answered nor cut")
	}
}

// What a connection may end with instead of a message.
const (
	noCode = 1005 // a close frame without a code
	cut    = 1006 // no close frame
)

// read returns the next frame that is no ping, or the code that the connection is
// closed with.
func (a *attacker) read() (opcode byte, payload string, code int) {
	a.Helper()
	for {
		var head [2]byte
		_, err := io.ReadFull(a.in, head[:])
		length := uint64(head[1])
		if length == 126 {
			var more [2]byte
			_, err = io.ReadFull(a.in, more[:])
			length = uint64(binary.BigEndian.Uint16(more[:]))
		} else if length == 127 {
			var more [8]byte
			_, err = io.ReadFull(a.in, more[:])
			length = binary.BigEndian.Uint64(more[:])
		}
		if err == nil && (head[0]&0xf0 != fin || length > 1<<24) {
			a.Fatalf("a frame that no server sends: %x, %d bytes", head, length)
		}
		body := make([]byte, length)
		if err == nil {
			_, err = io.ReadFull(a.in, body)
		}
		switch opcode = head[0] & 0x0f; {
		case errors.Is(err, os.ErrDeadlineExceeded):
			a.Fatal("neither answered nor cut")
		case err != nil:
			return 0, "", cut
		case opcode == ping:
		case opcode == closing && length == 0:
			return closing, "", noCode
		case opcode == closing:
			return closing, string(body[2:]), int(binary.BigEndian.Uint16(body))
		default:
			return opcode, string(body), 0
		}
	}
}

// reply is what the tracker may say to a client.
type reply struct {
	Action     string
	InfoHash   *string `json:"info_hash"`
	Interval   int
	Incomplete int
	PeerID     string `json:"peer_id"`
	OfferID    string `json:"offer_id"`
	Offer      *struct{ Type, SDP string }
	Answer     *struct{ Type, SDP string }
	Failure    string `json:"failure reason"`
	Warning    string `json:"warning message"`
	Files      map[string]struct{ Complete, Incomplete int }
}

// kind is what the reply says, in a word.
func (r reply) kind() string {
	switch {
	case r.Failure != "":
		return "failure"
	case r.Warning != "":
		return "warning"
	case r.Offer != nil:
		return "offer"
	case r.Answer != nil:
		return "answer"
	case r.Action == "announce" && r.Interval > 0, r.Action == "scrape" && r.Files != nil:
		return r.Action
	}
	return "nothing that a tracker says"
}

// parseReply reads a message as strictly as a browser does.
func parseReply(frame string) (r reply, err error) {
	if !utf8.ValidString(frame) {
		return r, errors.New("no UTF-8")
	}
	if err := json.Unmarshal([]byte(frame), &r); err != nil {
		return r, err
	}
	if r.Action != "announce" && r.Action != "scrape" {
		return r, fmt.Errorf("action %q makes the npm client close its socket", r.Action)
	}
	if r.InfoHash == nil && r.Files == nil {
		return r, errors.New("no info_hash makes the npm client close its socket")
	}
	return r, nil
}

// hear reads the tracker's next message.
func (a *attacker) hear() reply {
	a.Helper()
	opcode, payload, code := a.read()
	for opcode == pong {
		opcode, payload, code = a.read()
	}
	if opcode != text {
		a.Fatalf("want a message, got opcode %d, code %d, %q", opcode, code, payload)
	}
	r, err := parseReply(payload)
	if err != nil {
		a.Fatalf("%.300s: %v", payload, err)
	}
	return r
}

// end reads until the connection ends and returns the code.
func (a *attacker) end() int {
	a.Helper()
	for {
		if opcode, _, code := a.read(); code != 0 {
			if opcode == closing {
				// The server ends the TCP connection, since it has nothing to wait for.
				if _, _, after := a.read(); after != cut {
					a.Errorf("something follows the close frame: code %d", after)
				}
			}
			return code
		}
	}
}

// ends reads until the connection ends, with one of the codes; a 0 among them is
// for one that may also go on.
func (a *attacker) ends(codes ...int) {
	a.Helper()
	if slices.Contains(codes, 0) {
		_, _, code := a.read()
		if !slices.Contains(codes, code) {
			a.Errorf("the connection ended with %d, want one of %v", code, codes)
		}
		return
	}
	if code := a.end(); !slices.Contains(codes, code) {
		a.Errorf("the connection ended with %d, want one of %v", code, codes)
	}
}

// lives proves that the connection is open and that all that was asked before has
// been answered.
func (a *attacker) lives() {
	a.Helper()
	hash := ident("nobody's")
	a.send(frame(fin|text, fmt.Sprintf(`{"action":"scrape","info_hash":%q}`, hash)))
	r := a.hear()
	if _, ok := r.Files[hash]; !ok {
		a.Fatalf("one answer too many: %+v", r)
	}
}

// ident is an id of 20 characters that is not ASCII.
func ident(name string) string { return name + strings.Repeat("\u00e9", 20-len(name)) }

// quote is a JSON string.
func quote(s string) string {
	q, _ := json.Marshal(s) // strings always can be
	return string(q)
}

// announce is an announce to the swarm `hash`, with more fields.
func announce(hash, peer, more string) string {
	return fmt.Sprintf(`{"action":"announce","info_hash":%s,"peer_id":%s%s}`, quote(hash), quote(peer), more)
}

// offers is the field with so many offers, whose ids begin with name.
func offers(name string, count int, sdp string) string {
	items := make([]string, count)
	for i := range items {
		items[i] = fmt.Sprintf(`{"offer_id":%s,"offer":{"type":"offer","sdp":%s}}`, quote(ident(fmt.Sprint(name, i))), quote(sdp))
	}
	return `,"offers":[` + strings.Join(items, ",") + `]`
}
