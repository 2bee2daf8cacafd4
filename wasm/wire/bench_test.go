package wire

import "testing"

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
