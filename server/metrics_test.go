package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

// scrape is /metrics, without a request that would be counted.
func scrape(srv *server) string {
	w := httptest.NewRecorder()
	srv.metrics.handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

// busy is a server of which every part is there and has done something, but
// for ffmpeg, which does not run.
func busy(t *testing.T) *server {
	t.Helper()
	path, dir := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "ffmpeg"), nil, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", path)
	s := plain()
	s.generator, s.hlsDir = "ffmpeg", dir
	s.servers[0].KeyFile, s.servers[0].CertFile = filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	writeCertificate(t, s.servers[0], 1)
	srv, err := open(s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.closeSockets)
	make360p(t, dir)
	srv.metrics.response("web", 200, 1)
	return srv
}

// make360p writes what a generator does, but for the master playlist: a playlist with one
// segment of seven bytes.
func make360p(t *testing.T, dir string) {
	t.Helper()
	folder := filepath.Join(dir, "360p")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"index.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n1.ts\n", "1.ts": "seven b",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// segment is what make360p has made.
func segment(srv *server) string {
	return filepath.Join(string(srv.stream.made.(directory)), "360p", "1.ts")
}

// Names, units and descriptions are as Prometheus has them.
func TestMetricsByTheBook(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(scrape(busy(t)))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, namespace) {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// value is that of a metric, written with its labels.
func value(t *testing.T, srv *server, metric string) float64 {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(metric) + ` (\S+)$`).FindStringSubmatch(scrape(srv))
	if found == nil {
		t.Fatalf("/metrics lacks %s", metric)
	}
	number, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

func TestMetricsOfTheStream(t *testing.T) {
	srv := busy(t)
	landed := time.Date(2026, 11, 25, 5, 0, 0, 250e6, time.UTC)
	if err := os.Chtimes(segment(srv), landed, landed); err != nil {
		t.Fatal(err)
	}
	if got := value(t, srv, "p2p_mediastream_generator_last_segment_timestamp_seconds"); got != float64(landed.Unix())+0.25 {
		t.Errorf("the last segment was complete at %v", got)
	}
	srv.stream.restarts.Add(2)
	if got := value(t, srv, "p2p_mediastream_generator_restarts_total"); got != 2 {
		t.Errorf("%v restarts", got)
	}
	file, err := srv.stream.digests.Open("360p/index.m3u8")
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	if got := value(t, srv, "p2p_mediastream_digests_waiting_files"); got != 1 {
		t.Errorf("%v files wait for their digest", got)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { srv.stream.digests.Run(ctx); close(ended) }()
	for value(t, srv, "p2p_mediastream_digests_hashed_bytes_total") < 7 {
		time.Sleep(time.Millisecond)
	}
	stop()
	<-ended
	for metric, want := range map[string]float64{"digests_segments": 1, "digests_waiting_files": 0, "digests_hashed_bytes_total": 7} {
		if got := value(t, srv, "p2p_mediastream_"+metric); got != want {
			t.Errorf("%s is %v, want %v", metric, got, want)
		}
	}
}

func TestMetricsOfFiles(t *testing.T) {
	srv := busy(t)
	secure := srv.https[0]
	expiry := `p2p_mediastream_tls_certificate_expiry_timestamp_seconds{server="` + secure.listener.Addr().String() + `"}`
	if until := value(t, srv, expiry) - float64(time.Now().Unix()); until < 3500 || until > 3600 {
		t.Errorf("the certificate of an hour expires in %v s", until)
	}
	good := `p2p_mediastream_files_last_read_successful{files="TLS certificate of 127.0.0.1:0"}`
	if value(t, srv, good) != 1 {
		t.Error("a good certificate counts as a bad one")
	}
	if err := os.WriteFile(secure.settings.CertFile, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	lookAgain(srv)
	if value(t, srv, good) != 0 {
		t.Error("a bad certificate counts as a good one")
	}
}

func TestMetricsOfConnections(t *testing.T) {
	s := plain()
	s.access.DenyOrigins = []string{"https://bad.example"}
	s.servers[0].WebSockets.MaxPayloadLength = 1000
	srv, host := start(t, s)
	if _, _, err := websocket.Dial(t.Context(), "ws://"+host, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://bad.example"}}}); err == nil {
		t.Error("an origin that is denied is let in")
	}
	conn := join(t, "ws://"+host, nil)
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("null")); err != nil {
		t.Fatal(err)
	}
	if _, said, err := conn.Read(t.Context()); err != nil || !strings.Contains(string(said), "failure reason") {
		t.Errorf("null is answered by %s, %v", said, err)
	}
	if err := conn.Write(t.Context(), websocket.MessageText, make([]byte, 1001)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Errorf("the end: %v", err)
	}
	conn.CloseNow()
	for value(t, srv, "p2p_mediastream_tracker_connections") > 0 {
		time.Sleep(time.Millisecond)
	}
	for metric, want := range map[string]float64{
		`refused_connections_total{reason="origin"}`: 1,
		`refused_connections_total{reason="full"}`:   0,
		`failures_total{reason="unreadable"}`:        1,
		`failures_total{reason="in_use"}`:            0,
		`ended_connections_total{reason="too_long"}`: 1,
		`ended_connections_total{reason="gone"}`:     0,
		`held_bytes`:                                 0,
		`dropped_messages_total{reason="waiting"}`:   0,
		`dropped_messages_total{reason="limited"}`:   0,
	} {
		if got := value(t, srv, "p2p_mediastream_tracker_"+metric); got != want {
			t.Errorf("%s is %v, want %v", metric, got, want)
		}
	}
}

func TestMetricsOfTheProcess(t *testing.T) {
	srv := busy(t)
	if age := float64(time.Now().Unix()) - value(t, srv, "p2p_mediastream_start_time_seconds"); age < -1 || age > 60 {
		t.Errorf("it was started %v s ago", age)
	}
	if text := scrape(srv); !strings.Contains(text, "\np2p_mediastream_build_info{goversion=\"go1.") {
		t.Error("/metrics does not tell what it was built with")
	}
}

func TestReadiness(t *testing.T) {
	ask := func(srv *server) (status int, said string) {
		w := httptest.NewRecorder()
		srv.serveReadiness(w, nil)
		return w.Code, w.Body.String()
	}
	srv := busy(t)
	if status, said := ask(srv); status != http.StatusServiceUnavailable || !strings.Contains(said, "master.m3u8") {
		t.Errorf("before there is a playlist: %d %s", status, said)
	}
	if err := os.WriteFile(filepath.Join(string(srv.stream.made.(directory)), "master.m3u8"), []byte("#EXTM3U\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if status, said := ask(srv); status != 200 || said != "ok\n" {
		t.Errorf("with a playlist: %d %s", status, said)
	}
	if err := os.Truncate(segment(srv), 0); err != nil {
		t.Fatal(err)
	}
	if status, said := ask(srv); status != http.StatusServiceUnavailable || !strings.Contains(said, "is empty") {
		t.Errorf("with a full disk: %d %s", status, said)
	}

	_, host := start(t, plain())
	for path, want := range map[string]int{"/readyz": 200, "/healthz": 200} {
		if status, said := get(t, "http://"+host+path); status != want || said != "ok\n" {
			t.Errorf("%s: %d %s", path, status, said)
		}
	}

	without := plain()
	without.generator, without.hlsDir = config.Off, t.TempDir()
	srv, _ = start(t, without)
	if status, said := ask(srv); status != 200 {
		t.Errorf("without a generator an empty directory is no reason: %d %s", status, said)
	}
}
