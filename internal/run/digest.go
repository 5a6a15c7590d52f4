package run

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // git's ids
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"github.com/claw-verified/claw-verified/internal/collect"
)

const (
	// maxHeld is how much of standard input is held, because git's id of a file begins
	// with its length. A longer plan that is piped in has none.
	maxHeld = 64 << 20
	// maxCopied is the size from which on a file is no copy of a committed one: GitHub
	// takes no file of more than 100 MB, and two more digests of a long plan take time.
	maxCopied = 128 << 20
)

// blobHash finds the id that git would give to a file while the file is read. It is
// for telling a copy of a committed file, not for vouching for one.
type blobHash struct {
	sha1, sha256 hash.Hash
	size, left   int64 // bytes of the whole, and those that are still to come
}

func newBlobHash(size int64) *blobHash {
	h := &blobHash{sha1: sha1.New(), sha256: sha256.New(), size: size, left: size} //nolint:gosec // git's ids
	for _, w := range []hash.Hash{h.sha1, h.sha256} {
		fmt.Fprintf(w, "blob %d\x00", size)
	}
	return h
}

func (h *blobHash) Write(p []byte) (int, error) {
	h.sha1.Write(p)
	h.sha256.Write(p)
	h.left -= int64(len(p))
	return len(p), nil
}

// blob is what was hashed. An empty file is no copy of anything, and one of another
// length than it had has no id.
func (h *blobHash) blob(name string) collect.Blob {
	b := collect.Blob{Name: name}
	if h != nil && h.left == 0 && h.size > 0 {
		b.SHA1, b.SHA256 = hex.EncodeToString(h.sha1.Sum(nil)), hex.EncodeToString(h.sha256.Sum(nil))
	}
	return b
}

// hashed is the plan's input, and what finds its id as it is read.
func (s *source) hashed(in io.Reader) (io.Reader, *blobHash) {
	if s.json != nil || s.fetched != nil {
		size := s.size()
		if size > maxCopied {
			return in, nil
		}
		h := newBlobHash(size)
		return io.TeeReader(in, h), h
	}
	held, err := io.ReadAll(io.LimitReader(in, maxHeld))
	if err != nil {
		return io.MultiReader(bytes.NewReader(held), failing{err}), nil
	}
	all := io.MultiReader(bytes.NewReader(held), in)
	if len(held) == maxHeld {
		return all, nil
	}
	h := newBlobHash(int64(len(held)))
	return io.TeeReader(all, h), h
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// digestOf names the bytes of a file, and finds the id that git would give them.
func digestOf(r io.ReaderAt, size int64) (string, *blobHash, error) {
	h, blob := sha256.New(), newBlobHash(size)
	if _, err := io.Copy(io.MultiWriter(h, blob), io.NewSectionReader(r, 0, size)); err != nil {
		return "", nil, err
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), blob, nil
}
