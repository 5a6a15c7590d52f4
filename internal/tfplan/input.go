package tfplan

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// source reads the raw bytes once: counts them, hashes them, and stops at the
// limit.
type source struct {
	r    io.Reader
	sum  hash.Hash
	size int64
	max  int64
	over bool
}

func newSource(r io.Reader, limit int64) *source {
	return &source{r: r, sum: sha256.New(), max: limit}
}

func (s *source) Read(p []byte) (int, error) {
	// One byte more than allowed is asked for, to tell a file of exactly the
	// limit from a larger one.
	if left := s.max + 1 - s.size; int64(len(p)) > left {
		p = p[:max(left, 0)]
	}
	n, err := s.r.Read(p)
	s.sum.Write(p[:n])
	s.size += int64(n)
	if s.size > s.max {
		s.over = true
		return 0, whole("larger than the limit of %d bytes (limits.plan_size)", s.max)
	}
	return n, err
}

// drain reads what is left, so that the digest is that of the whole file even
// when its beginning is no plan.
func (s *source) drain() {
	if !s.over {
		_, _ = io.Copy(io.Discard, s)
	}
}

// digest names the bytes; empty when not all of them were read.
func (s *source) digest() string {
	if s.over {
		return ""
	}
	return "sha256:" + hex.EncodeToString(s.sum.Sum(nil))
}

const howTo = "give the output of `terraform show -json tfplan`"

// text looks at the first bytes, recognises the files that are given by mistake,
// and returns the stream as UTF-8 without a byte order mark. PowerShell's `>`
// writes UTF-16.
func text(b *bufio.Reader) (io.Reader, error) {
	head, err := b.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var out io.Reader = b
	switch {
	case len(head) == 0:
		return nil, whole("the file is empty; %s", howTo)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, whole("this is the saved plan file itself, a binary file; %s, and give this one with --plan-file", howTo)
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}), bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return nil, whole("the file is compressed twice; decompress it once")
	case bytes.HasPrefix(head, []byte("BZh")), bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		return nil, whole("this is a compressed file; gzip and zstd are read, others must be decompressed first")
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		_, _ = b.Discard(3)
		head = head[3:]
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		_, _ = b.Discard(2)
		u := bufio.NewReaderSize(&utf16Reader{r: b}, 256<<10)
		if head, err = u.Peek(1024); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		out = u
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		_, _ = b.Discard(2)
		u := bufio.NewReaderSize(&utf16Reader{r: b, big: true}, 256<<10)
		if head, err = u.Peek(1024); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		out = u
	}
	start := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(start) > 0 && start[0] == '{', len(start) == 0 && len(head) >= 1024:
		return out, nil
	case len(start) == 0:
		return nil, whole("the file is empty; %s", howTo)
	}
	for _, mark := range []string{"\x1b[", "Terraform", "OpenTofu", "No changes", "Refreshing state", "Error:"} {
		if bytes.Contains(head, []byte(mark)) {
			return nil, whole("this is what `terraform plan` prints for people, not JSON; save the plan with `terraform plan -out=tfplan` and %s", howTo)
		}
	}
	return nil, whole("this is not a JSON object; %s", howTo)
}

// utf16Reader decodes UTF-16 as a stream, so that the limits hold for it too.
// An odd length and a lone surrogate are errors: another reader would replace
// them silently.
type utf16Reader struct {
	r    *bufio.Reader
	big  bool
	rest []byte
	err  error // stays: reading on after half a character would drop it silently
}

func (u *utf16Reader) unit() (rune, error) {
	var b [2]byte
	if _, err := io.ReadFull(u.r, b[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, whole("UTF-16 text with an odd number of bytes")
		}
		return 0, err
	}
	if u.big {
		return rune(b[0])<<8 | rune(b[1]), nil
	}
	return rune(b[1])<<8 | rune(b[0]), nil
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	n, err := u.read(p)
	u.err = err
	return n, err
}

func (u *utf16Reader) read(p []byte) (int, error) {
	n := copy(p, u.rest)
	u.rest = u.rest[n:]
	for n < len(p) {
		r, err := u.unit()
		if err != nil {
			if n > 0 && errors.Is(err, io.EOF) {
				return n, nil
			}
			return n, err
		}
		if utf16.IsSurrogate(r) {
			low, err := u.unit()
			if err != nil && !errors.Is(err, io.EOF) {
				return n, err
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				return n, whole("UTF-16 text with half a character")
			}
		}
		var buf [utf8.UTFMax]byte
		k := utf8.EncodeRune(buf[:], r)
		c := copy(p[n:], buf[:k])
		n += c
		u.rest = append(u.rest[:0], buf[c:k]...)
	}
	return n, nil
}
