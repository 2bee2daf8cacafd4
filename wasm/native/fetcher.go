//go:build !js

package native

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/loader"
)

const (
	// longestChunk is how many bytes are handed on at a time.
	longestChunk = 64 << 10
	// longestSegment bounds a segment whose size the origin does not tell, in
	// bytes.
	longestSegment = 256 << 20
)

// fetcher downloads over HTTP. It implements loader.Fetcher.
type fetcher struct{ process *Process }

// NewFetcher makes a fetcher.
func (p *Process) NewFetcher() loader.Fetcher { return fetcher{p} }

// Fetch implements loader.Fetcher.
func (f fetcher) Fetch(request loader.FetchRequest, sink loader.FetchSink) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := false // owned by the loop
	t := &transfer{
		request: request, client: f.process.client, sink: sink,
		heard: func(header http.Header) {
			f.process.loop.Post(func() { f.process.lists.note(request.Segment.URL, header) })
		},
		post: func(tell func()) {
			f.process.loop.Post(func() {
				if !stopped {
					tell()
				}
			})
		},
	}
	f.process.work.Go(func() {
		defer cancel()
		if err := t.run(ctx); err != nil {
			t.post(func() { sink.Failed(asFetchError(err)) })
			return
		}
		t.post(sink.Done)
	})
	return func() {
		stopped = true
		cancel()
	}
}

// transfer is one download.
type transfer struct {
	request loader.FetchRequest
	client  *http.Client
	sink    loader.FetchSink
	heard   func(header http.Header) // of an answer with a segment
	post    func(tell func())        // to the sink, on the loop
}

func (t *transfer) run(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.request.Segment.URL, nil)
	if err != nil {
		return err
	}
	// A peer gets the segment's own bytes, so they are what must arrive.
	request.Header.Set("Accept-Encoding", "identity")
	request.Header.Set("User-Agent", userAgent)
	asked := t.rangeToAskFor()
	if asked != nil {
		request.Header.Set("Range", asked.header())
	}
	response, err := t.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()

	from, total, err := t.readHeaders(response, asked)
	if err != nil {
		return err
	}
	t.heard(response.Header)
	t.post(func() { t.sink.Headers(from, total) })
	if part := t.request.Segment.ByteRange; part != nil && response.StatusCode == http.StatusOK {
		return t.cutOut(response, part.Start+from, from, total)
	}
	return t.pump(response.Body, from, total)
}

// cutOut hands over the part of a body that is the whole resource: there are
// servers that know no ranges. A body with the length of the part is nothing but
// that: the whole is longer, unless it begins there.
func (t *transfer) cutOut(response *http.Response, start, from, total int64) error {
	if response.ContentLength != total-from {
		if err := t.skip(response.Body, start); err != nil {
			return err
		}
	}
	return t.pump(io.LimitReader(response.Body, total-from), from, total)
}

// skip passes over so many bytes of the body, with signs of life.
func (t *transfer) skip(body io.Reader, bytes int64) error {
	for bytes > 0 {
		n, err := io.CopyN(io.Discard, body, min(bytes, longestChunk))
		if err == io.EOF {
			return mismatch(false, "the response ended %d bytes before the part", bytes-n)
		}
		if err != nil {
			return err
		}
		bytes -= n
		t.post(func() { t.sink.Chunk(Bytes(nil)) })
	}
	return nil
}

// pump hands the body over as it comes. It ends in fewer bytes than the total
// only with an error.
func (t *transfer) pump(body io.Reader, from, total int64) error {
	buffer := make([]byte, longestChunk)
	loaded := from
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			loaded += int64(n)
			if total > 0 && loaded > total {
				return mismatch(true, "the response is longer than %d bytes", total)
			}
			if loaded > longestSegment {
				return mismatch(true, "a segment of more than %d bytes", longestSegment)
			}
			chunk := Bytes(slices.Clone(buffer[:n]))
			t.post(func() { t.sink.Chunk(chunk) })
		}
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF && loaded < total:
			return mismatch(false, "the response ended after %d of %d bytes", loaded, total)
		case err == io.EOF && loaded == 0:
			return mismatch(false, "the response is empty")
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// rangeToAskFor is nil when the whole resource is wanted.
func (t *transfer) rangeToAskFor() *byteRange {
	if r := t.request.Segment.ByteRange; r != nil {
		return &byteRange{start: r.Start + t.request.From, end: r.End}
	}
	if t.request.From > 0 {
		return &byteRange{start: t.request.From, end: unknown}
	}
	return nil
}

// readHeaders tells where the body begins in the segment, and the segment's
// size, 0 if it is not told.
func (t *transfer) readHeaders(r *http.Response, asked *byteRange) (from, total int64, err error) {
	switch {
	case r.StatusCode == http.StatusNotAcceptable, r.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		return 0, 0, mismatch(true, "the origin answered %s", r.Status)
	case r.StatusCode < 200 || r.StatusCode > 299:
		return 0, 0, &loader.FetchError{
			Type: loader.HTTPError, Message: "the origin answered " + r.Status,
			Status: r.StatusCode, RetryAfter: readRetryAfter(r.Header, time.Now()),
		}
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return 0, 0, fmt.Errorf("the origin sent Content-Encoding %q though none was asked for", coding)
	}
	length := max(r.ContentLength, 0) // -1 when it is not told
	switch {
	case asked == nil && t.request.Total > 0:
		return 0, t.request.Total, nil
	case asked == nil, r.StatusCode == http.StatusOK && t.request.Segment.ByteRange == nil:
		return 0, length, nil
	case r.StatusCode == http.StatusOK:
		return t.request.From, t.request.Segment.ByteRange.Len(), nil
	case r.StatusCode != http.StatusPartialContent:
		return 0, 0, &loader.FetchError{
			Type:    loader.HTTPUnexpectedStatus,
			Message: fmt.Sprintf("the origin answered %s to a range", r.Status),
			Status:  r.StatusCode,
		}
	}
	total, err = t.readPart(r, *asked)
	return t.request.From, total, err
}

// readPart checks that the part is the one asked for, as far as the headers
// tell, and returns the segment's size, 0 if it is not known.
func (t *transfer) readPart(r *http.Response, asked byteRange) (total int64, err error) {
	total = t.request.Total
	if part := t.request.Segment.ByteRange; part != nil && total == 0 {
		total = part.Len()
	}
	wrong := mismatch(true, "asked for %s, the origin sent Content-Range %q and %d bytes",
		asked.header(), r.Header.Get("Content-Range"), r.ContentLength)
	rest := total - t.request.From // meaningful if total > 0
	if total > 0 && r.ContentLength >= 0 && r.ContentLength != rest {
		return 0, wrong
	}
	sent, ok := parseContentRange(r.Header.Get("Content-Range"))
	if !ok {
		return total, nil
	}
	if sent.start != asked.start || asked.end != unknown && sent.end != asked.end ||
		total > 0 && sent.len() != rest || r.ContentLength >= 0 && sent.len() != r.ContentLength {
		return 0, wrong
	}
	if total == 0 && sent.total > 0 {
		return sent.total, nil
	}
	return total, nil
}

func mismatch(discard bool, format string, args ...any) *loader.FetchError {
	return &loader.FetchError{
		Type: loader.HTTPBytesMismatch, Message: fmt.Sprintf(format, args...), Discard: discard,
	}
}

// asFetchError makes all that net/http reports an http-error.
func asFetchError(err error) *loader.FetchError {
	if known, ok := errors.AsType[*loader.FetchError](err); ok {
		return known
	}
	return &loader.FetchError{Type: loader.HTTPError, Message: err.Error()}
}
