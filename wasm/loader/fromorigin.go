package loader

import (
	"fmt"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/config"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/loop"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/payload"
)

// listen starts to wait for a sign of life of the origin, for at most so long.
func (a *attempt) listen(most time.Duration) {
	f := a.download.feed
	wait := min(most, config.Milliseconds(f.settings.HTTPNotReceivingBytesTimeout))
	a.silence = loop.WaitForSilence(f.loader.page.machine.Loop, wait, func() { a.silent(wait) })
}

// silent is when nothing has come for so long. Slow headers are waited for longer
// than bytes, unless a peer has the segment.
func (a *attempt) silent(wait time.Duration) {
	d := a.download
	f := d.feed
	waited := f.loader.now() - a.began
	if left := a.headersWait() - waited; !a.answered && left > 0 && !f.isHeld(d.segment) {
		a.listen(left)
		return
	}
	message := fmt.Sprintf("no headers after %v s", seconds(waited))
	if a.answered {
		message = fmt.Sprintf("no bytes for %v s after %d", seconds(wait), d.loaded)
		if d.total > 0 {
			message += fmt.Sprintf(" of %d", d.total)
		}
	}
	if a.stop != nil {
		a.stop()
	}
	a.failed(&FetchError{Type: HTTPTimedOut, Message: message}, false)
}

// headersWait is how long the origin has for the headers.
func (a *attempt) headersWait() time.Duration {
	wait := a.download.feed.settings.HTTPNotReceivingBytesTimeout
	return config.Milliseconds(wait * config.HTTPRules.HeadersFactor)
}

// seconds is a time for people, in tenths.
func seconds(d time.Duration) float64 { return d.Round(100 * time.Millisecond).Seconds() }

// Headers implements FetchSink.
func (a *attempt) Headers(from, total int64) {
	if !a.current() {
		return
	}
	d := a.download
	a.answered = true
	d.feed.loader.sites.answered(a.segment.URL)
	switch {
	case from != d.loaded:
		d.discard()
	case from > 0 && total > 0 && d.total > 0 && total != d.total:
		// What is held came from a peer, and is of something else.
		if a.stop != nil {
			a.stop()
		}
		message := fmt.Sprintf("%d bytes, %d were expected", total, d.total)
		a.inVain(&FetchError{Type: HTTPBytesMismatch, Message: message}, true)
		return
	}
	if total > 0 {
		d.total, d.sure = total, true
	}
	a.silence.Stop()
	a.listen(a.headersWait()) // of bytes from now on
}

// Chunk implements FetchSink.
func (a *attempt) Chunk(bytes payload.Bytes) {
	if !a.current() {
		return
	}
	a.silence.Heard()
	if bytes.Len() > 0 {
		a.chunk(bytes)
	}
}

// Done implements FetchSink.
func (a *attempt) Done() {
	if !a.current() {
		return
	}
	d := a.download
	switch {
	case d.loaded == 0:
		a.failed(&FetchError{Type: HTTPError, Message: "empty segment"}, true)
	case d.total > 0 && d.loaded > d.total && d.loaded == a.got && d.segment.ByteRange == nil:
		// On another origin a compressed body shows its length and hides that
		// it is compressed.
		a.whole()
	case d.total > 0 && d.loaded != d.total:
		message := fmt.Sprintf("%d of %d bytes", d.loaded, d.total)
		a.failed(&FetchError{Type: HTTPBytesMismatch, Message: message}, d.loaded > d.total)
	default:
		a.whole()
	}
}

// Failed implements FetchSink.
func (a *attempt) Failed(err *FetchError) {
	if a.current() {
		a.failed(err, err.Discard)
	}
}
