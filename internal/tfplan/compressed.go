package tfplan

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Encodings of a plan file.
const (
	encodingGzip = "gzip"
	encodingZstd = "zstd"
)

// maxWindow bounds the memory of the zstd decoder; the tool's own --ultra levels
// stay below it, --long=27 does not.
const maxWindow = 8 << 20

// inflate returns the text of a file that may be compressed, and how it was. What
// comes out is bounded like a file that is not: a small file that becomes a giant
// one is an error when the limit is reached, and nothing of it is held. A file that
// is compressed twice is no plan.
func inflate(b *bufio.Reader, limit int64) (r *bufio.Reader, encoding string, done func(), err error) {
	head, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", nil, err
	}
	done = func() {}
	var in io.Reader
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, "", nil, whole("the file begins like gzip and is not: it is damaged")
		}
		z.Multistream(false)
		in, encoding = &single{z: z, rest: b}, encodingGzip
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(
			b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(uint64(limit)+1), //nolint:gosec // a limit is positive
		)
		if err != nil {
			return nil, "", nil, whole("the file begins like zstd and is not: it is damaged")
		}
		in, encoding, done = z, encodingZstd, z.Close
	default:
		return b, "", done, nil
	}
	return bufio.NewReaderSize(&bounded{r: in, left: limit}, 256<<10), encoding, done, nil
}

// single reads one gzip stream. Programs differ in what they make of a second one
// behind it, so there must be none.
type single struct {
	z    *gzip.Reader
	rest *bufio.Reader
}

func (s *single) Read(p []byte) (int, error) {
	n, err := s.z.Read(p)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if _, more := s.rest.Peek(1); more == nil {
		return n, whole("something follows the compressed plan; give each plan in a file of its own")
	}
	return n, io.EOF
}

// bounded stops what a compressed file becomes at the limit of a plan.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, whole("the compressed file becomes larger than the limit of a plan (limits.plan_size)")
	}
	var own *Error
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &own) {
		err = whole("the compressed file is damaged, or cut off")
	}
	return n, err
}
