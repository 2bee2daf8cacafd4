package storage

import "strings"

const mib = 1 << 20

// Limit is the size of a storage in bytes: the configured one in MiB, or, where
// that is 0, what P2P Media Loader gives a device with this user agent.
func Limit(configured float64, userAgent string) int64 {
	if configured > 0 {
		return int64(max(1, min(configured*mib, 1<<60))) // a page may want no end of it
	}
	has := func(word string) bool { return strings.Contains(userAgent, word) }
	android := has("Android")
	webView := android && !has("Chrome") && !has("Firefox")
	switch {
	case webView, has("iPad"), has("iPhone"):
		return 1024 * mib
	case android:
		return 2048 * mib
	}
	return 4096 * mib
}
