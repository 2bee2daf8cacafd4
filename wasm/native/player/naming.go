//go:build !js

package player

import (
	"math"
	"strings"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/hls/playlist"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// levelStream names a variant as the hls.js engine of P2P Media Loader 2.3 does
// (its segment-manager.ts), on what hls.js 1.7 reads of it. An audio-only
// variant is a main stream too.
func levelStream(v playlist.Variant) hls.Stream {
	bitrate := float64(v.Bandwidth)
	if bitrate == 0 {
		bitrate = float64(v.AverageBandwidth)
	}
	if bitrate == 0 {
		bitrate = math.NaN() // what hls.js makes of an absent average
	}
	properties := wire.StreamProperties{
		Bitrate:    &bitrate,
		Codecs:     codecsOf(v.Codecs, videoCodecs),
		FrameRate:  v.FrameRate,
		VideoRange: v.VideoRange,
	}
	if r := v.Resolution; r != nil {
		width, height := float64(r.Width), float64(r.Height)
		properties.Width, properties.Height = &width, &height
	}
	return stream(hls.Main, v.URL, properties)
}

// loneStream names a media playlist that was loaded without a master, of which
// nothing is known.
func loneStream(address string) hls.Stream { return stream(hls.Main, address, wire.StreamProperties{}) }

// renditionStream names an audio rendition. hls.js takes its codec from the
// first variant of its group, or else from the first of all.
func renditionStream(r playlist.Rendition, variants []playlist.Variant) hls.Stream {
	of := variants[0] // a master has one
	for _, v := range variants {
		if v.Audio == r.Group {
			of = v
			break
		}
	}
	name := r.Name
	if name == "" {
		name = r.Language
	}
	return stream(hls.Secondary, r.URL, wire.StreamProperties{
		Codecs:   codecsOf(of.Codecs, audioCodecs),
		Language: r.Language,
		Channels: r.Channels,
		Name:     name,
	})
}

func stream(t hls.StreamType, address string, p wire.StreamProperties) hls.Stream {
	return hls.Stream{RuntimeID: address, Type: t, Index: hls.Index{Text: wire.StreamIndex(p)}}
}

// Sample entries (ISO/IEC 14496-12, registered at mp4ra.org) that hls.js takes
// for video and for audio.
const (
	videoCodecs = " avc1 avc2 avc3 avc4 avcp av01 dav1 drac dva1 dvav dvh1 dvhe encv hev1 hvc1 mjp2 mp4v" +
		" mvc1 mvc2 mvc3 mvc4 resv rv60 s263 svc1 svc2 vc-1 vp08 vp09 "
	audioCodecs = " a3ds ac-3 ac-4 alac alaw dra1 dts+ dts- dtsc dtse dtsh ec-3 enca fLaC flac FLAC g719 g726" +
		" m4ae mha1 mha2 mhm1 mhm2 mlpa mp4a Opus opus samr sawb sawp sevc sqcp ssmv twos ulaw "
)

// codecsOf lists those of CODECS whose sample entry is among the given.
func codecsOf(codecs, entries string) string {
	var list []string
	for _, codec := range strings.FieldsFunc(codecs, func(r rune) bool { return r == ',' || r == ' ' }) {
		if len(codec) >= 4 && strings.Contains(entries, " "+codec[:4]+" ") {
			codec, _, _ = strings.Cut(codec, "/")
			list = append(list, codec)
		}
	}
	return strings.Join(list, ",")
}
