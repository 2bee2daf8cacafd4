package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// askTimeout is how long a server may take to say that it is ready.
const askTimeout = 3 * time.Second

// ask asks the server that runs with these settings whether it is ready, at
// every address it serves HTTP at. It is the health check of a container that
// has no shell and no curl.
func ask(ctx context.Context, s settings) error {
	if len(s.servers) == 0 {
		return errors.New("there is no server to ask: HTTP is off")
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	for _, server := range s.servers {
		if server.Port == 0 {
			return errors.New("there is no server to ask: its port is 0, any that is free")
		}
		scheme := "http"
		if server.KeyFile != "" {
			scheme = "https"
		}
		if err := askAt(ctx, scheme, server.Address()); err != nil {
			return fmt.Errorf("the server at %s is not ready: %w", server.Address(), err)
		}
	}
	return nil
}

func askAt(ctx context.Context, scheme, address string) error {
	transport := &http.Transport{
		// An address to listen on, such as 0.0.0.0:80, is one that Go dials on
		// this machine, but none that a URL should have.
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		// The certificate is for the server's public name, and the answer is
		// nothing to lie about.
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		DisableKeepAlives: true,
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://localhost/readyz", nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	reason, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err != nil {
		return err
	}
	return errors.New(strings.TrimSpace(string(reason)))
}
