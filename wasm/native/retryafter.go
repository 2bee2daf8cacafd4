//go:build !js

package native

import (
	"net/http"
	"time"
)

// longestRetryAfter is how long an origin is left alone at most, whatever it says.
const longestRetryAfter = 24 * time.Hour

// readRetryAfter is how long an origin asks to be left alone (RFC 9110, 10.2.3). It
// is 0 when it says nothing, nothing that can be read, or a time past. A date is
// taken by the origin's own clock, where it tells that.
func readRetryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, ok := digits(value); ok {
		return time.Duration(min(seconds, int64(longestRetryAfter/time.Second))) * time.Second
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), longestRetryAfter)
}
