package wire

import (
	"strings"
	"testing"
)

// announcement holds what a viewer some minutes into a stream announces.
func announcement() (c Command) {
	for id := range int64(300) {
		c.Loaded = append(c.Loaded, 1_000_000+id)
	}
	return c
}

func BenchmarkEncodeAnnouncement(b *testing.B) {
	c := announcement()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := EncodeCommand(c, 65535); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeAnnouncement(b *testing.B) {
	messages, err := EncodeCommand(announcement(), 65535)
	if err != nil {
		b.Fatal(err)
	}
	var j Joiner
	b.ReportAllocs()
	for b.Loop() {
		body, err := j.Add(messages[0])
		if err != nil {
			b.Fatal(err)
		}
		if _, err := DecodeCommand(body); err != nil {
			b.Fatal(err)
		}
	}
}

// longSDP is a description of some 8 KB, as of a host with many addresses.
var longSDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" +
	strings.Repeat("a=candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0\r\n", 96)

func BenchmarkEncodeTrackerAnnounce(b *testing.B) {
	a := Announce{NumWant: 10, Event: Started}
	for range 10 {
		a.Offers = append(a.Offers, Offer{SDP: longSDP[:1000]})
	}
	b.ReportAllocs()
	for b.Loop() {
		a.Encode()
	}
}

func BenchmarkDecodeTrackerAnswer(b *testing.B) {
	text := Answer{SDP: longSDP}.Encode()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeTracker(text); err != nil {
			b.Fatal(err)
		}
	}
}
