package main

import (
	"crypto/tls"
	"fmt"
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
			return fmt.Errorf("cannot use the certificate for %s (%s, %s): %w", s.Address(), s.CertFile, s.KeyFile, err)
		}
		c.pair.Store(&pair)
		return nil
	}, s.CertFile, s.KeyFile)
}

func readPair(s config.Server) (pair tls.Certificate, err error) {
	chain, err := os.ReadFile(s.CertFile)
	if err != nil {
		return pair, err
	}
	key, err := os.ReadFile(s.KeyFile)
	if err != nil {
		return pair, err
	}
	if key, err = keyfile.Decrypt(key, s.Passphrase); err != nil {
		return pair, err
	}
	return tls.X509KeyPair(chain, key)
}

// config is what a listener needs. Connections keep what they began with.
func (c *certificate) config() *tls.Config {
	return &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.pair.Load(), nil }}
}

// expiry is when the certificate in use ends.
func (c *certificate) expiry() time.Time { return c.pair.Load().Leaf.NotAfter }
