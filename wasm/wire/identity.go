package wire

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
)

// Generation is a line of P2P Media Loader versions that share swarms. Those of
// different generations never meet, because they hash a swarm's name
// differently.
type Generation uint8

const (
	SHA1 Generation = iota // 2.3, 3 and 4
	MD5                    // 1.0.4 to 2.2
)

// StreamSwarmID names the swarm of one stream: swarmID names the presentation,
// streamID is such as "main-0".
func StreamSwarmID(swarmID, streamID string) string {
	return "v2-" + swarmID + "-" + streamID
}

// InfoHash names a swarm at a tracker.
type InfoHash [idLength]byte

// PeerID names a peer at a tracker.
type PeerID [idLength]byte

// OfferID names one offer among those of the peer that made it.
type OfferID [idLength]byte

// idLength is the length of every id at a tracker, in bytes.
const idLength = 20

// String is the id as it stands in JSON: a character U+0000 to U+00FF for each
// byte.
func (h InfoHash) String() string { return latin1(h[:]) }

// String is the id as it stands in JSON: a character U+0000 to U+00FF for each
// byte.
func (p PeerID) String() string { return latin1(p[:]) }

// String is the id as it stands in JSON: a character U+0000 to U+00FF for each
// byte.
func (o OfferID) String() string { return latin1(o[:]) }

// HashSwarm is the info hash of the swarm that StreamSwarmID names: 15 bytes of
// a digest, as 20 characters of base64.
func HashSwarm(g Generation, streamSwarmID string) InfoHash {
	var fifteen []byte
	switch g {
	case MD5:
		digest := md5.Sum([]byte(streamSwarmID))
		fifteen = digest[1:]
	default:
		digest := sha1.Sum([]byte(streamSwarmID))
		fifteen = digest[:15]
	}
	var h InfoHash
	base64.StdEncoding.Encode(h[:], fifteen)
	return h
}

const peerIDAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// NewPeerID is prefix, at most 20 ASCII characters such as "-PM0203-", filled
// up with random letters and digits. random gives 64 uniform bits.
func NewPeerID(prefix string, random func() uint64) (PeerID, error) {
	var p PeerID
	if len(prefix) > len(p) {
		return p, fmt.Errorf("peer id prefix %q has %d bytes, at most %d fit", prefix, len(prefix), len(p))
	}
	for i := range len(prefix) {
		if prefix[i] >= 0x80 {
			return p, fmt.Errorf("peer id prefix %q is not ASCII at byte %d", prefix, i)
		}
	}
	for i := copy(p[:], prefix); i < len(p); i++ {
		p[i] = peerIDAlphabet[random()%uint64(len(peerIDAlphabet))]
	}
	return p, nil
}

// latin1 reads b as ISO 8859-1.
func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// parseID is the reverse of latin1 for an id of 20 characters.
func parseID(s string) (id [idLength]byte, err error) {
	n := 0
	for _, r := range s {
		if r > 0xFF {
			return id, fmt.Errorf("character %d is U+%04X, want at most U+00FF", n, r)
		}
		if n < len(id) {
			id[n] = byte(r)
		}
		n++
	}
	if n != len(id) {
		return id, fmt.Errorf("%d characters, want %d", n, len(id))
	}
	return id, nil
}
