//go:build !js

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/native"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/native/player"
)

// options is what the command line says.
type options struct {
	player  player.Options
	rtc     native.RTCOptions
	viewers int
	every   time.Duration // between viewers that join
	lasts   time.Duration // all of it; 0 until it is stopped or the end is reached
	json    bool
}

// errHelp says that the flags were explained, as asked.
var errHelp = errors.New("help")

// A seeder holds all that is listed, from its beginning on.
const everything = 365 * 24 * time.Hour

func parse(args []string, log io.Writer) (o options, err error) {
	f := flag.NewFlagSet("peer", flag.ContinueOnError)
	f.SetOutput(log)
	settings := config.Default()
	behind, buffer := f.Float64("behind", 16, "how many `seconds` behind live to play"),
		f.Float64("buffer", settings.Main.HighDemandTimeWindow, "how many `seconds` ahead of the playhead to load")
	tracker := f.String("tracker", "", "`addresses` of WebTorrent trackers, such as ws://localhost:49199/, separated by commas; without one there are no peers")
	stun := f.String("stun", "", "`host:port` of a STUN server")
	seed := f.Bool("seed", false, "hold all that the playlists list, instead of -behind and -buffer")
	f.StringVar(&o.player.URL, "url", "", "`address` of the presentation, such as http://localhost:49199/hls/master.m3u8")
	f.StringVar(&settings.Main.SwarmID, "swarm", "", "`id` of the swarm (default: the address, without its query)")
	f.StringVar(&settings.SegmentsSHA256URL, "segments-sha256-url", "", "`address` of the list of SHA-256 digests, seen from that of a segment (default: what the origin says)")
	f.BoolVar(&settings.IsSegmentSHA256Required, "segments-sha256-required", false, "fetch from the origin what comes from peers and no digest is known of")
	f.IntVar(&o.player.Variant, "variant", 0, "`number` of the variant in the master playlist, from 0")
	f.IntVar(&o.viewers, "viewers", 1, "`how many` viewers there are")
	f.DurationVar(&o.every, "every", time.Second, "`time` between viewers that join")
	f.DurationVar(&o.lasts, "for", 0, "`time` until all leave (default: when the end is reached, or on Ctrl-C)")
	f.BoolVar(&o.rtc.Loopback, "loopback", false, "offer peers 127.0.0.1, too, for a machine without a network")
	f.BoolVar(&o.json, "json", false, "print JSON, with the SHA-256 of each segment, instead of a table")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return o, errHelp
	} else if err != nil {
		return o, errors.New("see -help")
	}

	o.player.Behind, o.player.Buffer = config.Seconds(*behind), config.Seconds(*buffer)
	if *seed {
		o.player.Behind, o.player.Buffer = everything, everything
	}
	settings.Main.AnnounceTrackers = list(*tracker)
	settings.Secondary.AnnounceTrackers = settings.Main.AnnounceTrackers
	settings.Secondary.SwarmID = settings.Main.SwarmID
	o.player.Settings = settings
	if *stun != "" {
		if _, _, err := net.SplitHostPort(*stun); err != nil {
			return o, fmt.Errorf("-stun %q: want host:port", *stun)
		}
		o.rtc.ICEServers = []webrtc.ICEServer{{URLs: []string{"stun:" + *stun}}}
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is no flag; see -help", f.Arg(0))
	case o.player.URL == "":
		return o, errors.New("-url is missing; see -help")
	case o.viewers < 1:
		return o, fmt.Errorf("-viewers %d: want at least 1", o.viewers)
	case *behind < 0, *buffer <= 0, o.every < 0, o.lasts < 0:
		return o, errors.New("-behind, -every and -for must not be below 0, and -buffer must be above")
	}
	if err := address("-url", o.player.URL, "http", "https"); err != nil {
		return o, err
	}
	for _, t := range settings.Main.AnnounceTrackers {
		if err := address("-tracker", t, "ws", "wss"); err != nil {
			return o, err
		}
	}
	return o, nil
}

func list(text string) []string {
	return slices.DeleteFunc(strings.Split(text, ","), func(s string) bool { return s == "" })
}

// address checks that text is an absolute URL of one of the schemes.
func address(name, text string, schemes ...string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		return fmt.Errorf("%s %q: want an address that begins with %s://", name, text, strings.Join(schemes, ":// or "))
	}
	return nil
}
