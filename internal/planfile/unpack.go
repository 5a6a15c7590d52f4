package planfile

import (
	"bufio"
	"errors"
	"hash"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

// flater is the inflater and its buffer, used again for every entry.
type flater struct {
	in  *bufio.Reader
	out io.ReadCloser
}

// open returns the unpacked bytes of an entry. The reader gives exactly as many as
// the entry claims and checks at the end that there are no more, that the packed
// bytes are used up, and the checksum; so what was read is good only after io.EOF.
// Only one entry can be open at a time.
func (a *archive) open(e *entry) io.Reader {
	section := io.NewSectionReader(a.r, e.data, e.packed)
	u := &unpacked{entry: e, sum: crc32.NewIEEE()}
	if e.method == methodStore {
		u.r = section
		return u
	}
	count := &counted{r: section}
	if a.flate.in == nil {
		a.flate.in = bufio.NewReaderSize(count, 64<<10)
		a.flate.out = flate.NewReader(a.flate.in)
	} else {
		a.flate.in.Reset(count)
		if err := a.flate.out.(flate.Resetter).Reset(a.flate.in, nil); err != nil {
			u.err = err
			return u
		}
	}
	u.r = a.flate.out
	u.rest = func() bool { return count.n-int64(a.flate.in.Buffered()) != e.packed }
	return u
}

type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// unpacked checks an entry against its claims while it is read.
type unpacked struct {
	entry *entry
	r     io.Reader
	rest  func() bool // packed bytes are left over
	sum   hash.Hash32
	n     int64
	err   error
}

func (u *unpacked) Read(p []byte) (int, error) {
	if u.err != nil || len(p) == 0 {
		return 0, u.err
	}
	n, err := u.r.Read(p)
	u.n += int64(n)
	u.sum.Write(p[:n])
	switch {
	case u.n > u.entry.size:
		err = inEntry(u.entry.name, "the entry is larger than it claims")
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF):
		var corrupt flate.CorruptInputError
		if errors.As(err, &corrupt) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = inEntry(u.entry.name, "the entry cannot be unpacked: it is damaged")
		}
	case u.n != u.entry.size:
		err = inEntry(u.entry.name, "the entry is smaller than it claims")
	case u.sum.Sum32() != u.entry.crc:
		err = inEntry(u.entry.name, "the checksum of the entry is wrong")
	case u.rest != nil && u.rest():
		err = inEntry(u.entry.name, "the entry holds something behind its own end")
	}
	u.err = err
	if errors.Is(err, io.EOF) {
		return n, err
	}
	return 0, err
}

// readAll returns a small entry whole.
func (a *archive) readAll(e *entry, limit int64) ([]byte, error) {
	if e.size > limit {
		return nil, inEntry(e.name, "the entry is larger than %d bytes", limit)
	}
	b := make([]byte, 0, min(e.size+1, 64<<10))
	for r := a.open(e); ; {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
