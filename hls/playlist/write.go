package playlist

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/grafov/m3u8"
)

// Encode writes the playlist. URLs may be relative. An error names the value
// that no playlist can hold.
func (m *Master) Encode() ([]byte, error) {
	p := m3u8.NewMasterPlaylist()
	p.SetIndependentSegments(m.IndependentSegments)
	media, err := m.mediaTags()
	if err != nil {
		return nil, err
	}
	if media != nil {
		p.SetCustomTag(lines{media})
	}
	for i, v := range m.Variants {
		params, err := v.params()
		if err != nil {
			return nil, fmt.Errorf("write master playlist: variant %d: %w", i, err)
		}
		p.Append(v.URL, nil, params)
	}
	// The library begins each variant with an attribute that the RFC has removed
	// (RFC 8216, 7). No value can hold the line end that it is found by.
	return bytes.ReplaceAll(p.Encode().Bytes(), []byte("\n#EXT-X-STREAM-INF:PROGRAM-ID=0,"), []byte("\n#EXT-X-STREAM-INF:")), nil
}

func (v Variant) params() (m3u8.VariantParams, error) {
	params := m3u8.VariantParams{Codecs: v.Codecs, VideoRange: v.VideoRange, Audio: v.Audio}
	if err := validURI(v.URL); err != nil {
		return params, err
	}
	for _, b := range []int64{v.Bandwidth, v.AverageBandwidth} {
		if b < 0 || b > math.MaxUint32 {
			return params, fmt.Errorf("%d bit/s do not fit in 32 bits", b)
		}
	}
	params.Bandwidth, params.AverageBandwidth = uint32(v.Bandwidth), uint32(v.AverageBandwidth)
	if err := quotable(v.Codecs, v.Audio); err != nil {
		return params, err
	}
	if !enumerated.MatchString(v.VideoRange) {
		return params, fmt.Errorf("video range %q is not a word", v.VideoRange)
	}
	if v.Resolution != nil {
		params.Resolution = v.Resolution.String()
	}
	if v.FrameRate != "" {
		rate, f := decimal(0, "FRAME-RATE", v.FrameRate)
		if f != nil {
			return params, fmt.Errorf("frame rate %q is not a number", v.FrameRate)
		}
		params.FrameRate = rate
	}
	return params, nil
}

// mediaTags are the EXT-X-MEDIA lines, which the library would write without
// CHANNELS.
func (m *Master) mediaTags() ([]string, error) {
	var tags []string
	for i, r := range m.Audio {
		if err := quotable(r.Group, r.Name, r.Language, r.Channels, r.URL); err != nil {
			return nil, fmt.Errorf("write master playlist: audio rendition %d: %w", i, err)
		}
		tag := fmt.Sprintf(`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="%s",NAME="%s"`, r.Group, r.Name)
		if r.Default {
			tag += ",DEFAULT=YES"
		}
		for _, a := range []struct{ name, value string }{
			{"LANGUAGE", r.Language}, {"CHANNELS", r.Channels}, {"URI", r.URL},
		} {
			if a.value != "" {
				tag += fmt.Sprintf(`,%s="%s"`, a.name, a.value)
			}
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

// Encode writes the playlist, durations in milliseconds. URLs may be relative.
// An error names the value that no playlist can hold.
func (m *Media) Encode() ([]byte, error) {
	if m.Sequence < 0 || m.Sequence > maxInteger-int64(len(m.Segments)) || m.DiscontinuitySequence < 0 {
		return nil, fmt.Errorf("write media playlist: sequence numbers %d and %d are not within 0 to 2^53", m.Sequence, m.DiscontinuitySequence)
	}
	// A window of 0 means all of them. A capacity of 0 would panic.
	p, err := m3u8.NewMediaPlaylist(0, uint(max(1, len(m.Segments))))
	if err != nil {
		return nil, err
	}
	if m.IndependentSegments {
		p.SetCustomTag(lines{[]string{"#EXT-X-INDEPENDENT-SEGMENTS"}})
	}
	p.SeqNo, p.DiscontinuitySeq, p.Closed = uint64(m.Sequence), uint64(m.DiscontinuitySequence), m.Ended
	for i, s := range m.Segments {
		segment := m3u8.MediaSegment{
			URI:             s.URL,
			Duration:        s.Duration,
			Discontinuity:   s.Discontinuity,
			ProgramDateTime: s.ProgramDateTime,
		}
		if err := validURI(s.URL); err != nil {
			return nil, fmt.Errorf("write media playlist: segment %d: %w", i, err)
		}
		if !(s.Duration >= 0 && s.Duration <= maxDuration) {
			return nil, fmt.Errorf("write media playlist: segment %d: a duration of %v s", i, s.Duration)
		}
		if s.ByteRange != nil {
			p.SetVersion(4) // RFC 8216, 7: EXT-X-BYTERANGE needs it
			segment.Limit, segment.Offset = s.ByteRange.Len(), s.ByteRange.Start
		}
		if err := p.AppendSegment(&segment); err != nil {
			return nil, fmt.Errorf("write media playlist: segment %d: %w", i, err)
		}
	}
	p.TargetDuration = m.TargetDuration // after AppendSegment, which raises it
	return p.Encode().Bytes(), nil
}

// enumerated is an enumerated-string (RFC 8216, 4.2), or nothing.
var enumerated = regexp.MustCompile(`^[A-Za-z0-9/_-]*$`)

// validURI refuses what would not be read again as the line of a URI.
func validURI(uri string) error {
	if uri == "" || uri != strings.TrimSpace(uri) || uri[0] == '#' || strings.ContainsAny(uri, "\r\n") {
		return fmt.Errorf("%s is no URI for a line of its own", strconv.Quote(uri))
	}
	return nil
}

// quotable refuses what a quoted-string cannot hold (RFC 8216, 4.2).
func quotable(values ...string) error {
	for _, v := range values {
		if strings.ContainsAny(v, "\"\r\n") {
			return fmt.Errorf("%s contains a quote or the end of a line", strconv.Quote(v))
		}
	}
	return nil
}

// lines are written as they are, in the head of a playlist: an m3u8.CustomTag
// for tags that the library does not write itself.
type lines struct{ text []string }

func (l lines) TagName() string       { return "head" } // a key, never written
func (l lines) Encode() *bytes.Buffer { return bytes.NewBufferString(l.String()) }
func (l lines) String() string        { return strings.Join(l.text, "\n") }
