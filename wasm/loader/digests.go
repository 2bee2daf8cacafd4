package loader

import (
	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// Digests are where origins list the SHA-256 digests of their segments, and how they
// are computed.
type Digests interface {
	// Find is the address of the list that a segment's digest is to be in; "" where its
	// origin has none. The option is config.Common's SegmentsSHA256URL.
	Find(segmentURL, option string) (listURL string)
	// Fetch reads a list, of up to wire.MaxDigestList bytes; one that is longer is an
	// error. done is called once, on the loop, unless it is stopped before.
	Fetch(t hls.StreamType, listURL string, done func(text []byte, err error)) (stop func())
	// Compute calls done once, at once or later on the loop.
	Compute(bytes payload.Bytes, done func(wire.Digest))
}
