package config

import (
	"fmt"
	"net"
	"strconv"
)

// Off is the address of a server that shall not run.
const Off = "off"

// What `generator` and `logLevel`, and the flags of those names, may be.
var (
	Generators = []string{"embedded", "ffmpeg", "auto", "off"}
	LogLevels  = []string{"debug", "info", "warn", "error"}
)

// SplitAddress reads an address to listen on, such as ":49199": host, which
// may be empty, and a port number.
func SplitAddress(text string) (host string, port int, err error) {
	host, number, err := net.SplitHostPort(text)
	if err == nil {
		var n uint64
		if n, err = strconv.ParseUint(number, 10, 16); err == nil {
			return host, int(n), nil
		}
	}
	return "", 0, fmt.Errorf("%q is no address: write it as :49199, 127.0.0.1:49199 or [::1]:49199", text)
}
