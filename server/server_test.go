package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/pion/stun/v4"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/socket"
)

// plain is the settings of a server on free ports of this machine.
func plain() settings {
	server := config.DefaultServer()
	server.Host, server.Port = "127.0.0.1", 0
	return settings{
		servers:   []config.Server{server},
		tracker:   config.Default().Tracker,
		stun:      "127.0.0.1:0",
		generator: "embedded",
		pprof:     config.Off,
	}
}

// start serves until the test ends and returns how to reach it.
func start(t *testing.T, s settings) (srv *server, host string) {
	t.Helper()
	return startLogging(t, s, slog.New(slog.DiscardHandler))
}

func startLogging(t *testing.T, s settings, log *slog.Logger) (srv *server, host string) {
	t.Helper()
	srv, err := open(s, log)
	if err != nil {
		t.Fatal(err)
	}
	serve(t, srv)
	return srv, srv.https[0].hosts()[0]
}

func serve(t *testing.T, srv *server) {
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- srv.serve(ctx) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(raw)
}

// join announces a peer and reads the reply.
func join(t *testing.T, url string, options *websocket.DialOptions) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	id := strings.Repeat("a", 20)
	frame := fmt.Sprintf(`{"action":"announce","info_hash":%q,"peer_id":%q}`, id, id)
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(frame)); err != nil {
		t.Fatal(err)
	}
	if _, reply, err := conn.Read(t.Context()); err != nil || !strings.Contains(string(reply), `"interval":20`) {
		t.Fatalf("the reply: %s, %v", reply, err)
	}
	return conn
}

func TestEverythingOnOnePort(t *testing.T) {
	srv, host := start(t, plain())
	join(t, "ws://"+host+"/any/path", nil)

	if status, body := get(t, "http://"+host+"/healthz"); status != 200 || body != "ok\n" {
		t.Errorf("/healthz: %d %q", status, body)
	}
	status, playlist := get(t, "http://"+host+"/hls/master.m3u8")
	if status != 200 || !strings.HasPrefix(playlist, "#EXTM3U") {
		t.Errorf("/hls/master.m3u8: %d %q", status, playlist)
	}

	_, body := get(t, "http://"+host+"/stats.json")
	var got map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	memory, _ := got["memory"].(map[string]any)
	for _, name := range []string{"rss", "heapTotal", "heapUsed", "external", "arrayBuffers"} {
		if _, ok := memory[name].(float64); !ok {
			t.Errorf("memory.%s is missing: %s", name, body)
		}
	}
	delete(got, "memory")
	want := map[string]any{
		"torrentsCount": 1.0,
		"peersCount":    1.0,
		"servers":       []any{map[string]any{"server": host, "webSocketsCount": 1.0}},
		"peersCountPerInfoHashPerTracker": []any{map[string]any{
			"totalPeers": 1.0, strings.Repeat("61", 20): 1.0,
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("/stats.json\ngot  %v\nwant %v", got, want)
	}

	client, err := stun.Dial("udp", srv.stun.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Do(stun.MustBuild(stun.TransactionID, stun.BindingRequest), func(event stun.Event) {
		var address stun.XORMappedAddress
		if event.Error != nil || address.GetFrom(event.Message) != nil || !address.IP.IsLoopback() {
			t.Errorf("STUN: %v, %v", event.Error, address)
		}
	}); err != nil {
		t.Fatal(err)
	}

	_, text := get(t, "http://"+host+"/metrics")
	for _, line := range []string{
		`p2p_mediastream_tracker_connections 1`,
		`p2p_mediastream_tracker_swarms 1`,
		`p2p_mediastream_tracker_peers 1`,
		`p2p_mediastream_tracker_messages_total{direction="in",kind="announce"} 1`,
		`p2p_mediastream_tracker_messages_total{direction="out",kind="announce"} 1`,
		`p2p_mediastream_origin_responses_total{kind="playlist",status="200"} 1`,
		fmt.Sprintf(`p2p_mediastream_origin_sent_bytes_total{kind="playlist"} %d`, len(playlist)),
		`p2p_mediastream_stun_datagrams_total{family="IPv4",outcome="answered"} 1`,
		`go_goroutines `,
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("/metrics lacks %s", line)
		}
	}
}

func TestEndpointsTellTheSTUNPort(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", config.Off} {
		s := plain()
		s.stun = address
		srv, host := start(t, s)
		want := "{\"stun\":null}\n"
		if srv.stun != nil {
			want = fmt.Sprintf("{\"stun\":%d}\n", srv.stun.LocalAddr().Port)
		}
		response, err := http.Get("http://" + host + "/endpoints.json")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(body) != want {
			t.Errorf("--stun %s: %q (%v), want %q", address, body, err, want)
		}
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", "Content-Type": "application/json",
		} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
}

// A redirect would be one that pages of other sites cannot follow.
func TestUnusualRequestsAreAnsweredByTheOrigin(t *testing.T) {
	_, host := start(t, plain())
	for _, test := range []struct {
		method, path string
		status       int
	}{
		{"GET", "//hls/master.m3u8", 404},
		{"GET", "/hls/./master.m3u8", 404},
		{"GET", "/healthz/", 404},
		{"HEAD", "/healthz", 200},
		{"POST", "/stats.json", 405},
		{"OPTIONS", "/endpoints.json", 204},
	} {
		request, err := http.NewRequest(test.method, "http://"+host+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != test.status {
			t.Errorf("%s %s: %d, want %d", test.method, test.path, response.StatusCode, test.status)
		}
		if response.StatusCode != 200 && response.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s %s: no CORS in %v", test.method, test.path, response.Header)
		}
	}
}

// Browsers open connections in advance; a stop need not wait for what may come
// on them.
func TestAStopDoesNotWaitForUnusedConnections(t *testing.T) {
	var log bytes.Buffer
	whole := t
	t.Run("serve", func(t *testing.T) {
		_, host := startLogging(t, plain(), slog.New(slog.NewTextHandler(&log, nil)))
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		whole.Cleanup(func() { conn.Close() }) // after the stop
		// Connections are accepted in order: the other one has been by now.
		get(t, "http://"+host+"/healthz")
	})
	if text := log.String(); strings.Contains(text, "cutting") || !strings.Contains(text, "stopped") {
		t.Errorf("the stop waited for its timeout:\n%s", text)
	}
}

func TestTheSilentConnectionsOfAnAddressAreBound(t *testing.T) {
	s := plain()
	s.limits = config.Limits{Connections: 1, Loopback: true}
	_, host := start(t, s)
	silent := make([]net.Conn, 10)
	for i := range silent {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		silent[i] = conn
	}
	// The reset may come before Dial has seen that it is connected.
	if refused, err := net.Dial("tcp", host); err == nil {
		defer refused.Close()
		if err := refused.SetDeadline(time.Now().Add(5 * time.Second)); err != nil { // less than net/http waits for headers
			t.Fatal(err)
		}
		if _, err := refused.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("one more is not cut: %v", err)
		}
	}
	for _, conn := range silent {
		conn.Close()
	}
	for { // until the server has seen that they are gone
		if response, err := http.Get("http://" + host + "/healthz"); err == nil {
			response.Body.Close()
			return
		}
	}
}

// Each request may hold a file: two connections of 250 took all that a process has by default.
func TestTheRequestsOfAConnectionAreBound(t *testing.T) {
	dir := t.TempDir()
	s := plain()
	s.servers[0].KeyFile, s.servers[0].CertFile = filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	pool := x509.NewCertPool()
	pool.AddCert(writeCertificate(t, s.servers[0], 1))
	_, host := start(t, s)
	conn, err := tls.Dial("tcp", host, &tls.Config{RootCAs: pool, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// A client's preface and settings, none (RFC 9113, 3.4); the server's come first, each an identifier and a value.
	if _, err := io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"); err != nil {
		t.Fatal(err)
	}
	var header [9]byte
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		t.Fatal(err)
	}
	const kind, maxConcurrentStreams = 4, 3
	if header[3] != kind {
		t.Fatalf("got a frame % x, want its settings", header)
	}
	settings := make([]byte, binary.BigEndian.Uint16(header[1:]))
	if _, err := io.ReadFull(conn, settings); err != nil {
		t.Fatal(err)
	}
	for ; len(settings) >= 6; settings = settings[6:] {
		if binary.BigEndian.Uint16(settings) == maxConcurrentStreams {
			if most := binary.BigEndian.Uint32(settings[2:]); most != socket.RequestsAtOnce {
				t.Errorf("a connection may make %d requests at once, want %d", most, socket.RequestsAtOnce)
			}
			return
		}
	}
	t.Error("a connection may make any number of requests at once")
}

func TestTheGreetingOfTwoServers(t *testing.T) {
	s := plain()
	s.config = "my.json"
	second := s.servers[0]
	second.WebSockets.Path = "/announce/*"
	s.servers = append(s.servers, second)
	srv, first := start(t, s)
	var out strings.Builder
	srv.greet(&out)
	last := srv.https[1].hosts()[0]
	for _, want := range []string{
		"open       http://" + first + "/\n", "stream     http://" + first + "/hls/master.m3u8\n", "tracker    ws://" + first + "/\n",
		"open       http://" + last + "/\n", "stream     http://" + last + "/hls/master.m3u8\n", "tracker    ws://" + last + "/announce/\n",
		"STUN       stun:" + srv.stun.LocalAddr().String() + "\n",
		"config     my.json\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}

func TestTheProfilerIsApart(t *testing.T) {
	s := plain()
	_, host := start(t, s)
	if status, _ := get(t, "http://"+host+"/debug/pprof/heap"); status != http.StatusNotFound {
		t.Errorf("at the server's address: %d", status)
	}
	s.pprof = "127.0.0.1:0"
	srv, host := start(t, s)
	if status, _ := get(t, "http://"+host+"/debug/pprof/heap"); status != http.StatusNotFound {
		t.Errorf("at the server's address, with one elsewhere: %d", status)
	}
	address := "http://" + srv.pprof.listener.Addr().String()
	if status, body := get(t, address+"/debug/pprof/goroutine?debug=1"); status != 200 || !strings.Contains(body, "profiler") {
		t.Errorf("at its own address: %d %s", status, body)
	}
	var out strings.Builder
	if srv.greet(&out); !strings.Contains(out.String(), "pprof      "+address+"/debug/pprof/\n") {
		t.Errorf("the greeting does not name it:\n%s", &out)
	}
}

func TestAServerOfItsOwnPath(t *testing.T) {
	s := plain()
	s.servers[0].WebSockets.Path = "/announce"
	_, host := start(t, s)
	join(t, "ws://"+host+"/announce", nil)
	if _, response, err := websocket.Dial(t.Context(), "ws://"+host+"/healthz", nil); err == nil || response.StatusCode != 200 {
		t.Errorf("an upgrade elsewhere is an ordinary request: %v, %v", response, err)
	}
}

func TestTLSBesidePlain(t *testing.T) {
	dir := t.TempDir()
	s := plain()
	secure := s.servers[0]
	secure.KeyFile, secure.CertFile = filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	certificate := writeCertificate(t, secure, 1)
	s.servers = append(s.servers, secure)
	srv, host := start(t, s)

	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	join(t, "wss://"+srv.https[1].hosts()[0], &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	join(t, "ws://"+host, nil)
	// One tracker behind both: the peer is the same, at the same address.
	if swarms := srv.hub.Swarms(); len(swarms) != 1 {
		t.Errorf("swarms: %v", swarms)
	}
}

func TestADirectoryIsServedAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	stream := filepath.Join(dir, "stream")
	s := plain()
	s.generator, s.hlsDir = "off", stream
	_, host := start(t, s)
	url := "http://" + host + "/hls/"
	if status, _ := get(t, url+"a.ts"); status != http.StatusNotFound {
		t.Errorf("before the directory exists: %d", status)
	}

	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(stream, 0o777); err != nil {
		t.Fatal(err)
	}
	write("stream/a.ts", "segment")
	write("secret.ts", "secret")
	for link, target := range map[string]string{"out.ts": "../secret.ts", "in.ts": "a.ts", "up": ".."} {
		if err := os.Symlink(target, filepath.Join(stream, link)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"a.ts": "segment", "in.ts": "segment",
		"out.ts": "", "up/secret.ts": "", "%2e%2e/secret.ts": "", "..%2fsecret.ts": "", "..%5csecret.ts": "",
	} {
		status, body := get(t, url+name)
		if want != "" && body != want || want == "" && (status < 400 || strings.Contains(body, "secret")) {
			t.Errorf("%s: %d %q", name, status, body)
		}
	}
}

func TestAutoWithoutFFmpegIsTheCard(t *testing.T) {
	t.Setenv("PATH", "/nowhere")
	s := plain()
	s.generator = "auto"
	srv, host := start(t, s)
	if srv.stream.encode != nil || !strings.Contains(srv.stream.about, "no ffmpeg") {
		t.Errorf("%+v", srv.stream)
	}
	if status, _ := get(t, "http://"+host+"/hls/master.m3u8"); status != 200 {
		t.Errorf("status %d", status)
	}
}

func TestFlagsOverrideTheFile(t *testing.T) {
	t.Chdir(t.TempDir())
	file := `{"servers": [{"server": {"port": 1}, "websockets": {"maxConnections": 5}}, {"server": {"port": 2}}],
		"listen": "127.0.0.1:3", "stun": ":4", "generator": "auto", "hlsDir": "file", "logLevel": "warn", "pprof": ":5", "tracker": {"maxOffers": 9}}`
	for _, test := range []struct {
		name, file string
		args       []string
		addresses  []string
		stun       string
		generator  string
		hlsDir     string
		level      slog.Level
		pprof      string
	}{
		{"nothing", "", nil, []string{":49199"}, ":3478", "embedded", "hls/stream", slog.LevelInfo, "off"},
		{"the file", file, nil, []string{"0.0.0.0:1", "0.0.0.0:2", "127.0.0.1:3"}, ":4", "auto", "file", slog.LevelWarn, ":5"},
		{"servers alone", `{"servers": [{}]}`, nil, []string{"0.0.0.0:8000"}, ":3478", "embedded", "hls/stream", slog.LevelInfo, "off"},
		{"listen off in the file", `{"listen": "off", "stun": "off"}`, nil, nil, "off", "embedded", "hls/stream", slog.LevelInfo, "off"},
		{"flags", file, []string{"--listen", ":7", "--stun", "off", "--generator", "off", "--hls-dir", "flag", "--log-level", "debug", "--pprof", ":8"},
			[]string{"0.0.0.0:1", "0.0.0.0:2", ":7"}, "off", "off", "flag", slog.LevelDebug, ":8"},
		{"listen off", file, []string{"--listen", "off"}, nil, ":4", "auto", "file", slog.LevelWarn, ":5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := os.Remove("config.json"); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if test.file != "" {
				if err := os.WriteFile("config.json", []byte(test.file), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			f, err := parseFlags(test.args)
			if err != nil {
				t.Fatal(err)
			}
			s, _, err := loadSettings(f)
			if err != nil {
				t.Fatal(err)
			}
			var addresses []string
			for _, server := range s.servers {
				addresses = append(addresses, server.Address())
			}
			if !reflect.DeepEqual(addresses, test.addresses) {
				t.Errorf("addresses %v, want %v", addresses, test.addresses)
			}
			if read := s.config != ""; read != (test.file != "") {
				t.Errorf("the file that was read: %q", s.config)
			}
			if s.stun != test.stun || s.generator != test.generator || s.hlsDir != test.hlsDir || s.logLevel != test.level || s.pprof != test.pprof {
				t.Errorf("got %+v", s)
			}
			if test.name == "flags" && (s.servers[2].WebSockets.MaxConnections != 5 || s.tracker.MaxOffers != 9) {
				t.Errorf("the file's limits are lost: %+v", s)
			}
		})
	}
}

// After serve has returned, no goroutine of ours is left.
func TestServeLeavesNoGoroutine(t *testing.T) {
	t.Run("serve", func(t *testing.T) {
		_, host := start(t, plain())
		get(t, "http://"+host+"/healthz")
		join(t, "ws://"+host, nil)
	})
	// A goroutine that has done its last deed takes a moment to vanish; one that
	// stays is shown when the test times out.
	for stacks := make([]byte, 1<<20); ; runtime.Gosched() {
		left := 0
		for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
			ours := strings.Contains(stack, "p2p-mediastream/server") || strings.Contains(stack, "coder/websocket")
			if ours && !strings.Contains(stack, "testing.tRunner") && !strings.Contains(stack, "testing.(*M).Run") {
				left++
			}
		}
		if left == 0 {
			return
		}
	}
}
