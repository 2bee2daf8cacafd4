package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Code tells what a command says.
type Code byte

const (
	// SegmentsAnnouncement: Loaded, Loading, Arriving, Swarm. Always the sender's
	// whole state.
	SegmentsAnnouncement Code = iota
	// SegmentRequest: Segment, Request, From, Busy.
	SegmentRequest
	// SegmentData: Segment, Size, Request. The segment's bytes follow.
	SegmentData
	// SegmentDataSendingCompleted: Segment, Request.
	SegmentDataSendingCompleted
	// SegmentAbsent: Segment, Request, Busy.
	SegmentAbsent
	// CancelSegmentRequest: Segment, Request.
	CancelSegmentRequest
)

// Known tells whether the code is one of those above. A peer passes over
// commands of others.
func (c Code) Known() bool { return c <= CancelSegmentRequest }

// Command is what one peer says to another. Fields beyond those that its Code
// names stay zero. Arriving, Swarm and Busy are additions of ours, of which a
// JavaScript peer knows nothing: it passes over fields that it does not know.
type Command struct {
	Code    Code
	Segment int64   // the segment's external id
	Request int64   // pairs an answer with its request
	From    int64   // first byte wanted of the segment
	Size    int64   // how many bytes follow
	Loaded  []int64 // ids of segments held, rising
	Loading []int64 // ids of segments being fetched from the origin, rising

	// Arriving are ids of segments, rising, of which the first bytes are here: the
	// rest can be passed on as it comes.
	Arriving []int64
	// Swarm is how many peers a tracker counted when it told the sender last, the
	// sender included. 0 is a peer that does not say.
	Swarm int64
	// Busy is 1 in an answer where the peer has the segment and all its slots are
	// taken, and in a request of one that understands such an answer.
	Busy int64
}

// layouts lists each command's fields in the order they are written.
var layouts = [...]string{
	SegmentsAnnouncement:        "lpan",
	SegmentRequest:              "irbw",
	SegmentData:                 "isr",
	SegmentDataSendingCompleted: "ir",
	SegmentAbsent:               "irw",
	CancelSegmentRequest:        "ir",
}

// optional are the fields that may be missing: they are left out when 0 or
// empty.
const optional = "lpanbw"

// integer is where the command keeps the integer of that name, or nil.
func (c *Command) integer(name byte) *int64 {
	switch name {
	case 'i':
		return &c.Segment
	case 'r':
		return &c.Request
	case 'b':
		return &c.From
	case 's':
		return &c.Size
	case 'n':
		return &c.Swarm
	case 'w':
		return &c.Busy
	}
	return nil
}

// ids is where the command keeps the list of that name, or nil.
func (c *Command) ids(name byte) *[]int64 {
	switch name {
	case 'l':
		return &c.Loaded
	case 'p':
		return &c.Loading
	case 'a':
		return &c.Arriving
	}
	return nil
}

// EncodeCommand writes a command as messages of at most maxMessageSize bytes,
// at least MinMessageSize. Ids in its lists may come in any order and
// are sent in rising order, each once; of more than one list can hold (255 runs
// of ids with the same high bytes) the highest are sent.
//
// It refuses an unknown code, and numbers that are negative or above 2^53-1,
// which a JavaScript peer would misread.
func EncodeCommand(c Command, maxMessageSize int) ([][]byte, error) {
	if !c.Code.Known() {
		return nil, fmt.Errorf("command %d is unknown", c.Code)
	}
	body := make([]byte, 1, 64+len(c.Loaded)+len(c.Loading))
	body[0] = byte(c.Code)
	for _, name := range []byte(layouts[c.Code]) {
		var err error
		if body, err = c.appendField(body, name); err != nil {
			return nil, fmt.Errorf("command %d, field %c: %w", c.Code, name, err)
		}
	}
	return split(body, maxMessageSize)
}

func (c *Command) appendField(body []byte, name byte) ([]byte, error) {
	if list := c.ids(name); list != nil {
		if len(*list) == 0 {
			return body, nil
		}
		ids := rising(*list)
		if err := checkNumber(ids[0]); err != nil {
			return nil, err
		}
		if err := checkNumber(ids[len(ids)-1]); err != nil {
			return nil, err
		}
		return appendArray(append(body, name), ids), nil
	}
	n := *c.integer(name)
	if n == 0 && isOptional(name) {
		return body, nil
	}
	if err := checkNumber(n); err != nil {
		return nil, err
	}
	return appendInteger(append(body, name), n), nil
}

func isOptional(name byte) bool { return strings.IndexByte(optional, name) >= 0 }

func checkNumber(n int64) error {
	if n < 0 || n > maxSafeInteger {
		return fmt.Errorf("%d is not between 0 and 2^53-1", n)
	}
	return nil
}

// rising is ids in rising order, each once: ids itself where it is so already.
func rising(ids []int64) []int64 {
	for i := 1; i < len(ids); i++ {
		if ids[i-1] >= ids[i] {
			ids = slices.Clone(ids)
			slices.Sort(ids)
			return slices.Compact(ids)
		}
	}
	return ids
}

var (
	errTruncated  = errors.New("truncated")
	errOutOfRange = errors.New("integer of more than 63 bits")
)

// DecodeCommand reads the body of a command, as Joiner gives it. A command of
// an unknown code comes back with nothing but the code, for the caller to pass
// over; fields that the code does not have are passed over here; of a field
// given twice the last counts. Numbers may be negative and ids in any order:
// they are what the peer sent.
//
// Errors name the field and its offset in the body. Two are stricter than
// JavaScript's reader, which takes a truncated integer for a shorter one and a
// missing field for undefined.
func DecodeCommand(body []byte) (Command, error) {
	if len(body) == 0 {
		return Command{}, errors.New("command without a code")
	}
	c := Command{Code: Code(body[0])}
	if !c.Code.Known() {
		return c, nil
	}
	var seen [256]bool
	r := reader{body: body, offset: 1}
	for r.offset < len(body) {
		start := r.offset
		name := body[start]
		r.offset++
		if err := c.readField(&r, name); err != nil {
			return Command{}, fmt.Errorf("command %d, field %q at byte %d: %w", c.Code, name, start, err)
		}
		seen[name] = true
	}
	for _, name := range []byte(layouts[c.Code]) {
		if !seen[name] && !isOptional(name) {
			return Command{}, fmt.Errorf("command %d, field %q is missing", c.Code, name)
		}
	}
	return c, nil
}

func (c *Command) readField(r *reader, name byte) (err error) {
	if strings.IndexByte(layouts[c.Code], name) < 0 {
		return r.skip()
	}
	if list := c.ids(name); list != nil {
		*list, err = r.array(*list)
		return err
	}
	*c.integer(name), err = r.integer()
	return err
}
