//go:build !js

package player

import (
	"fmt"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
)

// TrackerError is trouble with a tracker, which is tried again.
type TrackerError struct {
	Tracker string // address; empty when it concerns none in particular
	Err     error
}

func (e *TrackerError) Error() string {
	if e.Tracker == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("%s: %v", e.Tracker, e.Err)
}

func (e *TrackerError) Unwrap() error { return e.Err }

// SegmentError is a download that broke off. It may go on from elsewhere.
type SegmentError struct {
	Segment hls.Segment
	Source  loader.Source
	Err     error
}

func (e *SegmentError) Error() string {
	return fmt.Sprintf("segment %d over %s: %v", e.Segment.ExternalID, e.Source, e.Err)
}

func (e *SegmentError) Unwrap() error { return e.Err }
