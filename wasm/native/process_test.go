//go:build !js

package native

import (
	"errors"
	"strings"
	"testing"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

func TestProcessEnds(t *testing.T) {
	p := Start()
	if err := p.Run(func() {}); err != nil || p.Err() != nil {
		t.Error(err, p.Err())
	}
	p.Stop()
	p.Stop()
	<-p.Ended()
	if err := p.Run(func() { t.Error("ran") }); !errors.Is(err, ErrStopped) || !errors.Is(p.Err(), ErrStopped) {
		t.Error(err, p.Err())
	}
}

func TestAPanicEndsTheProcess(t *testing.T) {
	p := Start()
	defer p.Stop()
	p.Loop().Post(func() { panic("on purpose") })
	<-p.Ended()
	if err := p.Run(func() {}); err == nil || !strings.Contains(err.Error(), "on purpose") {
		t.Error(err)
	}
}

func TestJoin(t *testing.T) {
	whole := Joiner{}.Join([]payload.Bytes{Bytes("ab"), Bytes(""), Bytes("cde")})
	if got := string(whole.(Bytes)); got != "abcde" || whole.Len() != 5 {
		t.Errorf("%q", got)
	}
	part := whole.Slice(1, 3).(Bytes)
	if string(part) != "bc" || cap(part) != 2 {
		t.Errorf("%q with room for %d", part, cap(part))
	}
}
