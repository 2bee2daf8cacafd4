package loader_test

import (
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
)

func TestSafariHasOneTracker(t *testing.T) {
	const mac, iPhone = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) "
	for name, c := range map[string]struct {
		agent    string
		trackers int
	}{
		"Safari on a Mac":       {mac + "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", 1},
		"Safari on an iPhone":   {iPhone + "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1", 1},
		"Chrome on an iPhone":   {iPhone + "AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1", 1},
		"Firefox on an iPhone":  {iPhone + "AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/133.0 Mobile/15E148 Safari/605.1.15", 1},
		"an app on an iPhone":   {iPhone + "AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", 1},
		"an app on an iPad":     {"Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", 1},
		"an app on a Mac":       {mac + "AppleWebKit/605.1.15 (KHTML, like Gecko)", 1},
		"Chrome on a Mac":       {mac + "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", 2},
		"Firefox on a Mac":      {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0", 2},
		"Edge on Windows":       {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", 2},
		"Chrome on Android":     {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36", 2},
		"the old Android's own": {"Mozilla/5.0 (Linux; U; Android 4.0.3; de-de) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30", 2},
		"an app on Android":     {"Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36", 2},
		"a native program":      {"", 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.page = loader.NewPage(loader.Machine{
				Loop: s.world.NewLoop(), Sockets: s, Joiner: joiner{},
				Random: func() uint64 { return 1 }, UserAgent: c.agent,
			})
			s.settings.Main.AnnounceTrackers = []string{"wss://first.test", "wss://second.test"}
			s.player()
			if len(s.sockets) != c.trackers {
				t.Errorf("%d trackers, want %d", len(s.sockets), c.trackers)
			}
		})
	}
}
