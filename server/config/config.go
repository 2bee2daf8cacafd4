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

// Config is what a file says, with the defaults where it is silent: wt-tracker's,
// and of what is ours our own. A key, what it may be and what it means are here
// and nowhere else: Parse goes by the tags, and tools/settings makes the tables of
// the papers of these fields. The tags beside `key` are
//
//	range    the lowest and the highest number
//	unit     what a number counts: s for seconds, B for bytes
//	choice   the words that a string may be
//	tcp, udp the string is an address, or "off"; this is the usual port
//	empty    the string may be empty
//	unset    what it means to leave the key out, where that is not "none"
//	idle     the key is wt-tracker's, and why it changes nothing here
type Config struct {
	Servers []Server `key:"servers"`
	Tracker Tracker  `key:"tracker"`
	Access  Access   `key:"websocketsAccess"`

	// One more address where HTTP is served, beside those of `servers`. Where there are
	// `servers`, the default is `"off"`.
	Listen string `key:"listen" tcp:"49199"`
	// Where to serve STUN, UDP.
	STUN string `key:"stun" udp:"3478"`
	// What makes the live stream: the built-in test card, the test source of ffmpeg, that
	// one if there is an ffmpeg, or nothing.
	Generator string `key:"generator" choice:"embedded ffmpeg auto off"`
	// The directory of the stream, if it is not the built-in one.
	HLSDir string `key:"hlsDir"`
	// What is logged.
	LogLevel string `key:"logLevel" choice:"debug info warn error"`
	// Where Go's profiler is served; it looks into the process, so `127.0.0.1:6060` rather
	// than `:6060`.
	Pprof string `key:"pprof" tcp:"6060"`

	Limits Limits `key:"limits"`
	// The reverse proxies whose `X-Forwarded-For` says who the client is.
	TrustedProxies []netip.Prefix `key:"trustedProxies"`
	InfoHashes     InfoHashes     `key:"infoHashes"`
}

// Server is an address to listen on, wt-tracker's way.
type Server struct {
	Endpoint   `key:"server"`
	WebSockets WebSockets `key:"websockets"`
}

// Endpoint is where a server listens, and as whom.
type Endpoint struct {
	// The TCP port; 0: any that is free.
	Port int `key:"port" range:"0 65535"`
	// The address to listen on; `0.0.0.0` is that of IPv4 and IPv6 both.
	Host string `key:"host"`
	// The private key, PEM; with it and the certificate the server speaks TLS.
	KeyFile string `key:"key_file_name"`
	// The certificate and those that it hangs on, PEM.
	CertFile string `key:"cert_file_name"`
	// The passphrase of the key, if that is encrypted.
	Passphrase string `key:"passphrase" empty:"yes"`

	_ string `key:"dh_params_file_name" empty:"yes" idle:"Go's TLS uses elliptic curves"`
	_ string `key:"ca_file_name" empty:"yes" idle:"client certificates are not asked for"`
	_ string `key:"ssl_ciphers" empty:"yes" idle:"Go's choice of ciphers is used"`
	_ bool   `key:"ssl_prefer_low_memory_usage" idle:"it is a switch of µWebSockets"`
}

// Address is the address to listen on, as net.Listen takes it.
func (e Endpoint) Address() string { return net.JoinHostPort(e.Host, strconv.Itoa(e.Port)) }

// WebSockets says which upgrade requests are the tracker's, and what each
// connection may use. Paths are matched by MatchPath. Messages are never
// compressed: they are short, and a compressor for each connection costs more
// memory than everything else about it.
type WebSockets struct {
	// Which paths are the tracker's: `:name` stands for one segment, `*` at the end for all
	// that follows.
	Path string `key:"path"`
	// The longest message of a client.
	MaxPayloadLength int64 `key:"maxPayloadLength" unit:"B" range:"1 1073741824"`
	// After how much silence a connection is cut; pongs count, and are asked for; 0: never.
	IdleTimeout time.Duration `key:"idleTimeout" unit:"s" range:"0 1048576"`
	_           int           `key:"compression" range:"0 2" idle:"messages are not compressed"`
	// WebSockets at this address at once; 0: any number.
	MaxConnections int `key:"maxConnections" range:"0 1073741824"`
}

// Tracker is how the tracker introduces peers to each other.
type Tracker struct {
	// Offers of one announce that are passed on.
	MaxOffers int `key:"maxOffers" range:"1 1000"`
	// How often peers are asked to announce.
	AnnounceInterval time.Duration `key:"announceInterval" unit:"s" range:"1 1048576"`
}

// Access says which pages may use the tracker, by the Origin header of the
// upgrade request. Of AllowOrigins nil is all, and an empty list none.
type Access struct {
	// Pages of these origins only, such as `https://a.example`.
	AllowOrigins []string `key:"allowOrigins" unset:"all"`
	// Pages of these origins never.
	DenyOrigins []string `key:"denyOrigins"`
	// Refuse what names no origin: all but browsers.
	DenyEmpty bool `key:"denyEmptyOrigin"`
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

// Limits is what one client address may do; of IPv6 that is a network of 64
// bits. 0 is no limit; who needs more than the highest needs none. Clients behind
// one NAT share an address. Of what comes each second there may be ten seconds'
// worth at once.
type Limits struct {
	// WebSockets of one address at once.
	Connections int `key:"connectionsPerAddress" range:"0 1048576"`
	// Messages of one address to the tracker.
	Announces int `key:"announcesPerSecond" range:"0 1048576"`
	// Offers in them.
	Offers int `key:"offersPerSecond" range:"0 1048576"`
	// Binding requests of one address.
	STUN int `key:"stunPerSecond" range:"0 1048576"`
	// Whether the limits hold for this machine itself, as `127.0.0.1` or `::1`.
	Loopback bool `key:"loopback"`
}

// InfoHashes says which swarms the tracker serves. Each file has one info hash
// a line, as 40 hexadecimal digits; it is read again when it changes.
type InfoHashes struct {
	// A list of the swarms that the tracker serves.
	AllowFile string `key:"allowFile" unset:"all"`
	// A list of the swarms that it does not, whatever the other one says.
	DenyFile string `key:"denyFile"`
}

// Default is the configuration of an empty file.
func Default() Config {
	return Config{
		Tracker:   Tracker{MaxOffers: 20, AnnounceInterval: 20 * time.Second},
		Listen:    ":" + HTTPPort,
		STUN:      ":" + STUNPort,
		Generator: "embedded",
		HLSDir:    "hls/stream",
		LogLevel:  "info",
		Pprof:     Off,
		Limits:    Limits{Connections: 1000, Announces: 200, Offers: 1000, STUN: 200},
	}
}

// DefaultServer is an empty entry of `servers`.
func DefaultServer() Server {
	return Server{
		Endpoint: Endpoint{Port: 8000, Host: "0.0.0.0"},
		WebSockets: WebSockets{
			Path:             "/*",
			MaxPayloadLength: 64 << 10,
			IdleTimeout:      240 * time.Second,
		},
	}
}
