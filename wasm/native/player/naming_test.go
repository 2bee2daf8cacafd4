//go:build !js

package player

import (
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

func number(n float64) *float64 { return &n }

func TestLevelsAreNamedAsTheEngineDoes(t *testing.T) {
	for _, test := range []struct {
		name    string
		variant playlist.Variant
		want    string // index
	}{
		{"decimal codecs behind a space", playlist.Variant{
			Bandwidth: 1280000, AverageBandwidth: 1, Codecs: "mp4a.40.2, avc1.66.44",
			Resolution: &playlist.Resolution{Width: 320, Height: 180}, FrameRate: "30.000", VideoRange: "SDR",
		}, wire.StreamIndex(wire.StreamProperties{Bitrate: number(1280000), Codecs: "avc1.42002c", Width: number(320),
			Height: number(180), FrameRate: "30", VideoRange: "SDR"})},
		{"vector of the protocol's description", playlist.Variant{
			Bandwidth: 1280000, Codecs: "avc1.42c01e,mp4a.40.2",
			Resolution: &playlist.Resolution{Width: 320, Height: 180}, FrameRate: "30.000", VideoRange: "SDR",
		}, "zdZCXRB2OQndA77cp9lADdtQy1A="},
		{"audio only", playlist.Variant{Bandwidth: 64000, Codecs: "mp4a.40.2"},
			wire.StreamIndex(wire.StreamProperties{Bitrate: number(64000)})},
		{"average alone", playlist.Variant{AverageBandwidth: 5, Codecs: "hvc1.1.6/x,stpp"},
			wire.StreamIndex(wire.StreamProperties{Bitrate: number(5), Codecs: "hvc1.1.6"})},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := levelStream(test.variant); got.Index.Text != test.want || got.ID() != "main-"+test.want {
				t.Errorf("%+v, want %s", got, test.want)
			}
		})
	}
	if got := loneStream("u").Index.Text; got != "UYnLxGhQilEV4D0HbCx+kRv0ZF0=" {
		t.Errorf("a lone playlist: %s", got)
	}
}

func TestRenditionsAreNamedAsTheEngineDoes(t *testing.T) {
	variants := []playlist.Variant{
		{Codecs: "avc1.42c01e,ec-3", Audio: "surround"},
		{Codecs: "avc1.42c01e,mp4a.40.2", Audio: "stereo"},
	}
	r := playlist.Rendition{URL: "u", Group: "stereo", Name: "English", Language: "en", Channels: "2"}
	if got := renditionStream(r, variants); got.ID() != "secondary-bdjQ1B4N2yrcTDHyU5j7iDGV9sY=" {
		t.Errorf("%+v", got)
	}
	r = playlist.Rendition{Group: "none", Language: "en"}
	want := wire.StreamIndex(wire.StreamProperties{Codecs: "ec-3", Language: "en", Name: "en"})
	if got := renditionStream(r, variants).Index.Text; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
