package peer

import (
	"fmt"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

// outbox is what is sent to the peer, and what waits because the channel's buffer
// is full: at most one announcement, and the upload.
type outbox struct {
	announcement *wire.Command // nil where none waits
	sent         int           // bytes given to the channel
	stop         func()        // stops the timer that watches the channel, nil where none does
}

// patience is how long a channel may take nothing of what waits.
const patience = 20 * time.Second

// pump sends what waits as far as there is room for it. The rest waits for Drained,
// never for a timer: those of a hidden tab run late.
func (p *Peer) pump() {
	for !p.ended && p.waiting() {
		if p.channel.Buffered() >= HighWater {
			p.watch()
			return
		}
		if c := p.outbox.announcement; c != nil {
			p.outbox.announcement = nil
			p.send(*c)
		} else if !p.uploadNext() {
			return
		}
	}
}

// Continue goes on with what the owner had no leave for.
func (p *Peer) Continue() { p.pump() }

func (p *Peer) waiting() bool {
	return p.outbox.announcement != nil || p.upload != nil && p.upload.sends()
}

// watch ends the conversation with a peer that takes nothing. One timer looks
// after all that waits in its time.
func (p *Peer) watch() {
	if p.outbox.stop != nil {
		return
	}
	gone := p.gone()
	p.outbox.stop = p.loop.After(patience, func() {
		p.outbox.stop = nil
		switch {
		case !p.waiting() && !p.draining():
		case p.gone() > gone || p.channel.Buffered() == 0: // it waits for leave, not for the peer
			p.watch()
		default:
			p.end(&Error{Type: TimedOut, Err: fmt.Errorf("it has taken nothing for %v", patience)})
		}
	})
}

// gone is how many bytes have left the channel's buffer.
func (p *Peer) gone() int { return p.outbox.sent - p.channel.Buffered() }

func (o *outbox) close() {
	if o.stop != nil {
		o.stop()
	}
	*o = outbox{}
}

// send sends a command at once.
func (p *Peer) send(c wire.Command) {
	messages, err := wire.EncodeCommand(c, p.longestMessage())
	if err != nil {
		// Only a page's own segment ids lead here.
		p.end(fmt.Errorf("peer: %w", err))
		return
	}
	for _, message := range messages {
		p.outbox.sent += len(message)
		p.channel.SendCommand(message)
	}
}

// longestMessage is how long a message may be, in bytes; commands can be split to
// it, whatever the page has set.
func (p *Peer) longestMessage() int {
	return max(wire.MinMessageSize, int(p.settings.WebRTCMaxMessageSize))
}
