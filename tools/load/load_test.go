//go:build !js

package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
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
