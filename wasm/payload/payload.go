// Package payload names segment bytes that the core carries and never opens.
// In the browser they are Uint8Arrays in JavaScript's memory, natively they are
// byte slices, in large simulations they are only a size. The adapter that made
// a value is the only one that looks inside.
package payload

// Bytes is an immutable run of segment bytes.
type Bytes interface {
	// Len is the number of bytes.
	Len() int
	// Slice is the run from byte from up to, not including, byte to. It shares
	// memory with the whole.
	Slice(from, to int) Bytes
}

// Joiner makes one run of several that the same adapter made.
type Joiner interface {
	Join(parts []Bytes) Bytes
}
