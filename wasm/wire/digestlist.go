package wire

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
)

// Digest is the SHA-256 of a run of bytes (FIPS 180-4).
type Digest [32]byte

// String is the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MaxDigestList bounds a list of digests, in bytes: one of 40,000 segments fits.
const MaxDigestList = 4 << 20

// DigestList are digests of an origin's segments, under the names of their files and,
// of those that are parts of a file, their byte ranges.
type DigestList struct {
	digests map[place]Digest
}

// place is a file, or a range of its bytes.
type place struct{ name, byteRange string }

// Len is how many digests there are.
func (l DigestList) Len() int { return len(l.digests) }

// DecodeDigestList reads a list as PeerTube's players get it: a JSON object of
// {"name": "hex"} and, for segments that are byte ranges, {"name": {"start-end": "hex"}}.
// A name is that of a file, or its path below the folder that the list is in. Of a name
// given twice the last counts. An entry that is no digest is left out, and the error says
// which was the first; a text that is no object gives an error and an empty list.
func DecodeDigestList(text []byte) (DigestList, error) {
	list, err := decodeDigestList(text)
	if err != nil {
		return list, fmt.Errorf("list of digests: %w", err)
	}
	return list, nil
}

func decodeDigestList(text []byte) (DigestList, error) {
	list := DigestList{digests: map[place]Digest{}}
	if len(text) > MaxDigestList {
		return list, fmt.Errorf("has %d bytes, want at most %d", len(text), MaxDigestList)
	}
	o, err := parseObject("", text)
	if err != nil {
		return list, err
	}
	for _, file := range o.fields {
		name := string(file.name)
		if kindOf(file.value) != "object" {
			list.add(o, name, place{name: name}, file.value)
			continue
		}
		ranges, err := parseObject(fmt.Sprintf("%q: ", name), file.value)
		if err != nil {
			o.fail(fmt.Sprintf("%q", name), err) // nothing that was scanned leads here
			continue
		}
		for _, part := range ranges.fields {
			list.add(ranges, string(part.name), place{name, string(part.name)}, part.value)
		}
		o.adopt(ranges)
	}
	return list, o.err
}

// add takes the digest that stands in a field.
func (l *DigestList) add(in *object, field string, at place, value []byte) {
	var d Digest
	text := value
	if kindOf(value) == "string" {
		text = unquote(value)
	}
	if len(text) != hex.EncodedLen(len(d)) || kindOf(value) != "string" {
		in.fail(fmt.Sprintf("%q", field), fmt.Errorf("is no SHA-256 in hexadecimal"))
		return
	}
	if _, err := hex.Decode(d[:], text); err != nil {
		in.fail(fmt.Sprintf("%q", field), fmt.Errorf("is no SHA-256: %w", err))
		return
	}
	l.digests[at] = d
}

// Of is the digest of what is at an address, and false where none is known. The list
// came from listURL; byteRange is such as "0-999", both ends included, and empty for a
// whole file.
func (l DigestList) Of(listURL, segmentURL, byteRange string) (Digest, bool) {
	for _, name := range namesOf(listURL, segmentURL) {
		if d, known := l.digests[place{name, byteRange}]; known {
			return d, true
		}
	}
	return Digest{}, false
}

// namesOf are what a list may call a file: its path from the list's folder on, and its
// name alone.
func namesOf(listURL, fileURL string) []string {
	file := withoutQuery(fileURL)
	name := file[strings.LastIndexByte(file, '/')+1:]
	folder := withoutQuery(listURL)
	folder = folder[:strings.LastIndexByte(folder, '/')+1]
	if path, below := strings.CutPrefix(file, folder); below && path != name {
		return []string{unescaped(path), unescaped(name)}
	}
	return []string{unescaped(name)}
}

func withoutQuery(address string) string {
	if end := strings.IndexAny(address, "?#"); end >= 0 {
		return address[:end]
	}
	return address
}

func unescaped(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	return path
}
