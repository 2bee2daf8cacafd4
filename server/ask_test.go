package main

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

// running are the settings that a server was started with, with the ports that
// it has got.
func running(srv *server, s settings) settings {
	list := make([]config.Server, len(srv.https))
	for i, h := range srv.https {
		list[i] = h.settings
		list[i].Port = h.listener.Addr().(*net.TCPAddr).Port
	}
	s.servers = list
	return s
}

func TestTheReasonNotToBeReadyIsTold(t *testing.T) {
	s := plain()
	srv, err := open(s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	srv.stream.made = directory(t.TempDir()) // no generator writes there
	serve(t, srv)
	if err := ask(t.Context(), running(srv, s)); err == nil || !strings.Contains(err.Error(), "master.m3u8") {
		t.Errorf("want the file that is missing, not %v", err)
	}
}

func TestAskingEveryAddressOfTheServer(t *testing.T) {
	s := plain()
	secure, everywhere := s.servers[0], s.servers[0]
	secure.KeyFile, secure.CertFile = filepath.Join(t.TempDir(), "key.pem"), filepath.Join(t.TempDir(), "cert.pem")
	writeCertificate(t, secure, 1)
	everywhere.Host = "0.0.0.0"
	s.servers = append(s.servers, secure, everywhere)
	srv, _ := start(t, s)
	asked := running(srv, s)
	if err := ask(t.Context(), asked); err != nil {
		t.Error(err)
	}

	asked.servers[1].KeyFile = "" // plain HTTP to the one with TLS
	if err := ask(t.Context(), asked); err == nil || !strings.Contains(err.Error(), asked.servers[1].Address()) {
		t.Errorf("want an error that names the second address, not %v", err)
	}
}

// The question is asked by the program itself, with the flags and the
// configuration that the server has.
func TestTheFlagHealth(t *testing.T) {
	t.Chdir(t.TempDir())
	_, host := start(t, plain())
	for _, test := range []struct {
		name string
		args []string
		code int
		want string // on stderr
	}{
		{"ready", []string{"--health", "--listen", host}, 0, ""},
		{"off", []string{"--health", "--listen", "off"}, 1, "HTTP is off"},
		{"any port", []string{"--health", "--listen", "127.0.0.1:0"}, 1, "port is 0"},
		{"nobody there", []string{"--health", "--listen", "192.0.2.1:1"}, 1, "192.0.2.1:1 is not ready"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			ctx, cancel := context.WithCancel(t.Context())
			if test.name == "nobody there" {
				cancel() // or it would be waited for
			}
			defer cancel()
			if code := run(ctx, test.args, &stdout, &stderr); code != test.code {
				t.Errorf("exit code %d, want %d; %s", code, test.code, &stderr)
			}
			if test.want == "" && stderr.Len() > 0 || !strings.Contains(stderr.String(), test.want) {
				t.Errorf("said %q, want %q", &stderr, test.want)
			}
		})
	}
}
