package socket

import (
	"net"
	"net/netip"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/limit"
	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

const (
	// burst is how many seconds' worth an address may do at once.
	burst = 10
	// abuse is how many times the rate of messages an address may send frames, of any kind: beyond it its connections
	// are closed.
	abuse = 10
	// perWebSocket is how many TCP connections an address may have for each WebSocket: a browser opens six for the
	// stream, and an office of viewers has one address.
	perWebSocket = 10
)

// bounds is what one address may do at this hub.
type bounds struct {
	loopback    bool         // this machine is bound too
	sockets     *limit.Count // TCP connections, whatever comes over them
	connections *limit.Count
	messages    *limit.Rate
	offers      *limit.Rate
	frames      *limit.Rate
}

func newBounds(l config.Limits) bounds {
	rate := func(perSecond int) *limit.Rate { return limit.NewRate(float64(perSecond), float64(burst*perSecond)) }
	return bounds{
		loopback:    l.Loopback,
		sockets:     limit.NewCount(perWebSocket * l.Connections),
		connections: limit.NewCount(l.Connections),
		messages:    rate(l.Announces),
		offers:      rate(l.Offers),
		frames:      rate(abuse * l.Announces),
	}
}

// exempts says whether an address may do what it likes.
func (b *bounds) exempts(address netip.Addr) bool { return address.IsLoopback() && !b.loopback }

// Bound returns a listener that accepts no more TCP connections of an address than it may have, over all listeners, so
// that who opens them and says nothing leaves some for others. Trusted proxies have as many as they like.
func (h *Hub) Bound(l net.Listener) net.Listener {
	return limit.Listener(l, h.bounds.sockets, func(address netip.Addr) bool {
		return h.bounds.exempts(address) || contains(h.options.TrustedProxies, address)
	})
}

// refuses says why a request is refused, empty: it is not.
func (b *bounds) refuses(now time.Time, c *conn, request *tracker.Request) (reason string) {
	switch {
	case c.exempt:
		return ""
	case !b.messages.Allow(now, c.address, 1):
		return "too many messages from this address"
	case !b.offers.Allow(now, c.address, request.Offers()):
		return "too many offers from this address"
	}
	return ""
}

// flooded says whether a frame is one too many.
func (b *bounds) flooded(now time.Time, c *conn) bool {
	return !c.exempt && !b.frames.Allow(now, c.address, 1)
}
