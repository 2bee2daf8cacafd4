package peer

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

func newIDs(list []int64) (s ids) {
	s.set(list)
	return s
}

func TestIDs(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, draw := range map[string]func(i int) int64{
		"in a row":            func(i int) int64 { return int64(i) },
		"backwards":           func(i int) int64 { return int64(-i) },
		"around a block":      func(i int) int64 { return int64(i%512) - 256 },
		"here and there":      func(int) int64 { return random.Int64N(20_000) - 10_000 },
		"as far as there are": func(int) int64 { return int64(random.Uint64()) },
	} {
		t.Run(name, func(t *testing.T) {
			var list []int64
			want := map[int64]bool{}
			for i := range 2000 {
				list = append(list, draw(i))
				want[draw(i)] = false // drawn anew where it is drawn
			}
			for _, id := range list {
				want[id] = true
			}
			s := newIDs([]int64{1 << 40, 3, 300})
			s.set(list)
			for id, in := range want {
				if s.has(id) != in {
					t.Errorf("has %d: %v", id, s.has(id))
				}
			}
			for i := 1; i < len(s); i++ {
				if s[i-1].first >= s[i].first {
					t.Fatalf("block %d after %d", s[i].first, s[i-1].first)
				}
			}
		})
	}
}

func inARow(n int) (list []int64) {
	for i := range n {
		list = append(list, int64(1_000_000+i))
	}
	return list
}

func TestIDsTakeLittle(t *testing.T) {
	size := func(list []int64) int { return cap(newIDs(list)) * int(unsafe.Sizeof(block{})) }
	if got := size(inARow(10_000)); got > 4<<10 {
		t.Errorf("10,000 in a row take %d bytes", got)
	}
	var apart []int64
	for i := range 255 { // as many blocks as an announcement can have groups
		apart = append(apart, int64(i)<<40)
	}
	if got := size(apart); got > 16<<10 {
		t.Errorf("what lies apart takes %d bytes", got)
	}
}

func BenchmarkIDs(b *testing.B) {
	list := inARow(10_000)
	b.Run("take 10,000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newIDs(list)
		}
	})
	b.Run("look up", func(b *testing.B) {
		s, i := newIDs(list), int64(0)
		for b.Loop() {
			s.has(1_000_000 + i%20_000)
			i += 37
		}
	})
}
