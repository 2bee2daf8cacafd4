package wire

import (
	"errors"
	"fmt"
)

// Frames around commands. A command that fits goes as cstr…cend; one that does
// not goes as cstr…dend, dstr…dend, …, dstr…cend.
const (
	commandStart = "cstr"
	commandEnd   = "cend"
	partStart    = "dstr"
	partEnd      = "dend"

	frameLength = len(commandStart)
	framesAdded = len(commandStart) + len(commandEnd)
)

// MinMessageSize is the least limit on messages that commands can be split to,
// in bytes. At 16 and below P2P Media Loader's own splitting fails.
const MinMessageSize = 17

// MaxCommandLength bounds a joined command, in bytes. The longest that a peer
// has reason to send, two full lists of ids, takes about 130 KB.
const MaxCommandLength = 256 << 10

// IsCommand tells whether a message on the data channel is a command or a part
// of one. All others are segment data.
func IsCommand(message []byte) bool {
	if len(message) < framesAdded {
		return false
	}
	start, end := string(message[:frameLength]), string(message[len(message)-frameLength:])
	return (start == commandStart || start == partStart) && (end == commandEnd || end == partEnd)
}

// split frames a command's body in messages of at most size bytes: one, or
// several of equal length but the last.
func split(body []byte, size int) ([][]byte, error) {
	if size < MinMessageSize {
		return nil, fmt.Errorf("messages of %d bytes are too short for commands, want at least %d", size, MinMessageSize)
	}
	if len(body)+framesAdded <= size {
		return [][]byte{frame(commandStart, body, commandEnd)}, nil
	}
	// From this count JavaScript's search starts too. It stops after one more,
	// which at limits under a hundred bytes leaves messages too long.
	count := ceilDiv(len(body), size)
	for ceilDiv(len(body), count)+framesAdded > size {
		count++
	}
	length := ceilDiv(len(body), count)
	messages := make([][]byte, count)
	for i := range messages {
		start, end := partStart, partEnd
		if i == 0 {
			start = commandStart
		}
		if i == count-1 {
			end = commandEnd
		}
		part := body[min(i*length, len(body)):min((i+1)*length, len(body))]
		messages[i] = frame(start, part, end)
	}
	return messages, nil
}

func frame(start string, body []byte, end string) []byte {
	message := make([]byte, 0, len(body)+framesAdded)
	message = append(message, start...)
	message = append(message, body...)
	return append(message, end...)
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// Joiner puts split commands together. Its zero value is ready; each direction
// of each connection needs its own.
type Joiner struct {
	parts []byte // bodies of the open command so far; empty when none is open
}

// ErrPartsDropped says that parts do not make a command. A JavaScript peer drops
// them without a word; the conversation goes on.
var ErrPartsDropped = errors.New("parts of a command dropped")

// ErrCommandTooLong says that a command grew past MaxCommandLength. Its parts
// are dropped; whoever sends such a thing means no good.
var ErrCommandTooLong = errors.New("command too long")

// Add takes the next message for which IsCommand holds, and gives the body of
// the command that it completes, or nil when more is to come. The body may
// share the message's memory.
//
// As in JavaScript, a first part while a command is open drops both, even when
// it is complete in itself, and a later part with none open is dropped. An open
// command is one of which bytes have come: an empty first part opens nothing.
func (j *Joiner) Add(message []byte) (body []byte, err error) {
	if !IsCommand(message) {
		return nil, fmt.Errorf("message of %d bytes is not a command", len(message))
	}
	first := string(message[:frameLength]) == commandStart
	last := string(message[len(message)-frameLength:]) == commandEnd
	part := message[frameLength : len(message)-frameLength]
	open := len(j.parts) > 0

	switch {
	case first && open:
		j.parts = nil
		return nil, fmt.Errorf("%w: a command began inside another", ErrPartsDropped)
	case !first && !open:
		return nil, fmt.Errorf("%w: the first one is missing", ErrPartsDropped)
	case len(part) > MaxCommandLength-len(j.parts):
		j.parts = nil
		return nil, fmt.Errorf("%w: over %d bytes", ErrCommandTooLong, MaxCommandLength)
	case first && last:
		return part, nil
	}
	j.parts = append(j.parts, part...)
	if !last {
		return nil, nil
	}
	body, j.parts = j.parts, nil
	return body, nil
}
