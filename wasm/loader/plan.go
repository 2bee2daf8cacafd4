package loader

import (
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/scheduler"
)

// replan has the scheduler decide anew, once, after all that is happening now. A
// page that rests has no plans.
func (f *feed) replan() {
	if f.planned || f.closed {
		return
	}
	f.planned = true
	f.loader.page.machine.Loop.Post(func() {
		f.planned = false
		if !f.closed && f.stream != nil && !f.loader.page.resting {
			f.plan()
		}
	})
}

// restBetween is how soon after a plan peers bring about another one. With 20 of them
// a plan takes a millisecond in a browser.
const restBetween = 50 * time.Millisecond

// replanSoon is replan for what peers say, who may have a lot to say.
func (f *feed) replanSoon() {
	if rest := f.plannedAt + restBetween - f.loader.now(); rest > 0 {
		f.replanIn(rest)
	} else {
		f.replan()
	}
}

// plan shows the scheduler the state of things and does what it says.
func (f *feed) plan() {
	l := f.loader
	swarm := f.swarm(f.stream)
	now, position := l.now(), l.position() // a browser's clock is dear
	f.plannedAt = now
	segments, links := f.missing(position), swarm.peers

	state := scheduler.State{
		Now:      now,
		Settings: f.settings,
		Position: position,
		Rate:     l.playback.rate,
		Free:     l.shelf.free(l.playback.position),
		Running:  now - f.began,
		Took:     f.took,
		Joining:  swarm.joining(),
		Self:     swarm.key,
		Size:     swarm.size(),
	}
	room := &f.room
	room.peers, room.segments = room.peers[:0], room.segments[:0]
	for _, link := range links {
		room.peers = append(room.peers, scheduler.Peer{
			Key:   link.key,
			Kin:   link.peer.IsKin(),
			Giver: link.peer.IsGiver(),
			Ready: link.ready(),
			Speed: link.peer.Speed(),
		})
	}
	room.empty(len(segments) * len(links))
	for _, m := range segments {
		if seg, slack := m.segment, (m.segment.Start-position)/state.Rate; !seg.cameUp && slack <= scheduler.Ahead {
			seg.cameUp, seg.since, seg.room = true, now, slack
		}
		room.segments = append(room.segments, f.describe(m, links))
	}

	state.Peers, state.Segments = room.peers, room.segments
	actions, again := f.decide(&state, l.page.random)
	for _, a := range actions {
		if f.closed {
			return // a player may destroy its loader from a callback
		}
		m := segments[a.Segment]
		switch a.Verb {
		case scheduler.FetchHTTP:
			f.download(m.segment).fetch()
		case scheduler.FetchP2P:
			f.download(m.segment).ask(links[a.Peer])
		case scheduler.Cancel:
			if d := m.segment.download; d != nil {
				d.abort()
			}
		case scheduler.Fail:
			f.fail()
		case scheduler.Claim:
			f.claim(m.segment)
		case scheduler.Yield:
			f.unclaim(m.segment)
		}
	}
	if f.closed {
		return
	}
	for _, d := range f.downloads {
		if d.attempt == nil {
			d.breakOff()
		}
	}
	again = min(again, f.overdue())
	// The playhead moves on without a word from the player, and a peer that fetches can
	// do so for too long.
	if len(f.downloads) > 0 || f.wanted != nil || len(room.fetchers) > 0 {
		again = min(again, time.Second)
	}
	f.replanIn(min(again, time.Hour))
}

// room is what a plan is written into: plans are many, and arrays that are made
// anew are dear.
type room struct {
	missing  []missing
	peers    []scheduler.Peer
	segments []scheduler.Segment
	// links by their index, for one segment after another
	holders, passers, fetchers []int
}

// empty makes room for so many of each.
func (r *room) empty(n int) {
	for _, links := range []*[]int{&r.holders, &r.passers, &r.fetchers} {
		*links = slices.Grow((*links)[:0], n)
	}
}

// who lists the links that hold a segment, those that are about to, and those that
// fetch it.
func (r *room) who(links company, id int64) (holders, passers, fetchers []int) {
	h, p, f := len(r.holders), len(r.passers), len(r.fetchers)
	for i, l := range links {
		if l.peer.Holds(id) {
			r.holders = append(r.holders, i)
		} else if l.peer.Passes(id) {
			r.passers = append(r.passers, i)
		}
		if l.peer.Fetches(id) {
			r.fetchers = append(r.fetchers, i)
		}
	}
	return slices.Clip(r.holders[h:]), slices.Clip(r.passers[p:]), slices.Clip(r.fetchers[f:])
}

// missing is a segment that the scheduler is asked about.
type missing struct {
	segment *segment
	queued  bool
}

// mostMissing bounds what is planned beyond the near future. A few downloads
// run at a time, so that more of a film is not worth looking at.
const mostMissing = 60

// missing lists the segments from the last one asked for on that are not
// stored, as far as peers may be asked for them, and all that are on their way.
// The one that the player waits for is among them although it may have left the
// playlist. The list holds until the next plan.
func (f *feed) missing(position float64) []missing {
	list := f.room.missing[:0]
	if r := f.wanted; r != nil && !r.segment.listed && !r.reading {
		list = append(list, missing{r.segment, true})
	}
	end := position + max(f.settings.P2PDownloadTimeWindow, f.settings.HTTPDownloadTimeWindow)*f.loader.playback.rate
	for _, seg := range f.stream.from(f.last) {
		far := len(list) >= mostMissing && seg.Start > position+scheduler.Ahead
		if (far || seg.Start > end) && !f.waitsFor(seg) {
			break
		}
		if f.lacks(seg) {
			list = append(list, missing{seg, true})
		}
	}
	for _, d := range slices.Clone(f.downloads) {
		switch {
		case slices.Contains(list, missing{d.segment, true}):
		case d.attempt != nil:
			list = append(list, missing{d.segment, false})
		default:
			f.forget(d)
		}
	}
	f.room.missing = list
	return list
}

// lacks tells whether a segment has to be fetched. What the player waits for has
// to be, whatever the storage says, unless that is reading it.
func (f *feed) lacks(seg *segment) bool {
	if f.waitsFor(seg) {
		return !f.wanted.reading
	}
	return !seg.refused && !f.loader.has(seg.key())
}

// isHeld tells whether a peer has the segment and may be asked.
func (f *feed) isHeld(seg *segment) bool {
	w := f.swarm(seg.stream)
	return w != nil && !seg.doubted && f.settings.SimultaneousP2PDownloads > 0 && slices.ContainsFunc(w.peers, func(l *link) bool {
		return l.peer.Holds(seg.ExternalID)
	})
}

func (f *feed) waitsFor(seg *segment) bool { return f.wanted != nil && f.wanted.segment == seg }

// describe is what the scheduler sees of a segment.
func (f *feed) describe(m missing, links company) scheduler.Segment {
	seg, id := m.segment, m.segment.ExternalID
	s := scheduler.Segment{
		ID: id, Start: seg.Start, End: seg.End,
		Wanted: f.waitsFor(seg), Queued: m.queued, Since: seg.since, Room: seg.room, Claimed: seg.claimed,
	}
	s.Holders, s.Passers, s.Fetchers = f.room.who(links, id)
	s.Fetchers = f.believe(seg, links, s.Fetchers)
	if d := seg.download; d != nil {
		s.Failures, s.GiveUpAt, s.RetryAt = d.failures, d.giveUpAt, d.retryAt
		s.Download = d.describe()
	}
	if site := f.loader.sites.of(seg.URL); site != nil {
		s.Failing = f.loader.now()-site.wish.Since < failing
		s.RetryAt, s.Wish = max(s.RetryAt, site.retryAt), site.wish
	}
	if seg.doubted && !s.Failing && s.Failures == 0 || f.wantsProof(seg) {
		s.Holders, s.Passers, s.Fetchers = nil, nil, nil
	}
	return s
}

// forget drops what is left of a download that nobody needs any more.
func (f *feed) forget(d *download) {
	d.breakOff()
	f.downloads = slices.DeleteFunc(f.downloads, func(other *download) bool { return other == d })
	d.segment.download = nil
}

func (f *feed) download(seg *segment) *download {
	if seg.download == nil {
		seg.download = &download{feed: f, segment: seg}
		if r := seg.ByteRange; r != nil {
			seg.download.total, seg.download.sure = r.Len(), true
		}
		f.downloads = append(f.downloads, seg.download)
	}
	return seg.download
}

// from is the download that a peer was asked for, or nil.
func (f *feed) from(l *link) *download {
	for _, d := range f.downloads {
		if a := d.attempt; a != nil && a.link == l && !a.checking {
			return d
		}
	}
	return nil
}

// loadingIDs are the segments of a stream that are being fetched from the origin, or
// are claimed.
func (f *feed) loadingIDs(s *stream) (ids []int64) {
	for _, seg := range f.claims {
		if seg.stream == s {
			ids = append(ids, seg.ExternalID)
		}
	}
	for _, d := range f.downloads {
		if d.segment.stream == s && d.attempt != nil && d.attempt.from.Source == HTTP {
			ids = append(ids, d.segment.ExternalID)
		}
	}
	return ids
}
