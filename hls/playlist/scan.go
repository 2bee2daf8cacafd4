package playlist

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/grafov/m3u8"
)

// Why there is a scan before grafov/m3u8 reads a playlist: the library
//   - names no lines, takes wrong numbers for 0, and panics on some input (a
//     EXT-X-KEY before a URI that no EXTINF announced, a bare #WV-CYPHER-VERSION);
//   - takes a blank line after EXTINF for a segment without URI;
//   - drops CHANNELS, and cannot tell EXT-X-BYTERANGE without an offset;
//   - keeps BANDWIDTH in 32 bits and FRAME-RATE as a number;
//   - attaches every rendition to every variant, at a cost of their product.
//
// So the scan checks the structure and all numbers, notes what the library
// drops, and passes on only the lines that are read from it afterwards; the
// rest become comments, which keeps the numbers of the lines.

const (
	maxInteger  = 1<<53 - 1 // JavaScript's, and so the protocol's
	maxDuration = 24 * 60 * 60
)

// scanned is what the scan hands on.
type scanned struct {
	master bool
	text   bytes.Buffer // for grafov/m3u8

	independent bool

	// Master playlists.
	variants []entry // EXT-X-STREAM-INF
	audio    []entry // EXT-X-MEDIA, TYPE=AUDIO

	// Media playlists.
	target                            float64
	sequence, discontinuitiesSequence int64
	segments                          []segmentNote
}

// entry is the attribute list of one tag.
type entry struct {
	line       int // of the URI where the tag has one on a line of its own
	attributes map[string]string
}

// segmentNote is what grafov/m3u8 does not keep of a segment.
type segmentNote struct {
	line int // of the URI
	// followsOn is set when EXT-X-BYTERANGE gives no offset: the range begins
	// where the segment before ends (RFC 8216, 4.3.2.2).
	followsOn bool
}

// scanner is the state while going through the lines.
type scanner struct {
	scanned
	media bool // a tag of media playlists was seen

	pending   int // line of an EXTINF or EXT-X-STREAM-INF whose URI is to come, or 0
	followsOn bool
	ranged    int // line of an EXT-X-BYTERANGE whose URI is to come, or 0
}

// fault is an error without the URL, which the scan does not know.
type fault struct {
	line   int
	reason string
}

func faultf(line int, format string, args ...any) *fault {
	return &fault{line, fmt.Sprintf(format, args...)}
}

func scan(data []byte) (*scanned, *fault) {
	s := new(scanner)
	text := strings.TrimPrefix(string(data), "\ufeff")
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if number == 1 && line != "#EXTM3U" {
			return nil, faultf(1, "a playlist begins with #EXTM3U, this one with %.40q", line)
		}
		pass, f := s.line(number, line)
		if f != nil {
			return nil, f
		}
		s.text.WriteString(pass)
		s.text.WriteByte('\n')
	}
	if f := s.end(number); f != nil {
		return nil, f
	}
	return &s.scanned, nil
}

// line checks one line and returns what grafov/m3u8 is to read in its place.
func (s *scanner) line(n int, line string) (string, *fault) {
	if line == "" {
		return "#", nil
	}
	if !strings.HasPrefix(line, "#") {
		return line, s.uri(n)
	}
	tag, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch tag {
	case "#EXTM3U":
		return line, nil
	case "#EXT-X-INDEPENDENT-SEGMENTS":
		s.independent = true
		return "#", nil
	case "#EXT-X-DEFINE":
		return "", faultf(n, "variables (EXT-X-DEFINE) are not supported")
	case "#EXT-X-STREAM-INF", "#EXT-X-MEDIA", "#EXT-X-I-FRAME-STREAM-INF":
		s.master = true
		if s.media {
			return "", faultf(n, "%s in a playlist of segments", tag[1:])
		}
		return s.masterTag(n, tag, value, line)
	case "#EXTINF", "#EXT-X-BYTERANGE", "#EXT-X-DISCONTINUITY", "#EXT-X-PROGRAM-DATE-TIME", "#EXT-X-TARGETDURATION",
		"#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE", "#EXT-X-ENDLIST":
		s.media = true
		if s.master {
			return "", faultf(n, "%s in a playlist of variants", tag[1:])
		}
		return s.mediaTag(n, tag, value, line)
	}
	return "#", nil
}

func (s *scanner) uri(n int) *fault {
	switch {
	case s.pending == 0 && s.master:
		return faultf(n, "URI without EXT-X-STREAM-INF")
	case s.pending == 0:
		return faultf(n, "URI without EXTINF")
	case s.master:
		s.variants[len(s.variants)-1].line = n
	default:
		s.segments = append(s.segments, segmentNote{line: n, followsOn: s.followsOn})
		s.followsOn, s.ranged = false, 0
	}
	s.pending = 0
	return nil
}

func (s *scanner) masterTag(n int, tag, value, line string) (string, *fault) {
	attributes := m3u8.DecodeAttributeList(value)
	switch tag {
	case "#EXT-X-STREAM-INF":
		if s.pending != 0 {
			return "", faultf(s.pending, "EXT-X-STREAM-INF without a URI")
		}
		for _, name := range []string{"BANDWIDTH", "AVERAGE-BANDWIDTH"} {
			if _, f := integer(n, name, attributes[name]); attributes[name] != "" && f != nil {
				return "", f
			}
		}
		s.pending = n
		s.variants = append(s.variants, entry{n, attributes})
		return line, nil
	case "#EXT-X-MEDIA":
		if attributes["TYPE"] == "AUDIO" {
			s.audio = append(s.audio, entry{n, attributes})
		}
	}
	return "#", nil
}

func (s *scanner) mediaTag(n int, tag, value, line string) (_ string, f *fault) {
	switch tag {
	case "#EXTINF":
		if s.pending != 0 {
			return "", faultf(s.pending, "EXTINF without a URI")
		}
		s.pending = n
		text, _, _ := strings.Cut(value, ",")
		duration, f := decimal(n, "EXTINF", strings.TrimSpace(text))
		if f == nil && duration > maxDuration {
			f = faultf(n, "EXTINF: a segment of %.40s s is longer than a day", text)
		}
		// Rewritten because the library takes " 6.0" for 0.
		return "#EXTINF:" + strings.TrimSpace(text) + ",", f
	case "#EXT-X-BYTERANGE":
		if s.ranged != 0 {
			return "", faultf(n, "second EXT-X-BYTERANGE for one segment; the first is at line %d", s.ranged)
		}
		s.ranged = n
		length, offset, given := strings.Cut(value, "@")
		s.followsOn = !given
		count, f := integer(n, "EXT-X-BYTERANGE", length)
		if f != nil {
			return "", f
		}
		first := int64(0)
		if given {
			if first, f = integer(n, "EXT-X-BYTERANGE", offset); f != nil {
				return "", f
			}
		}
		if count == 0 || first > maxInteger-count {
			return "", faultf(n, "EXT-X-BYTERANGE: %.40q is empty or too large", value)
		}
		return line, nil
	case "#EXT-X-TARGETDURATION":
		s.target, f = decimal(n, "EXT-X-TARGETDURATION", value)
		if f == nil && (s.target == 0 || s.target > maxDuration) {
			f = faultf(n, "EXT-X-TARGETDURATION: %.40q is not more than 0 s and at most a day", value)
		}
		return "#", f
	case "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE":
		if len(s.segments) > 0 {
			return "", faultf(n, "%s after the first segment", tag[1:])
		}
		number, f := integer(n, tag[1:], value)
		if tag == "#EXT-X-MEDIA-SEQUENCE" {
			s.sequence = number
		} else {
			s.discontinuitiesSequence = number
		}
		return "#", f
	}
	return line, nil // EXT-X-DISCONTINUITY, EXT-X-PROGRAM-DATE-TIME, EXT-X-ENDLIST
}

// end checks what can only be known after the last line.
func (s *scanner) end(last int) *fault {
	switch {
	case last == 0:
		return faultf(0, "it is empty")
	case s.pending != 0 && s.master:
		return faultf(s.pending, "EXT-X-STREAM-INF without a URI")
	case s.pending != 0:
		return faultf(s.pending, "EXTINF without a URI")
	case s.master && len(s.variants) == 0:
		return faultf(0, "it has no EXT-X-STREAM-INF")
	case s.master:
		return nil
	case s.target == 0:
		return faultf(0, "it has neither EXT-X-TARGETDURATION nor EXT-X-STREAM-INF")
	case s.sequence > maxInteger-int64(len(s.segments)):
		return faultf(0, "its segment numbers reach 2^53")
	}
	return nil
}

// integer reads a decimal-integer (RFC 8216, 4.2) below 2^53.
func integer(line int, name, text string) (int64, *fault) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > maxInteger {
		return 0, faultf(line, "%s: %.40q is not a whole number below 2^53", name, text)
	}
	return int64(n), nil
}

// decimal reads a decimal-floating-point (RFC 8216, 4.2): digits and at most
// one point, no sign, no exponent, no NaN.
func decimal(line int, name, text string) (float64, *fault) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "0123456789.") != "" || math.IsInf(f, 0) {
		return 0, faultf(line, "%s: %.40q is not a number of seconds", name, text)
	}
	return f, nil
}
