package stun

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"github.com/p2p-mediastream/p2p-mediastream/server/limit"
)

// The sample messages of RFC 5769, sections 2.1 to 2.4.
const (
	sampleRequest = "000100582112a442b7e7a701bc34d686fa87dfae" +
		"802200105354554e207465737420636c69656e74" +
		"002400046e0001ff80290008932ff9b151263b36" +
		"000600096576746a3a68367659202020" +
		"000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2" +
		"80280004e57a3bcf"
	sampleResponse4 = "0101003c2112a442b7e7a701bc34d686fa87dfae" +
		"8022000b7465737420766563746f7220" +
		"002000080001a147e112a643" +
		"000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7" +
		"80280004c07d4c96"
	sampleResponse6 = "010100482112a442b7e7a701bc34d686fa87dfae" +
		"8022000b7465737420766563746f7220" +
		"002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9" +
		"00080014a382954e4be67bf11784c97c8292c275bfe3ed41" +
		"80280004c8fb0b4c"
	sampleLongTerm = "000100602112a44278ad3433c6ad72c029da412e" +
		"00060012e3839ee38388e383aae38383e382afe382b90000" +
		"0015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341" +
		"0014000b6578616d706c652e6f726700" +
		"00080014f67024656dd64a3e02b8e0712e85c9a28ca89666"
)

var (
	client4 = netip.MustParseAddrPort("192.0.2.1:32853")
	client6 = netip.MustParseAddrPort("[2001:db8:1234:5678:11:2233:4455:6677]:32853")
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// bare is a request as browsers send it, with the transaction id of RFC 5769.
func bare(t testing.TB) []byte {
	return unhex(t, "000100002112a442b7e7a701bc34d686fa87dfae")
}

// answerTo is the answer; nil: there is none.
func answerTo(request []byte, from netip.AddrPort) []byte {
	answer, _ := Answer(nil, request, from)
	return answer
}

func parse(t *testing.T, raw []byte) *stun.Message {
	t.Helper()
	message := new(stun.Message)
	if err := stun.Decode(raw, message); err != nil {
		t.Fatalf("answer %x: %v", raw, err)
	}
	return message
}

// The samples of RFC 5769 were made for the very addresses and transaction id
// used here, so the bytes of XOR-MAPPED-ADDRESS must be those of the samples.
func TestBareRequestGetsTheSampleAddress(t *testing.T) {
	for _, test := range []struct {
		name, sample string
		from         netip.AddrPort
		size         int
	}{
		{"IPv4", sampleResponse4, client4, 32},
		{"IPv6", sampleResponse6, client6, 44},
		{"IPv4 on a dual-stack socket", sampleResponse4, netip.MustParseAddrPort("[::ffff:192.0.2.1]:32853"), 32},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := answerTo(bare(t), test.from)
			if len(raw) != test.size {
				t.Fatalf("the answer has %d bytes, want %d: %x", len(raw), test.size, raw)
			}
			got := parse(t, raw)
			want := parse(t, unhex(t, test.sample))
			if got.Type != stun.BindingSuccess || got.TransactionID != want.TransactionID {
				t.Errorf("got %v", got)
			}
			gotAddress, _ := got.Get(stun.AttrXORMappedAddress)
			wantAddress, _ := want.Get(stun.AttrXORMappedAddress)
			if !slices.Equal(gotAddress, wantAddress) {
				t.Errorf("XOR-MAPPED-ADDRESS %x, want %x", gotAddress, wantAddress)
			}
		})
	}
}

func TestSampleRequestIsRefusedForItsPriority(t *testing.T) {
	// PRIORITY belongs to ICE between two peers; a STUN server does not know it.
	answer := parse(t, answerTo(unhex(t, sampleRequest), client4))
	var code stun.ErrorCodeAttribute
	var unknown stun.UnknownAttributes
	if err := code.GetFrom(answer); err != nil {
		t.Fatal(err)
	}
	if err := unknown.GetFrom(answer); err != nil {
		t.Fatal(err)
	}
	if code.Code != stun.CodeUnknownAttribute || !slices.Equal(unknown, stun.UnknownAttributes{stun.AttrPriority}) {
		t.Errorf("code %d, unknown %v", code.Code, unknown)
	}
	if answer.Type.Class != stun.ClassErrorResponse {
		t.Errorf("type %v", answer.Type)
	}
	if err := stun.Fingerprint.Check(answer); err != nil {
		t.Error(err)
	}
}

func TestSampleWithLongTermCredentialsIsAnswered(t *testing.T) {
	answer := parse(t, answerTo(unhex(t, sampleLongTerm), client4))
	var address stun.XORMappedAddress
	if err := address.GetFrom(answer); err != nil {
		t.Fatal(err)
	}
	if address.String() != client4.String() {
		t.Errorf("address %v, want %v", address, client4)
	}
	if !answer.Contains(stun.AttrSoftware) || stun.Fingerprint.Check(answer) != nil {
		t.Errorf("want SOFTWARE and a right FINGERPRINT in %v", answer)
	}
}

func TestUnknownAttributes(t *testing.T) {
	build := func(types ...stun.AttrType) []byte {
		request := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
		for _, attribute := range types {
			request.Add(attribute, []byte{1, 2, 3})
		}
		return request.Raw
	}
	for _, test := range []struct {
		name    string
		request []byte
		want    stun.UnknownAttributes
	}{
		{"required, one", build(0x7fff), stun.UnknownAttributes{0x7fff}},
		{"required, twice the same and another", build(0x31, 0x31, 0x32), stun.UnknownAttributes{0x31, 0x32}},
		{"optional only", build(0x8888), nil},
		{"both", build(0x8888, 0x0003), stun.UnknownAttributes{stun.AttrChangeRequest}},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer := parse(t, answerTo(test.request, client4))
			var got stun.UnknownAttributes
			_ = got.GetFrom(answer)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if answer.Contains(stun.AttrXORMappedAddress) == (len(test.want) > 0) {
				t.Errorf("address and error do not exclude each other: %v", answer)
			}
		})
	}
}

func TestSilence(t *testing.T) {
	wrongFingerprint := unhex(t, sampleRequest)
	wrongFingerprint[len(wrongFingerprint)-1] ^= 1
	early := stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.Fingerprint)
	early.Add(0x8888, []byte("more"))
	for _, test := range []struct {
		name    string
		request []byte
		want    Outcome
	}{
		{"empty", nil, NotSTUN},
		{"19 bytes", bare(t)[:19], NotSTUN},
		{"one byte too many", append(bare(t), 0), Malformed},
		{"another message behind it", append(bare(t), bare(t)...), Malformed},
		{"top bits set, as in a TURN channel or DTLS", append([]byte{0x40}, bare(t)[1:]...), NotSTUN},
		{"no magic cookie (RFC 3489)", append(unhex(t, "0001000000000000"), bare(t)[8:]...), NotSTUN},
		{"longer by its own word", append(unhex(t, "000100082112a442"), bare(t)[8:]...), Malformed},
		{"truncated attribute", append(unhex(t, "000100042112a442b7e7a701bc34d686fa87dfae"), 0x80, 0x22, 0, 4), Malformed},
		{"indication", stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodBinding, stun.ClassIndication)).Raw, NotBinding},
		{"response", unhex(t, sampleResponse4), NotBinding},
		{"another method", stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest)).Raw, NotBinding},
		{"wrong fingerprint", wrongFingerprint, Fingerprint},
		{"fingerprint not last", early.Raw, Fingerprint},
		{"text", []byte(strings.Repeat("GET / HTTP/1.1\r\n", 4)), NotSTUN},
	} {
		t.Run(test.name, func(t *testing.T) {
			if answer, got := Answer(nil, test.request, client4); answer != nil || got != test.want {
				t.Errorf("%v, want %v; got an answer: %x", got, test.want, answer)
			}
		})
	}
}

// serving is a server at an address, which must end when it is closed.
func serving(t *testing.T, address string, options Options) *Server {
	t.Helper()
	server, err := Listen(address, options)
	if err != nil {
		t.Skipf("this machine has no %s: %v", address, err)
	}
	served := make(chan bool)
	go func() {
		server.Serve()
		close(served)
	}()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-served
	})
	return server
}

// dial is a socket that hears nobody but the server at its port of an address.
func dial(t *testing.T, server *Server, address string) *net.UDPConn {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.ParseIP(address), Port: server.LocalAddr().Port})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestARealClient(t *testing.T) {
	for _, test := range []struct{ name, address, ask string }{
		{"IPv4", "127.0.0.1:0", "127.0.0.1"},
		{"IPv6", "[::1]:0", "::1"},
		{"IPv4 to a dual-stack socket", ":0", "127.0.0.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := serving(t, test.address, Options{})
			conn := dial(t, server, test.ask)
			// Garbage first: it must neither be answered nor stop the loop.
			if _, err := conn.Write([]byte("not STUN")); err != nil {
				t.Fatal(err)
			}
			client, err := stun.NewClient(conn)
			if err != nil {
				t.Fatal(err)
			}
			var got string
			request := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
			if err := client.Do(request, func(event stun.Event) {
				var address stun.XORMappedAddress
				if err = event.Error; err == nil {
					err = address.GetFrom(event.Message)
				}
				got = address.String()
			}); err != nil {
				t.Fatal(err)
			}
			if want := conn.LocalAddr().String(); err != nil || got != want {
				t.Errorf("got %s (%v), want %s", got, err, want)
			}
			counted, other := server.Stats().IPv4, server.Stats().IPv6
			if test.name == "IPv6" {
				counted, other = other, counted
			}
			if counted[NotSTUN] != 1 || counted[Answered] != 1 || other[Answered] != 0 {
				t.Errorf("counted %v, and %v of the other family", counted, other)
			}
			if err := client.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Many at once go through the system in batches; none may get another's answer.
func TestManyAtOnce(t *testing.T) {
	server := serving(t, "127.0.0.1:0", Options{})
	const clients, rounds, each = 8, 20, 16 // more at once, and the system may drop some
	var group sync.WaitGroup
	for range clients {
		conn := dial(t, server, "127.0.0.1")
		group.Go(func() {
			want, raw := conn.LocalAddr().String(), make([]byte, maxRequest)
			for range rounds {
				asked := make(map[[stun.TransactionIDSize]byte]bool)
				for range each {
					request := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
					asked[request.TransactionID] = true
					if _, err := conn.Write(request.Raw); err != nil {
						t.Error(err)
					}
				}
				for range each {
					size, err := conn.Read(raw)
					if err != nil {
						t.Errorf("%d answers are missing: %v", len(asked), err)
						return
					}
					var answer stun.Message
					var address stun.XORMappedAddress
					if err := errors.Join(stun.Decode(raw[:size], &answer), address.GetFrom(&answer)); err != nil {
						t.Errorf("%x: %v", raw[:size], err)
					} else if address.String() != want || !asked[answer.TransactionID] {
						t.Errorf("%s was told %v, asked before: %v", want, address, asked[answer.TransactionID])
					}
					delete(asked, answer.TransactionID)
				}
			}
		})
	}
	group.Wait()
	if got := server.Stats().IPv4[Answered]; got != clients*rounds*each {
		t.Errorf("%d are counted as answered, want %d", got, clients*rounds*each)
	}
}

func TestRate(t *testing.T) {
	for _, test := range []struct {
		name     string
		loopback bool
		want     int64
	}{{"holds for loopback when told so", true, 1}, {"leaves loopback alone", false, 10}} {
		t.Run(test.name, func(t *testing.T) {
			server := serving(t, "127.0.0.1:0", Options{Rate: limit.NewRate(0.001), Loopback: test.loopback})
			conn := dial(t, server, "127.0.0.1")
			for range 10 {
				if _, err := conn.Write(bare(t)); err != nil {
					t.Fatal(err)
				}
			}
			for range test.want {
				if _, err := conn.Read(make([]byte, maxRequest)); err != nil {
					t.Fatal(err)
				}
			}
			counted := server.Stats().IPv4
			for counted[Answered]+counted[Limited] < 10 {
				time.Sleep(time.Millisecond)
				counted = server.Stats().IPv4
			}
			if counted[Answered] != test.want || counted[Limited] != 10-test.want {
				t.Errorf("counted %v", counted)
			}
		})
	}
}

// Sockets that divide the clients could share them with a second server too.
func TestAnAddressIsTakenOnce(t *testing.T) {
	server := serving(t, "127.0.0.1:0", Options{})
	if second, err := Listen(server.LocalAddr().String(), Options{}); err == nil {
		second.Close()
		t.Fatal("a second server has the same address")
	}
}

// Linux has all of 127.0.0.0/8, and takes 127.0.0.1 when it is left the choice.
func TestAnswersLeaveFromTheAddressThatWasAsked(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a second address in every machine")
	}
	for _, test := range []struct{ name, address, ask string }{
		{"dual stack", ":0", "127.0.0.2"},
		{"IPv4 alone", "0.0.0.0:0", "127.0.0.2"},
		{"IPv6", "[::]:0", "::1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := dial(t, serving(t, test.address, Options{}), test.ask)
			if _, err := conn.Write(bare(t)); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Read(make([]byte, maxRequest)); err != nil {
				t.Errorf("no answer from %s: %v", test.ask, err)
			}
		})
	}
}

// What other systems do works here, too.
func TestOneByOne(t *testing.T) {
	server, err := Listen(":0", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, socket := range server.sockets {
		w := &worker{server: server, socket: socket}
		served := make(chan bool)
		go func() {
			w.serveSingly()
			close(served)
		}()
		t.Cleanup(func() { <-served })
	}
	t.Cleanup(func() { server.Close() })
	for range 20 { // clients are divided between the sockets
		conn := dial(t, server, "127.0.0.1")
		for _, request := range [][]byte{[]byte("not STUN"), bare(t)} {
			if _, err := conn.Write(request); err != nil {
				t.Fatal(err)
			}
		}
		answer := make([]byte, maxRequest)
		size, err := conn.Read(answer)
		if err != nil {
			t.Fatal(err)
		}
		if want := answerTo(bare(t), conn.LocalAddr().(*net.UDPAddr).AddrPort()); !slices.Equal(answer[:size], want) {
			t.Errorf("got %x, want %x", answer[:size], want)
		}
	}
}

// A datagram that is cut to the buffer must not pass for a whole one.
func TestTooLong(t *testing.T) {
	request := append(bare(t), make([]byte, maxRequest)...)
	binary.BigEndian.PutUint16(request[2:], maxRequest-headerSize)
	for at := headerSize; at < maxRequest; at += 4 {
		binary.BigEndian.PutUint16(request[at:], 0x8888) // an attribute without a value
	}
	server := serving(t, "127.0.0.1:0", Options{})
	conn := dial(t, server, "127.0.0.1")
	for _, request := range [][]byte{request, request[:maxRequest]} {
		if _, err := conn.Write(request); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Read(make([]byte, maxRequest)); err != nil {
		t.Fatal(err)
	}
	if counted := server.Stats().IPv4; counted[TooLong] != 1 || counted[Answered] != 1 {
		t.Errorf("counted %v", counted)
	}
}

// The fast way gives what the library would.
func TestBareAnswersAreTheLibrarys(t *testing.T) {
	for _, from := range []netip.AddrPort{client4, client6} {
		asked := parse(t, bare(t))
		want := stun.MustBuild(asked, stun.BindingSuccess,
			&stun.XORMappedAddress{IP: from.Addr().AsSlice(), Port: int(from.Port())})
		if got := answerTo(bare(t), from); !slices.Equal(got, want.Raw) {
			t.Errorf("%v: %x, want %x", from, got, want.Raw)
		}
	}
}

func TestABareAnswerAllocatesNothing(t *testing.T) {
	request, buffer := bare(t), make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { Answer(buffer, request, client6) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAnswer(b *testing.B) {
	for name, request := range map[string][]byte{"bare": bare(b), "with attributes": unhex(b, sampleLongTerm)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var buffer []byte
			for b.Loop() {
				buffer, _ = Answer(buffer[:0], request, client4)
			}
		})
	}
}

// Each input is a request, and the transaction id of a bare one, from an address of
// the fuzzer's own.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{sampleRequest, sampleResponse4, sampleLongTerm} {
		f.Add(unhex(f, seed), client4.Addr().AsSlice(), client4.Port())
	}
	f.Add(bare(f), client6.Addr().AsSlice(), client6.Port())
	f.Add(bare(f), netip.MustParseAddr("::ffff:192.0.2.1").AsSlice(), uint16(0))
	f.Fuzz(func(t *testing.T, request, ip []byte, port uint16) {
		address, ok := netip.AddrFromSlice(ip)
		if !ok {
			address = client6.Addr()
		}
		from := netip.AddrPortFrom(address, port)
		checkAnswer(t, request, from)
		alike := bare(t)
		copy(alike[8:], request)
		if _, outcome := Answer(nil, alike, from); outcome != Answered {
			t.Fatalf("a bare request is %v", outcome)
		}
		checkAnswer(t, alike, from)
	})
}

// checkAnswer checks what is true of all answers, and that the fast way, where a
// request takes it, gives the same bytes as the general one.
func checkAnswer(t *testing.T, request []byte, from netip.AddrPort) {
	answer, outcome := Answer([]byte("before"), request, from)
	general, otherwise := appendAnswer([]byte("before"), request, from)
	if outcome != otherwise || !slices.Equal(answer, general) {
		t.Fatalf("%x from %v is %v with %x, and in general %v with %x", request, from, outcome, answer, otherwise, general)
	}
	answer = answer[len("before"):]
	if answered := outcome == Answered || outcome == Refused; answered != (len(answer) > 0) {
		t.Fatalf("%x is %v, with %x for an answer", request, outcome, answer)
	}
	if len(answer) == 0 {
		return
	}
	if len(answer) < headerSize || !slices.Equal(answer[4:20], request[4:20]) {
		t.Fatalf("the answer %x is not to %x", answer, request)
	}
	if size := int(binary.BigEndian.Uint16(answer[2:])); headerSize+size != len(answer) {
		t.Fatalf("length %d in %d bytes", size, len(answer))
	}
	if again := answerTo(answer, from); again != nil {
		t.Fatalf("an answer is answered: %x", again)
	}
	// No amplifier: what is sent stays in proportion to what was asked.
	if len(answer) > 112+len(request) {
		t.Fatalf("%d bytes answer %d", len(answer), len(request))
	}
}
