package peer

// ErrorType is why a download from a peer failed, in the words of P2P Media
// Loader's PeerRequestErrorType and RequestAbortErrorType.
type ErrorType string

// The reasons.
const (
	LengthMismatch    ErrorType = "peer-response-bytes-length-mismatch"
	ProtocolViolation ErrorType = "peer-protocol-violation"
	Absent            ErrorType = "peer-segment-absent"
	Closed            ErrorType = "peer-closed"
	ValidationFailed  ErrorType = "p2p-segment-validation-failed"
	TimedOut          ErrorType = "bytes-receiving-timeout"
	// Busy is ours: the peer has the segment, and gives to too many already.
	Busy ErrorType = "peer-busy"
)

// Error is a failed download, or the end of a conversation because of one.
type Error struct {
	Type ErrorType
	Err  error // may be nil
}

func (e *Error) Error() string {
	if e.Err == nil {
		return string(e.Type)
	}
	return string(e.Type) + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }
