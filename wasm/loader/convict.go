package loader

import (
	"slices"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/storage"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// conviction is why a peer was cut off, and is not taken back as long as the page remembers
// it: it gave something else for a segment than a list had. It outlasts the loader, since
// engines make a new one for each manifest.
type conviction struct {
	peer    wire.PeerID
	list    string // address
	segment hls.Segment
	key     storage.Key // of the segment
	joined  wire.Digest // of what was given
}

// mostConvictions bounds how many are remembered. A liar can always come back under another
// id: to remember more would be of no use.
const mostConvictions = 1000

func (p *Page) convict(c *conviction) {
	p.convictions = append(p.convictions[max(len(p.convictions)-mostConvictions+1, 0):], c)
}

func (p *Page) convicted(which func(c *conviction) bool) bool {
	return slices.ContainsFunc(p.convictions, which)
}

// pardon forgets convictions.
func (p *Page) pardon(which func(c *conviction) bool) {
	p.convictions = slices.DeleteFunc(p.convictions, which)
}

// bans tells whether a peer was cut off, and is not to come back.
func (p *Page) bans(id wire.PeerID) bool {
	return p.convicted(func(c *conviction) bool { return c.peer == id })
}
