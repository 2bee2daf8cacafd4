package simulation

import (
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/storage"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// Lie is what a viewer gives to its peers. A liar says that it has all that is listed,
// fetches nothing, and gives all bytes that it is asked for, in the right number.
type Lie int

// The lies.
const (
	NoLie     Lie = iota
	AllFalse      // no byte is the segment's
	HalfFalse     // the first half is the segment's
	// PassedFalse is AllFalse of segments that it says are on their way to it: what is
	// wrong with those need not be the doing of who passes them on.
	PassedFalse
)

// hoard is a liar's storage.
type hoard struct {
	viewer *Viewer
	swarm  storage.Swarm // that it is in
}

// Has implements loader.Storage.
func (h *hoard) Has(key storage.Key) bool {
	l := h.viewer.Player.listed()
	return key.ID >= l.first && key.ID < l.end
}

// IDs implements loader.Storage.
func (h *hoard) IDs(storage.Swarm) (ids []int64) {
	l := h.viewer.Player.listed()
	for id := l.first; id < l.end; id++ {
		ids = append(ids, id)
	}
	return ids
}

// Free implements loader.Storage.
func (h *hoard) Free(float64) float64 { return 1 }

// Get implements loader.Storage.
func (h *hoard) Get(key storage.Key, done func(bytes payload.Bytes)) {
	if !h.Has(key) {
		done(nil)
		return
	}
	n, o := name{h.viewer.Player.rendition, key.ID}, h.viewer.origin
	size := o.Stream.size(o.world.seed, n)
	from := 0
	if h.viewer.options.Lie == HalfFalse {
		from = size / 2
	}
	done(Bytes{Segment: n.url(), To: size, False: []run{{from, size}}})
}

// Put implements loader.Storage.
func (h *hoard) Put(_ storage.Key, _ storage.Item, _ storage.Playhead, done func(err error)) {
	done(nil)
}

// announces has the peers told of what was listed since.
func (h *hoard) announces() { h.viewer.Loader.StorageChanged(h.swarm.Stream) }

// passed is an announcement of what is held as one of what is arriving. Other commands
// stay as they are.
func passed(message []byte) []byte {
	body, err := new(wire.Joiner).Add(message)
	if err != nil || body == nil {
		return message
	}
	c, err := wire.DecodeCommand(body)
	if err != nil || c.Code != wire.SegmentsAnnouncement {
		return message
	}
	c.Loaded, c.Arriving = nil, c.Loaded
	messages, err := wire.EncodeCommand(c, len(message)+len("a")) // no longer than it was
	if err != nil {
		return message
	}
	return messages[0]
}
