package socket

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// statusTryAgainLater is registered with IANA; RFC 6455 does not have it yet.
const statusTryAgainLater ws.StatusCode = 1013

// violation is what a client did that ends its connection, and the status that it is told.
type violation struct {
	status ws.StatusCode
	cause  Cause
}

func (v *violation) Error() string { return v.cause.String() }

var (
	errProtocol = &violation{ws.StatusProtocolError, Protocol}
	errNotUTF8  = &violation{ws.StatusInvalidFramePayloadData, Protocol}
	errTooLong  = &violation{ws.StatusMessageTooBig, TooLong}
	errNoMemory = &violation{statusTryAgainLater, NoMemory}
	errFlood    = &violation{ws.StatusPolicyViolation, Flood}
)

// inbox makes messages of the bytes that come from a client (RFC 6455, 5), however they are split. Without a message
// that is not whole it holds no memory.
type inbox struct {
	frame    *buffer   // a frame whose end has not come, with its header
	message  *buffer   // the fragments that have come
	fragment ws.OpCode // what they are fragments of; 0: there are none
}

// receiver is told of each frame that is whole, and what an inbox has made of it, good only during the call. An error
// ends the reading.
type receiver interface {
	frame() error
	message(payload []byte) error
	control(kind ws.OpCode, payload []byte) error
}

// take reads bytes, and changes them. No message may be longer than most bytes.
func (in *inbox) take(data []byte, most int64, memory account, to receiver) error {
	for len(data) > 0 {
		if in.frame == nil {
			// The usual way: the frame is whole, and stays where it is.
			used, err := in.read(data, most, memory, to)
			if err != nil {
				return err
			}
			if used > 0 {
				data = data[used:]
				continue
			}
		}
		n := len(data)
		if in.frame != nil {
			n = min(n, frameSize(in.frame.bytes)-len(in.frame.bytes))
		}
		frame, ok := memory.grow(in.frame, n)
		if !ok {
			return errNoMemory
		}
		in.frame = frame
		frame.bytes = append(frame.bytes, data[:n]...)
		data = data[n:]
		used, err := in.read(frame.bytes, most, memory, to)
		if err != nil {
			return err
		}
		if used > 0 {
			memory.release(frame)
			in.frame = nil
		}
	}
	return nil
}

// partial says whether the rest of a message has yet to come.
func (in *inbox) partial() bool { return in.frame != nil || in.fragment != 0 }

// clear gives the memory back.
func (in *inbox) clear(memory account) {
	memory.release(in.frame)
	memory.release(in.message)
	*in = inbox{}
}

// read passes the first frame of data on, if it is whole, and returns its size, else 0.
func (in *inbox) read(data []byte, most int64, memory account, to receiver) (used int, err error) {
	h, size := readHeader(data)
	if len(data) < size {
		return 0, nil
	}
	state := ws.StateServerSide
	if in.fragment != 0 {
		state |= ws.StateFragmented
	}
	if h.Length < 0 || ws.CheckHeader(h, state) != nil {
		return 0, errProtocol
	}
	length := h.Length
	if in.message != nil && !h.OpCode.IsControl() {
		length += int64(len(in.message.bytes))
	}
	if length > most {
		return 0, errTooLong
	}
	used = size + int(h.Length)
	if len(data) < used {
		return 0, nil
	}
	if err := to.frame(); err != nil {
		return 0, err
	}
	payload := data[size:used]
	ws.Cipher(payload, h.Mask, 0)
	switch {
	case h.OpCode.IsControl():
		err = to.control(h.OpCode, payload)
	case h.Fin && in.fragment == 0:
		err = deliver(h.OpCode, payload, to)
	default:
		err = in.gather(h, payload, memory, to)
	}
	return used, err
}

// gather adds a fragment, and passes the message on when it is the last.
func (in *inbox) gather(h ws.Header, payload []byte, memory account, to receiver) error {
	if in.fragment == 0 {
		in.fragment = h.OpCode
	}
	if len(payload) > 0 {
		message, ok := memory.grow(in.message, len(payload))
		if !ok {
			return errNoMemory
		}
		message.bytes = append(message.bytes, payload...)
		in.message = message
	}
	if !h.Fin {
		return nil
	}
	var whole []byte
	if in.message != nil {
		whole = in.message.bytes
	}
	err := deliver(in.fragment, whole, to)
	memory.release(in.message)
	in.message, in.fragment = nil, 0
	return err
}

func deliver(kind ws.OpCode, payload []byte, to receiver) error {
	if kind == ws.OpText && !utf8.Valid(payload) {
		return errNotUTF8
	}
	return to.message(payload)
}

// frameSize is how many bytes a frame has, as far as its beginning tells.
func frameSize(beginning []byte) int {
	h, size := readHeader(beginning)
	if len(beginning) < size {
		return size
	}
	return size + int(h.Length)
}

// readHeader reads a frame's header and returns its size, as far as the data tell: the header is good when they are no
// shorter.
func readHeader(data []byte) (h ws.Header, size int) {
	size = ws.MinHeaderSize
	if len(data) < size {
		return h, size
	}
	h.Fin = data[0]&0x80 != 0
	h.Rsv = data[0] & 0x70 >> 4
	h.OpCode = ws.OpCode(data[0] & 0x0f)
	h.Masked = data[1]&0x80 != 0
	h.Length = int64(data[1] & 0x7f)
	extended := 0
	switch h.Length {
	case 126:
		extended = 2
	case 127:
		extended = 8
	}
	size += extended
	if h.Masked {
		size += len(h.Mask)
	}
	if len(data) < size {
		return h, size
	}
	switch extended {
	case 2:
		h.Length = int64(binary.BigEndian.Uint16(data[2:]))
	case 8:
		h.Length = int64(binary.BigEndian.Uint64(data[2:])) // negative: the highest bit, which must be 0
	}
	if h.Masked {
		copy(h.Mask[:], data[2+extended:])
	}
	return h, size
}

// appendHeader appends the header of a whole frame to a client.
func appendHeader(to []byte, kind ws.OpCode, length int) []byte {
	to = append(to, 0x80|byte(kind))
	switch {
	case length < 126:
		return append(to, byte(length))
	case length < 1<<16:
		return binary.BigEndian.AppendUint16(append(to, 126), uint16(length))
	}
	return binary.BigEndian.AppendUint64(append(to, 127), uint64(length))
}
