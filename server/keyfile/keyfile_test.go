package keyfile

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
	"testing"
)

// The files are one key that is used nowhere, as OpenSSL 3.0 writes it:
//
//	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256           clear
//	openssl pkcs8 -topk8 -v2 CIPHER -passout pass:1234                       that cipher
//	openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA1 (or SHA512)     sha1, sha512
//	openssl pkcs8 -topk8 -scrypt, -topk8 -v1 PBE-SHA1-3DES                   scrypt, v1
//	openssl ec -aes256                                                       old
func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".pem")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// key is the one in a file that is in the clear.
func key(t *testing.T, file []byte) crypto.PrivateKey {
	t.Helper()
	block, _ := pem.Decode(file)
	if block == nil {
		t.Fatalf("no PEM: %q", file)
	}
	if len(block.Headers) > 0 {
		t.Errorf("headers are left: %v", block.Headers)
	}
	parse := x509.ParsePKCS8PrivateKey
	if block.Type == "EC PRIVATE KEY" {
		parse = func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) }
	}
	key, err := parse(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestDecrypt(t *testing.T) {
	want := key(t, read(t, "clear")).(*ecdsa.PrivateKey)
	for _, name := range []string{"aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des3", "sha1", "sha512", "old"} {
		file := read(t, name)
		clear, err := Decrypt(file, "1234")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !want.Equal(key(t, clear)) {
			t.Errorf("%s is another key", name)
		}
		if _, err := Decrypt(file, ""); err != errNoPassphrase {
			t.Errorf("%s without a passphrase: %v", name, err)
		}
		for _, wrong := range []string{"123", "12345", "x", "4321"} {
			if _, err := Decrypt(file, wrong); err != errPassphrase {
				t.Errorf("%s with the passphrase %s: %v", name, wrong, err)
			}
		}
	}
}

func TestAKeyInTheClearNeedsNoPassphrase(t *testing.T) {
	file := read(t, "clear")
	for _, passphrase := range []string{"", "1234"} {
		if got, err := Decrypt(file, passphrase); err != nil || !bytes.Equal(got, file) {
			t.Errorf("%q: %s, %v", passphrase, got, err)
		}
	}
	several := append(append(read(t, "aes-256-cbc"), "and a word between\n"...), file...)
	if got, err := Decrypt(several, "1234"); err != nil || bytes.Count(got, []byte("BEGIN PRIVATE KEY")) != 2 {
		t.Errorf("two keys in a file: %s, %v", got, err)
	}
}

func TestUnknownWays(t *testing.T) {
	for _, name := range []string{"scrypt", "v1"} {
		if _, err := Decrypt(read(t, name), "1234"); err == nil || !strings.Contains(err.Error(), "openssl pkcs8") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever a file says, nothing panics.
func TestDamagedFiles(t *testing.T) {
	block, _ := pem.Decode(read(t, "des3"))
	for i := range block.Bytes {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			damaged := bytes.Clone(block.Bytes)
			damaged[i] ^= flip
			_, _ = Decrypt(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: damaged}), "1234")
		}
		_, _ = Decrypt(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes[:i]}), "1234")
	}
}
