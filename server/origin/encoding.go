package origin

import (
	"strconv"
	"strings"
)

// encodings are the content codings that `make build` leaves beside a file, the
// smaller first.
var encodings = []struct {
	coding string // in Accept-Encoding and Content-Encoding
	suffix string // of the file's name
}{
	{"br", ".br"},
	{"gzip", ".gz"},
}

// quality is the weight of a coding in an Accept-Encoding header (RFC 9110,
// 12.5.3), from 0, not wanted, to 1. A coding that the header does not name has
// the weight of *, or else 0; identity is only unwanted when that is said.
func quality(accept, coding string) float64 {
	named, others := -1.0, -1.0
	for item := range strings.SplitSeq(accept, ",") {
		name, parameters, _ := strings.Cut(item, ";")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case coding:
			named = weight(parameters)
		case "*":
			others = weight(parameters)
		}
	}
	switch {
	case named >= 0:
		return named
	case coding == "identity" && others != 0:
		// Accepted, but less than anything that is named.
		return 0.0001
	case others >= 0:
		return others
	}
	return 0
}

// weight reads q=0.5; one that cannot be read counts as 0, so that nobody is
// sent what he may have refused.
func weight(parameters string) float64 {
	name, value, _ := strings.Cut(parameters, "=")
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if name != "q" || err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
