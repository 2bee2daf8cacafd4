package stun

import (
	"net"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// destinations knows to which of this machine's addresses each datagram was
// sent: an answer must leave from there (RFC 8489, 6.3.1.2), or the client's NAT
// drops it. Left to itself, the system takes the address of the route.
type destinations struct {
	told bool // the system was asked to
	v4   bool // the socket is one of IPv4 alone
}

// maxTold is room for a destination and an interface of either family, in bytes.
const maxTold = 128

// newDestinations asks the system to tell. Where the socket has one address
// only, there is nothing to tell; where the system cannot, the answers leave as
// they did without us.
func newDestinations(socket *net.UDPConn) *destinations {
	bound, ok := socket.LocalAddr().(*net.UDPAddr)
	if !ok || !bound.IP.IsUnspecified() {
		return &destinations{}
	}
	d := &destinations{v4: bound.IP.To4() != nil}
	var err error
	if d.v4 {
		err = ipv4.NewPacketConn(socket).SetControlMessage(ipv4.FlagDst, true)
	} else {
		// A dual-stack socket tells the destination of IPv4 so too, as
		// ::ffff:a.b.c.d.
		err = ipv6.NewPacketConn(socket).SetControlMessage(ipv6.FlagDst, true)
	}
	d.told = err == nil
	return d
}

// room is what the system's word about one datagram fits into; nil where it was
// not asked.
func (d *destinations) room() []byte {
	if !d.told {
		return nil
	}
	return make([]byte, maxTold)
}

// sameAddress is what the system is to be told with an answer, so that it leaves
// from the address that the request was sent to; nil when that is not known.
// told is what came with the request.
func (d *destinations) sameAddress(told []byte) []byte {
	asked := d.parse(told)
	switch {
	case asked == nil || asked.IsMulticast():
		return nil
	case asked.To4() != nil:
		return (&ipv4.ControlMessage{Src: asked}).Marshal()
	}
	return (&ipv6.ControlMessage{Src: asked}).Marshal()
}

// parse reads the destination; nil: there is none.
func (d *destinations) parse(told []byte) net.IP {
	if len(told) == 0 {
		return nil
	}
	if d.v4 {
		var m ipv4.ControlMessage
		if m.Parse(told) != nil {
			return nil
		}
		return m.Dst
	}
	var m ipv6.ControlMessage
	if m.Parse(told) != nil {
		return nil
	}
	return m.Dst
}
