package loader

import (
	"bytes"
	"slices"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// company are the peers that are spoken with, one link each, in the order of their
// ids. Whoever walks through it may lose some on the way: with and without make anew
// what they change.
type company []*link

func (c company) search(remote wire.PeerID) (at int, found bool) {
	return slices.BinarySearchFunc(c, remote, func(l *link, id wire.PeerID) int {
		return bytes.Compare(l.remote[:], id[:])
	})
}

// find is the link to a peer, nil where there is none.
func (c company) find(remote wire.PeerID) *link {
	if at, found := c.search(remote); found {
		return c[at]
	}
	return nil
}

func (c company) with(l *link) company {
	at, _ := c.search(l.remote)
	return slices.Insert(slices.Clone(c), at, l)
}

func (c company) without(l *link) company {
	return slices.DeleteFunc(slices.Clone(c), func(other *link) bool { return other == l })
}
