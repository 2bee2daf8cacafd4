package loader

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

const (
	// listPatience is how long a segment waits for its digest: a list can be a moment
	// behind its playlist.
	listPatience = time.Second
	// listBetween is how soon a list is asked for again that lacks a digest.
	listBetween = 500 * time.Millisecond
	// After a failure a list is left alone for so long, doubled with each in a row.
	firstListPause, longestListPause = time.Second, 30 * time.Second
	// A list that was found wrong is tried again after so long, doubled with each in a row.
	firstWrongPause, longestWrongPause = 30 * time.Second, 10 * time.Minute
	// mostLists bounds how many are kept: one for each rendition will do.
	mostLists = 32
)

// list is a list of digests that an origin publishes, as it was last read.
type list struct {
	// in
	loader *Loader
	kind   hls.StreamType
	url    string

	digests      wire.DigestList
	readAt       time.Duration // when these were asked for
	right        bool          // it has been right about a segment
	wrong        bool          // the origin's own bytes contradict it: it is not used
	wrongUntil   time.Duration // it is tried again after
	wrongs       int           // in a row
	contradicted int           // so often since it was right
	lookups      []*lookup
	fetching     bool
	stop         func()        // ends the fetch under way
	again        func()        // calls off the next one, nil if there is none
	askedAt      time.Duration // last
	failures     int           // in a row
	retryAt      time.Duration // it is left alone before
}

// lookup waits for a segment's digest.
type lookup struct {
	segment hls.Segment
	done    func(digest wire.Digest, known bool)
	timeout func() // stops the timer that ends it
}

// listURL is where the list is that a segment's digest is to be in, "" where there is none.
func (f *feed) listURL(seg hls.Segment) string {
	if f.loader.host.Digests == nil {
		return ""
	}
	return f.loader.host.Digests.Find(seg.URL, f.loader.settings.SegmentsSHA256URL)
}

// listAt is the one from that address, nil if it was not needed yet.
func (l *Loader) listAt(url string) *list {
	if at := slices.IndexFunc(l.lists, func(known *list) bool { return known.url == url }); at >= 0 {
		return l.lists[at]
	}
	return nil
}

// list is the one that a segment's digest is to be in; nil where there is none, or none
// to rely on.
func (f *feed) list(seg hls.Segment) *list {
	l, url := f.loader, f.listURL(seg)
	if url == "" {
		return nil
	}
	found := l.listAt(url)
	if found == nil {
		found = &list{loader: l, kind: f.kind, url: url}
		if len(l.lists) == mostLists {
			l.lists[0].drop()
		}
	}
	l.lists = slices.DeleteFunc(l.lists, func(other *list) bool { return other == found })
	l.lists = append(l.lists[max(len(l.lists)-mostLists+1, 0):], found)
	if found.isWrong() {
		return nil
	}
	return found
}

// isWrong tells whether the list is not to be used. After a while it is tried again: what
// was between the origin and us, or between its encoder and its list, may be gone. Nobody
// is cut off on its word before it has been right.
func (l *list) isWrong() bool {
	if l.wrong && l.loader.now() >= l.wrongUntil {
		l.wrong, l.right, l.contradicted, l.digests = false, false, 0, wire.DigestList{}
		l.mayBeBack()
	}
	return l.wrong
}

// has looks a segment up in what is here.
func (l *list) has(seg hls.Segment) (digest wire.Digest, known bool) {
	byteRange := ""
	if r := seg.ByteRange; r != nil {
		byteRange = strconv.FormatInt(r.Start, 10) + "-" + strconv.FormatInt(r.End, 10)
	}
	return l.digests.Of(l.url, seg.URL, byteRange)
}

// lacks tells whether a segment's digest is not known, and will not be for a while.
func (l *list) lacks(seg hls.Segment) bool {
	_, known := l.has(seg)
	return !known && l.failing()
}

// failing tells whether the list is left alone just now.
func (l *list) failing() bool { return l.loader.now() < l.retryAt }

// prepare has the list fetched if it will be needed for the segment.
func (l *list) prepare(seg hls.Segment) {
	if _, known := l.has(seg); !known && !l.failing() {
		l.fetch()
	}
}

// find calls done once, at once where the digest is known or the list cannot be had, and
// after listPatience at the latest. With anew the list is read again first, if it can be.
func (l *list) find(seg hls.Segment, anew bool, done func(digest wire.Digest, known bool)) {
	if digest, known := l.has(seg); known && !anew || l.failing() {
		done(digest, known)
		return
	}
	w := &lookup{segment: seg, done: done}
	w.timeout = l.loader.page.machine.Loop.After(listPatience, func() {
		digest, known := l.has(seg)
		if !known {
			l.fails(fmt.Errorf("no digest of %s in %s after %v", seg.URL, l.url, listPatience))
		}
		l.answer(w, digest, known)
	})
	l.lookups = append(l.lookups, w)
	l.fetch()
}

// fails leaves the list alone for a while, the longer the more often it has failed in a row.
func (l *list) fails(err error) {
	pause := min(firstListPause<<min(l.failures, 8), longestListPause)
	l.failures++
	l.retryAt = l.loader.now() + time.Duration(float64(pause)*(0.5+l.loader.page.random()/2))
	l.warn(DigestsMissing, err)
	l.fetchIn(l.retryAt - l.loader.now()) // for what is unproven by then
}

func (l *list) answer(w *lookup, digest wire.Digest, known bool) {
	w.timeout()
	l.lookups = slices.DeleteFunc(l.lookups, func(other *lookup) bool { return other == w })
	w.done(digest, known)
}

// fetch asks for the list, now or as soon as it may be asked for again.
func (l *list) fetch() {
	switch wait := l.askedAt + listBetween - l.loader.now(); {
	case l.fetching || l.again != nil:
	case l.askedAt > 0 && wait > 0:
		l.fetchIn(wait)
	default:
		l.askedAt = max(l.loader.now(), 1) // 0 is for never
		l.fetching = true
		stop := l.loader.host.Digests.Fetch(l.kind, l.url, func(text []byte, err error) {
			l.fetching, l.stop = false, nil
			l.fetched(text, err)
		})
		if l.fetching {
			l.stop = stop
		}
	}
}

// fetchIn asks for it after that time, if something still waits for it then.
func (l *list) fetchIn(wait time.Duration) {
	if l.again != nil {
		l.again()
	}
	l.again = l.loader.page.machine.Loop.After(wait, func() {
		l.again = nil
		if len(l.lookups) > 0 || l.loader.marksBy(l) {
			l.fetch()
		}
	})
}

// mayBeBack has the list not be left alone any more.
func (l *list) mayBeBack() {
	if l.failing() && l.again != nil {
		l.again()
		l.again = nil
	}
	l.retryAt = 0
}

func (l *list) fetched(text []byte, err error) {
	var digests wire.DigestList
	if err == nil {
		digests, err = wire.DecodeDigestList(text)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", l.url, err)
	}
	if err != nil && digests.Len() == 0 {
		l.fails(err)
		l.giveUp()
		return
	}
	if err != nil {
		l.warn(DigestsMissing, err)
	}
	l.digests, l.readAt = digests, l.askedAt
	l.mended()
	l.loader.prove(l)
	waited := len(l.lookups)
	for _, w := range slices.Clone(l.lookups) {
		if digest, known := l.has(w.segment); known {
			l.answer(w, digest, true)
		}
	}
	if len(l.lookups) > 0 {
		l.fetch()
	}
	if len(l.lookups) < waited || waited == 0 {
		l.failures, l.retryAt = 0, 0
		if err == nil {
			l.well(DigestsMissing)
		}
	}
}

// giveUp answers all who wait.
func (l *list) giveUp() {
	for _, w := range slices.Clone(l.lookups) {
		digest, known := l.has(w.segment)
		l.answer(w, digest, known)
	}
}

// drop ends the use of the list. Who waits for it hears so, but not in the midst of this.
func (l *list) drop() {
	lookups := l.lookups
	l.close()
	l.lookups = lookups
	l.loader.page.machine.Loop.Post(l.giveUp)
}

func (l *list) warn(code WarningCode, err error) { l.loader.warn(warning{l.kind, code}, err) }

func (l *list) well(code WarningCode) { l.loader.well(warning{l.kind, code}) }

// close ends what goes on. Who waits hears nothing more.
func (l *list) close() {
	if l.stop != nil {
		l.stop()
	}
	if l.again != nil {
		l.again()
	}
	for _, w := range l.lookups {
		w.timeout()
	}
	l.fetching, l.stop, l.again, l.lookups = false, nil, nil, nil
}
