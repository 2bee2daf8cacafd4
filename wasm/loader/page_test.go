package loader_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
)

// players is a page with as many players of one stream.
func players(t *testing.T, n int) (*stage, []*loader.Loader) {
	s := newStage(t)
	s.refusal = errors.New("no offers") // so that announcements go out at once
	loaders := make([]*loader.Loader, n)
	for i := range loaders {
		loaders[i] = s.player()
	}
	return s, loaders
}

// player opens another player, which loads the first segment.
func (s *stage) player() *loader.Loader {
	s.open(s.settings)
	s.list(0, 2)
	dialled := len(s.sockets)
	s.load(0)
	for _, receiver := range s.sockets[dialled:] {
		receiver.Opened()
	}
	return s.loader
}

// idOf gives the only id that joined over a socket.
func (s *stage) idOf(socket int) string {
	s.t.Helper()
	if ids := s.joined[socket]; len(ids) != 1 || ids[0] == "" {
		s.t.Fatalf("over socket %d joined %q, want one", socket, ids)
	}
	return s.joined[socket][0]
}

func TestTwoPlayersOfOneStreamAreTwoPeers(t *testing.T) {
	s, _ := players(t, 2)
	if len(s.sockets) != 2 {
		t.Fatalf("%d sockets, want one for each", len(s.sockets))
	}
	if s.idOf(0) == s.idOf(1) {
		t.Errorf("both are %s", s.idOf(0))
	}
}

func TestPlayersOfTwoStreamsShareASocket(t *testing.T) {
	s, _ := players(t, 1)
	s.settings.Main.SwarmID = "another"
	s.player()
	if len(s.sockets) != 1 || len(s.joined[0]) != 2 {
		t.Errorf("%d sockets, joined %v, want both over one", len(s.sockets), s.joined)
	}
}

func TestAnIDThatIsFreeIsTakenAgain(t *testing.T) {
	s, loaders := players(t, 2)
	loaders[0].Close()
	if s.hungUp != 1 {
		t.Errorf("%d sockets closed, want the one of the player that is gone", s.hungUp)
	}
	s.player()
	if len(s.sockets) != 3 || s.idOf(2) != s.idOf(0) {
		t.Errorf("%d sockets, joined %v, want the first id again", len(s.sockets), s.joined)
	}
	// Forgotten ids are nobody's any more, also when their last bearer leaves.
	s.page.ForgetPeerIDs()
	loaders[1].Close()
	s.player()
	for _, former := range []int{0, 1, 2} {
		if s.idOf(3) == s.idOf(former) {
			t.Errorf("the id of socket %d was not forgotten", former)
		}
	}
}

// Renditions that differ in nothing that peers look at.
func TestTwoRenditionsThatAreOneStream(t *testing.T) {
	s, _ := players(t, 1)
	const again = "https://origin.test/again.m3u8"
	s.loader.AddStream(hls.Stream{RuntimeID: again, Type: hls.Main, Index: hls.Index{Text: "index"}})
	s.loader.UpdateStream(again, []hls.Segment{{RuntimeID: "again", ExternalID: 1, URL: "again", Start: 2, End: 4}}, nil)
	if err := s.loader.Seed("again", text("hello")); err != nil {
		t.Fatal(err)
	}
	s.tracker().Opened()
	if len(s.sockets) != 2 || s.hungUp != 1 || s.idOf(0) != s.idOf(1) {
		t.Errorf("%d sockets, %d closed, joined %v: want the same peer over a new one", len(s.sockets), s.hungUp, s.joined)
	}
}

func TestReconnectDialsWhatWasLost(t *testing.T) {
	s, _ := players(t, 2)
	s.sockets[1].Closed(errors.New("lost"))
	s.page.Reconnect()
	if len(s.sockets) != 3 || s.hungUp != 1 { // the lost one, which is closed in any case
		t.Fatalf("%d sockets, %d closed, want a new one in the place of the lost one", len(s.sockets), s.hungUp)
	}
	// The other has five seconds to show that it is alive.
	s.pass(7 * time.Second)
	if len(s.sockets) != 4 || s.hungUp != 2 {
		t.Errorf("%d sockets, %d closed, want one in the place of the silent one", len(s.sockets), s.hungUp)
	}
}

// A page that is about to stop running has a segment, half of another from a
// peer, and a player that waits for that one.
func TestAPageRestsAndWakes(t *testing.T) {
	s := newStage(t)
	s.begin()
	a := s.meet("a", 1)
	s.load(1)
	a.begins(10)
	a.sends("hello")
	s.done = nil

	s.page.Rest()
	s.pass(0)
	if closed := slices.Compact(s.done); !slices.Equal(closed, []string{": closed", "a: closed"}) {
		t.Errorf("did %q, want the offers and the peer closed", closed)
	}
	s.done = nil
	if s.hungUp != 1 {
		t.Errorf("%d sockets closed, want that of the tracker", s.hungUp)
	}
	s.pass(time.Hour)
	s.load(0)
	s.load(1)
	s.expect("player: 1: loader: aborted", "player: 0: hello")
	if len(s.sockets) != 1 {
		t.Error("a tracker was dialled meanwhile")
	}

	s.page.Wake()
	s.page.Wake()
	s.pass(0)
	if len(s.sockets) != 2 {
		t.Fatalf("%d sockets, want one more", len(s.sockets))
	}
	s.tracker().Opened()
	back := s.meet("a", 1)
	s.expect("a: 1 from 5")
	if told := back.told[0]; !slices.Equal(told.Loaded, []int64{0}) {
		t.Errorf("the peer was told of %v, want what was stored", told.Loaded)
	}
	back.begins(5)
	back.sends("world")
	back.completes()
	s.expect("player: 1: helloworld")
}

// A player of a page that rests is opened, changes the rendition and is closed.
func TestPlayersOfAPageThatRests(t *testing.T) {
	s := newStage(t)
	s.page.Rest()
	s.list(0, 2)
	s.load(0)
	s.expect()
	if len(s.sockets) != 0 {
		t.Error("a tracker was dialled")
	}
	closed := s.loader
	s.open(s.settings)
	s.list(0, 2)
	s.load(0)
	closed.Close()
	s.expect("player: 0: loader: aborted")
	s.page.Wake()
	s.pass(0)
	if len(s.sockets) != 1 {
		t.Errorf("%d sockets, want one for the player that is left", len(s.sockets))
	}
	s.tracker().Opened()
	s.pass(time.Second)
	s.expect("origin: 0 from 0")
}

// Listeners may do anything when they hear that peers are gone.
func TestAListenerEndsThePlayerAsThePageRests(t *testing.T) {
	s := newStage(t)
	s.begin()
	s.meet("a", 1)
	s.hear = func(e loader.Event) {
		if _, ok := e.(loader.PeerClosed); ok {
			s.loader.Close()
		}
	}
	s.page.Rest()
	s.page.Wake()
	s.pass(time.Minute)
	if len(s.sockets) != 1 || s.hungUp != 1 {
		t.Errorf("%d sockets, %d closed, want none for a player that is gone", len(s.sockets), s.hungUp)
	}
}

func TestReconnectEndsPausesOfTheOrigin(t *testing.T) {
	s := newStage(t)
	s.begin()
	s.load(1)
	s.pass(3 * time.Second) // for peers to appear
	s.expect("origin: 1 from 0")
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPError})
	s.pass(0)
	s.expect()
	s.page.Reconnect()
	s.pass(0)
	s.expect("origin: 1 from 0")
}

func TestReconnectLeavesPeersOutOfReach(t *testing.T) {
	s := newStage(t)
	s.begin()
	gone, there := s.meet("gone", 1), s.meet("there", 1)
	gone.receiver.Suspected(true)
	there.receiver.Suspected(true)
	there.receiver.Suspected(false)
	s.done = nil
	s.page.Reconnect()
	if !slices.Contains(s.done, "gone: closed") || slices.Contains(s.done, "there: closed") {
		t.Errorf("did %q, want the one left that is out of reach", s.done)
	}
	s.meet("gone", 1)
}

// An origin that asked to be left alone is, whatever becomes of the network.
func TestReconnectKeepsToWhatTheOriginWished(t *testing.T) {
	s := newStage(t)
	s.begin()
	s.load(1)
	s.pass(3 * time.Second) // for peers to appear
	s.expect("origin: 1 from 0")
	s.origin().Failed(&loader.FetchError{Type: loader.HTTPError, Status: 429, RetryAfter: time.Hour})
	s.page.Reconnect()
	s.pass(100 * time.Millisecond)
	s.expect()
}
