//go:build !js

package main

import "github.com/gobwas/ws"

// mask is what all frames to servers are masked with: to take it off again costs a
// server the same whatever it is.
var mask = [4]byte{0xa5, 0x3c, 0x96, 0x5b}

// stencil is a masked text frame that was made once, with holes for the ids that
// differ from client to client and from time to time.
type stencil struct {
	frame []byte // the holes' bytes are the mask alone
	holes []hole
}

// hole is a place in a frame.
type hole struct {
	at   int // in the frame, in bytes
	size int
	turn int // of the mask, where it begins
}

// drawing is the text that a stencil is made of.
type drawing struct {
	text  []byte
	holes []hole
}

func (d *drawing) write(text string) { d.text = append(d.text, text...) }

func (d *drawing) leave(size int) {
	d.holes = append(d.holes, hole{len(d.text), size, len(d.text) % len(mask)})
	d.text = append(d.text, make([]byte, size)...)
}

func (d *drawing) stencil() stencil {
	s := stencil{ws.MustCompileFrame(ws.MaskFrameWith(ws.NewTextFrame(d.text), mask)), d.holes}
	header := len(s.frame) - len(d.text)
	for i := range s.holes {
		s.holes[i].at += header
	}
	return s
}

// fill writes the frame with the ids in its holes, in order, over what is in
// buffer, which it returns.
func (s *stencil) fill(buffer []byte, ids ...[]byte) []byte {
	buffer = append(buffer[:0], s.frame...)
	for i, h := range s.holes {
		to := buffer[h.at : h.at+h.size]
		for j, b := range ids[i][:h.size] {
			to[j] = b ^ mask[(h.turn+j)%len(mask)]
		}
	}
	return buffer
}
