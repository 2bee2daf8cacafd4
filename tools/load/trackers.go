//go:build !js

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gobwas/ws"
)

// A tracker to put under load. start starts it at a port of loopback, with what it
// needs in a directory of its own.
type tracker struct {
	name    string
	start   func(dir string, port int) (*process, error)
	mayLose bool // a little of what it is sent, as one that lets nothing wait for slow clients
}

//go:embed bittorrent-tracker.mjs
var bittorrentTracker string

// ours is this repository's server with everything else off.
func ours(binary string, secure bool) tracker {
	return tracker{name: "p2p-mediastream", start: func(dir string, port int) (*process, error) {
		if err := writeConfig(dir, port, secure); err != nil {
			return nil, err
		}
		return startProcess(dir, nil, binary, "--config", "config.json",
			"--stun", "off", "--generator", "off", "--hls-dir", dir, "--log-level", "warn")
	}}
}

// npm is npm bittorrent-tracker, of this repository's packages for tests.
func npm(web string) tracker {
	return tracker{name: "bittorrent-tracker", start: func(_ string, port int) (*process, error) {
		return startProcess(web, []string{fmt.Sprint("PORT=", port)}, "node", "--input-type=module", "--eval", bittorrentTracker)
	}}
}

// npmMissing says what npm's tracker lacks to be started.
func npmMissing(web string) string {
	if _, err := exec.LookPath("node"); err != nil {
		return "there is no node on the PATH"
	}
	if _, err := os.Stat(filepath.Join(web, "node_modules", "bittorrent-tracker")); err != nil {
		return "it is not in " + filepath.Join(web, "node_modules") + ", where make page puts it"
	}
	return ""
}

// another is a tracker that a command starts, in which {config} is a file as
// wt-tracker wants it, {toml} one as aquatic does, and {port} the port that it is
// to listen at.
func another(name, command string, secure bool) tracker {
	return tracker{name: name, mayLose: true, start: func(dir string, port int) (*process, error) {
		if err := errors.Join(writeConfig(dir, port, secure), writeTOML(dir, port, secure)); err != nil {
			return nil, err
		}
		words := strings.Fields(strings.NewReplacer("{config}", filepath.Join(dir, "config.json"),
			"{toml}", filepath.Join(dir, "config.toml"), "{port}", fmt.Sprint(port)).Replace(command))
		return startProcess(dir, nil, words[0], words[1:]...)
	}}
}

// writeConfig writes config.json, and a certificate beside it where it is to be
// secure.
func writeConfig(dir string, port int, secure bool) error {
	server := map[string]any{"host": "127.0.0.1", "port": port}
	if secure {
		key, certificate := keyFiles(dir)
		if err := writeCertificate(key, certificate); err != nil {
			return err
		}
		server["key_file_name"], server["cert_file_name"] = key, certificate
	}
	data, err := json.Marshal(map[string]any{"servers": []any{map[string]any{
		"server": server, "websockets": map[string]any{"path": "/*", "maxPayloadLength": 65536, "idleTimeout": 240, "compression": 0},
	}}})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "config.json"), data, 0o600)
}

// writeTOML writes config.toml, whose certificate is that of config.json.
func writeTOML(dir string, port int, secure bool) error {
	text := fmt.Sprintf("[network]\naddress = \"127.0.0.1:%d\"\n", port)
	if secure {
		key, certificate := keyFiles(dir)
		text += fmt.Sprintf("enable_tls = true\ntls_private_key_path = %q\ntls_certificate_path = %q\n", key, certificate)
	}
	return os.WriteFile(filepath.Join(dir, "config.toml"), []byte(text), 0o600)
}

// keyFiles are the places of a private key and its certificate.
func keyFiles(dir string) (key, certificate string) {
	return filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
}

func writeCertificate(keyFile, certificateFile string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600),
		os.WriteFile(certificateFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600),
	)
}

// run starts the tracker, hands use its address and process, and ends it.
func (t tracker) run(ctx context.Context, secure bool, use func(address string, p *process) error) error {
	dir, err := os.MkdirTemp("", "load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	port, err := freePort()
	if err != nil {
		return err
	}
	p, err := t.start(dir, port)
	if err != nil {
		return err
	}
	defer p.stop()
	scheme := "ws"
	if secure {
		scheme = "wss"
	}
	address := fmt.Sprintf("%s://127.0.0.1:%d/", scheme, port)
	err = p.ready(ctx, func(ctx context.Context) error {
		conn, _, _, err := ws.Dialer{TLSConfig: &tls.Config{InsecureSkipVerify: true}}.Dial(ctx, address)
		if err == nil {
			conn.Close()
		}
		return err
	})
	if err == nil {
		err = use(address, p)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	return nil
}

// freePort is a TCP port of loopback that nothing listened at a moment ago.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// freeUDPPort is one of UDP, which may be free where that of TCP is not, and the
// other way round.
func freeUDPPort() (int, error) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer socket.Close()
	return socket.LocalAddr().(*net.UDPAddr).Port, nil
}

// buildServer builds this repository's server into a directory.
func buildServer(ctx context.Context, root, dir string) (binary string, err error) {
	binary = filepath.Join(dir, "p2p-mediastream")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./server")
	build.Dir = root
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the server: %w: %s", err, said)
	}
	return binary, nil
}

// moduleRoot is the directory of this repository.
func moduleRoot() (string, error) {
	file, err := exec.Command("go", "env", "GOMOD").Output()
	root := filepath.Dir(strings.TrimSpace(string(file)))
	if err == nil {
		_, err = os.Stat(filepath.Join(root, "server", "main.go"))
	}
	if err != nil {
		return "", fmt.Errorf("run this in a checkout of p2p-mediastream: %w", err)
	}
	return root, nil
}
