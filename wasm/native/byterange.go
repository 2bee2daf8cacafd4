//go:build !js

package native

import (
	"fmt"
	"strconv"
	"strings"
)

// unknown is an end, or a size, that is not told.
const unknown = -1

// byteRange is a range of a resource, both ends included.
type byteRange struct {
	start, end int64
	total      int64 // of the resource, from a Content-Range
}

func (r byteRange) len() int64 { return r.end - r.start + 1 }

// header is the range as the value of a Range header (RFC 9110, 14.2).
func (r byteRange) header() string {
	if r.end == unknown {
		return fmt.Sprintf("bytes=%d-", r.start)
	}
	return fmt.Sprintf("bytes=%d-%d", r.start, r.end)
}

// parseContentRange reads a Content-Range (RFC 9110, 14.4). It is not ok when
// there is none, when it is not in bytes, and when it says that the range
// cannot be had.
func parseContentRange(header string) (r byteRange, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(header), "bytes ")
	if !ok {
		return r, false
	}
	span, size, ok := strings.Cut(rest, "/")
	if !ok {
		return r, false
	}
	start, end, ok := strings.Cut(span, "-")
	if !ok {
		return r, false
	}
	r.total = unknown
	if size != "*" {
		if r.total, ok = digits(size); !ok {
			return r, false
		}
	}
	if r.start, ok = digits(start); !ok {
		return r, false
	}
	if r.end, ok = digits(end); !ok {
		return r, false
	}
	return r, r.end >= r.start
}

func digits(text string) (n int64, ok bool) {
	u, err := strconv.ParseUint(text, 10, 63)
	return int64(u), err == nil
}
