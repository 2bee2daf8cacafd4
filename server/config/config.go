// Package config reads config.json: wt-tracker's format, which people have
// already, with our own keys beside it.
//
// Errors and warnings name the file, the line and the path of the key, as in
//
//	config.json:7: servers[0].server.port: want a whole number from 0 to 65535, not the string "8000"
package config

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// Config is what a file says, with wt-tracker's defaults where it is silent.
type Config struct {
	// Servers (`servers`) are the addresses to listen on, wt-tracker's way;
	// empty when the file has none.
	Servers []Server
	Tracker Tracker
	Access  Access

	// Ours, named as the flags that override them; nil where the file says nothing.
	Listen    *string // `listen`: the address of the HTTP server, or "off"
	STUN      *string // `stun`: the address of the STUN server, or "off"
	Generator *string // `generator`: embedded, ffmpeg, auto or off
	HLSDir    *string // `hlsDir`: the stream directory
	LogLevel  *string // `logLevel`: debug, info, warn or error
	Pprof     *string // `pprof`: the address of Go's profiler, or "off"

	Limits         Limits
	TrustedProxies []netip.Prefix // `trustedProxies`: whose X-Forwarded-For is believed; addresses or CIDR prefixes
	InfoHashes     InfoHashes
}

// Server is one entry of `servers`.
type Server struct {
	Port       int    // `server.port`, 8000
	Host       string // `server.host`, 0.0.0.0
	KeyFile    string // `server.key_file_name`: PEM; TLS when given
	CertFile   string // `server.cert_file_name`: PEM
	Passphrase string // `server.passphrase`: of the key, if that is encrypted
	WebSockets WebSockets
}

// Address is the address to listen on, as net.Listen takes it.
func (s Server) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// WebSockets (`servers[].websockets`) says which upgrade requests are the
// tracker's, and what each connection may use.
type WebSockets struct {
	Path             string        // `path`, "/*": a pattern, see MatchPath
	MaxPayloadLength int64         // `maxPayloadLength`, 65536: longest message from a client, in bytes
	IdleTimeout      time.Duration // `idleTimeout`, 240 s: longest silence before a connection is cut, pongs included; 0: none
	MaxConnections   int           // `maxConnections`, 0: no limit
}

// Tracker is the section `tracker`.
type Tracker struct {
	MaxOffers        int           // `maxOffers`, 20: offers of one announce that are passed on
	AnnounceInterval time.Duration // `announceInterval`, 20 s: how often peers are asked to announce
}

// Access (`websocketsAccess`) says which pages may use the tracker, by the
// Origin header of the upgrade request.
type Access struct {
	AllowOrigins []string // `allowOrigins`: these only; nil: all
	DenyOrigins  []string // `denyOrigins`: these never
	DenyEmpty    bool     // `denyEmptyOrigin`: refuse requests without the header, so all but browsers
}

// Allows says whether a page of the given origin may use the tracker.
func (a Access) Allows(origin string) bool {
	if origin == "" && a.DenyEmpty {
		return false
	}
	if a.AllowOrigins != nil && !slices.Contains(a.AllowOrigins, origin) {
		return false
	}
	return !slices.Contains(a.DenyOrigins, origin)
}

// Limits (`limits`) is what one client address may do; of IPv6 that is a network
// of 64 bits. 0 is no limit. Clients behind one NAT share an address.
type Limits struct {
	Connections int  // `connectionsPerAddress`, 1000: to the tracker, at once
	Announces   int  // `announcesPerSecond`, 200: and other messages to the tracker; ten seconds' worth at once
	Offers      int  // `offersPerSecond`, 1000: in announces; ten seconds' worth at once
	STUN        int  // `stunPerSecond`, 200: Binding requests; ten seconds' worth at once
	Loopback    bool // `loopback`, false: whether this machine itself is bound by them too
}

// InfoHashes (`infoHashes`) says which swarms the tracker serves. Each file has
// one info hash a line, as 40 hexadecimal digits; it is read again when it
// changes.
type InfoHashes struct {
	AllowFile string // `allowFile`: these only; empty: all
	DenyFile  string // `denyFile`: these never; empty: none
}

// Default is the configuration of an empty file.
func Default() Config {
	return Config{
		Tracker: Tracker{MaxOffers: 20, AnnounceInterval: 20 * time.Second},
		Limits:  Limits{Connections: 1000, Announces: 200, Offers: 1000, STUN: 200},
	}
}

// DefaultServer is an empty entry of `servers`.
func DefaultServer() Server {
	return Server{
		Port: 8000,
		Host: "0.0.0.0",
		WebSockets: WebSockets{
			Path:             "/*",
			MaxPayloadLength: 64 << 10,
			IdleTimeout:      240 * time.Second,
		},
	}
}
