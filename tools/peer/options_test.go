//go:build !js

package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestOptions(t *testing.T) {
	o, err := parse(strings.Fields("-url http://a/m.m3u8 -tracker ws://t/,wss://u/x -stun s:3478 -swarm id"+
		" -behind 6.5 -variant 1 -viewers 3 -for 60s -json -segments-sha256-url a.json -segments-sha256-required"), &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	p := o.player
	if p.URL != "http://a/m.m3u8" || strings.Join(p.Settings.Main.AnnounceTrackers, " ") != "ws://t/ wss://u/x" ||
		p.Settings.Secondary.SwarmID != "id" || p.Behind != 6500*time.Millisecond || p.Buffer != 15*time.Second ||
		p.Settings.SegmentsSHA256URL != "a.json" || !p.Settings.IsSegmentSHA256Required || p.Variant != 1 || o.viewers != 3 || o.lasts != time.Minute || !o.json || o.rtc.ICEServers[0].URLs[0] != "stun:s:3478" {
		t.Errorf("%+v", o)
	}
	if o, err = parse(strings.Fields("-url http://a -seed"), &bytes.Buffer{}); err != nil || o.player.Behind < time.Hour ||
		len(o.player.Settings.Main.AnnounceTrackers) > 0 {
		t.Errorf("a seeder without a tracker: %+v, %v", o, err)
	}
}

func TestBadArgumentsAreNamed(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", "-url is missing"},
		{"-url localhost/m.m3u8", `-url "localhost/m.m3u8"`},
		{"-url http://a -tracker http://t", `-tracker "http://t": want an address that begins with ws:// or wss://`},
		{"-url http://a -stun localhost", `-stun "localhost": want host:port`},
		{"-url http://a -stun a:b:c", `-stun "a:b:c"`},
		{"-url http://a -stun a:b", "ICE servers"},
		{"-url http://a -viewers 0", "-viewers 0"},
		{"-url http://a -buffer 0", "-buffer"},
		{"-url http://a more", `"more" is no flag`},
		{"-url http://a -nonsense", "-nonsense"},
	} {
		var out, log bytes.Buffer
		if status := run(t.Context(), strings.Fields(test.args), &out, &log); status != 2 || !strings.Contains(log.String(), test.want) {
			t.Errorf("%q: status %d, %s", test.args, status, &log)
		}
	}
}

// The program as a whole, with two viewers and with an address that is wrong.
func TestRun(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1000, vod(4))
	var out, log bytes.Buffer
	args := []string{"-url", s.url(), "-tracker", s.tracker, "-loopback", "-viewers", "2", "-every", "1ms", "-json"}
	if status := run(t.Context(), args, &out, &log); status != 0 {
		t.Fatalf("status %d: %s", status, &log)
	}
	var result struct{ Viewers []viewerJSON }
	if err := json.Unmarshal(out.Bytes(), &result); err != nil || len(result.Viewers) != 2 {
		t.Fatalf("%v: %s", err, &out)
	}
	for _, v := range result.Viewers {
		if !v.Ended || len(v.Segments) != 4 || v.Segments[3].SHA256 != s.digest(3) {
			t.Errorf("%+v", v)
		}
	}

	out.Reset()
	status := run(t.Context(), []string{"-url", s.origin.URL + "/absent.m3u8"}, &out, &log)
	if status != 1 || !strings.Contains(log.String(), "absent.m3u8: the origin answered 404") || !strings.Contains(out.String(), "failed") {
		t.Errorf("status %d: %s%s", status, &log, &out)
	}
}
