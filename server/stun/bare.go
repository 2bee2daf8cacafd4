package stun

import (
	"encoding/binary"
	"net/netip"

	"github.com/pion/stun/v4"
)

const headerSize = 20

// magicCookie stands in every message of RFC 8489.
const magicCookie = 0x2112a442

// isBare says whether a datagram is a Binding request without attributes, as
// browsers send it by the million: it is answered without a parser's detour and
// without an allocation.
func isBare(request []byte) bool {
	return len(request) == headerSize &&
		binary.BigEndian.Uint32(request) == uint32(stun.MethodBinding)<<16 && // the class of requests is 0, and so is the length
		binary.BigEndian.Uint32(request[4:]) == magicCookie
}

// appendBareAnswer appends a success with XOR-MAPPED-ADDRESS (RFC 8489, 14.2)
// and nothing else.
func appendBareAnswer(to, request []byte, from netip.AddrPort) []byte {
	const familyIPv4, familyIPv6 = 1, 2
	start := len(to)
	to = binary.BigEndian.AppendUint16(to, stun.BindingSuccess.Value())
	to = append(to, 0, 0) // the length, below
	to = append(to, request[4:headerSize]...)
	to = binary.BigEndian.AppendUint16(to, uint16(stun.AttrXORMappedAddress))
	// A dual-stack socket reports IPv4 clients as ::ffff:a.b.c.d.
	if address := from.Addr().Unmap(); address.Is4() {
		to = append(to, 0, 8, 0, familyIPv4)
		to = binary.BigEndian.AppendUint16(to, from.Port()^magicCookie>>16)
		bytes := address.As4()
		to = append(to, bytes[:]...)
	} else {
		to = append(to, 0, 20, 0, familyIPv6)
		to = binary.BigEndian.AppendUint16(to, from.Port()^magicCookie>>16)
		bytes := address.As16()
		to = append(to, bytes[:]...)
	}
	const value = headerSize + 8 // where the address begins
	for i := start + value; i < len(to); i++ {
		to[i] ^= request[4+i-start-value] // the cookie, then the transaction id
	}
	binary.BigEndian.PutUint16(to[start+2:], uint16(len(to)-start-headerSize))
	return to
}
