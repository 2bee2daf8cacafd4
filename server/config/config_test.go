package config

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func lines(text ...string) string { return strings.Join(text, "\n") }

// everything has each key of wt-tracker and of ours once.
var everything = lines(
	`{`,
	`  "servers": [{`,
	`    "server": {`,
	`      "port": 8443, "host": "127.0.0.1",`,
	`      "key_file_name": "key.pem", "cert_file_name": "cert.pem",`,
	`      "passphrase": "1234",`,
	`      "dh_params_file_name": "params.dh",`,
	`      "ca_file_name": "ca.pem",`,
	`      "ssl_ciphers": "DHE",`,
	`      "ssl_prefer_low_memory_usage": true`,
	`    },`,
	`    "websockets": {`,
	`      "path": "/announce", "maxPayloadLength": 1e4, "idleTimeout": 60,`,
	`      "compression": 1,`,
	`      "maxConnections": 7`,
	`    }`,
	`  }, {}],`,
	`  "tracker": { "maxOffers": 5, "announceInterval": 120 },`,
	`  "websocketsAccess": { "allowOrigins": ["https://a.example"], "denyEmptyOrigin": true },`,
	`  "listen": ":49199", "stun": "off", "generator": "auto", "hlsDir": "live", "logLevel": "debug",`,
	`  "pprof": "127.0.0.1:6060",`,
	`  "limits": {`,
	`    "connectionsPerAddress": 1, "announcesPerSecond": 2, "offersPerSecond": 3, "stunPerSecond": 0, "loopback": true`,
	`  },`,
	`  "trustedProxies": ["192.0.2.1", "10.1.2.3/8", "2001:db8::/32", "::1", "::ffff:192.0.2.2"],`,
	`  "infoHashes": { "allowFile": "allow.txt", "denyFile": "deny.txt" }`,
	`}`)

func TestEverything(t *testing.T) {
	got, warnings, err := Parse("c.json", []byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Servers: []Server{{
			Endpoint:   Endpoint{Port: 8443, Host: "127.0.0.1", KeyFile: "key.pem", CertFile: "cert.pem", Passphrase: "1234"},
			WebSockets: WebSockets{Path: "/announce", MaxPayloadLength: 10000, IdleTimeout: time.Minute, MaxConnections: 7},
		}, DefaultServer()},
		Tracker: Tracker{MaxOffers: 5, AnnounceInterval: 2 * time.Minute},
		Access:  Access{AllowOrigins: []string{"https://a.example"}, DenyEmpty: true},
		Listen:  ":49199", STUN: "off", Generator: "auto", HLSDir: "live", LogLevel: "debug",
		Pprof:  "127.0.0.1:6060",
		Limits: Limits{Connections: 1, Announces: 2, Offers: 3, STUN: 0, Loopback: true},
		TrustedProxies: []netip.Prefix{
			netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32"),
			netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("192.0.2.2/32"),
		},
		InfoHashes: InfoHashes{AllowFile: "allow.txt", DenyFile: "deny.txt"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for i, start := range []string{
		"c.json:7: servers[0].server.dh_params_file_name: ",
		"c.json:8: servers[0].server.ca_file_name: ",
		"c.json:9: servers[0].server.ssl_ciphers: ",
		"c.json:10: servers[0].server.ssl_prefer_low_memory_usage: ",
		"c.json:14: servers[0].websockets.compression: ",
	} {
		if i >= len(warnings) || !strings.HasPrefix(warnings[i], start) {
			t.Errorf("warnings %q, want the one numbered %d to begin with %q", warnings, i, start)
		}
	}
	if len(warnings) != 5 {
		t.Errorf("%d warnings: %q", len(warnings), warnings)
	}
}

func TestAnEmptyObjectIsTheDefault(t *testing.T) {
	got, warnings, err := Parse("c.json", []byte("\ufeff{ }\n"))
	if err != nil || len(warnings) != 0 || !reflect.DeepEqual(got, Default()) {
		t.Errorf("got %+v, %q, %v", got, warnings, err)
	}
}

func TestOnePortOnTwoAddresses(t *testing.T) {
	for _, file := range []string{
		`{"servers": [{"server": {"host": "127.0.0.1"}}, {"server": {"host": "127.0.0.2"}}]}`,
		`{"servers": [{"server": {"host": "127.0.0.1"}}, {"server": {"host": "::1"}}]}`,
		`{"servers": [{"server": {"port": 0}}, {"server": {"port": 0}}], "listen": ":0"}`,
		`{"servers": [{}], "listen": "off"}`,
	} {
		if _, _, err := Parse("c.json", []byte(file)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	for _, test := range []struct{ name, file, want string }{
		{"at the top", lines(`{`, `"trakcer": {}`, `}`), "c.json:2: trakcer: unknown key, ignored"},
		{"inside", lines(`{"servers": [{}, {"server": {"port": 1}, "websockets": {`, ``, `"midleTimeout": 3}}]}`), "c.json:3: servers[1].websockets.midleTimeout: unknown key, ignored"},
		{"both lists", `{"websocketsAccess": {"denyOrigins": [], "allowOrigins": ["https://a.example"]}}`, "c.json:1: websocketsAccess: allowOrigins and denyOrigins are both given: origins in denyOrigins are refused in any case"},
		{"no origin", `{"websocketsAccess": {"allowOrigins": ["http://a.example:80", "null", "a.example"]}}`, "c.json:1: websocketsAccess.allowOrigins[2]: no page has this origin: want scheme://host or scheme://host:port"},
		{"an origin with a slash", lines(`{"websocketsAccess": {"denyOrigins": [`, `"https://a.example/"]}}`), "c.json:2: websocketsAccess.denyOrigins[0]: no page has this origin: an origin ends with its host or port, without a slash"},
		{"an origin in upper case", `{"websocketsAccess": {"allowOrigins": ["https://A.example"]}}`, "c.json:1: websocketsAccess.allowOrigins[0]: no page has this origin: browsers write it in lower case"},
		{"an origin with a wildcard", `{"websocketsAccess": {"allowOrigins": ["https://*.a.example"]}}`, "c.json:1: websocketsAccess.allowOrigins[0]: no page has this origin: the name is compared as it is, * stands for nothing"},
		{"no origins", `{"websocketsAccess": {"allowOrigins": []}}`, "c.json:1: websocketsAccess.allowOrigins: the list is empty, so that no page may use the tracker"},
		{"case", `{"hlsdir": "x"}`, "c.json:1: hlsdir: unknown key, ignored (did you mean hlsDir?)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, warnings, err := Parse("c.json", []byte(test.file))
			if err != nil || !slices.Equal(warnings, []string{test.want}) {
				t.Errorf("got %q, %v; want %q", warnings, err, test.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct{ name, file, want string }{
		{"not an object", `[]`, "c.json:1: the file: want an object, not an array"},
		{"servers", `{"servers": {}}`, "c.json:1: servers: want an array, not an object"},
		{"an entry", lines(`{"servers": [`, `{},`, `null]}`), "c.json:3: servers[1]: want an object, not null"},
		{"port as text", lines(`{"servers": [`, `{"server":`, `{"port": "8000"}}]}`), `c.json:3: servers[0].server.port: want a whole number from 0 to 65535, not the string "8000"`},
		{"port too large", `{"servers": [{"server": {"port": 65536}}]}`, "c.json:1: servers[0].server.port: want a whole number from 0 to 65535, not the number 65536"},
		{"fraction", `{"tracker": {"announceInterval": 1.5}}`, "c.json:1: tracker.announceInterval: want a whole number from 1 to 1048576, not the number 1.5"},
		{"beyond float64", `{"tracker": {"maxOffers": 1e999}}`, "c.json:1: tracker.maxOffers: want a whole number from 1 to 1000, not the number 1e999"},
		{"empty text", `{"hlsDir": ""}`, `c.json:1: hlsDir: want a string that is not empty, not the string ""`},
		{"choice", `{"generator": "on"}`, `c.json:1: generator: want one of embedded, ffmpeg, auto, off, not the string "on"`},
		{"bool", `{"websocketsAccess": {"denyEmptyOrigin": 1}}`, "c.json:1: websocketsAccess.denyEmptyOrigin: want true or false, not the number 1"},
		{"origin", `{"websocketsAccess": {"denyOrigins": ["x", 2]}}`, "c.json:1: websocketsAccess.denyOrigins[1]: want a string that is not empty, not the number 2"},
		{"half of TLS", `{"servers": [{"server": {"key_file_name": "k"}}]}`, "c.json:1: servers[0].server: key_file_name and cert_file_name go together: give both or neither"},
		{"twice", lines(`{"listen": ":1",`, `"listen": ":2"}`), "c.json:2: listen: given twice"},
		{"two at once", lines(`{"stun": 1,`, `"listen": 2}`), lines(
			`c.json:1: stun: want an address or "off", not the number 1`,
			`c.json:2: listen: want an address or "off", not the number 2`)},
		{"address", `{"listen": "49199"}`, `c.json:1: listen: "49199" is no address: write it as :49199, 127.0.0.1:49199 or [::1]:49199`},
		{"the address of another kind", `{"stun": "x"}`, `c.json:1: stun: "x" is no address: write it as :3478, 127.0.0.1:3478 or [::1]:3478`},
		{"passphrase", `{"servers": [{"server": {"passphrase": 1234}}]}`, "c.json:1: servers[0].server.passphrase: want a string, not the number 1234"},
		{"idle text", `{"servers": [{"server": {"ssl_ciphers": 1234}}]}`, "c.json:1: servers[0].server.ssl_ciphers: want a string, not the number 1234"},
		{"idle switch", `{"servers": [{"server": {"ssl_prefer_low_memory_usage": "yes"}}]}`, `c.json:1: servers[0].server.ssl_prefer_low_memory_usage: want true or false, not the string "yes"`},
		{"one port twice", lines(`{"servers": [{},`, `{"server": {"host": "127.0.0.1"}}]}`), "c.json:2: servers[1]: port 8000 is that of servers[0] already: give each server its own"},
		{"one port in both families", lines(`{"servers": [{},`, `{"server": {"host": "::1"}}]}`), "c.json:2: servers[1]: port 8000 is that of servers[0] already: give each server its own"},
		{"the port of listen", lines(`{"listen": ":8000",`, `"servers": [{"server": {"port": 1}}, {}]}`), "c.json:2: servers[1]: port 8000 is that of listen already: give each server its own"},
		{"the port of pprof", lines(`{"listen": ":6060",`, `"pprof": "127.0.0.1:6060"}`), "c.json:2: pprof: port 6060 is that of listen already: give each server its own"},
		{"a limit", lines(`{"limits": {`, `"offersPerSecond": -1}}`), "c.json:2: limits.offersPerSecond: want a whole number from 0 to 1048576, not the number -1"},
		{"no proxies", `{"trustedProxies": "10.0.0.0/8"}`, `c.json:1: trustedProxies: want an array, not the string "10.0.0.0/8"`},
		{"a proxy's name", lines(`{"trustedProxies": ["::1",`, `"localhost"]}`), `c.json:2: trustedProxies[1]: want an address or a network, such as 10.0.0.0/8 or 2001:db8::/32, not the string "localhost"`},
		{"proxies of too many bits", `{"trustedProxies": ["10.0.0.0/33"]}`, `c.json:1: trustedProxies[0]: want an address or a network, such as 10.0.0.0/8 or 2001:db8::/32, not the string "10.0.0.0/33"`},
		{"proxies in two notations", `{"trustedProxies": ["::ffff:10.0.0.0/104"]}`, `c.json:1: trustedProxies[0]: want an address or a network, such as 10.0.0.0/8 or 2001:db8::/32, not the string "::ffff:10.0.0.0/104"`},
		{"a proxy on a link", `{"trustedProxies": ["fe80::1%eth0"]}`, `c.json:1: trustedProxies[0]: want an address or a network, such as 10.0.0.0/8 or 2001:db8::/32, not the string "fe80::1%eth0"`},
		{"no file of hashes", `{"infoHashes": {"allowFile": ""}}`, `c.json:1: infoHashes.allowFile: want a string that is not empty, not the string ""`},
		{"a long string", `{"generator": "` + strings.Repeat("é", 50) + `"}`, `c.json:1: generator: want one of embedded, ffmpeg, auto, off, not the string "` + strings.Repeat("é", 19) + "…"},

		{"empty", " \n", "c.json:1:1: the file is empty: write at least {}"},
		{"syntax", lines(`{`, `  "é": x`, `}`), "c.json:2:8: invalid character 'x' looking for beginning of value (JSON has no comments and no trailing commas)"},
		{"a comma too many", lines(`{"listen": ":1",`, `}`), "c.json:2:1: invalid character '}' looking for beginning of object key string (JSON has no comments and no trailing commas)"},
		{"cut off", lines(`{`, `  "tracker": {`, ``), "c.json:2:15: unexpected end of JSON input (JSON has no comments and no trailing commas)"},
		{"a comment", lines(`{ // ours`, `}`), "c.json:1:3: invalid character '/' looking for beginning of object key string (JSON has no comments and no trailing commas)"},
		{"Latin-1", lines(`{`, "\"hlsDir\": \"\u00e9t\xe9\"}"), "c.json:2:14: the byte here is not UTF-8: save the file as UTF-8"},
		{"UTF-16", "\xff\xfe{\x00}\x00", "c.json:1:1: the byte here is not UTF-8: save the file as UTF-8"},
		{"something behind it", lines(`{}`, `{}`), "c.json:2:1: invalid character '{' after top-level value (JSON has no comments and no trailing commas)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := Parse("c.json", []byte(test.file))
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestSplitAddress(t *testing.T) {
	for _, test := range []struct {
		text, host string
		port       int
		ok         bool
	}{
		{":49199", "", 49199, true}, {"127.0.0.1:0", "127.0.0.1", 0, true}, {"[::1]:80", "::1", 80, true}, {"localhost:80", "localhost", 80, true},
		{"", "", 0, false}, {"80", "", 0, false}, {":", "", 0, false}, {":http", "", 0, false}, {":65536", "", 0, false}, {":-1", "", 0, false}, {"::1:80", "", 0, false},
	} {
		host, port, err := SplitAddress(test.text, HTTPPort)
		if host != test.host || port != test.port || (err == nil) != test.ok {
			t.Errorf("SplitAddress(%q) = %q, %d, %v", test.text, host, port, err)
		}
	}
}

func TestMatchPath(t *testing.T) {
	for _, test := range []struct {
		pattern, path string
		want          bool
	}{
		{"/*", "/", true}, {"/*", "/announce", true}, {"/*", "/a/b", true}, {"*", "/a", true},
		{"/", "/", true}, {"/", "/a", false},
		{"/announce", "/announce", true}, {"/announce", "/", false}, {"/announce", "/announce/", false}, {"/announce", "/announced", false},
		{"/t/*", "/t/", true}, {"/t/*", "/t/a/b", true}, {"/t/*", "/t", true}, {"/t/*", "/u/a", false},
		{"/:room/announce", "/x/announce", true}, {"/:room/announce", "//announce", false}, {"/:room", "/x/y", false},
	} {
		if got := MatchPath(test.pattern, test.path); got != test.want {
			t.Errorf("MatchPath(%q, %q) = %v", test.pattern, test.path, got)
		}
	}
}

func TestAccess(t *testing.T) {
	a, b := "https://a.example", "https://b.example"
	for _, test := range []struct {
		name   string
		access Access
		a, b   bool
		empty  bool
	}{
		{"all", Access{}, true, true, true},
		{"allow a", Access{AllowOrigins: []string{a}}, true, false, false},
		{"allow none", Access{AllowOrigins: []string{}}, false, false, false},
		{"allow both, deny a", Access{AllowOrigins: []string{a, b}, DenyOrigins: []string{a}}, false, true, false},
		{"deny a", Access{DenyOrigins: []string{a}}, false, true, true},
		{"browsers", Access{DenyEmpty: true}, true, true, false},
	} {
		if test.access.Allows(a) != test.a || test.access.Allows(b) != test.b || test.access.Allows("") != test.empty {
			t.Errorf("%s: %v %v %v", test.name, test.access.Allows(a), test.access.Allows(b), test.access.Allows(""))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte("{\n\"servers\": [1, {}],\n\"x\": null}"))
	f.Add([]byte("{\n\"é"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, warnings, err := Parse("c.json", data)
		if err != nil {
			warnings = append(warnings, strings.Split(err.Error(), "\n")...)
		}
		for _, text := range warnings {
			// A key may hold anything, a line break included; only beginnings count.
			if err == nil && !strings.HasPrefix(text, "c.json:") {
				t.Fatalf("%q does not say where", text)
			}
		}
	})
}
