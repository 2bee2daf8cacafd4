package socket

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

func TestARefusalIsTold(t *testing.T) {
	for _, test := range []struct {
		name string
		why  Refusal
		from string
		want []string
		not  string
	}{
		{"an origin", Origin, "", []string{"reason=origin", "origin=https://page.example", "client=192.0.2.1"}, "trustedProxies"},
		{"a proxy that is not trusted", Crowded, "198.51.100.7", []string{"reason=crowded", "put 192.0.2.1 into trustedProxies"}, ""},
		{"an address of its own", Hasty, "", []string{"reason=hasty", "client=192.0.2.1"}, "trustedProxies"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var said bytes.Buffer
			hub := NewHub(Options{Log: slog.New(slog.NewTextHandler(&said, nil)), Limits: config.Default().Limits})
			request := &http.Request{RemoteAddr: "192.0.2.1:5", Header: http.Header{"Origin": {"https://page.example"}}}
			if test.from != "" {
				request.Header.Set("X-Forwarded-For", test.from)
			}
			hub.refuse(test.why, request)
			hub.refuse(test.why, request)
			if n := strings.Count(said.String(), "level=WARN"); n != 1 {
				t.Errorf("%d warnings: %s", n, &said)
			}
			for _, want := range test.want {
				if !strings.Contains(said.String(), want) {
					t.Errorf("%q does not say %q", &said, want)
				}
			}
			if test.not != "" && strings.Contains(said.String(), test.not) {
				t.Errorf("%q says %q", &said, test.not)
			}
		})
	}
}

func TestAResetIsTold(t *testing.T) {
	var said bytes.Buffer
	hub := NewHub(Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	for range 2 {
		hub.reset(netip.MustParseAddr("192.0.2.1"))
	}
	if n := hub.Refused(TooManySockets); n != 2 {
		t.Errorf("%d are counted", n)
	}
	if n := strings.Count(said.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings: %s", n, &said)
	}
	for _, want := range []string{"reason=sockets", "client=192.0.2.1", "if it is a proxy of yours, put 192.0.2.1 into trustedProxies"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%q does not say %q", &said, want)
		}
	}
}

func TestARefusalIsToldAgainAfterAMinute(t *testing.T) {
	var w warned
	now := time.Unix(1000, 0)
	for _, step := range []struct {
		why   Refusal
		after time.Duration
		want  bool
	}{
		{Origin, 0, true}, {Origin, warnEvery - 1, false}, {Crowded, warnEvery - 1, true}, {Origin, warnEvery, true},
	} {
		if got := w.due(step.why, now.Add(step.after)); got != step.want {
			t.Errorf("%s after %v: %v", step.why, step.after, got)
		}
	}
}
