package peer

import "github.com/p2p-mediastream/p2p-mediastream/wasm/payload"

// Channel is the one ordered, reliable data channel between two peers. Sending
// on a closed one does nothing.
type Channel interface {
	SendCommand(message []byte)
	SendData(bytes payload.Bytes)
	// Buffered is how many bytes wait to be sent.
	Buffered() int
	Close()
}

// Receiver is what a Channel tells, on the loop, in the order of arrival. It is
// implemented by Peer.
type Receiver interface {
	// Command takes a message for which wire.IsCommand holds.
	Command(message []byte)
	// Data takes any others, which are segment data. It came in so many messages,
	// which may all be empty.
	Data(bytes payload.Bytes, messages int)
	// Drained says that Buffered has fallen below LowWater.
	Drained()
	// Closed comes once and last.
	Closed(reason error)
}

const (
	// HighWater is how many bytes are put into a channel's buffer at most
	// before the rest waits for Drained.
	HighWater = 192 << 10
	// LowWater is what a channel's bufferedAmountLowThreshold is set to.
	LowWater = 64 << 10
)
