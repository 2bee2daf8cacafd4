package loader

import "github.com/p2p-mediastream/p2p-mediastream/hls"

// warning is something that the page is told once, until it is told that it is over. What
// is told of lists is true of the one that was needed last, which is that of what plays.
type warning struct {
	kind hls.StreamType
	code WarningCode
}

func (l *Loader) warn(w warning, err error) {
	if !l.warned[w] {
		l.warned[w] = true
		l.tell(Warned{Type: w.kind, Code: w.code, Err: err})
	}
}

func (l *Loader) well(w warning) {
	if l.warned[w] {
		delete(l.warned, w)
		l.tell(WarningOver{Type: w.kind, Code: w.code})
	}
}

// tell has listeners hear, who may do anything: not in the midst of this.
func (l *Loader) tell(event Event) {
	l.page.machine.Loop.Post(func() { l.host.Emit(event) })
}
