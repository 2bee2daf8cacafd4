package digests

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"github.com/p2p-mediastream/p2p-mediastream/hls"
)

// turnBytes is how much of a file is hashed before it is looked whether another
// one is wanted more.
const turnBytes = 64 << 20

// errChanged: a file was written while it was read.
var errChanged = errors.New("it changed while it was read")

// hashed is what a turn has found out of a file.
type hashed struct {
	version version
	kept    bool // the digests that were known are still right
	sums    map[*part]string
	rest    bool // there are more parts
}

// turn computes digests of a file.
func (f *FS) turn(ctx context.Context, file *file) {
	h, err := f.hash(ctx, file)
	f.mu.Lock()
	defer f.mu.Unlock()
	d := file.folder
	d.list = nil
	defer d.settled()
	if !h.kept {
		file.forgetSums()
	}
	file.version = h.version
	if errors.Is(err, errChanged) {
		file.doubted = true // until the next sweep sees what it has become
		return
	}
	for p, sum := range h.sums {
		p.sum = sum
	}
	file.doubted = file.waits // somebody has seen another one meanwhile
	if h.rest {
		f.hashLater(file)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && ctx.Err() == nil && !file.failed {
		file.failed = true
		f.log.Warn("no digest of a segment", "name", file.path(), "error", err)
	}
}

// hash reads a file. With an error other than errChanged, it is to be left alone
// until it is another version than the result's.
func (f *FS) hash(ctx context.Context, file *file) (h hashed, err error) {
	opened, err := f.FS.Open(file.path())
	if err != nil {
		return h, err
	}
	defer opened.Close()
	info, err := opened.Stat()
	if err != nil {
		return h, err
	}
	h.version = versionOf(info)
	r := reader{ctx, opened, sha256.New(), make([]byte, 128<<10)}

	before, last, ranged := f.hashedBefore(file)
	h.kept = before == h.version
	if !h.kept && ranged && last.sum != "" && h.version.size > before.size {
		// A file that is appended to is not hashed from its beginning each time.
		sum, _, err := r.sum(last.bytes)
		h.kept = err == nil && sum == last.sum
	}
	h.sums = map[*part]string{}
	read := int64(0)
	for _, p := range f.missing(file, h.kept) {
		if h.rest = read >= f.turnBytes; h.rest {
			break
		}
		sum, n, wrong := r.sum(p.bytes)
		read += n
		f.hashed.Add(n)
		if wrong == nil {
			h.sums[p] = sum
		} else {
			err = wrong
		}
	}
	info, wrong := opened.Stat()
	if wrong != nil {
		return hashed{version: h.version}, wrong
	}
	// What is appended to a file does not touch its ranges.
	now := versionOf(info)
	if now != h.version && !(ranged && now.size > h.version.size) {
		return hashed{version: h.version}, errChanged
	}
	return h, err
}

// hashedBefore is the version that a file's digests are of, the last range of
// those that have one, and whether all its parts are ranges.
func (f *FS) hashedBefore(file *file) (v version, last part, ranged bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ranged = true
	for _, p := range file.parts {
		if p.bytes == whole {
			ranged = false
		} else if p.sum != "" {
			last = *p
		}
	}
	return file.version, last, ranged
}

// missing are the parts to hash: all, or where some are kept those without.
func (f *FS) missing(file *file, kept bool) (parts []*part) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range file.parts {
		if !kept || p.sum == "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// reader computes digests of an open file.
type reader struct {
	ctx    context.Context
	file   fs.File
	hash   hash.Hash
	buffer []byte
}

// sum is the digest of a range, and how many bytes that was.
func (r *reader) sum(bytes hls.ByteRange) (string, int64, error) {
	seeker, ok := r.file.(io.Seeker)
	if !ok {
		return "", 0, errors.New("its file system cannot seek")
	}
	if _, err := seeker.Seek(bytes.Start, io.SeekStart); err != nil {
		return "", 0, err
	}
	from := io.Reader(r)
	if bytes != whole {
		from = io.LimitReader(r, bytes.Len())
	}
	r.hash.Reset()
	n, err := io.CopyBuffer(r.hash, from, r.buffer)
	if err == nil && bytes != whole && n < bytes.Len() {
		err = fmt.Errorf("bytes %d-%d: it ends at %d", bytes.Start, bytes.End, bytes.Start+n)
	}
	return hex.EncodeToString(r.hash.Sum(nil)), n, err
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.file.Read(p)
}

func tagOf(list []byte) string {
	sum := sha256.Sum256(list)
	return hex.EncodeToString(sum[:8])
}
