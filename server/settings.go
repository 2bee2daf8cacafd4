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

// defaultConfig is the file that is read where it is there.
const defaultConfig = "config.json"

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
		servers:        httpServers(f.listen, file),
		tracker:        file.Tracker,
		access:         file.Access,
		infoHashes:     file.InfoHashes,
		limits:         file.Limits,
		trustedProxies: file.TrustedProxies,
		stun:           either(f.stun, file.STUN),
		generator:      either(f.generator, file.Generator),
		hlsDir:         either(f.hlsDir, file.HLSDir),
		pprof:          either(f.pprof, file.Pprof),
	}
	if len(s.servers) == 0 && s.stun == config.Off && s.generator == config.Off {
		return s, nil, errors.New("there is nothing to do: --listen, --stun and --generator are all off; leave one of them on")
	}
	// Both sources were checked: it is one of config.LogLevels.
	err = s.logLevel.UnmarshalText([]byte(either(f.logLevel, file.LogLevel)))
	return s, warnings, err
}

// readConfig reads the named file, or config.json when none is named and it is
// there. It returns the path of what it read.
func readConfig(name *string) (path string, c config.Config, warnings []string, err error) {
	path = either(name, defaultConfig)
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && name == nil:
		return "", config.Default(), nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return path, c, nil, fmt.Errorf("there is no file %s: check --config", path)
	case errors.Is(err, fs.ErrPermission):
		return path, c, nil, fmt.Errorf("no permission to read %s: let this user read it, as with chmod a+r %s", path, path)
	case err != nil:
		if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
			// As docker does for -v config.json:/app/config.json, which is no path to it.
			return path, c, nil, fmt.Errorf("%s is a directory: name a file; Docker makes a directory "+
				"where there is no such file: remove the directory, make the file, as with echo '{}' > config.json, "+
				"and name it by its whole path, as in -v \"$PWD/config.json:/app/config.json:ro\"", path)
		}
		return path, c, nil, fmt.Errorf("cannot read the configuration: %w; check --config", err)
	}
	c, warnings, err = config.Parse(path, data)
	return path, c, warnings, err
}

// httpServers are the file's and the one at `listen`. The flag's off is for a process that
// serves no HTTP at all, such as a generator alone, whatever the file beside it says.
func httpServers(listen *string, file config.Config) []config.Server {
	if listen != nil && *listen == config.Off {
		return nil
	}
	return append(file.Servers, plainServer(either(listen, file.Listen), file)...)
}

// plainServer is the server at `listen`, if it is not off. It comes without limits of
// its own: they are those of the first of `servers`.
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

// either is what the flag says, or else the file.
func either(flag *string, file string) string {
	if flag != nil {
		return *flag
	}
	return file
}
