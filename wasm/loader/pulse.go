package loader

import (
	"errors"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
)

const (
	// quiet is how long a peer that owes an answer may say nothing before it is
	// doubted.
	quiet = 800 * time.Millisecond
	// verdict is how much later it is gone, if not even its machine has said a
	// thing: under 3 s after its end, when something was awaited from it.
	verdict = 2 * time.Second
)

var errGone = &ConnectionError{ConnectionFailed, errors.New("nothing comes from the peer, nor from its machine")}

// pulse looks after a peer that owes an answer. A browser takes 6 to 8 s to call a
// connection to a page that has crashed, or was closed without a word, disconnected,
// and 10 s more to call it failed (Chromium, measured, idle and in mid-segment
// alike). So a peer that is silent is sent a command that changes nothing. Its
// machine acknowledges that although its page is busy, and JavaScript peers too;
// where nothing at all comes the peer is gone.
//
// It costs nothing while nothing is asked for: an idle peer that has crashed is
// noticed by the connection's state alone.
type pulse struct {
	// in
	link *link

	silence *loop.Silence // nil while nothing is looked after
	doubt   bool          // it was sent that command
	before  int64         // the count then
	round   int           // counts doubts, so that a late count is dropped
}

// watch begins to look after the peer, which has been asked for something.
func (p *pulse) watch() {
	if p.silence == nil {
		p.wait(quiet, p.quiet)
	} else {
		p.silence.Heard()
	}
}

func (p *pulse) wait(d time.Duration, then func()) {
	p.silence = loop.WaitForSilence(p.link.swarm.feed.loader.page.machine.Loop, d, then)
}

// heard takes a sign of life.
func (p *pulse) heard() {
	switch {
	case p.doubt:
		p.trust()
	case p.silence != nil:
		p.silence.Heard()
	}
}

// stop ends it.
func (p *pulse) stop() {
	if p.silence != nil {
		p.silence.Stop()
		p.silence = nil
	}
	p.doubt = false
	p.round++
}

// trust ends a doubt. The peer may still owe an answer.
func (p *pulse) trust() {
	p.stop()
	if !p.link.peer.Ready() {
		p.watch()
	}
	p.link.swarm.feed.replan()
}

func (p *pulse) quiet() {
	if p.link.peer.Ready() {
		p.stop() // it owes nothing any more
		return
	}
	p.doubt, p.before = true, -1
	p.count(func(n int64) { p.before = n })
	p.link.peer.Nudge()
	p.wait(verdict, func() { p.count(p.judge) })
}

func (p *pulse) judge(after int64) {
	if p.before >= 0 && after == p.before {
		p.link.Closed(errGone)
	} else {
		p.trust()
	}
}

// count asks how much has come, for this doubt.
func (p *pulse) count(done func(n int64)) {
	round := p.round
	p.link.Connection.Received(func(n int64) {
		if round == p.round {
			done(n)
		}
	})
}
