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

// Outcome is what comes of a datagram.
type Outcome int

// String is the outcome as a label of metrics.
func (o Outcome) String() string {
	return [outcomes]string{"answered", "refused", "not_stun", "malformed", "fingerprint", "not_binding", "too_long", "limited", "unsent"}[o]
}

// The outcomes. The last three are not of Answer.
const (
	Answered    Outcome = iota // with the address
	Refused                    // with error 420
	NotSTUN                    // no answer: it was no STUN, of RFC 3489 perhaps
	Malformed                  // no answer: it ended too early or too late, or its attributes did
	Fingerprint                // no answer: its FINGERPRINT was wrong, or not last
	NotBinding                 // no answer: it was no Binding request
	TooLong                    // no answer: it was longer than one needs to be
	Limited                    // no answer: its address asks too often
	Unsent                     // the system did not take the answer
	outcomes                   // how many there are
)

// Answer appends to a buffer the datagram that answers request, which came from
// the given address. It appends nothing when request deserves none: anything but
// a well-formed Binding request, indications and responses included, is dropped
// without a word (RFC 8489, 6.3), so that the server is of no use in a loop or
// an attack on a third party. Requests without the magic cookie, as RFC 3489 has
// them, are dropped too: no browser sends them.
//
// A request without attributes, which is what browsers send, gets
// XOR-MAPPED-ADDRESS alone: 32 bytes over IPv4, 44 over IPv6. One that brings
// attributes gets SOFTWARE and FINGERPRINT too, and error 420 when it brings
// some that must be understood and are not.
func Answer(to, request []byte, from netip.AddrPort) ([]byte, Outcome) {
	if !from.IsValid() {
		return to, Unsent
	}
	if isBare(request) {
		return appendBareAnswer(to, request, from), Answered
	}
	return appendAnswer(to, request, from)
}

// appendAnswer is Answer for all requests, bare ones too, which it answers slower
// and alike.
func appendAnswer(to, request []byte, from netip.AddrPort) ([]byte, Outcome) {
	asked, outcome := decode(request)
	if outcome != Answered {
		return to, outcome
	}
	var setters []stun.Setter
	if unknown := unknownRequired(asked); len(unknown) > 0 {
		outcome = Refused
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
		return to, Malformed // cannot happen: every attribute above fits
	}
	return append(to, answer.Raw...), outcome
}

// decode reads a Binding request, which is to be Answered, or says what it is
// else. It is stricter than the library: the two top bits are zero and the message
// fills the datagram (RFC 8489, 5), and a FINGERPRINT, where there is one, is last
// and right (14.7).
func decode(request []byte) (*stun.Message, Outcome) {
	if !stun.IsMessage(request) || request[0]&0xc0 != 0 {
		return nil, NotSTUN
	}
	asked := new(stun.Message)
	if err := stun.Decode(request, asked); err != nil || headerSize+int(asked.Length) != len(request) || asked.Length%4 != 0 {
		return nil, Malformed
	}
	if asked.Type != stun.BindingRequest {
		return nil, NotBinding
	}
	for i, attribute := range asked.Attributes {
		if attribute.Type != stun.AttrFingerprint {
			continue
		}
		if i != len(asked.Attributes)-1 || stun.Fingerprint.Check(asked) != nil {
			return nil, Fingerprint
		}
	}
	return asked, Answered
}

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
