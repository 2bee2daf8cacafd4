package simulation

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// digest is that of bytes which are only known by their place.
func digest(b Bytes) wire.Digest {
	return sha256.Sum256(fmt.Appendf(nil, "%s %d-%d %v", b.Segment, b.From, b.To, b.False))
}

// list is the text of a rendition's list of digests, as it is at a time.
func (o *Origin) list(rendition int) []byte {
	at := o.Stream.list(o.world.now)
	if o.Stream.Live {
		at.first -= int64(kept * o.Stream.Window)
	}
	lists := o.lists[rendition]
	if lists.listing != at {
		text := []byte("{")
		for id := at.first; id < at.end; id++ {
			n := name{rendition, id}
			url := n.url()
			whole := Bytes{Segment: url, To: o.Stream.size(o.world.seed, n)}
			text = fmt.Appendf(text, "%q:%q,", url[strings.LastIndexByte(url, '/')+1:], digest(whole).String())
		}
		text[len(text)-1] = '}' // at least one segment is listed at all times
		lists = digestList{at, text}
		o.lists[rendition] = lists
	}
	return lists.text
}

// digestList is a list as it was made last.
type digestList struct {
	listing
	text []byte
}

// digests is one viewer's loader.Digests.
type digests struct{ fetcher }

// Find implements loader.Digests.
func (d digests) Find(segmentURL, _ string) (listURL string) {
	if d.origin.NoDigests {
		return ""
	}
	return segmentURL[:strings.LastIndexByte(segmentURL, '/')+1] + hls.DigestList
}

// Fetch implements loader.Digests.
func (d digests) Fetch(_ hls.StreamType, listURL string, done func(text []byte, err error)) (stop func()) {
	o, v := d.origin, d.viewer
	o.ListRequests++
	rendition := nameOf(strings.TrimSuffix(listURL, hls.DigestList)).rendition
	way, stopped := o.Latency+v.access.Latency, false
	v.host.After(2*way, func() { // a question, and the answer without its way back: see transfer
		text := o.list(rendition)
		o.ListBytes += int64(len(text))
		v.host.After(v.down.pass(o.world.now, len(text))-o.world.now, func() {
			if !stopped {
				done(text, nil)
			}
		})
	})
	return func() { stopped = true }
}

// Compute implements loader.Digests.
func (digests) Compute(bytes payload.Bytes, done func(wire.Digest)) { done(digest(bytes.(Bytes))) }
