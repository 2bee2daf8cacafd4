//go:build !js

package player

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
)

const (
	// longestPlaylist is the longest playlist that is read, in bytes.
	longestPlaylist = 8 << 20
	// patience is how long an origin may take for a playlist.
	patience = 10 * time.Second
)

// presentation is what the first playlists say: all streams there are, and
// which of them are played.
type presentation struct {
	url     string // of the manifest, after redirects
	streams []hls.Stream
	bitrate float64 // of the variant that is played, bits per second
	main    opened
	audio   *opened // nil where the variant carries its sound itself
}

// opened is a stream with its first playlist.
type opened struct {
	stream hls.Stream
	media  *playlist.Media
}

// openPresentation reads the manifest, and the playlists of one variant and of
// the audio rendition that goes with it.
func openPresentation(ctx context.Context, client *http.Client, address string, variant int) (*presentation, error) {
	url, master, media, err := get(ctx, client, address)
	if err != nil {
		return nil, err
	}
	p := &presentation{url: url}
	if media != nil {
		if variant != 0 {
			return nil, fmt.Errorf("%s is a media playlist, without a variant %d", address, variant)
		}
		// The engine knows a lone level by the manifest's address.
		p.main = opened{loneStream(url), media}
		p.streams = []hls.Stream{p.main.stream}
		return p, nil
	}
	if variant < 0 || variant >= len(master.Variants) {
		return nil, fmt.Errorf("%s has no variant %d: they count from 0 to %d", address, variant, len(master.Variants)-1)
	}
	for _, v := range master.Variants {
		p.streams = append(p.streams, levelStream(v))
	}
	chosen := master.Variants[variant]
	p.bitrate = float64(chosen.Bandwidth)
	if p.main, err = openStream(ctx, client, p.streams[variant]); err != nil {
		return nil, err
	}
	sound := soundOf(master, chosen)
	for _, r := range master.Audio {
		if r.URL == "" {
			continue
		}
		s := renditionStream(r, master.Variants)
		p.streams = append(p.streams, s)
		if sound == nil || *sound != r || p.audio != nil {
			continue
		}
		audio, err := openStream(ctx, client, s)
		if err != nil {
			return nil, err
		}
		p.audio = &audio
	}
	return p, nil
}

// soundOf is the rendition of the variant's group that plays by default, else
// the first; nil when the variant has none of its own.
func soundOf(m *playlist.Master, v playlist.Variant) *playlist.Rendition {
	var first *playlist.Rendition
	for i, r := range m.Audio {
		if v.Audio == "" || r.Group != v.Audio {
			continue
		}
		if r.Default {
			return &m.Audio[i]
		}
		if first == nil {
			first = &m.Audio[i]
		}
	}
	return first
}

func openStream(ctx context.Context, client *http.Client, s hls.Stream) (opened, error) {
	media, err := getMedia(ctx, client, s.RuntimeID)
	return opened{s, media}, err
}

func getMedia(ctx context.Context, client *http.Client, address string) (*playlist.Media, error) {
	_, master, media, err := get(ctx, client, address)
	if err == nil && master != nil {
		err = fmt.Errorf("%s is a master playlist where a media playlist was expected", address)
	}
	return media, err
}

// get reads a playlist; url is its address after redirects.
func get(ctx context.Context, client *http.Client, address string) (
	url string, master *playlist.Master, media *playlist.Media, err error,
) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", nil, nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", nil, nil, err // it names the method and the address
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", nil, nil, fmt.Errorf("%s: the origin answered %s", address, response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, longestPlaylist+1))
	if err != nil {
		return "", nil, nil, fmt.Errorf("%s: %w", address, err)
	}
	if len(text) > longestPlaylist {
		return "", nil, nil, fmt.Errorf("%s: a playlist of more than %d bytes", address, longestPlaylist)
	}
	url = response.Request.URL.String()
	master, media, err = playlist.Parse(url, text)
	return url, master, media, err
}
