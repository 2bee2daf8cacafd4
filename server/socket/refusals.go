package socket

import (
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"
)

// warnEvery is how long the log is silent about a reason after it has told of it: who is refused comes again, and who
// floods must not fill the disk.
const warnEvery = time.Minute

// warned is when the log told of each reason last, in nanoseconds of Unix time.
type warned [refusals]atomic.Int64

// due says whether the log is to tell of a refusal, and takes it as told.
func (w *warned) due(why Refusal, now time.Time) bool {
	last := w[why].Load()
	return (last == 0 || now.UnixNano()-last >= int64(warnEvery)) && w[why].CompareAndSwap(last, now.UnixNano())
}

// refuse counts a request that gets no connection. What the operator may have set wrong is a warning.
func (h *Hub) refuse(why Refusal, r *http.Request) {
	address := ClientAddress(r, h.options.TrustedProxies)
	hint := ""
	if limited := why == Crowded || why == Hasty; limited && r.Header.Get("X-Forwarded-For") != "" && !contains(h.options.TrustedProxies, address) {
		hint = "it sends X-Forwarded-For: " + trust(address)
	}
	h.tell(why, h.options.Log.With("client", address, "reason", why, "origin", r.Header.Get("Origin")), hint)
}

// reset counts a TCP connection that is reset. What it would have said of other clients nobody has heard.
func (h *Hub) reset(address netip.Addr) {
	h.tell(TooManySockets, h.options.Log.With("client", address, "reason", TooManySockets), trust(address))
}

// trust is what to do about the clients of a proxy that count as one.
func trust(proxy netip.Addr) string {
	return "if it is a proxy of yours, put " + proxy.String() + " into trustedProxies"
}

// tell counts a refusal, and warns of it where that is due.
func (h *Hub) tell(why Refusal, log *slog.Logger, hint string) {
	h.counts.refuse(why)
	log.Debug("refused")
	if why == NoWebSocket || !h.warned.due(why, time.Now()) {
		return
	}
	if hint != "" {
		log = log.With("hint", hint)
	}
	log.Warn("refused a connection; others for this reason are not told of for a minute")
}
