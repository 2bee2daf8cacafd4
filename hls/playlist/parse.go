package playlist

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/grafov/m3u8"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
)

// Parse reads the playlist that came from address, an absolute URL (that of the
// response, after redirects), against which it resolves those inside. Exactly
// one of the three results is not nil; the error is an *Error.
//
// Memory and time are proportional to the length of data, which the caller
// bounds.
func Parse(address string, data []byte) (*Master, *Media, error) {
	base, err := url.Parse(address)
	if err != nil || !base.IsAbs() {
		return nil, nil, &Error{URL: address, Reason: "the playlist's own address is not an absolute URL"}
	}
	s, f := scan(data)
	var master *Master
	var media *Media
	switch {
	case f != nil:
	case s.master:
		master, f = s.parseMaster(base)
	default:
		media, f = s.parseMedia(base)
	}
	if f != nil {
		return nil, nil, &Error{URL: address, Line: f.line, Reason: f.reason}
	}
	return master, media, nil
}

func (s *scanned) parseMaster(base *url.URL) (*Master, *fault) {
	decoded := m3u8.NewMasterPlaylist()
	if f := decode(decoded, &s.text); f != nil {
		return nil, f
	}
	if len(decoded.Variants) != len(s.variants) {
		return nil, faultf(0, "%d variants were read as %d", len(s.variants), len(decoded.Variants))
	}
	m := &Master{IndependentSegments: s.independent}
	for i, e := range s.variants {
		v := decoded.Variants[i]
		address, f := resolve(base, e.line, v.URI)
		if f != nil {
			return nil, f
		}
		m.Variants = append(m.Variants, Variant{
			URL:              address,
			Bandwidth:        checked(e.attributes["BANDWIDTH"]),
			AverageBandwidth: checked(e.attributes["AVERAGE-BANDWIDTH"]),
			Codecs:           v.Codecs,
			Resolution:       resolution(v.Resolution),
			FrameRate:        e.attributes["FRAME-RATE"],
			VideoRange:       v.VideoRange,
			Audio:            v.Audio,
		})
	}
	for _, e := range s.audio {
		r := Rendition{
			Group:    e.attributes["GROUP-ID"],
			Name:     e.attributes["NAME"],
			Language: e.attributes["LANGUAGE"],
			Channels: e.attributes["CHANNELS"],
			Default:  e.attributes["DEFAULT"] == "YES",
		}
		if reference := e.attributes["URI"]; reference != "" {
			var f *fault
			if r.URL, f = resolve(base, e.line, reference); f != nil {
				return nil, f
			}
		}
		m.Audio = append(m.Audio, r)
	}
	return m, nil
}

func (s *scanned) parseMedia(base *url.URL) (*Media, *fault) {
	// A window of 0 means all of them. A capacity of 0 would panic.
	decoded, err := m3u8.NewMediaPlaylist(0, uint(max(1, len(s.segments))))
	if err != nil {
		return nil, faultf(0, "%v", err)
	}
	if f := decode(decoded, &s.text); f != nil {
		return nil, f
	}
	if int(decoded.Count()) != len(s.segments) {
		return nil, faultf(0, "%d segments were read as %d", len(s.segments), decoded.Count())
	}
	m := &Media{
		TargetDuration:        s.target,
		Sequence:              s.sequence,
		DiscontinuitySequence: s.discontinuitiesSequence,
		IndependentSegments:   s.independent,
		Ended:                 decoded.Closed,
	}
	for i, note := range s.segments {
		d := decoded.Segments[i]
		address, f := resolve(base, note.line, d.URI)
		if f != nil {
			return nil, f
		}
		segment := Segment{
			URL:             address,
			Duration:        d.Duration,
			Discontinuity:   d.Discontinuity,
			ProgramDateTime: d.ProgramDateTime,
		}
		if d.Limit > 0 {
			start := d.Offset
			if note.followsOn {
				if start, f = m.follow(note.line, address); f != nil {
					return nil, f
				}
			}
			if start > maxInteger-d.Limit {
				return nil, faultf(note.line, "its byte range reaches 2^53")
			}
			segment.ByteRange = &hls.ByteRange{Start: start, End: start + d.Limit - 1}
		}
		m.Segments = append(m.Segments, segment)
	}
	return m, nil
}

// follow is where a byte range without an offset begins: behind that of the
// segment before, which must be a range of the same resource.
func (m *Media) follow(line int, address string) (int64, *fault) {
	if len(m.Segments) > 0 {
		last := m.Segments[len(m.Segments)-1]
		if last.ByteRange != nil && last.URL == address {
			return last.ByteRange.End + 1, nil
		}
	}
	return 0, faultf(line, "EXT-X-BYTERANGE without an offset, and the segment before is no range of the same resource")
}

// decode runs the library's reader. The scan keeps from it all that is known to
// make it panic; should something else do, it becomes an error here.
func decode(into m3u8.Playlist, text *bytes.Buffer) (f *fault) {
	defer func() {
		if p := recover(); p != nil {
			f = faultf(0, "the parser failed: %v", p)
		}
	}()
	if err := into.DecodeFrom(text, false); err != nil {
		return &fault{reason: err.Error()}
	}
	return nil
}

func resolve(base *url.URL, line int, reference string) (string, *fault) {
	u, err := base.Parse(reference)
	if err != nil {
		return "", faultf(line, "%.200q is not a URI", reference)
	}
	return u.String(), nil
}

// checked is the number that the scan has accepted, or 0 for an absent one.
func checked(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// resolution reads 640x360. hls.js, too, goes on without one that it cannot
// read.
func resolution(text string) *Resolution {
	w, h, _ := strings.Cut(text, "x")
	width, err := strconv.ParseUint(w, 10, 31)
	if err != nil {
		return nil
	}
	height, err := strconv.ParseUint(h, 10, 31)
	if err != nil {
		return nil
	}
	return &Resolution{Width: int(width), Height: int(height)}
}

// String is the resolution as RESOLUTION writes it.
func (r Resolution) String() string { return fmt.Sprintf("%dx%d", r.Width, r.Height) }
