package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
)

const usage = `p2p-mediastream: tracker, STUN server, origin and test card in one process

  --config config.json   wt-tracker's configuration, with our keys beside it
                         (read from the working directory when it is there)
  --listen :49199        address of the page, the stream and the tracker, beside
                         the configuration's servers; off: no HTTP at all
  --stun :3478           address of the STUN server (UDP), or off
  --generator embedded   what makes the live stream: embedded, a built-in test
                         card; ffmpeg, the test source of ffmpeg; auto, ffmpeg
                         when it is installed, else embedded; off, nothing:
                         serve what is in --hls-dir
  --hls-dir hls/stream   directory of the stream
  --log-level info       debug, info, warn or error
  --pprof off            address of Go's profiler, such as 127.0.0.1:6060, or off
  --health               ask the server that runs with these flags and this
                         configuration whether it is ready, and end: exit code
                         0 means yes
  --version              print the version and end
  --help                 print this and end

A flag overrides the configuration file.
`

// flags is the command line. nil: not given.
type flags struct {
	config, listen, stun, generator, hlsDir, logLevel, pprof *string
	health, version                                          bool
}

// parseFlags reads the command line. The error is one sentence; flag.ErrHelp
// when help is asked for.
func parseFlags(args []string) (flags, error) {
	var f flags
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	text := func(name string, to **string) {
		set.Func(name, "", func(value string) error {
			*to = &value
			return nil
		})
	}
	text("config", &f.config)
	text("listen", &f.listen)
	text("stun", &f.stun)
	text("generator", &f.generator)
	text("hls-dir", &f.hlsDir)
	text("log-level", &f.logLevel)
	text("pprof", &f.pprof)
	set.BoolVar(&f.health, "health", false, "")
	set.BoolVar(&f.version, "version", false, "")

	if err := set.Parse(args); errors.Is(err, flag.ErrHelp) {
		return f, err
	} else if name, unknown := strings.CutPrefix(fmt.Sprint(err), "flag provided but not defined: -"); unknown {
		return f, fmt.Errorf("there is no flag --%s: see p2p-mediastream --help for those that there are", name)
	} else if name, alone := strings.CutPrefix(fmt.Sprint(err), "flag needs an argument: -"); alone {
		return f, fmt.Errorf("--%s needs a value: see p2p-mediastream --help", name)
	} else if err != nil {
		return f, fmt.Errorf("%w; see p2p-mediastream --help", err)
	}
	if set.NArg() > 0 {
		word := set.Arg(0)
		if strings.HasSuffix(word, ".json") {
			return f, fmt.Errorf("unexpected word %q: to read that file, write --config %s", word, word)
		}
		return f, fmt.Errorf("unexpected word %q: there are only flags, see p2p-mediastream --help", word)
	}
	return f, cmp.Or(
		checkAddress("--listen", f.listen, config.HTTPPort),
		checkAddress("--stun", f.stun, config.STUNPort),
		checkAddress("--pprof", f.pprof, config.PprofPort),
		checkChoice("--generator", f.generator, config.Generators),
		checkChoice("--log-level", f.logLevel, config.LogLevels),
		checkGiven("--config", f.config),
		checkGiven("--hls-dir", f.hlsDir),
	)
}

func checkAddress(name string, value *string, usual string) error {
	if value == nil || *value == config.Off {
		return nil
	}
	if _, _, err := config.SplitAddress(*value, usual); err != nil {
		return fmt.Errorf("%s: %w, or off", name, err)
	}
	return nil
}

func checkChoice(name string, value *string, choices []string) error {
	if value == nil || slices.Contains(choices, *value) {
		return nil
	}
	return fmt.Errorf("%s: %q is none of %s", name, *value, strings.Join(choices, ", "))
}

func checkGiven(name string, value *string) error {
	if value == nil || *value != "" {
		return nil
	}
	return fmt.Errorf("%s needs a path", name)
}

// release is the version where there is no git to tell it, as in an image's
// build: the linker sets it.
var release string

// version is the module's version, or the commit it was built from.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
