package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

// The defaults of what wt-tracker's format does not have.
const (
	defaultConfig    = "config.json"
	defaultListen    = ":49199"
	defaultSTUN      = ":3478"
	defaultGenerator = "embedded"
	defaultHLSDir    = "hls/stream"
	defaultLogLevel  = "info"
	defaultPprof     = config.Off
)

// settings is what flags and file say together.
type settings struct {
	config         string          // the file that was read; empty: there is none
	servers        []config.Server // where HTTP is served; may be empty
	tracker        config.Tracker
	access         config.Access
	infoHashes     config.InfoHashes
	limits         config.Limits
	trustedProxies []netip.Prefix
	stun           string // address or config.Off
	generator      string // one of config.Generators
	hlsDir         string
	logLevel       slog.Level
	pprof          string // address or config.Off
}

// loadSettings reads the configuration file, if there is one, and lets the
// flags override it.
func loadSettings(f flags) (s settings, warnings []string, err error) {
	path, file, warnings, err := readConfig(f.config)
	if err != nil {
		return s, nil, err
	}
	s = settings{
		config:         path,
		servers:        servers(f.listen, file),
		tracker:        file.Tracker,
		access:         file.Access,
		infoHashes:     file.InfoHashes,
		limits:         file.Limits,
		trustedProxies: file.TrustedProxies,
		stun:           first(f.stun, file.STUN, defaultSTUN),
		generator:      first(f.generator, file.Generator, defaultGenerator),
		hlsDir:         first(f.hlsDir, file.HLSDir, defaultHLSDir),
		pprof:          first(f.pprof, file.Pprof, defaultPprof),
	}
	// Both sources were checked: it is one of config.LogLevels.
	err = s.logLevel.UnmarshalText([]byte(first(f.logLevel, file.LogLevel, defaultLogLevel)))
	return s, warnings, err
}

// readConfig reads the named file, or config.json when none is named and it is
// there. It returns the path of what it read.
func readConfig(name *string) (path string, c config.Config, warnings []string, err error) {
	path = first(name, nil, defaultConfig)
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && name == nil:
		return "", config.Default(), nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return path, c, nil, fmt.Errorf("there is no file %s: check --config", path)
	case err != nil:
		return path, c, nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	c, warnings, err = config.Parse(path, data)
	return path, c, warnings, err
}

// servers is where to serve HTTP: at --listen alone when it is given, else at
// the file's `servers` and its `listen`, else at the default. The limits of an
// address that comes without are those of the first of `servers`.
func servers(listen *string, file config.Config) []config.Server {
	if listen != nil {
		return plainServer(*listen, file)
	}
	list := file.Servers
	if file.Listen != nil {
		list = append(list, plainServer(*file.Listen, file)...)
	} else if len(list) == 0 {
		list = plainServer(defaultListen, file)
	}
	return list
}

func plainServer(address string, file config.Config) []config.Server {
	if address == config.Off {
		return nil
	}
	s := config.DefaultServer()
	if len(file.Servers) > 0 {
		s.WebSockets = file.Servers[0].WebSockets
	}
	s.Host, s.Port, _ = config.SplitAddress(address, config.HTTPPort) // checked where it was read
	return []config.Server{s}
}

func first(flag, file *string, otherwise string) string {
	switch {
	case flag != nil:
		return *flag
	case file != nil:
		return *file
	}
	return otherwise
}
