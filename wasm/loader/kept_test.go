package loader_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/storage"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// reach makes the playlist list the segments around one, which peers hold and the player
// has come to.
func (s *stage) reach(id int, peers ...*remote) {
	s.loader.UpdateStream(playlist, listed(id, id+1, ""), []string{url(id - 5)})
	for _, r := range peers {
		r.say(wire.Command{Code: wire.SegmentsAnnouncement, Loaded: []int64{int64(id)}})
	}
	s.loader.UpdatePlayback(float64(2*id-1), 1)
	s.load(id)
	s.done = nil
}

// Whoever attaches a player again and again leaves nothing on the page.
func TestLoadersThatCameAndWent(t *testing.T) {
	s := newStage(t)
	for range 100 {
		s.begin()
		s.loader.Close()
		s.open(s.settings)
	}
	if n := s.loader.Kept().Loaders; n != 1 {
		t.Errorf("the page knows %d loaders, of which one is open", n)
	}
}

// What no list vouches for is marked as long as it is stored.
func TestMarksGoWithWhatTheyAreOn(t *testing.T) {
	s, _ := checking(t, &digestList{})
	s.loader.Close()
	s.storage = storage.NewMemory(100)
	s.open(s.settings)
	s.begin()
	anna := s.meet("anna")
	most := 0
	for id := 2; id < 2000; id++ {
		s.reach(id, anna)
		anna.gives("given")
		s.pass(2 * time.Second)
		most = max(most, s.loader.Kept().Marks)
	}
	if most == 0 || most > 20 {
		t.Errorf("%d marks on 20 segments", most)
	}
}

// Of who was cut off the latest are known.
func TestConvictionsAreBounded(t *testing.T) {
	const liars = loader.MostConvictions + 50
	l := &digestList{segments: map[int]string{}}
	for id := range liars + 2 {
		l.segments[id] = "true1"
	}
	s, _ := checking(t, l)
	anna := s.meet("anna", 1)
	s.load(1)
	anna.gives("true1") // so that the list is believed
	for id := 2; id < liars+2; id++ {
		liar := s.meet(fmt.Sprint("liar", id))
		s.reach(id, liar)
		liar.gives("false")
	}
	if n := s.loader.Kept().Convictions; n != loader.MostConvictions {
		t.Errorf("%d convictions after %d liars, want %d", n, liars, loader.MostConvictions)
	}
	s.offer(fmt.Sprint("liar", liars+1))
	if last := s.peers[len(s.peers)-1]; last.name == "" {
		t.Error("the last liar is answered")
	}
}

// A segment that nobody has given as a whole and that never comes clears nobody up.
func TestOpenCasesLapse(t *testing.T) {
	l := &digestList{segments: map[int]string{}}
	for id := range 100 {
		l.segments[id] = "truetrue"
	}
	s, _ := checking(t, l)
	most := 0
	for id := 2; id < 100; id++ {
		giver := s.meet(fmt.Sprint("giver", id))
		s.reach(id, giver)
		giver.begins(8)
		giver.sends("lies")
		giver.receiver.Closed(nil)
		s.pass(0)
		s.serve(4, 8, "true")
		most = max(most, s.loader.Kept().Open)
		s.pass(20 * time.Second)
	}
	if most == 0 || most > 3 {
		t.Errorf("%d cases are open at a time, one every 20 s", most)
	}
}
