package wire

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestEncodeCommandErrors(t *testing.T) {
	for _, test := range []struct {
		command Command
		size    int
		want    string
	}{
		{Command{Code: 6}, 65535, "command 6 is unknown"},
		{Command{Code: SegmentRequest, Segment: -1}, 65535, "command 1, field i: -1 is not between"},
		{Command{Code: SegmentAbsent, Request: 1 << 53}, 65535, "command 4, field r: 9007199254740992 is not between"},
		{Command{Loaded: []int64{3, -2, 1}}, 65535, "command 0, field l: -2 is not between"},
		{Command{Loading: []int64{1, 1 << 60}}, 65535, "command 0, field p: 1152921504606846976 is not between"},
		{Command{}, MinMessageSize - 1, "messages of 16 bytes are too short"},
	} {
		if messages, err := EncodeCommand(test.command, test.size); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v at %d is written %x, %v, want an error with %q", test.command, test.size, messages, err, test.want)
		}
	}
}

func TestIDsAreSentSortedOnce(t *testing.T) {
	given := []int64{5, 3, 900, 3, 4}
	messages, err := EncodeCommand(Command{Loaded: given}, 65535)
	if err != nil {
		t.Fatal(err)
	}
	c, err := join(messages)
	if want := []int64{3, 4, 5, 900}; err != nil || !slices.Equal(c.Loaded, want) {
		t.Errorf("sent %v, %v, want %v", c.Loaded, err, want)
	}
	if !slices.Equal(given, []int64{5, 3, 900, 3, 4}) {
		t.Errorf("the caller's list became %v", given)
	}
}

// A list counts its groups in one byte: the newest segments are what peers want.
func TestHighestIDsStay(t *testing.T) {
	var ids []int64
	for i := range int64(300) {
		ids = append(ids, i*1000)
	}
	full := ids[:0:0]
	for i := range int64(256 * 200) { // two groups for each 256
		full = append(full, i)
	}
	for _, test := range []struct{ given, want []int64 }{
		{ids, ids[45:]},
		{full, full[72*256+128:]},
	} {
		messages, err := EncodeCommand(Command{Loaded: test.given, Loading: []int64{7}}, 65535)
		if err != nil {
			t.Fatal(err)
		}
		c, err := join(messages)
		if err != nil || !slices.Equal(c.Loaded, test.want) || !slices.Equal(c.Loading, []int64{7}) {
			t.Errorf("of %d ids %d to %d went %d, %v, want %d", len(test.given), test.given[0], test.given[len(test.given)-1], len(c.Loaded), err, len(test.want))
		}
	}
}

func TestSplitKeepsTheLimit(t *testing.T) {
	var ids []int64
	for i := range int64(300) {
		ids = append(ids, i*3)
	}
	c := Command{Loaded: ids}
	for size := MinMessageSize; size < 500; size++ {
		messages, err := EncodeCommand(c, size)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			if len(m) > size || !IsCommand(m) {
				t.Errorf("at %d a message is %x", size, m)
			}
		}
		if back, err := join(messages); err != nil || !reflect.DeepEqual(back, c) {
			t.Errorf("at %d comes back %+v, %v", size, back, err)
		}
	}
}

func TestJoinerBoundsACommand(t *testing.T) {
	part := make([]byte, 64<<10)
	var j Joiner
	message := frame(commandStart, part, partEnd)
	for range MaxCommandLength / len(part) {
		if body, err := j.Add(message); body != nil || err != nil {
			t.Fatalf("a part gives %d bytes, %v", len(body), err)
		}
		message = frame(partStart, part, partEnd)
	}
	if _, err := j.Add(frame(partStart, []byte{1}, commandEnd)); !errors.Is(err, ErrCommandTooLong) {
		t.Errorf("one byte too many gives %v", err)
	}
	if _, err := j.Add(message); !errors.Is(err, ErrPartsDropped) {
		t.Errorf("a part after that gives %v", err)
	}
	if body, err := j.Add(frame(commandStart, []byte{0}, commandEnd)); err != nil || len(body) != 1 {
		t.Errorf("the next command gives %x, %v", body, err)
	}
	if _, err := j.Add([]byte("segment data")); err == nil || errors.Is(err, ErrPartsDropped) {
		t.Errorf("what is no command gives %v", err)
	}
}

func TestDecodeCommandNamesTheField(t *testing.T) {
	for body, want := range map[string]string{
		"01690105720109783001": `field 'x' at byte 7: unknown type 3`,
		"016901057202":         `field 'r' at byte 4: truncated`,
		"006c10010205":         `field 'l' at byte 1: truncated`,
		"016910010101":         `field 'i' at byte 1: type 1, want an integer`,
		"01690105":             `field 'r' is missing`,
		"":                     `without a code`,
	} {
		if c, err := DecodeCommand(unhex(t, body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s reads %+v, %v, want an error with %q", body, c, err, want)
		}
	}
}

func TestNewPeerIDRefusesPrefixes(t *testing.T) {
	for prefix, want := range map[string]string{
		strings.Repeat("x", 21): "has 21 bytes",
		"-PMé-":                 "not ASCII at byte 3",
	} {
		if id, err := NewPeerID(prefix, func() uint64 { return 0 }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q makes %q, %v, want an error with %q", prefix, id, err, want)
		}
	}
}
