package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/keyfile"
	"github.com/p2p-mediastream/p2p-mediastream/server/watch"
)

// certificate is a server's certificate and key, as the files were read last.
type certificate struct {
	pair atomic.Pointer[tls.Certificate]
}

// openCertificate reads the files of a server and has the watcher read them
// again, so that a renewed certificate is used without a restart.
func openCertificate(s config.Server, watcher *watch.Watcher) (*certificate, error) {
	c := new(certificate)
	return c, watcher.Read("TLS certificate of "+s.Address(), func() error {
		pair, err := readPair(s)
		if err != nil {
			return fmt.Errorf("cannot use the certificate for %s (cert_file_name %s, key_file_name %s): %w", s.Address(), s.CertFile, s.KeyFile, err)
		}
		c.pair.Store(&pair)
		return nil
	}, s.CertFile, s.KeyFile)
}

func readPair(s config.Server) (pair tls.Certificate, err error) {
	chain, err := readPEM(s.CertFile)
	if err != nil {
		return pair, err
	}
	key, err := readPEM(s.KeyFile)
	if err != nil {
		return pair, err
	}
	if !bytes.Contains(chain, []byte("-----BEGIN CERTIFICATE-----")) {
		return pair, fmt.Errorf("%s holds no certificate: name the file with the server's own and those that it hangs on, in PEM", s.CertFile)
	}
	if !bytes.Contains(key, []byte("PRIVATE KEY-----")) {
		return pair, fmt.Errorf("%s holds no private key: name the file with that of the certificate, in PEM", s.KeyFile)
	}
	if key, err = keyfile.Decrypt(key, s.Passphrase); err != nil {
		return pair, err
	}
	if pair, err = tls.X509KeyPair(chain, key); err != nil {
		err = fmt.Errorf("%w; name the files that belong together, with the server's own certificate first", err)
	}
	return pair, err
}

// readPEM reads one of the files.
func readPEM(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s: paths are seen from the working directory", path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("no permission to read %s: let this user read it", path)
	}
	return data, err
}

// doubt is why browsers will not take the certificate at a moment; empty: its dates are no reason.
func (c *certificate) doubt(now time.Time) string {
	leaf := c.pair.Load().Leaf
	switch {
	case now.After(leaf.NotAfter):
		return fmt.Sprintf("the certificate has expired on %s, and browsers refuse it: renew it", leaf.NotAfter.Format(time.DateOnly))
	case now.Before(leaf.NotBefore):
		return fmt.Sprintf("the certificate holds from %s on, and browsers refuse it until then: check this machine's clock", leaf.NotBefore.Format(time.DateOnly))
	}
	return ""
}

// config is what a listener needs. Connections keep what they began with.
func (c *certificate) config() *tls.Config {
	return &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.pair.Load(), nil }}
}

// expiry is when the certificate in use ends.
func (c *certificate) expiry() time.Time { return c.pair.Load().Leaf.NotAfter }
