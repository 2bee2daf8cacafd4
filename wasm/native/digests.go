//go:build !js

package native

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// listSilence is how long a list is waited for while nothing comes.
const listSilence = 10 * time.Second

const (
	// A word of a list is good until silences answers in a row had none: one may come from
	// elsewhere, or from an edge that drops it.
	silences = 3
	// mostKnown bounds of how many folders and origins it is known what they said.
	mostKnown = 1000
)

// word is what was said last of where a list is, "" for nothing, and how many answers in a
// row since said nothing.
type word struct {
	place    string
	silences int
}

// lists are what origins have said of where their digests are: by the address of each
// folder, and by each origin for folders that have said nothing yet. They are told by the
// address that was asked for: playlists and lists name that, and where an origin sends whom
// is its own affair, of the list as of the segment.
type lists map[string]word

// note takes note of what an origin has given a segment with.
func (l lists) note(segmentURL string, header http.Header) {
	u, err := url.Parse(segmentURL)
	if err != nil {
		return
	}
	if len(l) > mostKnown {
		clear(l)
	}
	place := header.Get(hls.DigestsHeader)
	for _, speaker := range []string{folderOf(u), originOf(u)} {
		w := l[speaker]
		if w.silences++; place != "" || w.silences >= silences {
			w = word{place: place}
		}
		l[speaker] = w
	}
}

// find is loader.Digests.Find.
func (l lists) find(segmentURL, option string) string {
	u, err := url.Parse(segmentURL)
	if err != nil || u.Host == "" {
		return ""
	}
	place := option
	if place == "" {
		said, heard := l[folderOf(u)]
		if !heard {
			said, heard = l[originOf(u)]
		}
		if heard && said.place == "" {
			return ""
		}
		// One that has given nothing yet may be down while peers hold its segments.
		if place = said.place; !heard {
			place = hls.DigestList // by convention
		}
	}
	list, err := u.Parse(place)
	if err != nil {
		return option // which cannot be fetched, as the viewer hears then
	}
	return list.String()
}

// folderOf is an address without name and query.
func folderOf(u *url.URL) string {
	return originOf(u) + u.ResolveReference(&url.URL{Path: "."}).EscapedPath()
}

// originOf is scheme, host and port (RFC 6454, 4).
func originOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + u.Hostname() + ":" + port
}

// digests implements loader.Digests.
type digests struct{ process *Process }

// NewDigests makes what finds, fetches and computes digests.
func (p *Process) NewDigests() loader.Digests { return digests{p} }

// Find implements loader.Digests.
func (d digests) Find(segmentURL, option string) string {
	return d.process.lists.find(segmentURL, option)
}

// Fetch implements loader.Digests.
func (d digests) Fetch(_ hls.StreamType, listURL string, done func(text []byte, err error)) (stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	stopped := false // owned by the loop
	d.process.work.Go(func() {
		silence := time.AfterFunc(listSilence, func() { cancel(fmt.Errorf("nothing came for %v", listSilence)) })
		defer silence.Stop()
		text, err := readList(ctx, d.process.client, listURL, func() { silence.Reset(listSilence) })
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = cause
		}
		d.process.loop.Post(func() {
			if !stopped {
				done(text, err)
			}
		})
	})
	return func() {
		stopped = true
		cancel(nil)
	}
}

// readList reads up to wire.MaxDigestList bytes; heard is called whenever some came.
func readList(ctx context.Context, client *http.Client, listURL string, heard func()) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, listURL, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", userAgent)
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, fmt.Errorf("the origin answered %s", response.Status)
	}
	var text []byte
	buffer := make([]byte, longestChunk)
	for {
		heard()
		n, err := response.Body.Read(buffer)
		if text = append(text, buffer[:n]...); len(text) > wire.MaxDigestList {
			return nil, fmt.Errorf("the list has more than %d bytes", wire.MaxDigestList)
		}
		if err == io.EOF {
			return text, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// Compute implements loader.Digests.
func (d digests) Compute(bytes payload.Bytes, done func(wire.Digest)) {
	d.process.work.Go(func() {
		digest := wire.Digest(sha256.Sum256(bytes.(Bytes)))
		d.process.loop.Post(func() { done(digest) })
	})
}
