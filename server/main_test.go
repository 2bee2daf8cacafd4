package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

// runAsProgram makes this test binary the program itself, so that signals and
// exit codes can be tested on a process of its own.
const runAsProgram = "P2P_MEDIASTREAM_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runAsProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program starts the program in an empty directory and returns it with its
// page's address, once it has greeted. stderr gives one log line at a time.
func program(t *testing.T, args ...string) (cmd *exec.Cmd, page string, stderr *bufio.Reader) {
	t.Helper()
	cmd = exec.Command(os.Args[0], append([]string{"--listen", "127.0.0.1:0", "--stun", "127.0.0.1:0"}, args...)...)
	page, stderr = startProgram(t, cmd)
	return cmd, page, stderr
}

// startProgram is program for a command that is it in the end.
func startProgram(t *testing.T, cmd *exec.Cmd) (page string, stderr *bufio.Reader) {
	t.Helper()
	cmd.Env = append(cmd.Environ(), runAsProgram+"=1")
	cmd.Dir = t.TempDir()
	errors, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	greeting := bufio.NewScanner(out)
	for greeting.Scan() {
		line := greeting.Text()
		if address, ok := strings.CutPrefix(line, "  open "); ok {
			page = strings.TrimSpace(address)
		}
		if strings.HasPrefix(line, "Ctrl-C") {
			return page, bufio.NewReader(errors)
		}
	}
	log, _ := io.ReadAll(errors)
	t.Fatalf("the program ended before it had greeted: %s", log)
	return "", nil
}

func TestInterruptEndsTheProgram(t *testing.T) {
	for _, stop := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(stop) {
			continue // these tests run under nohup, and so would the program
		}
		t.Run(stop.String(), func(t *testing.T) {
			cmd, page, stderr := program(t)
			response, err := http.Get(page + "hls/master.m3u8")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err != nil || response.StatusCode != http.StatusOK || !bytes.HasPrefix(body, []byte("#EXTM3U")) {
				t.Errorf("the playlist: %v, %s, %v", response.Status, body, err)
			}
			conn, _, err := websocket.Dial(t.Context(), page, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Process.Signal(stop); err != nil {
				t.Fatal(err)
			}
			if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
				t.Errorf("the tracker's goodbye: %v", err)
			}
			log, _ := io.ReadAll(stderr)
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v, want exit code 0; log:\n%s", err, log)
			}
		})
	}
}

// A client that never says goodbye holds the stop up for seconds; a second
// Ctrl-C does not wait for it.
func TestASecondInterruptEndsItAtOnce(t *testing.T) {
	cmd, page, stderr := program(t)
	conn, _, err := websocket.Dial(t.Context(), page, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for line := ""; !strings.Contains(line, "stopping"); {
		if line, err = stderr.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, stderr) // until it ends
	_ = cmd.Wait()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("%v, want an end by the signal", cmd.ProcessState)
	}
}

func TestExitCodes(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy := taken.Addr().String()
	takenUDP, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer takenUDP.Close()
	busyUDP := takenUDP.LocalAddr().String()

	for _, test := range []struct {
		name  string
		args  []string
		file  string // config.json
		path  string // PATH
		code  int
		wants []string // in what it says
	}{
		{"help", []string{"--help"}, "", "", 0, []string{"--hls-dir"}},
		{"version", []string{"--version"}, "", "", 0, []string{"p2p-mediastream "}},
		{"unknown flag", []string{"--port", "80"}, "", "", misconfigured, []string{"no flag --port", "--help"}},
		{"unknown word", []string{"start"}, "", "", misconfigured, []string{`"start"`, "--help"}},
		{"wt-tracker's way", []string{"my.json"}, "", "", misconfigured, []string{"--config my.json"}},
		{"no value", []string{"--stun"}, "", "", misconfigured, []string{"--stun needs a value", "--help"}},
		{"no number", []string{"--version=3"}, "", "", misconfigured, []string{"-version", "--help"}},
		{"bad address", []string{"--listen", "8000"}, "", "", misconfigured, []string{"--listen", `"8000"`, ":49199"}},
		{"bad STUN address", []string{"--stun", "3478"}, "", "", misconfigured, []string{"--stun", `"3478"`, ":3478", "off"}},
		{"bad pprof address", []string{"--pprof", "on"}, "", "", misconfigured, []string{"--pprof", `"on"`, ":6060", "off"}},
		{"pprof port taken", []string{"--listen", "127.0.0.1:0", "--stun", "off", "--pprof", busy}, "", "", 1, []string{busy, "taken", "--pprof"}},
		{"bad choice", []string{"--generator", "vlc"}, "", "", misconfigured, []string{"--generator", `"vlc"`, "embedded"}},
		{"empty path", []string{"--hls-dir", ""}, "", "", misconfigured, []string{"--hls-dir needs a path"}},
		{"no file", []string{"--config", "none.json"}, "", "", misconfigured, []string{"none.json", "--config"}},
		{"nothing to do", []string{"--listen", "off", "--stun", "off", "--generator", "off"}, "", "", misconfigured, []string{"--listen, --stun and --generator are all off"}},
		{"bad file", nil, `{"tracker": 1}`, "", misconfigured, []string{"config.json:1: tracker: want an object"}},
		{"port taken", []string{"--stun", "off", "--listen", busy}, "", "", 1, []string{busy, "taken", "--listen"}},
		{"UDP port taken", []string{"--listen", "127.0.0.1:0", "--stun", busyUDP}, "", "", 1, []string{busyUDP, "taken", "--stun"}},
		{"not our address", []string{"--stun", "off", "--listen", "192.0.2.1:1"}, "", "", 1, []string{"192.0.2.1:1", "--listen"}},
		{"no ffmpeg", []string{"--generator", "ffmpeg"}, "", "/nowhere", 1, []string{"ffmpeg", "PATH", "--generator embedded"}},
		{"no certificate", nil, `{"servers": [{"server": {"key_file_name": "k.pem", "cert_file_name": "c.pem"}}]}`, "", 1, []string{"no file c.pem", "certificate", "working directory"}},
		{"no list", nil, `{"infoHashes": {"denyFile": "none.txt"}}`, "", 1, []string{"infoHashes.denyFile: there is no file none.txt", "make it", "working directory"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if test.file != "" {
				if err := os.WriteFile("config.json", []byte(test.file), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if test.path != "" {
				t.Setenv("PATH", test.path)
			}
			// None of these may come as far as serving, but a test must end.
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			var stdout, stderr bytes.Buffer
			if code := run(ctx, test.args, &stdout, &stderr); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			said := stdout.String() + stderr.String()
			for _, want := range test.wants {
				if !strings.Contains(said, want) {
					t.Errorf("%q does not say %q", said, want)
				}
			}
			if test.code != 0 && (strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "p2p-mediastream: ")) {
				t.Errorf("want one sentence, not %q", said)
			}
		})
	}
}

func TestWarningsAreLoggedAndStartGoesOn(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("config.json", []byte(`{"lisstun": 1}`), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	if code := run(ctx, []string{"--listen", "127.0.0.1:0", "--stun", "off"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	if !strings.Contains(stderr.String(), "config.json:1: lisstun: unknown key") {
		t.Errorf("no warning in %s", &stderr)
	}
	for _, want := range []string{"open       http://127.0.0.1:", "tracker    ws://127.0.0.1:", "STUN       off", "test card"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("the greeting does not say %q:\n%s", want, &stdout)
		}
	}
}

// Everything off but the encoder: the program runs, and stops it.
func TestGeneratorAlone(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	dir := filepath.Join(t.TempDir(), "hls", "stream")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := make(chan int)
	go func() {
		code <- run(ctx, []string{"--listen", "off", "--stun", "off", "--generator", "ffmpeg", "--hls-dir", dir}, &stdout, &stderr)
	}()
	for {
		if entries, _ := os.ReadDir(dir); len(entries) > 0 {
			break
		}
		select {
		case got := <-code:
			t.Fatalf("it ended with %d: %s", got, &stderr)
		default:
			runtime.Gosched()
		}
	}
	cancel()
	if got := <-code; got != 0 {
		t.Errorf("exit code %d: %s", got, &stderr)
	}
}
