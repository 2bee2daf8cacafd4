package wire

import (
	"crypto/sha1"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// StreamProperties is what a 2.3 engine knows of a stream. A nil number is
// absent, which is not the same as 0 or NaN; an empty text is the same as an
// absent one.
type StreamProperties struct {
	Bitrate    *float64 // bits per second
	Codecs     string   // as in EXT-X-STREAM-INF: separated by commas
	Width      *float64 // pixels
	Height     *float64 // pixels
	Language   string
	Channels   string // such as "2" or "16/JOC"; a number goes through TextOrNumber
	Name       string
	FrameRate  string // such as "29.970"; a number goes through TextOrNumber
	VideoRange string // such as "SDR"
}

// TextOrNumber gives a number the text under which StreamIndex treats it as
// JavaScript does: 0 and NaN count as absent there, while the text "0" does
// not.
func TextOrNumber(n float64) string {
	if n == 0 || n != n {
		return ""
	}
	return numberText(n)
}

// StreamIndex names a stream among all viewers, as generateStreamShortId of P2P
// Media Loader 2.3 does: the SHA-1 of the normalised properties, in base64.
//
// Two texts outside what playlists hold differ from JavaScript's: a video range
// with letters that become several in upper case (ß), and a frame rate written
// as a hexadecimal, octal or binary literal of more than 64 bits.
func StreamIndex(p StreamProperties) string {
	digest := sha1.Sum([]byte(streamIdentity(p)))
	return base64.StdEncoding.EncodeToString(digest[:])
}

// streamIdentity is the text whose digest is the stream's index.
func streamIdentity(p StreamProperties) string {
	bitrate := "0"
	if p.Bitrate != nil {
		bitrate = numberText(*p.Bitrate)
	}
	channels, _, _ := strings.Cut(p.Channels, "/")
	return strings.Join([]string{
		bitrate,
		normalCodecs(p.Codecs),
		optionalNumber(p.Width),
		optionalNumber(p.Height),
		normalLanguage(p.Language),
		channels,
		trimSpace(toLower(p.Name)),
		normalFrameRate(p.FrameRate),
		trimSpace(strings.ToUpper(p.VideoRange)),
	}, "-")
}

func optionalNumber(n *float64) string {
	if n == nil {
		return ""
	}
	return numberText(*n)
}

func normalCodecs(codecs string) string {
	if codecs == "" {
		return ""
	}
	list := strings.Split(codecs, ",")
	for i, c := range list {
		list[i] = hexAVC(toLower(trimSpace(c)))
	}
	slices.SortStableFunc(list, compareUTF16)
	return strings.Join(list, ",")
}

// hexAVC turns the decimal profile and level of avc1.66.30, as manifests had it before
// iOS 4, into the hexadecimal ones of avc1.42001e (RFC 6381, 3.3). Other codecs stay.
func hexAVC(codec string) string {
	parts := strings.Split(codec, ".")
	if len(parts) != 3 || parts[0] != "avc1" && parts[0] != "avc" {
		return codec
	}
	profile, ok := canonicalInteger(parts[1])
	if !ok {
		return codec
	}
	level, ok := canonicalInteger(parts[2])
	if !ok {
		return codec
	}
	return parts[0] + "." + twoHexDigits(profile) + "00" + twoHexDigits(level)
}

// canonicalInteger reads an integer that is written as JavaScript writes it: no
// plus, no leading zero.
func canonicalInteger(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	safe := -maxSafeInteger <= n && n <= maxSafeInteger
	return n, err == nil && safe && strconv.FormatInt(n, 10) == s
}

func twoHexDigits(n int64) string {
	s := strconv.FormatInt(n, 16)
	if len(s) < 2 {
		s = "0" + s
	}
	return s
}

// normalLanguage keeps the first two UTF-16 units.
func normalLanguage(language string) string {
	if language == "und" {
		return ""
	}
	units := utf16.Encode([]rune(language))
	return toLower(string(utf16.Decode(units[:min(2, len(units))])))
}

func normalFrameRate(rate string) string {
	if rate == "" {
		return ""
	}
	n := parseNumber(rate)
	if n != n {
		return ""
	}
	return numberText(n)
}

// compareUTF16 orders texts by their UTF-16 units, as Array.prototype.sort
// does. Only characters from U+E000 on compare otherwise in UTF-8.
func compareUTF16(a, b string) int {
	for a != "" && b != "" {
		ra, na := utf8.DecodeRuneInString(a)
		rb, nb := utf8.DecodeRuneInString(b)
		if ra != rb {
			return slices.Compare(utf16.AppendRune(nil, ra), utf16.AppendRune(nil, rb))
		}
		a, b = a[na:], b[nb:]
	}
	return len(a) - len(b)
}
