package socket

import (
	"net"
	"net/netip"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/server/config"
	"github.com/p2p-mediastream/p2p-mediastream/server/limit"
	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

// RequestsAtOnce is how many requests over HTTP/2 a TCP connection may make at once: each may hold a file. Over HTTP/1.1 it
// is one, and browsers open six connections.
const RequestsAtOnce = 8

const (
	// abuse is how many times the rate of messages an address may send frames, of any kind: beyond it its connections
	// are closed.
	abuse = 10
	// perWebSocket is how many TCP connections an address may have for each WebSocket: a browser opens six for the
	// stream, and an office of viewers has one address.
	perWebSocket = 10
	// fileShare is which part of the files of the process an address may have as WebSockets, and as other TCP connections
	// with what these are sent: a third each, so that a third is left for others.
	fileShare = 3
	// filesPerSocket is how many files a TCP connection is: itself, and one for each request that it may make at once.
	filesPerSocket = 1 + RequestsAtOnce
	// offerSize is how many bytes of an announce count as an offer at least, so that it is bounded how much an address
	// has passed on. Browsers' offers of data channels have a half or less.
	offerSize = 4 << 10
	// perReceiver is which part of its offers' bytes an address may have passed on to one client. However many viewers an
	// address has, one of a swarm gets no more than MaxOffers of theirs in an interval, and some dozens as they come: who
	// announces has the others at random.
	perReceiver = 100
)

// bounds is what one address may do at this hub.
type bounds struct {
	loopback    bool         // this machine is bound too
	sockets     *limit.Count // TCP connections, whatever comes over them
	connections *limit.Count
	messages    *limit.Rate
	offers      *limit.Rate
	frames      *limit.Rate
	passed      *limit.Pairs // bytes of offers and answers
}

// FilesFor is how many files the system has to allow so that an address may have as many connections as it is set to.
func FilesFor(connections int) uint64 {
	return uint64(connections) * perWebSocket * filesPerSocket * fileShare
}

// PerAddress is how many WebSockets and TCP connections an address may have where the system allows so many files (0: not
// known); 0: any number.
func PerAddress(l config.Limits, files uint64) (connections, sockets int) {
	// Of files there may be more than an int has room for; what is not bound stays so.
	within := func(files uint64, most int) int {
		if most == 0 {
			return 0
		}
		return max(1, int(min(uint64(most), files)))
	}
	connections, sockets = l.Connections, perWebSocket*l.Connections
	if files > 0 {
		connections = within(files/fileShare, connections)
		sockets = within(files/fileShare/filesPerSocket, sockets)
	}
	return connections, sockets
}

func newBounds(l config.Limits, files uint64) bounds {
	rate := func(perSecond int) *limit.Rate { return limit.NewRate(float64(perSecond)) }
	connections, sockets := PerAddress(l, files)
	return bounds{
		loopback:    l.Loopback,
		sockets:     limit.NewCount(sockets),
		connections: limit.NewCount(connections),
		messages:    rate(l.Announces),
		offers:      rate(l.Offers),
		frames:      rate(abuse * l.Announces),
		passed:      limit.NewPairs(float64(l.Offers) * offerSize / perReceiver),
	}
}

// exempts says whether an address may do what it likes.
func (b *bounds) exempts(address netip.Addr) bool { return address.IsLoopback() && !b.loopback }

// Bound returns a listener that accepts no more TCP connections of an address than it may have, over all listeners, so
// that who opens them and says nothing leaves some for others. Trusted proxies have as many as they like.
func (h *Hub) Bound(l net.Listener) net.Listener {
	return limit.Listener(l, h.bounds.sockets, func(address netip.Addr) bool {
		return h.bounds.exempts(address) || contains(h.options.TrustedProxies, address)
	}, h.reset)
}

// refuses says why a request is refused, if it is; it came in so many bytes.
func (b *bounds) refuses(now time.Time, c *conn, request *tracker.Request, size int) tracker.Reason {
	offers := request.Offers()
	if offers > 0 {
		offers = max(offers, size/offerSize)
	}
	switch {
	case c.exempt:
		return tracker.None
	case !b.messages.Allow(now, c.address, 1):
		return tracker.TooManyMessages
	case !b.offers.Allow(now, c.address, offers):
		return tracker.TooManyOffers
	}
	return tracker.None
}

// passes says whether a message of one connection may go to another.
func (b *bounds) passes(now time.Time, from, to *conn, size int) bool {
	return from.exempt || b.passed.Allow(now, from.address, uint32(to.slot), size)
}

// flooded says whether a frame is one too many.
func (b *bounds) flooded(now time.Time, c *conn) bool {
	return !c.exempt && !b.frames.Allow(now, c.address, 1)
}
