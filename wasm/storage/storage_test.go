package storage

import (
	"errors"
	"slices"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// size stands for bytes of which only the number matters.
type size int

func (s size) Len() int                         { return int(s) }
func (s size) Slice(from, to int) payload.Bytes { return size(to - from) }

func item(id int, n int) (Key, Item) {
	return Key{Swarm: "s", ID: int64(id)}, Item{Bytes: size(n), Start: float64(2 * id), End: float64(2*id + 2)}
}

func put(t *testing.T, s *Storage, id, n int, head Playhead) []Key {
	t.Helper()
	key, it := item(id, n)
	dropped, err := s.Put(key, it, head)
	if err != nil {
		t.Fatalf("segment %d: %v", id, err)
	}
	return dropped
}

func TestNothingAheadOfThePlayheadIsDropped(t *testing.T) {
	s := New(30)
	for id := range 3 {
		put(t, s, id, 10, Playhead{})
	}
	key, it := item(3, 10)
	if _, err := s.Put(key, it, Playhead{Position: 1}); !errors.Is(err, ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	dropped := put(t, s, 3, 10, Playhead{Position: 5})
	if !slices.Equal(dropped, []Key{{"s", 0}}) {
		t.Fatalf("dropped %v, want only the oldest", dropped)
	}
	if got := s.IDs("s"); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Fatalf("holds %v", got)
	}
}

func TestLiveDropsByAge(t *testing.T) {
	s := New(1000)
	for id := range 10 {
		put(t, s, id, 10, Playhead{})
	}
	dropped := put(t, s, 10, 10, Playhead{Position: 20, Live: true, Keep: 15})
	if !slices.Equal(dropped, []Key{{"s", 0}, {"s", 1}}) {
		t.Fatalf("dropped %v, want what ended over 15 s ago", dropped)
	}
}

func TestEmptySegmentsAreRefused(t *testing.T) {
	key, it := item(1, 0)
	if _, err := New(10).Put(key, it, Playhead{}); !errors.Is(err, ErrEmpty) {
		t.Fatalf("got %v", err)
	}
}

func TestFirstBytesWin(t *testing.T) {
	s := New(100)
	put(t, s, 1, 10, Playhead{})
	put(t, s, 1, 20, Playhead{})
	if got := s.Get(Key{"s", 1}).Len(); got != 10 {
		t.Fatalf("holds %d bytes", got)
	}
	if got := s.IDs("s"); len(got) != 1 {
		t.Fatalf("listed as %v", got)
	}
}

func TestFreeCountsWhatLiesBehindAsEmpty(t *testing.T) {
	s := New(40)
	for id := range 3 {
		put(t, s, id, 10, Playhead{})
	}
	if got := s.Free(0); got != 0.25 {
		t.Errorf("at the start %v", got)
	}
	if got := s.Free(5); got != 0.75 {
		t.Errorf("after two segments %v", got)
	}
}

func TestLimit(t *testing.T) {
	for _, c := range []struct {
		configured float64
		agent      string
		mib        int64
	}{
		{0, "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0", 4096},
		{0, "Mozilla/5.0 (Linux; Android 15) Chrome/156.0 Mobile", 2048},
		{0, "Mozilla/5.0 (Linux; Android 15) Version/4.0", 1024},
		{0, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari", 1024},
		{0.5, "anything", 0},
		{64, "Mozilla/5.0 (iPhone)", 64},
	} {
		if got := Limit(c.configured, c.agent); got>>20 != c.mib {
			t.Errorf("Limit(%v, %q) = %d MiB, want %d", c.configured, c.agent, got>>20, c.mib)
		}
	}
}
