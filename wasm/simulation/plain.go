package simulation

import (
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// plain is what a player has without a loader: HTTP. It is what every loader is
// measured against.
type plain struct {
	viewer *Viewer
	byID   map[string]hls.Segment // listed segments by runtime id
	stop   func()                 // ends the last download
}

func (*plain) SetManifestURL(string)         {}
func (*plain) SetLive(bool)                  {}
func (*plain) AddStream(hls.Stream)          {}
func (*plain) UpdatePlayback(_, _ float64)   {}
func (*plain) SetActiveLevelBitrate(float64) {}

func (p *plain) UpdateStream(_ string, add []hls.Segment, remove []string) {
	if p.byID == nil {
		p.byID = map[string]hls.Segment{}
	}
	for _, s := range add {
		p.byID[s.RuntimeID] = s
	}
	for _, id := range remove {
		delete(p.byID, id)
	}
}

func (p *plain) Load(runtimeID string, done func(loader.Result, error)) error {
	fetch := fetcher{p.viewer.origin, p.viewer}
	segment := p.byID[runtimeID]
	p.stop = fetch.Fetch(loader.FetchRequest{Type: hls.Main, Segment: segment}, &plainSink{viewer: p.viewer, segment: segment, done: done})
	return nil
}

func (p *plain) Close() {
	if p.stop != nil {
		p.stop()
	}
}

// plainSink collects a segment.
type plainSink struct {
	viewer  *Viewer
	segment hls.Segment
	done    func(loader.Result, error)
	began   time.Duration // when headers came
	parts   []payload.Bytes
}

func (s *plainSink) Headers(_, _ int64) { s.began = s.viewer.world.now }

func (s *plainSink) Chunk(bytes payload.Bytes) {
	s.viewer.Stats.HTTP += int64(bytes.Len())
	s.parts = append(s.parts, bytes)
}

func (s *plainSink) Done() {
	bytes := joiner{}.Join(s.parts)
	s.viewer.has(s.segment.ExternalID, bytes.Len())
	// hls.js takes no segment for faster than 50 ms.
	took := max(s.viewer.world.now-s.began, 50*time.Millisecond)
	s.done(loader.Result{Bytes: bytes, Bandwidth: float64(bytes.Len()) * 8 / took.Seconds()}, nil)
}

func (s *plainSink) Failed(*loader.FetchError) { s.done(loader.Result{}, loader.ErrFailed) }
