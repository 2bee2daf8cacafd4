package config_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// numbers are all settings of a stream that are numbers, by name.
func numbers(s *config.Stream) map[string]*float64 {
	return map[string]*float64{
		"simultaneousHttpDownloads":         &s.SimultaneousHTTPDownloads,
		"simultaneousP2PDownloads":          &s.SimultaneousP2PDownloads,
		"highDemandTimeWindow":              &s.HighDemandTimeWindow,
		"httpDownloadInitialTimeoutMs":      &s.HTTPDownloadInitialTimeout,
		"httpDownloadTimeWindow":            &s.HTTPDownloadTimeWindow,
		"p2pDownloadTimeWindow":             &s.P2PDownloadTimeWindow,
		"webRtcMaxMessageSize":              &s.WebRTCMaxMessageSize,
		"p2pNotReceivingBytesTimeoutMs":     &s.P2PNotReceivingBytesTimeout,
		"p2pInactiveLoaderDestroyTimeoutMs": &s.P2PInactiveLoaderDestroyTimeout,
		"httpNotReceivingBytesTimeoutMs":    &s.HTTPNotReceivingBytesTimeout,
		"httpErrorRetries":                  &s.HTTPErrorRetries,
		"p2pErrorRetries":                   &s.P2PErrorRetries,
	}
}

// bounds are the numbers that both streams share, by name.
func bounds(s *config.Settings) map[string]*float64 {
	return map[string]*float64{
		"segmentMemoryStorageLimit": &s.StorageLimit,
		"uploadRateLimit":           &s.UploadRateLimit,
		"uploadTotalLimit":          &s.UploadTotalLimit,
		"maxPeers":                  &s.MaxPeers,
		"minViewers":                &s.MinViewers,
	}
}

func TestBounds(t *testing.T) {
	for _, value := range []float64{math.NaN(), -1, math.Inf(-1)} {
		s := config.Default()
		var want []string
		for name, bound := range bounds(&s) {
			*bound = value
			want = append(want, fmt.Sprintf("%s cannot be %v: the default is used", name, value))
		}
		complaints := s.MakeSense()
		slices.Sort(complaints)
		slices.Sort(want)
		if !slices.Equal(complaints, want) {
			t.Errorf("complained of\n%q\nwant\n%q", complaints, want)
		}
		for name, bound := range bounds(&s) {
			if *bound != 0 {
				t.Errorf("%s of %v is %v, want none", name, value, *bound)
			}
		}
	}
	for _, value := range []float64{0, 0.5, 1e12, math.Inf(1)} {
		s := config.Default()
		for _, bound := range bounds(&s) {
			*bound = value
		}
		if complaints := s.MakeSense(); complaints != nil {
			t.Error(complaints)
		}
	}
}

func TestDefaultsMakeSense(t *testing.T) {
	s := config.Default()
	if complaints := s.MakeSense(); complaints != nil {
		t.Error(complaints)
	}
}

func TestWhatIsNoNumberHasItsDefault(t *testing.T) {
	s := config.Default()
	var want []string
	for name, value := range numbers(&s.Secondary) {
		*value = math.NaN()
		want = append(want, name+" cannot be NaN: the default is used")
	}
	complaints := s.MakeSense()
	slices.Sort(complaints)
	slices.Sort(want)
	if !slices.Equal(complaints, want) {
		t.Errorf("complained of\n%q\nwant\n%q", complaints, want)
	}
	usual := config.Default()
	for name, value := range numbers(&s.Secondary) {
		if want := *numbers(&usual.Secondary)[name]; *value != want {
			t.Errorf("%s is %v, want %v", name, *value, want)
		}
	}
}

func TestWhatNothingWorksWithHasItsDefault(t *testing.T) {
	usual := config.Default()
	for name, values := range map[string][]float64{
		"webRtcMaxMessageSize":           {0, -1, 0.5, wire.MinMessageSize - 1, 1e6, math.Inf(1), math.Inf(-1)},
		"p2pNotReceivingBytesTimeoutMs":  {0, -1, math.Inf(-1)},
		"httpNotReceivingBytesTimeoutMs": {0, -1, math.Inf(-1)},
		"httpErrorRetries":               {0, -1, 0.5, math.Inf(-1)},
	} {
		for _, value := range values {
			s := config.Default()
			// Set for both streams, it is one mistake.
			*numbers(&s.Main)[name], *numbers(&s.Secondary)[name] = value, value
			if complaints := s.MakeSense(); len(complaints) != 1 {
				t.Errorf("%s of %v: complained of %q", name, value, complaints)
			}
			main, secondary := *numbers(&s.Main)[name], *numbers(&s.Secondary)[name]
			if want := *numbers(&usual.Main)[name]; main != want || secondary != want {
				t.Errorf("%s of %v became %v and %v, want %v", name, value, main, secondary, want)
			}
		}
	}
}

func TestWhatWorksStays(t *testing.T) {
	for name, values := range map[string][]float64{
		"simultaneousHttpDownloads":         {0, -1, 0.5, math.Inf(1)},
		"simultaneousP2PDownloads":          {0, -1, 0.5, math.Inf(1)},
		"highDemandTimeWindow":              {0, -1, math.Inf(1)},
		"httpDownloadInitialTimeoutMs":      {0, -1, math.Inf(1)},
		"httpDownloadTimeWindow":            {0, -1, math.Inf(1)},
		"p2pDownloadTimeWindow":             {0, -1, math.Inf(1)},
		"webRtcMaxMessageSize":              {wire.MinMessageSize, 1000, 256 << 10},
		"p2pNotReceivingBytesTimeoutMs":     {1, 1e12, math.Inf(1)},
		"p2pInactiveLoaderDestroyTimeoutMs": {0, -1, math.Inf(1)},
		"httpNotReceivingBytesTimeoutMs":    {1, 1e12, math.Inf(1)},
		"httpErrorRetries":                  {1, 1.5, math.Inf(1)},
		"p2pErrorRetries":                   {0, -1, math.Inf(1)},
	} {
		for _, value := range values {
			s := config.Default()
			*numbers(&s.Main)[name] = value
			if complaints := s.MakeSense(); complaints != nil || *numbers(&s.Main)[name] != value {
				t.Errorf("%s of %v became %v: %q", name, value, *numbers(&s.Main)[name], complaints)
			}
		}
	}
}

func TestDurationsWithoutAnEnd(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, d := range []time.Duration{
		config.Seconds(math.Inf(1)), config.Seconds(1e300),
		config.Milliseconds(math.Inf(1)), -config.Seconds(math.Inf(-1)),
	} {
		if d < 10*year || d+10*year < d {
			t.Errorf("%v, want long, and room to add to it", d)
		}
	}
	if d := config.Milliseconds(1500); d != 1500*time.Millisecond {
		t.Errorf("1500 ms are %v", d)
	}
}
