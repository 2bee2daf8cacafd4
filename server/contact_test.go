package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

// What goes wrong at the first start ends in one sentence that says what to do; what goes wrong only for some, in one
// warning. See also TestExitCodes.

// says runs the program, which is to end with an error at once, and returns its one sentence.
func says(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), args, &stdout, &stderr); code == 0 {
		t.Fatalf("it started: %s", &stdout)
	}
	said, found := strings.CutPrefix(stderr.String(), "p2p-mediastream: ")
	if !found || strings.Count(said, "\n") != 1 || stdout.Len() > 0 {
		t.Errorf("want one sentence, not %s%s", &stdout, &stderr)
	}
	return said
}

// wantAll fails the test unless the text has every one of the parts.
func wantAll(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not say %q", text, part)
		}
	}
}

// Who starts it twice has both ports taken, and learns both at once, and by whom.
func TestStartedTwice(t *testing.T) {
	s := plain()
	srv, host := start(t, s)
	stun := srv.stun.LocalAddr().String()
	t.Chdir(t.TempDir())
	said := says(t, "--listen", host, "--stun", stun)
	wantAll(t, said, host+" and "+stun+" are taken by ", ": stop that one, or choose other ports with --listen :49200 --stun :3479")
	if runtime.GOOS == "linux" {
		wantAll(t, said, fmt.Sprintf("(process %d)", os.Getpid()))
	}
}

func TestTwoProgramsHaveThePorts(t *testing.T) {
	err := taken{{":1", "nginx (process 7)", "--listen :2"}, {":3", "", "--stun :4"}}
	if want := ":1 and :3 are taken by nginx (process 7) and another program: stop those, or choose other ports with --listen :2 --stun :4"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

// Docker makes a directory of a file that -v names by less than its path.
func TestTheConfigurationIsADirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("config.json", 0o777); err != nil {
		t.Fatal(err)
	}
	wantAll(t, says(t), "config.json is a directory: name a file", "remove the directory, make the file", `-v "$PWD/config.json:/app/config.json:ro"`)
}

func TestTheGreetingNamesTheMissingConfiguration(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	srv, err := open(plain(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.closeSockets()
	var out strings.Builder
	srv.greet(&out)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	wantAll(t, out.String(), "config     none, there is no config.json in "+here+"\n")
}

func TestTheGreetingTellsWhatANetworkLacks(t *testing.T) {
	if len(networkAddresses()) == 0 {
		t.Skip("this machine has no address but its own")
	}
	s := plain()
	s.servers[0].Host = "0.0.0.0"
	srv, _ := start(t, s)
	var out strings.Builder
	srv.greet(&out)
	wantAll(t, out.String(), " from this network\n", "without TLS the page plays there, but browsers check segments more slowly")

	dir := t.TempDir()
	s.servers[0].KeyFile, s.servers[0].CertFile = filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	writeCertificate(t, s.servers[0], 1)
	srv, _ = start(t, s)
	out.Reset()
	if srv.greet(&out); strings.Contains(out.String(), "without TLS") {
		t.Errorf("with TLS it says\n%s", &out)
	}
}

// Who lets the pages of a site use the tracker learns that the server's own is none of them.
func TestTheGreetingTellsThatItsPageMayNot(t *testing.T) {
	for _, test := range []struct {
		name   string
		access config.Access
		may    bool
	}{
		{"others are named", config.Access{AllowOrigins: []string{"https://video.example"}}, false},
		{"nobody is named", config.Access{}, true},
		{"what is no page may not", config.Access{DenyEmpty: true}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := plain()
			s.access = test.access
			srv, host := start(t, s)
			var out strings.Builder
			srv.greet(&out)
			line := "(websocketsAccess keeps http://" + host + " from the tracker: the page has no peers there)\n"
			if told := strings.Contains(out.String(), line); told == test.may {
				t.Errorf("it says\n%s", &out)
			}
			// The port is known only now.
			named := config.Access{AllowOrigins: []string{"https://video.example", "http://" + host}}
			if origin := srv.https[0].stranger(named.Allows); origin != "" {
				t.Errorf("%s is kept from the tracker where it is named", origin)
			}
		})
	}
}

func TestBrowsersLeaveTheUsualPortOut(t *testing.T) {
	for _, test := range []struct{ scheme, host, want string }{
		{"http", "localhost:80", "http://localhost"},
		{"https", "[::1]:443", "https://[::1]"},
		{"http", "localhost:443", "http://localhost:443"},
		{"https", "localhost:8080", "https://localhost:8080"},
	} {
		if got := originOf(test.scheme, test.host); got != test.want {
			t.Errorf("%s at %s: %s, want %s", test.scheme, test.host, got, test.want)
		}
	}
}

func TestBadCertificates(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	good := config.Server{Endpoint: config.Endpoint{CertFile: "cert.pem", KeyFile: "key.pem"}}
	other := config.Server{Endpoint: config.Endpoint{CertFile: "other-cert.pem", KeyFile: "other-key.pem"}}
	writeCertificate(t, good, 1)
	writeCertificate(t, other, 2)
	for name, text := range map[string]string{"junk.pem": "junk", "empty.pem": ""} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ cert, key, want string }{
		{"none.pem", "key.pem", "there is no file none.pem: paths are seen from the working directory"},
		{"cert.pem", "none.pem", "there is no file none.pem: paths are seen from the working directory"},
		{"key.pem", "cert.pem", "key.pem holds no certificate: name the file"},
		{"junk.pem", "key.pem", "junk.pem holds no certificate: name the file"},
		{"cert.pem", "empty.pem", "empty.pem holds no private key: name the file"},
		{"cert.pem", "other-key.pem", "private key does not match public key; name the files that belong together"},
	} {
		text := fmt.Sprintf(`{"servers": [{"server": {"host": "127.0.0.1", "port": 0, "cert_file_name": %q, "key_file_name": %q}}]}`, test.cert, test.key)
		if err := os.WriteFile("config.json", []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		wantAll(t, says(t, "--stun", "off"), "cannot use the certificate for 127.0.0.1:0", test.want)
	}
}

func TestACertificateOutOfItsTime(t *testing.T) {
	dir := t.TempDir()
	s := plain()
	s.servers[0].CertFile, s.servers[0].KeyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	day := 24 * time.Hour
	now := time.Now()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-day), NotAfter: now.Add(day)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		s.servers[0].CertFile: {Type: "CERTIFICATE", Bytes: certificate},
		s.servers[0].KeyFile:  {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	srv, _ := start(t, s)
	doubts := func(at time.Time) string { return strings.Join(srv.doubts(at), "\n") }
	wantAll(t, doubts(now.Add(2*day)), s.servers[0].CertFile, "has expired on "+template.NotAfter.UTC().Format(time.DateOnly), "renew it")
	wantAll(t, doubts(now.Add(-2*day)), "from "+template.NotBefore.UTC().Format(time.DateOnly)+" on", "clock")
	if said := doubts(now); strings.Contains(said, "certificate") {
		t.Errorf("of a good one it says %q", said)
	}
}

func TestTooFewFilesForTheConnections(t *testing.T) {
	server := func(connections int) config.Server {
		s := config.DefaultServer()
		s.WebSockets.MaxConnections = connections
		return s
	}
	wantAll(t, tooFewFiles([]config.Server{server(700), server(300)}, 1024),
		"allows 1024 open files", "maxConnections wants 1200", "ulimit -n 1200", "LimitNOFILE=1200", "nofile=1200")
	for _, enough := range [][]config.Server{{server(1000)}, {server(0)}, {server(1 << 20), server(0)}, nil} {
		if said := tooFewFiles(enough, 1200); said != "" {
			t.Errorf("of %+v it says %q", enough, said)
		}
	}
}

func TestTooFewFilesForTheViewersBehindAnAddress(t *testing.T) {
	limits := config.Limits{Connections: 1000}
	wantAll(t, tooFewForAnAddress(limits, 1024),
		"allows 1024 open files", "341 WebSockets and 37 TCP connections", "connectionsPerAddress, 1000", "LimitNOFILE=270000")
	if said := tooFewForAnAddress(limits, 3000); said != "" {
		t.Errorf("where there are enough it says %q", said)
	}
	if said := tooFewForAnAddress(config.Limits{}, 64); said != "" {
		t.Errorf("without a limit it says %q", said)
	}
}

func TestTheProgramKnowsWhetherItHasThePage(t *testing.T) {
	clean := fstest.MapFS{".keep": {}}
	if built(clean) || !built(fstest.MapFS{"index.html": {}}) {
		t.Error("it takes one for the other")
	}
	srv, host := start(t, plain())
	_, page := get(t, "http://"+host+"/")
	missing := strings.Contains(page, "has not been built")
	if said := strings.Join(srv.doubts(time.Now()), "\n"); missing != strings.Contains(said, "run make build, and start bin/p2p-mediastream") {
		t.Errorf("it says %q, and serves %.80q", said, page)
	}
}

func TestAMissingStreamDirectoryIsTold(t *testing.T) {
	s := plain()
	s.generator, s.hlsDir = "off", filepath.Join(t.TempDir(), "none")
	var log bytes.Buffer
	srv, err := open(s, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	srv.closeSockets()
	wantAll(t, log.String(), "put the stream there, or choose another with --hls-dir", s.hlsDir)
}
