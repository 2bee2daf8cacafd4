package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// deadlined is a client's end that notes how much it got between two deadlines, and as what.
type deadlined struct {
	*httptest.ResponseRecorder
	parts []int
	files int // parts that the system could send by itself
	bad   int // deadlines that are not chunkTimeout from now
}

func (d *deadlined) SetWriteDeadline(at time.Time) error {
	if left := time.Until(at); left <= 0 || left > chunkTimeout {
		d.bad++
	}
	d.parts = append(d.parts, 0)
	return nil
}

func (d *deadlined) Write(p []byte) (int, error) {
	d.parts[len(d.parts)-1] += len(p)
	return d.ResponseRecorder.Write(p)
}

func (d *deadlined) ReadFrom(r io.Reader) (int64, error) {
	if limited, ok := r.(*io.LimitedReader); ok {
		if _, ok := limited.R.(*os.File); ok {
			d.files++
		}
	}
	return io.Copy(struct{ io.Writer }{d}, r)
}

// A client's time begins anew with each chunk, and files are still for the system to send.
func TestTimeForAResponseIsRenewedByProgress(t *testing.T) {
	s := plain()
	s.generator, s.hlsDir = "off", t.TempDir()
	data := bytes.Repeat([]byte("0123456789"), 20_000)
	if err := os.WriteFile(filepath.Join(s.hlsDir, "1.ts"), data, 0o666); err != nil {
		t.Fatal(err)
	}
	srv, _ := start(t, s)
	if timeout := srv.https[0].http.WriteTimeout; timeout != chunkTimeout {
		t.Errorf("%v until the first chunk", timeout)
	}
	ask := func(part string) *deadlined {
		d := &deadlined{ResponseRecorder: httptest.NewRecorder()}
		request := httptest.NewRequest(http.MethodGet, "/hls/1.ts", nil)
		if part != "" {
			request.Header.Set("Range", "bytes="+part)
		}
		srv.https[0].http.Handler.ServeHTTP(d, request)
		return d
	}
	for part, want := range map[string][]byte{"": data, "10-131081": data[10:131082]} {
		d := ask(part)
		if !bytes.Equal(d.Body.Bytes(), want) {
			t.Errorf("%q: %d bytes, want %d", part, d.Body.Len(), len(want))
		}
		if chunks := (len(want) + chunk - 1) / chunk; len(d.parts) != chunks || d.bad > 0 {
			t.Errorf("%q: chunks of %v, want %d; %d deadlines are wrong", part, d.parts, chunks, d.bad)
		}
		for _, n := range d.parts {
			if n > chunk {
				t.Errorf("%q: chunks of %v", part, d.parts)
			}
		}
		if d.files == 0 {
			t.Errorf("%q: no part is a file any more", part)
		}
	}
	d := &deadlined{ResponseRecorder: httptest.NewRecorder()}
	if n, err := patiently(d).Write(data); n != len(data) || err != nil || !bytes.Equal(d.Body.Bytes(), data) || len(d.parts) != 4 {
		t.Errorf("written: %d bytes in chunks of %v, %v", n, d.parts, err)
	}
	d = &deadlined{ResponseRecorder: httptest.NewRecorder()}
	if n, err := io.Copy(patiently(d), struct{ io.Reader }{bytes.NewReader(data)}); n != int64(len(data)) || err != nil || !bytes.Equal(d.Body.Bytes(), data) {
		t.Errorf("without a bound: %d bytes, %v", n, err)
	}
}
