package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

// writeCertificate makes a certificate of that serial number for 127.0.0.1 and
// its key, where a server looks for them, encrypted if it has a passphrase.
func writeCertificate(t *testing.T, s config.Server, serial int64) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block := &pem.Block{Type: "PRIVATE KEY", Bytes: private}
	if s.Passphrase != "" {
		if block, err = x509.EncryptPEMBlock(rand.Reader, block.Type, private, []byte(s.Passphrase), x509.PEMCipherAES256); err != nil {
			t.Fatal(err)
		}
	}
	certificate, err := x509.ParseCertificate(der)
	if err := errors.Join(err,
		os.WriteFile(s.CertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(s.KeyFile, pem.EncodeToMemory(block), 0o600)); err != nil {
		t.Fatal(err)
	}
	return certificate
}

// lookAgain has changed files read without waiting for the time.
func lookAgain(srv *server) {
	srv.watcher.Look()
	srv.watcher.Look()
}

func TestARenewedCertificateIsUsed(t *testing.T) {
	s := plain()
	dir := t.TempDir()
	secure := &s.servers[0]
	secure.KeyFile, secure.CertFile = filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	writeCertificate(t, *secure, 1)
	var log bytes.Buffer
	srv, host := startLogging(t, s, slog.New(slog.NewTextHandler(&log, nil)))
	check := func(serial int64) {
		t.Helper()
		conn, err := tls.Dial("tcp", host, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if got := conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64(); got != serial {
			t.Errorf("certificate %d, want %d", got, serial)
		}
	}
	check(1)
	writeCertificate(t, *secure, 2)
	lookAgain(srv)
	check(2)

	key, err := os.ReadFile(secure.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	writeCertificate(t, *secure, 3)
	if err := os.WriteFile(secure.KeyFile, append(key, '\n'), 0o600); err != nil { // not the certificate's
		t.Fatal(err)
	}
	lookAgain(srv)
	lookAgain(srv)
	check(2)
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "private key does not match") {
		t.Errorf("%d errors, want one about the key:\n%s", n, &log)
	}
	writeCertificate(t, *secure, 4)
	lookAgain(srv)
	check(4)
}

func TestAnEncryptedKey(t *testing.T) {
	s := plain()
	dir := t.TempDir()
	secure := &s.servers[0]
	secure.KeyFile, secure.CertFile = filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	secure.Passphrase = "1234"
	writeCertificate(t, *secure, 1)
	_, host := start(t, s)
	conn, err := tls.Dial("tcp", host, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	secure.Passphrase = ""
	if _, err := open(s, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "give its passphrase") {
		t.Errorf("without the passphrase: %v", err)
	}
}

func TestListsOfInfoHashes(t *testing.T) {
	s := plain()
	s.infoHashes.AllowFile = filepath.Join(t.TempDir(), "allow")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(s.infoHashes.AllowFile, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.Repeat("61", 20)) // what join announces
	srv, host := start(t, s)
	conn := join(t, "ws://"+host, nil)
	announce := func(want string) {
		t.Helper()
		id := strings.Repeat("a", 20)
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"action":"announce","info_hash":"`+id+`","peer_id":"`+id+`"}`)); err != nil {
			t.Fatal(err)
		}
		if _, reply, err := conn.Read(t.Context()); err != nil || !strings.Contains(string(reply), want) {
			t.Errorf("the reply: %s, %v; want %s", reply, err, want)
		}
	}
	announce(`"interval"`)
	write("# none any more\n")
	lookAgain(srv)
	announce(`"failure reason"`)
	if swarms := srv.hub.Swarms(); len(swarms) != 0 {
		t.Errorf("the peer is still there: %v", swarms)
	}
	write(strings.Repeat("61", 20) + "\n")
	lookAgain(srv)
	announce(`"interval"`)
}
