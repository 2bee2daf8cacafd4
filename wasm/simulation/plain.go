package simulation

import (
	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// plain is what a player has without a loader: HTTP. It is what every loader is
// measured against.
type plain struct {
	viewer *Viewer
	byID   map[string]hls.Segment // listed segments by runtime id
}

func (*plain) SetManifestURL(string)       {}
func (*plain) SetLive(bool)                {}
func (*plain) AddStream(hls.Stream)        {}
func (*plain) UpdatePlayback(_, _ float64) {}

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
	fetch.Fetch(loader.FetchRequest{Type: hls.Main, Segment: p.byID[runtimeID]}, &plainSink{p.viewer, done, nil})
	return nil
}

// plainSink collects a segment.
type plainSink struct {
	viewer *Viewer
	done   func(loader.Result, error)
	parts  []payload.Bytes
}

func (*plainSink) Headers(_, _ int64) {}

func (s *plainSink) Chunk(bytes payload.Bytes) {
	s.viewer.Stats.HTTP += int64(bytes.Len())
	s.parts = append(s.parts, bytes)
}

func (s *plainSink) Done() { s.done(loader.Result{Bytes: joiner{}.Join(s.parts)}, nil) }

func (s *plainSink) Failed(*loader.FetchError) { s.done(loader.Result{}, loader.ErrFailed) }
