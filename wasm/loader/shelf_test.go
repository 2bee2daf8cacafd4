package loader_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/storage"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// cupboard is a storage of somebody else's making: it answers when told to, and
// may fail or lie.
type cupboard struct {
	*storage.Memory
	stage   *stage
	waiting []func() // what it has not answered yet
	broken  bool     // it stores nothing, and says so
	forgets bool     // it stores nothing, and says that it does
	lies    bool     // it has everything, and can give nothing
	empty   bool     // what it gives is empty
	known   map[storage.Swarm]bool
}

func newCupboard(t *testing.T) (*cupboard, *stage) {
	s := newStage(t)
	c := &cupboard{Memory: storage.NewMemory(1 << 20), stage: s, known: map[storage.Swarm]bool{}}
	s.storage = c
	s.open(s.settings)
	s.list(0, 2)
	return c, s
}

// answer gives the answers that were held back.
func (c *cupboard) answer() {
	waiting := c.waiting
	c.waiting = nil
	for _, f := range waiting {
		f()
	}
	c.stage.pass(0)
}

func (c *cupboard) Has(key storage.Key) bool { return c.lies || c.Memory.Has(key) }

func (c *cupboard) Get(key storage.Key, done func(payload.Bytes)) {
	c.waiting = append(c.waiting, func() {
		switch {
		case c.lies:
			done(nil)
		case c.empty:
			done(text(""))
		default:
			c.Memory.Get(key, done)
		}
	})
}

func (c *cupboard) Put(key storage.Key, item storage.Item, head storage.Playhead, done func(error)) {
	c.known[key.Swarm] = true
	c.stage.note("storage: %d", key.ID)
	c.waiting = append(c.waiting, func() {
		switch {
		case c.broken:
			done(errors.New("no room"))
		case c.forgets:
			done(nil)
		default:
			c.Memory.Put(key, item, head, done)
		}
	})
}

// announced is what a peer was told last.
func (r *remote) announced() wire.Command {
	for _, c := range slices.Backward(r.told) {
		if c.Code == wire.SegmentsAnnouncement {
			return c
		}
	}
	return wire.Command{}
}

// ask has a peer ask for a segment.
func (r *remote) ask(segment int64) {
	r.say(wire.Command{Code: wire.SegmentRequest, Segment: segment, Request: 1})
	r.stage.pass(0)
}

func TestWhatIsOnItsWayIntoTheStorageIsHeld(t *testing.T) {
	c, s := newCupboard(t)
	s.load(1)
	s.tracker().Opened()
	anna := s.meet("anna")
	s.serve(0, 5, "hello")
	s.expect("origin: 1 from 0", "storage: 1", "player: 1: hello")
	s.pass(time.Second)
	if got := anna.announced(); !slices.Equal(got.Loaded, []int64{1}) {
		t.Errorf("announced %v", got.Loaded)
	}
	anna.ask(1)
	s.load(1)
	s.pass(10 * time.Second)
	s.expect("anna: hello", "player: 1: hello")
	c.answer()
	s.load(1)
	s.expect() // it reads
	c.answer()
	s.expect("player: 1: hello")
	name := "https://origin.test/live.m3u8"
	if want := (storage.Swarm{Name: name, Stream: "v2-" + name + "-main-index"}); !c.known[want] || len(c.known) != 1 {
		t.Errorf("stored for %v, want %v", c.known, want)
	}
}

// Whatever it is that goes wrong, the player gets its segment each time it asks,
// and nobody fetches it for the storage's sake.
func TestAStorageThatDoesNotKeepWhatItGets(t *testing.T) {
	for name, set := range map[string]func(*cupboard){
		"it says so":      func(c *cupboard) { c.broken = true },
		"it does not say": func(c *cupboard) { c.forgets = true },
	} {
		t.Run(name, func(t *testing.T) {
			c, s := newCupboard(t)
			set(c)
			s.load(1)
			s.tracker().Opened()
			anna := s.meet("anna")
			s.serve(0, 5, "hello")
			c.answer()
			if got := anna.announced(); len(got.Loaded) > 0 {
				t.Errorf("announced %v", got.Loaded)
			}
			s.pass(10 * time.Second)
			if fetched := count(s.done, "origin: 1 from 0"); fetched != 1 {
				t.Errorf("fetched %d times", fetched)
			}
			s.done = nil
			s.load(1)
			s.expect("origin: 1 from 0")
			s.serve(0, 5, "hello")
			s.expect("storage: 1", "player: 1: hello")
			anna.ask(1)
			s.expect("anna: hello") // from the bytes in hand
			c.answer()
			anna.ask(1)
			c.answer()
			if last := anna.told[len(anna.told)-1]; last.Code != wire.SegmentAbsent {
				t.Errorf("anna heard %v", last)
			}
			s.expect()
		})
	}
}

func TestAStorageThatCannotGiveWhatItHas(t *testing.T) {
	for name, set := range map[string]func(*cupboard){
		"it never had it": func(c *cupboard) { c.lies = true },
		"it was emptied": func(c *cupboard) {
			c.Memory.Put(storage.Key{Swarm: swarm, ID: 1}, storage.Item{Bytes: text("gone")}, storage.Playhead{}, func(error) {})
			c.empty = true
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := newCupboard(t)
			set(c)
			s.load(1)
			s.expect()
			s.pass(10 * time.Second)
			s.expect()
			c.answer()
			s.expect("origin: 1 from 0")
			s.serve(0, 5, "world")
			s.expect("storage: 1", "player: 1: world")
			c.answer()
			s.tracker().Opened()
			anna := s.meet("anna")
			anna.ask(1)
			c.answer()
			if last := anna.told[len(anna.told)-1]; last.Code != wire.SegmentAbsent || last.Segment != 1 {
				t.Errorf("anna heard %v", last)
			}
			// It goes on like that, and so does the player.
			s.load(1)
			c.answer()
			s.serve(0, 5, "world")
			s.expect("origin: 1 from 0", "storage: 1", "player: 1: world")
		})
	}
}

var swarm = storage.Swarm{Name: playlist, Stream: wire.StreamSwarmID(playlist, "main-index")}

// While the storage reads, the player may change its mind in every way.
func TestChangesOfMindWhileTheStorageReads(t *testing.T) {
	for name, c := range map[string]struct {
		play func(s *stage)
		want []string
	}{
		"aborted": {func(s *stage) { s.loader.Abort(url(0)) }, []string{"player: 0: loader: aborted"}},
		"closed":  {func(s *stage) { s.loader.Close() }, []string{"player: 0: loader: aborted"}},
		"asked for again": {func(s *stage) { s.load(0) },
			[]string{"player: 0: loader: aborted", "player: 0: hello"}},
		"another one": {func(s *stage) {
			s.loader.UpdatePlayback(2, 1)
			s.load(1)
		},
			[]string{"player: 0: loader: aborted", "origin: 1 from 0"}},
		"out of the playlist": {func(s *stage) { s.list(1, 5) }, []string{"player: 0: hello"}},
		"brought from elsewhere": {func(s *stage) {
			if err := s.loader.Seed(url(0), text("seeded")); err != nil {
				s.t.Error(err)
			}
		}, []string{"storage: 0", "player: 0: seeded"}},
	} {
		t.Run(name, func(t *testing.T) {
			storage, s := newCupboard(t)
			s.load(0)
			s.serve(0, 5, "hello")
			storage.answer()
			s.done = nil
			s.load(0)
			c.play(s)
			s.pass(0)
			storage.answer()
			s.expect(c.want...)
		})
	}
}

func TestAPeerThatLeavesWhileTheStorageReads(t *testing.T) {
	c, s := newCupboard(t)
	s.load(0)
	s.serve(0, 5, "hello")
	c.answer()
	s.tracker().Opened()
	anna := s.meet("anna")
	anna.ask(0)
	anna.receiver.Closed(errors.New("gone"))
	told := len(anna.told)
	s.done = nil
	c.answer()
	s.expect()
	if len(anna.told) > told {
		t.Errorf("heard %v", anna.told[told:])
	}
}

// A storage fills and empties by itself, too.
func TestAStorageThatChanges(t *testing.T) {
	c, s := newCupboard(t)
	s.load(0)
	s.tracker().Opened()
	anna := s.meet("anna")
	for _, id := range []int64{3, 4} {
		c.Memory.Put(storage.Key{Swarm: swarm, ID: id}, storage.Item{Bytes: text("old")}, storage.Playhead{}, func(error) {})
	}
	heard := len(anna.told)
	s.loader.StorageChanged("v2-another-one")
	s.pass(0)
	if len(anna.told) > heard {
		t.Errorf("heard %v of another stream", anna.told[heard:])
	}
	s.loader.StorageChanged(swarm.Stream)
	s.pass(time.Second)
	if got := anna.announced(); !slices.Equal(got.Loaded, []int64{3, 4}) {
		t.Errorf("announced %v", got.Loaded)
	}
	private := s.settings
	private.Main.IsP2PUploadDisabled = true
	s.loader.Configure(private)
	s.pass(0)
	heard = len(anna.told)
	s.loader.StorageChanged(swarm.Stream)
	s.pass(time.Second)
	if len(anna.told) > heard {
		t.Errorf("heard %v although nothing is to be had", anna.told[heard:])
	}
}

// What the page got before there was a loader says which stream plays, and so
// whom to meet.
func TestWhatWasServedElsewhere(t *testing.T) {
	_, s := newCupboard(t)
	if err := s.loader.Served(url(1)); err != nil {
		t.Fatal(err)
	}
	s.pass(0)
	s.expect() // it is neither stored nor fetched
	s.tracker().Opened()
	s.meet("anna")
	if err := s.loader.Served("unknown"); err == nil {
		t.Error("took a segment that is in no playlist")
	}
}

func count(list []string, what string) int {
	n := 0
	for _, line := range list {
		if line == what {
			n++
		}
	}
	return n
}

var _ loader.Storage = (*cupboard)(nil)
