//go:build !js

package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// A small load, with all that is checked of its answers.
func TestTheLoopAgainstOurServer(t *testing.T) {
	var out, log bytes.Buffer
	status := run(t.Context(), strings.Fields("tracker -only p2p-mediastream -clients 12 -swarm 6 -announces 60 -rounds 1"), &out, &log)
	if status != 0 || !strings.Contains(out.String(), "\np2p-mediastream ") {
		t.Fatalf("status %d: %s\n%s", status, log.String(), out.String())
	}
}

func TestRequestsToOurSTUNServer(t *testing.T) {
	var out, log bytes.Buffer
	status := run(t.Context(), strings.Fields("stun -only p2p-mediastream -requests 500 -seconds 1 -rate 100 -rounds 1"), &out, &log)
	if status != 0 || !strings.Contains(out.String(), "\np2p-mediastream ") {
		t.Fatalf("status %d: %s\n%s", status, log.String(), out.String())
	}
}

// A server that takes all and says nothing ends the measurement.
func TestASilentServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.Copy(io.Discard, conn)
	}))
	defer server.Close()
	c, err := gather(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http"), 12, 6)
	if err != nil {
		t.Fatal(err)
	}
	defer c.leave()
	c.patience = 10 * time.Millisecond
	for name, err := range map[string]error{"join": c.join(t.Context()), "loop": c.closedLoop(t.Context(), 100)} {
		if err == nil || err.Error() != "no reply to any announce for 10ms" {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestNpmsTrackerIsNotThere(t *testing.T) {
	web := t.TempDir()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "node"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	if why := npmMissing(web); !strings.Contains(why, "where make page puts it") {
		t.Errorf("without the package: %q", why)
	}
	if err := os.MkdirAll(filepath.Join(web, "node_modules", "bittorrent-tracker"), 0o755); err != nil {
		t.Fatal(err)
	}
	if why := npmMissing(web); why != "" {
		t.Errorf("with both: %q", why)
	}
	t.Setenv("PATH", web)
	if why := npmMissing(web); why != "there is no node on the PATH" {
		t.Errorf("without Node: %q", why)
	}
}

func TestArguments(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "load tracker [flags]",
		"torrent":                  `nothing called "torrent"`,
		"tracker -clients 1":       "-clients is 1, want 2 to 20000",
		"tracker -clients 100000":  "-clients is 100000",
		"tracker -clients 103":     "leave one of 3",
		"tracker -swarm 5":         "-swarm is 5, want 6",
		"tracker -announces -1":    "-announces is -1",
		"tracker -rate 0":          "-rate is 0",
		"tracker -scenario soak":   `no scenario "soak"`,
		"tracker -with wt-tracker": "want name=command",
		"tracker loop":             `"loop" is no flag`,
		"stun -window 100":         "-window is 100",
		"stun -only stund":         `no STUN server "stund"`,
		"tracker -only aquatic":    `no tracker "aquatic"`,
	} {
		var log bytes.Buffer
		if status := run(t.Context(), strings.Fields(text), io.Discard, &log); status != 2 || !strings.Contains(log.String(), want) {
			t.Errorf("%q: status %d: %s", text, status, log.String())
		}
	}
}

// What a scenario does not open needs no files, and no warning that there are too few.
func TestSocketsOfAScenario(t *testing.T) {
	for text, want := range map[string]int{
		"-clients 30 -connections 500":                 30,
		"-clients 30 -connections 500 -scenario held":  500,
		"-clients 600 -connections 500 -scenario held": 500,
	} {
		o, err := parseTrackerOptions(strings.Fields(text), io.Discard)
		if err != nil || o.sockets() != want {
			t.Errorf("%s: %d sockets, %v; want %d", text, o.sockets(), err, want)
		}
	}
}

func TestQuantilesAndMedian(t *testing.T) {
	values := []float64{4, 1, 3, 2}
	for share, want := range map[float64]float64{0: 1, 0.25: 1, 0.5: 2, 0.51: 3, 0.99: 4, 1: 4} {
		if got := quantile(values, share); got != want {
			t.Errorf("the %v quantile is %v, want %v", share, got, want)
		}
	}
	if got := quantile([]float64(nil), 0.5); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median %v", got)
	}
	if got := median([]float64{9, 1, 2}); got != 2 {
		t.Errorf("median of three %v", got)
	}
}

// What is lost, doubled or false must not go unnoticed.
func TestTally(t *testing.T) {
	a, b := []byte("a"), []byte("b")
	var whole, lost, doubled tally
	for _, sent := range []*tally{&whole, &lost, &doubled} {
		sent.offered.add(a)
		sent.offered.add(b)
		sent.offers.add(b)
	}
	whole.offers.add(a)
	doubled.offers.add(b)
	for want, got := range map[string]*tally{"": &whole, "of 2 offers 1 arrived": &lost, "of 2 offers some arrived twice": &doubled} {
		err := got.err()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || got.settled() != (want == "") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// One that lets nothing wait for slow clients loses a little, which is another
// thing than to do wrong.
func TestATrackerThatMayLose(t *testing.T) {
	for name, test := range map[string]struct {
		replied, acknowledged int64
		trouble               error
		forgiven              bool
	}{
		"nothing":                  {100, 100, nil, true},
		"one reply of 100":         {99, 0, nil, true},
		"a hundredth of all":       {98, 100, nil, true},
		"more than that":           {95, 100, nil, false},
		"less than nothing":        {101, 100, nil, false},
		"nothing, but it is wrong": {100, 100, io.ErrUnexpectedEOF, false},
	} {
		var sums tally
		sums.announced.Store(100)
		sums.answered.count.Store(100)
		sums.answers.count.Store(100)
		sums.replied.Store(test.replied)
		sums.acknowledged.Store(test.acknowledged)
		if test.trouble != nil {
			sums.trouble(test.trouble)
		}
		if got := sums.lostLittle(); got != test.forgiven {
			t.Errorf("%s: forgiven: %v", name, got)
		}
	}
}

// Small letters are what a client sends, an announce or an answer; large ones are
// what the replies that come between are to, 0 if to nothing.
func TestWhatRepliesAreTo(t *testing.T) {
	for name, order := range map[string]string{
		"no replies to answers":           "nNaanNanN",
		"the first to an answer":          "nNaA",
		"to one sent before the announce": "nNaAanAN",
		"to two sent after the announce":  "nNaAnaaNAA",
		"to one before it, and one after": "nNaAanaANA",
		"to nothing, with nothing sent":   "0",
		"to nothing, with all replied to": "nN0",
		"to nothing, behind an answer's":  "nNaA0",
	} {
		var o owed
		var toAnswers atomic.Bool
		for i, letter := range order {
			switch letter {
			case 'n':
				o.send(announce, func() {})
			case 'a':
				o.send(answer, func() {})
			default:
				if got := "0NA"[o.take(&toAnswers)]; rune(got) != letter {
					t.Errorf("%s: %c in place of number %d of %s", name, got, i, order)
				}
			}
		}
	}
}

// What stands in braces in the command of another tracker is replaced by what it
// is to use.
func TestTheCommandOfAnotherTracker(t *testing.T) {
	for secure, want := range map[bool]string{false: "[network]\naddress = \"127.0.0.1:4321\"", true: "enable_tls = true"} {
		p, err := another("cat", "cat {toml} {config}", secure).start(t.TempDir(), 4321)
		if err != nil {
			t.Fatal(err)
		}
		<-p.ended
		if said := p.said.String(); !strings.Contains(said, want) || !strings.Contains(said, `"port":4321`) {
			t.Errorf("secure: %v: %s", secure, said)
		}
	}
}

// A stencil's frame is what gobwas/ws makes of the whole text.
func TestStencil(t *testing.T) {
	s := announcement(infoHash(7), 2)
	ids := [][]byte{appendPeerID(nil, 1), appendOfferID(nil, 1, 2, 0), appendOfferID(nil, 1, 2, 1)}
	frame := s.fill(nil, ids...)
	text := bytes.Clone(frame[8:]) // the header is 2 bytes, 2 of length, and the mask
	for i := range text {
		text[i] ^= mask[i%4]
	}
	for _, want := range append(ids, []byte(infoHash(7))) {
		if !bytes.Contains(text, want) {
			t.Errorf("%q is not in %.300q", want, text)
		}
	}
	if client, i, ok := offerFrom(ids[2]); client != 1 || i != 1 || !ok {
		t.Errorf("the offer is said to be number %d of client %d (%v)", i, client, ok)
	}
}
