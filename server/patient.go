package main

import (
	"io"
	"net/http"
	"time"
)

const (
	// chunkTimeout is how long a client may take for the next chunk of a response.
	chunkTimeout = time.Minute
	// chunk is how many bytes that is: little for the slowest line that a stream goes over.
	chunk = 64 << 10
)

// patiently has a client's time for a response begin anew with each chunk that it took: a file may take as long as it
// takes over a slow line, while who takes nothing does not keep its descriptors.
func patiently(w http.ResponseWriter) http.ResponseWriter {
	return &patient{ResponseWriter: w, control: http.NewResponseController(w)}
}

type patient struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Unwrap is for http.ResponseController.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Write implements io.Writer.
func (p *patient) Write(bytes []byte) (written int, err error) {
	for {
		p.renew()
		n, err := p.ResponseWriter.Write(bytes[written:min(written+chunk, len(bytes))])
		if written += n; err != nil || written == len(bytes) {
			return written, err
		}
	}
}

// ReadFrom keeps the way open by which a file goes to a socket without passing through this process (sendfile). That
// takes one limit around a file, not two.
func (p *patient) ReadFrom(r io.Reader) (written int64, err error) {
	outer, limited := r.(*io.LimitedReader)
	if limited {
		r = outer.R
	}
	for {
		part := &io.LimitedReader{R: r, N: chunk}
		if limited {
			part.N = min(chunk, outer.N)
		}
		want := part.N
		p.renew()
		n, err := io.Copy(p.ResponseWriter, part)
		written += n
		if limited {
			outer.N -= n
		}
		if err != nil || n < want || limited && outer.N == 0 {
			return written, err
		}
	}
}

// renew fails only where a connection has no deadlines, or none any more.
func (p *patient) renew() { _ = p.control.SetWriteDeadline(time.Now().Add(chunkTimeout)) }
