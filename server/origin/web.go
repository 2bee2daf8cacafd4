package origin

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// A name with the hash of its content never means something else.
	hashedCaching = "public, max-age=31536000, immutable"
	// Everything else is kept, but asked for each time (RFC 9111, 5.2.2.4).
	webCaching = "no-cache"
)

const notBuilt = "The page has not been built: run `make build` and start the server again."

// serveWeb answers with a file of the page, compressed when there is a sibling
// that is and the client wants it.
func (h *origin) serveWeb(w http.ResponseWriter, r *http.Request, name string) {
	if h.web == nil {
		notFound(w, r)
		return
	}
	plain, err := h.web.digest(name)
	if errors.Is(err, fs.ErrNotExist) && r.URL.Path == "/" {
		refuse(w, r, http.StatusServiceUnavailable, notBuilt)
		return
	}
	if err != nil {
		h.fault(w, r, name, err)
		return
	}
	chosen, err := h.web.choose(r, name, plain)
	if err != nil {
		h.fault(w, r, name, err)
		return
	}
	f, info, err := open(h.web.fsys, chosen.name)
	if err != nil {
		h.fault(w, r, chosen.name, err)
		return
	}
	defer f.Close()

	header := w.Header()
	header.Set("Content-Type", typeOf(name))
	// The hash is of the bytes sent, so each encoding has its own.
	header.Set("ETag", `"`+chosen.sum[:16]+`"`)
	header.Set("Cache-Control", webCaching)
	if hashed(name, plain.sum) || versioned(r, plain.sum) {
		header.Set("Cache-Control", hashedCaching)
	}
	if plain.policy != "" {
		header.Set("Content-Security-Policy", plain.policy)
	}
	if chosen.varies {
		header.Set("Vary", "Accept-Encoding")
	}
	if chosen.coding != "" {
		header.Set("Content-Encoding", chosen.coding)
		w = &sizedWriter{w, info.Size()}
	}
	http.ServeContent(w, r, "", time.Time{}, f)
}

// sizedWriter gives a whole file its length, without which a page cannot show
// how much of the module it has. http.ServeContent leaves it out of what has a
// Content-Encoding, and only where it says 200 is the body that file.
type sizedWriter struct {
	http.ResponseWriter
	size int64
}

func (w *sizedWriter) WriteHeader(status int) {
	if status == http.StatusOK {
		w.Header().Set("Content-Length", strconv.FormatInt(w.size, 10))
	}
	w.ResponseWriter.WriteHeader(status)
}

// representation is the file that is sent for another's name.
type representation struct {
	digest
	name   string
	coding string // its Content-Encoding; empty for the file itself
	varies bool   // another client might get another one
}

// choose picks the encoding that the client likes best. A range is one of the
// plain file: few clients could put a part of a compressed one to use.
func (w *webFiles) choose(r *http.Request, name string, plain digest) (representation, error) {
	chosen := representation{digest: plain, name: name}
	accept := strings.Join(r.Header.Values("Accept-Encoding"), ",")
	best := quality(accept, "identity")
	for _, e := range encodings {
		d, err := w.digest(name + e.suffix)
		if isAbsent(err) {
			continue
		} else if err != nil {
			return chosen, err
		}
		chosen.varies = true
		q := quality(accept, e.coding)
		if r.Header.Get("Range") == "" && (q > best || q == best && q > 0 && chosen.coding == "") {
			best = q
			chosen = representation{digest: d, name: name + e.suffix, coding: e.coding, varies: true}
		}
	}
	return chosen, nil
}

// hashedName finds the hash in page-0a1b2c3d.js or page-QX3ZK7AB.js.
var hashedName = regexp.MustCompile(`-(?:([0-9a-f]{8,64})|([A-Z2-7]{8}))\.[a-z0-9.]+$`)

// hashed tells whether a file's name carries its content's hash. Hexadecimal
// digits are checked against SHA-256, since a date looks the same; the form that
// esbuild gives cannot be checked, and is rare enough to be trusted.
func hashed(name, sum string) bool {
	m := hashedName.FindStringSubmatch(path.Base(name))
	return m != nil && (m[2] != "" || strings.HasPrefix(sum, m[1]))
}

// versioned tells whether the query is ?v= with 8 digits or more of the hash of
// the file as it is now. A page that asks for another version gets this one, but
// no cache takes it for that.
func versioned(r *http.Request, sum string) bool {
	v := r.URL.Query().Get("v")
	return len(v) >= 8 && strings.HasPrefix(sum, strings.ToLower(v))
}

// webFiles knows the digests of the page's files. Files that change on disk are
// noticed by size and time.
type webFiles struct {
	fsys fs.FS

	mu      sync.Mutex
	digests map[string]digest
}

// digest is what is computed of a file once.
type digest struct {
	size     int64
	modified time.Time
	sum      string // SHA-256, hexadecimal
	policy   string // Content-Security-Policy of HTML, else empty
}

func (w *webFiles) digest(name string) (digest, error) {
	f, info, err := open(w.fsys, name)
	if err != nil {
		return digest{}, err
	}
	defer f.Close()
	// Held while a file is read, so that each is read once, however many ask for
	// it first: they are few, and come from memory or a disk's cache.
	w.mu.Lock()
	defer w.mu.Unlock()
	if d, ok := w.digests[name]; ok && d.size == info.Size() && d.modified.Equal(info.ModTime()) {
		return d, nil
	}
	d := digest{size: info.Size(), modified: info.ModTime()}
	var page bytes.Buffer // HTML, the only thing that is looked into
	sum := sha256.New()
	to := io.Writer(sum)
	if path.Ext(name) == ".html" {
		to = io.MultiWriter(sum, &page)
	}
	if _, err := io.Copy(to, f); err != nil {
		return digest{}, fmt.Errorf("read %s: %w", name, err)
	}
	d.sum = hex.EncodeToString(sum.Sum(nil))
	if page.Len() > 0 {
		d.policy = contentPolicy(page.Bytes())
	}
	if w.digests == nil {
		w.digests = map[string]digest{}
	}
	w.digests[name] = d
	return d, nil
}

// importMap finds the inline scripts that a page cannot do without: import maps
// may not come from a file of their own.
var importMap = regexp.MustCompile(`(?is)<script\s[^>]*type\s*=\s*["']?importmap["']?[^>]*>(.*?)</script\s*>`)

// contentPolicy is the Content-Security-Policy of a page. It may talk to every
// server, since its viewers may name any stream and any tracker; it runs only
// scripts that came from here, and the import maps that are written in it.
func contentPolicy(page []byte) string {
	scripts := "'self' 'wasm-unsafe-eval'"
	for _, m := range importMap.FindAllSubmatch(page, -1) {
		// The browser hashes the text after it has made all line ends \n.
		text := strings.ReplaceAll(string(m[1]), "\r\n", "\n")
		sum := sha256.Sum256([]byte(strings.ReplaceAll(text, "\r", "\n")))
		scripts += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return strings.Join([]string{
		"default-src 'self'",
		"script-src " + scripts,
		"connect-src * ws: wss: http: https:",
		"media-src 'self' blob: data:",
		"worker-src 'self' blob:",
		"img-src 'self' data: blob:",
		"style-src 'self' 'unsafe-inline'",
		"object-src 'none'",
		"base-uri 'self'",
	}, "; ")
}
