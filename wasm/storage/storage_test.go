package storage

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// size stands for bytes of which only the number matters.
type size int

func (s size) Len() int                         { return int(s) }
func (s size) Slice(from, to int) payload.Bytes { return size(to - from) }

var swarm = Swarm{Name: "s", Stream: "v2-s-main-0"}

func item(id int, n int) (Key, Item) {
	return Key{Swarm: swarm, ID: int64(id)}, Item{Bytes: size(n), Start: float64(2 * id), End: float64(2*id + 2)}
}

// try stores segment id and returns what the storage says to that.
func try(t *testing.T, s *Memory, id, n int, head Playhead) error {
	t.Helper()
	answer := errors.New("no answer")
	key, it := item(id, n)
	s.Put(key, it, head, func(err error) { answer = err })
	return answer
}

func put(t *testing.T, s *Memory, id, n int, head Playhead) {
	t.Helper()
	if err := try(t, s, id, n, head); err != nil {
		t.Fatalf("segment %d: %v", id, err)
	}
}

func TestNothingAheadOfThePlayheadIsDropped(t *testing.T) {
	s := NewMemory(30)
	for id := range 3 {
		put(t, s, id, 10, Playhead{})
	}
	if err := try(t, s, 3, 10, Playhead{Position: 1}); !errors.Is(err, ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	put(t, s, 3, 10, Playhead{Position: 5})
	if got := s.IDs(swarm); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Fatalf("holds %v, want all but the oldest", got)
	}
}

func TestLiveDropsByAge(t *testing.T) {
	s := NewMemory(1000)
	for id := range 10 {
		put(t, s, id, 10, Playhead{})
	}
	put(t, s, 10, 10, Playhead{Position: 20, Live: true, Keep: 15})
	if got := s.IDs(swarm); !slices.Equal(got, []int64{2, 3, 4, 5, 6, 7, 8, 9, 10}) {
		t.Fatalf("holds %v, want all but what ended over 15 s ago", got)
	}
}

func TestEmptySegmentsAreRefused(t *testing.T) {
	if err := try(t, NewMemory(10), 1, 0, Playhead{}); !errors.Is(err, ErrEmpty) {
		t.Fatalf("got %v", err)
	}
}

func TestFirstBytesWin(t *testing.T) {
	s := NewMemory(100)
	put(t, s, 1, 10, Playhead{})
	put(t, s, 1, 20, Playhead{})
	s.Get(Key{swarm, 1}, func(bytes payload.Bytes) {
		if bytes.Len() != 10 {
			t.Errorf("holds %d bytes", bytes.Len())
		}
	})
	if got := s.IDs(swarm); len(got) != 1 {
		t.Fatalf("listed as %v", got)
	}
}

func TestFreeCountsWhatLiesBehindAsEmpty(t *testing.T) {
	s := NewMemory(40)
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
		{math.Inf(1), "anything", 1 << 40},
	} {
		if got := Limit(c.configured, c.agent); got>>20 != c.mib {
			t.Errorf("Limit(%v, %q) = %d MiB, want %d", c.configured, c.agent, got>>20, c.mib)
		}
	}
}
