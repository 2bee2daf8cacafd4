package loader

import (
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// Fetcher downloads segments from the origin.
type Fetcher interface {
	// Fetch starts a download. The function it returns stops it; the sink
	// hears nothing after that.
	Fetch(request FetchRequest, sink FetchSink) (stop func())
}

// FetchRequest asks for a segment, or for the rest of one.
type FetchRequest struct {
	Type    hls.StreamType
	Segment hls.Segment
	From    int64 // bytes of the segment that are held already
	Total   int64 // the segment's size in bytes, 0 if not known
}

// FetchSink takes a download, on the loop.
type FetchSink interface {
	// Headers tells what the response will be: from is 0 when the whole comes
	// although the rest was asked for, and total is the segment's size in
	// bytes, 0 if not known.
	Headers(from, total int64)
	// Chunk hands bytes over. Without any it is a sign of life: what comes is
	// not of the segment.
	Chunk(bytes payload.Bytes)
	Done()
	Failed(err *FetchError)
}

// FetchErrorType is why a download from the origin failed, in the words of
// P2P Media Loader's HttpRequestErrorType and RequestAbortErrorType.
type FetchErrorType string

// The reasons.
const (
	HTTPError            FetchErrorType = "http-error"
	HTTPBytesMismatch    FetchErrorType = "http-bytes-mismatch"
	HTTPUnexpectedStatus FetchErrorType = "http-unexpected-status-code"
	HTTPValidationFailed FetchErrorType = "http-segment-validation-failed"
	HTTPTimedOut         FetchErrorType = "bytes-receiving-timeout"
)

// FetchError is a failed download.
type FetchError struct {
	Type    FetchErrorType
	Message string
	// Discard says that the bytes held so far are not of this segment.
	Discard bool
	// Status is that of the response, 0 when none came or its body broke off.
	Status int
	// RetryAfter is how long the origin asks to be left alone, 0 when it does
	// not, or where the page cannot read it.
	RetryAfter time.Duration
}

func (e *FetchError) Error() string {
	if e.Message == "" {
		return string(e.Type)
	}
	return string(e.Type) + ": " + e.Message
}
