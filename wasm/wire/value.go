package wire

import (
	"fmt"
	"math/bits"
	"slices"
)

// Values in commands. The high four bits of a value's first byte are its type.
const (
	typeInteger = 0
	typeArray   = 1 // of similar integers
	typeString  = 2
)

const (
	// maxGroups is how many groups an array can count. JavaScript writes more
	// modulo 256, and then reads too few.
	maxGroups = 255
	// groupSize is how many integers share all but their low byte.
	groupSize = 256
)

// appendInteger writes n, which is not negative: the number of bytes, then big
// endian with a leading bit for the sign.
func appendInteger(b []byte, n int64) []byte {
	length := bits.Len64(uint64(n))/8 + 1
	b = append(b, typeInteger<<4|byte(length))
	for shift := 8 * (length - 1); shift >= 0; shift -= 8 {
		b = append(b, byte(n>>shift))
	}
	return b
}

// appendArray writes ids, which rise and are not negative. Of more groups than
// an array can count the highest stay.
//
// A group is an integer, made of the members' common part and their count in
// place of the low byte, and then the members' low bytes. A full group's count
// would be 256, which JavaScript writes as 0 and cannot read: it goes as two of
// 128.
func appendArray(b []byte, ids []int64) []byte {
	ids, groups := newestGroups(ids)
	b = append(b, typeArray<<4, byte(groups))
	for len(ids) > 0 {
		n := groupLength(ids)
		b = appendInteger(b, ids[0]&^0xFF|int64(n))
		for _, id := range ids[:n] {
			b = append(b, byte(id))
		}
		ids = ids[n:]
	}
	return b
}

// newestGroups is the longest tail of ids that fits an array, and how many
// groups it makes.
func newestGroups(ids []int64) (tail []int64, groups int) {
	for rest := ids; len(rest) > 0; groups++ {
		rest = rest[groupLength(rest):]
	}
	for ; groups > maxGroups; groups-- {
		ids = ids[groupLength(ids):]
	}
	return ids, groups
}

// groupLength is how many of the first ids are written as one group.
func groupLength(ids []int64) int {
	n := 1
	for n < len(ids) && ids[n]&^0xFF == ids[0]&^0xFF {
		n++
	}
	if n == groupSize {
		return groupSize / 2
	}
	return n
}

// reader walks through a command's body.
type reader struct {
	body   []byte
	offset int
}

func (r *reader) rest() []byte { return r.body[r.offset:] }

// integer reads an integer.
func (r *reader) integer() (int64, error) {
	rest := r.rest()
	if len(rest) == 0 {
		return 0, errTruncated
	}
	if t := rest[0] >> 4; t != typeInteger {
		return 0, fmt.Errorf("type %d, want an integer", t)
	}
	length := int(rest[0] & 0x0F)
	if len(rest) < 1+length {
		return 0, errTruncated
	}
	var magnitude uint64
	negative := false
	for i, c := range rest[1 : 1+length] {
		if i == 0 {
			negative = c&0x80 != 0
			c &= 0x7F
		}
		if magnitude >= 1<<55 {
			return 0, errOutOfRange
		}
		magnitude = magnitude<<8 | uint64(c)
	}
	r.offset += 1 + length
	if negative {
		return -int64(magnitude), nil
	}
	return int64(magnitude), nil
}

// array reads an array of similar integers into into, whose memory it uses.
func (r *reader) array(into []int64) ([]int64, error) {
	into = into[:0]
	groups, err := r.arrayHeader()
	if err != nil {
		return nil, err
	}
	// Each integer takes a byte at least, so memory stays within eight times
	// the message, and within what 255 groups can hold.
	into = slices.Grow(into, min(len(r.rest()), groups*groupSize))
	for range groups {
		common, members, err := r.group()
		if err != nil {
			return nil, err
		}
		for _, low := range members {
			into = append(into, common|int64(low))
		}
	}
	return into, nil
}

// arrayHeader reads how many groups an array has.
func (r *reader) arrayHeader() (groups int, err error) {
	rest := r.rest()
	if len(rest) < 2 {
		return 0, errTruncated
	}
	if t := rest[0] >> 4; t != typeArray {
		return 0, fmt.Errorf("type %d, want an array", t)
	}
	r.offset += 2
	return int(rest[1]), nil
}

// group reads the common part of a group's members and their low bytes. A count
// of 0 is a full group, as JavaScript writes it.
func (r *reader) group() (common int64, members []byte, err error) {
	head, err := r.integer()
	if err != nil {
		return 0, nil, err
	}
	count := int(head & 0xFF)
	if count == 0 {
		count = groupSize
	}
	rest := r.rest()
	if len(rest) < count {
		return 0, nil, errTruncated
	}
	r.offset += count
	return head &^ 0xFF, rest[:count], nil
}

// skip passes over a value of any known type.
func (r *reader) skip() error {
	rest := r.rest()
	if len(rest) == 0 {
		return errTruncated
	}
	switch t := rest[0] >> 4; t {
	case typeInteger:
		return r.pass(1 + int(rest[0]&0x0F))
	case typeArray:
		groups, err := r.arrayHeader()
		for ; groups > 0 && err == nil; groups-- {
			_, _, err = r.group()
		}
		return err
	case typeString:
		// The length counts UTF-16 units, yet P2P Media Loader passes over so
		// many bytes of UTF-8, and so does whoever wants to understand it.
		if len(rest) < 2 {
			return errTruncated
		}
		return r.pass(2 + int(rest[0]&0x0F)<<8 + int(rest[1]))
	default:
		return fmt.Errorf("unknown type %d", t)
	}
}

// pass moves n bytes on.
func (r *reader) pass(n int) error {
	if len(r.rest()) < n {
		return errTruncated
	}
	r.offset += n
	return nil
}
