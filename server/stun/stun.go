// Package stun answers Binding requests (RFC 8489): it tells a client the
// address its packets come from. It knows no credentials, no TURN, no TCP.
package stun

import (
	"net/netip"

	"github.com/pion/stun/v4"
)

// software is the value of SOFTWARE, without a version: whoever asks gets no
// help in choosing an attack.
const software = "p2p-mediastream"

// Answer returns the datagram that answers request, which came from the given
// address, or nil when it deserves none: anything but a well-formed Binding
// request, indications and responses included, is dropped without a word
// (RFC 8489, 6.3), so that the server is of no use in a loop or an attack on
// a third party.
//
// A request without attributes, which is what browsers send, gets
// XOR-MAPPED-ADDRESS alone: 32 bytes over IPv4, 44 over IPv6. One that brings
// attributes gets SOFTWARE and FINGERPRINT too, and error 420 when it brings
// some that must be understood and are not.
func Answer(request []byte, from netip.AddrPort) []byte {
	asked, ok := decode(request)
	if !ok || !from.IsValid() {
		return nil
	}
	var setters []stun.Setter
	if unknown := unknownRequired(asked); len(unknown) > 0 {
		setters = []stun.Setter{
			stun.NewType(stun.MethodBinding, stun.ClassErrorResponse),
			stun.CodeUnknownAttribute, unknown,
		}
	} else {
		setters = []stun.Setter{
			stun.BindingSuccess,
			// A dual-stack socket reports IPv4 clients as ::ffff:a.b.c.d.
			&stun.XORMappedAddress{IP: from.Addr().Unmap().AsSlice(), Port: int(from.Port())},
		}
	}
	if len(asked.Attributes) > 0 {
		setters = append(setters, stun.NewSoftware(software), stun.Fingerprint)
	}
	// The transaction id goes first: XOR-MAPPED-ADDRESS over IPv6 is made with it.
	answer, err := stun.Build(append([]stun.Setter{asked}, setters...)...)
	if err != nil {
		return nil // cannot happen: every attribute above fits
	}
	return answer.Raw
}

// decode reads a Binding request and is stricter than the library: the two top
// bits are zero and the message fills the datagram (RFC 8489, 5), and a
// FINGERPRINT, where there is one, is last and right (14.7).
func decode(request []byte) (*stun.Message, bool) {
	if !stun.IsMessage(request) || request[0]&0xc0 != 0 {
		return nil, false
	}
	asked := new(stun.Message)
	if err := stun.Decode(request, asked); err != nil {
		return nil, false
	}
	if asked.Type != stun.BindingRequest || headerSize+int(asked.Length) != len(request) || asked.Length%4 != 0 {
		return nil, false
	}
	for i, attribute := range asked.Attributes {
		if attribute.Type != stun.AttrFingerprint {
			continue
		}
		if i != len(asked.Attributes)-1 || stun.Fingerprint.Check(asked) != nil {
			return nil, false
		}
	}
	return asked, true
}

const headerSize = 20

// unknownRequired lists, each once, the attributes of a request that RFC 8489
// demands be understood (0x0000 to 0x7FFF) and that it does not define. Those
// that it defines are understood; the ones about credentials mean nothing to a
// server that asks for none.
func unknownRequired(asked *stun.Message) stun.UnknownAttributes {
	var unknown stun.UnknownAttributes
	seen := make(map[stun.AttrType]bool)
	for _, attribute := range asked.Attributes {
		if attribute.Type.Required() && !defined[attribute.Type] && !seen[attribute.Type] {
			seen[attribute.Type] = true
			unknown = append(unknown, attribute.Type)
		}
	}
	return unknown
}

var defined = map[stun.AttrType]bool{
	stun.AttrMappedAddress:          true,
	stun.AttrUsername:               true,
	stun.AttrMessageIntegrity:       true,
	stun.AttrErrorCode:              true,
	stun.AttrUnknownAttributes:      true,
	stun.AttrRealm:                  true,
	stun.AttrNonce:                  true,
	stun.AttrXORMappedAddress:       true,
	stun.AttrMessageIntegritySHA256: true,
	stun.AttrPasswordAlgorithm:      true,
	stun.AttrUserhash:               true,
}
