package loader

import (
	"maps"
	"strings"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// site is an origin that fails, for all the segments that come from it.
type site struct {
	failures int           // in a row
	retryAt  time.Duration // it is left alone before
	wish     scheduler.Wish
}

// failing is for how long after a failure an origin is thought to fail: then nobody
// may have asked it since.
const failing = 10 * time.Second

// sites are the origins of a loader that fail at present, by what their addresses
// begin with.
type sites map[string]*site

// siteOf is what names the origin of an address: scheme, host and port.
func siteOf(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return scheme + "://" + rest
}

// of is the origin of an address, or nil when it does well.
func (s sites) of(url string) *site {
	if len(s) == 0 {
		return nil
	}
	return s[siteOf(url)]
}

// answered takes note that an origin gives what it is asked for.
func (s sites) answered(url string) {
	if len(s) > 0 {
		delete(s, siteOf(url))
	}
}

// mayBeBack drops what is known of origins, but for those that asked to be left alone.
func (s sites) mayBeBack() {
	maps.DeleteFunc(s, func(_ string, o *site) bool { return o.wish.Until == 0 })
}

// failed takes note of a failure that is the origin's own, not one segment's.
func (s sites) failed(url string) *site {
	name := siteOf(url)
	if s[name] == nil {
		s[name] = &site{}
	}
	s[name].failures++
	return s[name]
}

// rest is how long an origin is left alone after so many failures in a row. The
// last half of it is random, so that viewers do not come back in step.
func rest(failures int, random func() float64) time.Duration {
	first, longest := config.HTTPRules.FirstRest, config.HTTPRules.LongestRest
	whole := min(longest, first*float64(int64(1)<<min(failures-1, 16)))
	return config.Milliseconds(whole * (0.5 + random()/2))
}

// refused takes note that the origin did not give the segment: for the download
// and, where that is no matter of one segment, for all that come from there. An
// attempt that brought worthwhile bytes has failed for the first time.
func (a *attempt) refused(err *FetchError, discard bool) {
	d, l := a.download, a.download.feed.loader
	now := l.now()
	if a.isWorthwhile() && !discard {
		d.failures = 0
	}
	if d.failures == 0 {
		d.failedAt = now
	}
	d.failures++
	d.giveUpAt = 0
	if d.feed.settings.HTTPErrorRetries >= config.UsualHTTPErrorRetries {
		d.giveUpAt = d.failedAt + err.patience()
	}
	if !err.isOfTheSite() {
		l.sites.answered(a.segment.URL)
		d.retryAt = now + rest(d.failures, l.page.random)
		return
	}
	s := l.sites.failed(a.segment.URL)
	d.retryAt = now + rest(max(d.failures, s.failures), l.page.random)
	s.retryAt, s.wish.Since = d.retryAt, now
	if err.RetryAfter > 0 {
		s.wish.Until = d.retryAt + err.RetryAfter
	}
}

// isWorthwhile tells whether the attempt has brought the segment on.
func (a *attempt) isWorthwhile() bool {
	rules, got, total := config.HTTPRules, float64(a.got), float64(a.download.total)
	return got >= rules.WorthwhileBytes || total > 0 && got >= total*rules.WorthwhileShare
}

// anew gives the download all its tries.
func (d *download) anew() { d.failures, d.giveUpAt, d.retryAt = 0, 0, 0 }

// patience is how long after the first such failure the player is not told, 0
// where another attempt mends nothing or hls.js alone would not make one.
func (e *FetchError) patience() time.Duration {
	const requestTimeout, tooManyRequests, serverError = 408, 429, 500
	switch {
	case e.Type == HTTPTimedOut:
		return config.Milliseconds(config.HTTPRules.SilentPatience)
	case e.Status == requestTimeout, e.Status == tooManyRequests, e.Status >= serverError:
		return config.Milliseconds(config.HTTPRules.FailingPatience)
	}
	return 0
}

// isOfTheSite tells whether other segments would fail as well: the origin is busy,
// fails, says nothing or cannot be reached.
func (e *FetchError) isOfTheSite() bool {
	return e.patience() > 0 || e.Type == HTTPError && e.Status == 0
}
