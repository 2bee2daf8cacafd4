package socket

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestClientAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, test := range []struct {
		name, from string
		forwarded  []string
		want       string
	}{
		{"no proxy", "192.0.2.1:5", nil, "192.0.2.1"},
		{"a stranger's word", "192.0.2.1:5", []string{"192.0.2.9"}, "192.0.2.1"},
		{"a proxy that says nothing", "10.0.0.1:5", nil, "10.0.0.1"},
		{"a proxy's word", "10.0.0.1:5", []string{"192.0.2.9"}, "192.0.2.9"},
		{"what the client made up", "10.0.0.1:5", []string{"192.0.2.7, 192.0.2.9"}, "192.0.2.9"},
		{"two proxies", "10.0.0.1:5", []string{"192.0.2.9, 10.0.0.2"}, "192.0.2.9"},
		{"two headers", "10.0.0.1:5", []string{"192.0.2.7", "192.0.2.9,10.0.0.2"}, "192.0.2.9"},
		{"the client's header and the proxy's", "10.0.0.1:5", []string{"10.0.0.9", "192.0.2.9"}, "192.0.2.9"},
		{"proxies all the way", "10.0.0.1:5", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"garbage", "10.0.0.1:5", []string{"192.0.2.9, unknown"}, "10.0.0.1"},
		{"garbage further left", "10.0.0.1:5", []string{"unknown, 192.0.2.9"}, "192.0.2.9"},
		{"an empty one", "10.0.0.1:5", []string{""}, "10.0.0.1"},
		{"a port", "10.0.0.1:5", []string{"192.0.2.9:1234"}, "192.0.2.9"},
		{"IPv6", "[fd00::1]:5", []string{"2001:db8::9"}, "2001:db8::9"},
		{"IPv6 in brackets", "[fd00::1]:5", []string{"[2001:db8::9]"}, "2001:db8::9"},
		{"IPv6 with a port", "[fd00::1]:5", []string{"[2001:db8::9]:1234"}, "2001:db8::9"},
		{"a bracket alone", "[fd00::1]:5", []string{"[2001:db8::9"}, "fd00::1"},
		{"IPv4 within IPv6", "[::ffff:10.0.0.1]:5", []string{"::ffff:192.0.2.9"}, "192.0.2.9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: test.from, Header: http.Header{"X-Forwarded-For": test.forwarded}}
			if got := ClientAddress(r, trusted); got.String() != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}
