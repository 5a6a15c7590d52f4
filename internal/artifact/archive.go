package artifact

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/zipname"
)

// Limits of an archive. More is refused, never cut off.
const (
	// Overhead is how much larger than the plan the zip may be: packing makes smaller,
	// and a plan file or a log may lie beside the plan.
	Overhead = 64 << 20 // bytes

	MaxSaved     = 256 << 20 // bytes of a saved plan file, which is held in memory
	maxEntries   = 1000
	maxDirectory = 1 << 20 // bytes
)

// Archive is the zip of an artifact whose entries have been looked at, all of them.
type Archive struct{ entries map[string]*zip.File }

// Open reads the directory of a zip. The directory must end where the end record
// begins, and that where the zip ends; no name is given twice, or twice in different
// letter case, is absolute or climbs; nothing is encrypted; there are only files and
// folders. So a program that unpacks the artifact and this one see the same files.
func Open(data []byte) (*Archive, error) {
	n, err := directory(data)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // which is told with its name below
		return nil, fmt.Errorf("it is no zip that can be read: %w", err)
	}
	if len(z.File) != n {
		return nil, fmt.Errorf("its directory says that it has %d entries, and it has %d", n, len(z.File))
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	a := &Archive{entries: make(map[string]*zip.File, n)}
	seen := make(map[string]bool, n)
	for _, f := range z.File {
		if why := refused(f); why != "" {
			return nil, fmt.Errorf("its entry %s is %s", checks.Path(clip(f.Name)), why)
		}
		key := zipname.Fold(strings.TrimSuffix(f.Name, "/"))
		if seen[key] {
			return nil, fmt.Errorf("it has two entries called %s, or called so but for letter case", checks.Path(clip(f.Name)))
		}
		seen[key] = true
		if !f.FileInfo().IsDir() {
			a.entries[f.Name] = f
		}
	}
	return a, nil
}

// directory finds the end record where alone it may be, and returns how many entries
// there are. It bounds the directory before it is read.
func directory(data []byte) (int, error) {
	const endLen, endRecord = 22, 0x06054b50
	if len(data) < endLen || binary.LittleEndian.Uint32(data[len(data)-endLen:]) != endRecord {
		return 0, errors.New("it is no zip, or does not end where its directory does")
	}
	end := data[len(data)-endLen:]
	le := binary.LittleEndian
	disk, total, size, at := le.Uint32(end[4:]), int(le.Uint16(end[10:])), int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
	switch {
	case le.Uint16(end[20:]) != 0:
		return 0, errors.New("its zip has a comment")
	case disk != 0 || int(le.Uint16(end[8:])) != total:
		return 0, errors.New("its zip is split over several files")
	case total > maxEntries:
		return 0, fmt.Errorf("it has more than %d entries", maxEntries)
	case size > maxDirectory:
		return 0, fmt.Errorf("the directory of its zip is larger than %d bytes", maxDirectory)
	case at+size != int64(len(data)-endLen):
		return 0, errors.New("the directory of its zip does not end where the end record begins")
	}
	return total, nil
}

// refused says what is wrong with an entry; empty when nothing is.
func refused(f *zip.File) string {
	const encrypted, strong, masked = 1 << 0, 1 << 6, 1 << 13
	dir := strings.HasSuffix(f.Name, "/")
	switch mode := f.Mode(); {
	case f.Flags&(encrypted|strong|masked) != 0:
		return "encrypted"
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return "packed in a way that is not known"
	case mode.IsDir() != dir || !dir && !mode.IsRegular():
		return "neither a file nor a folder: a link, perhaps"
	case f.CRC32 == 0 && f.UncompressedSize64 != 0: // the reader takes that for "not known"
		return "one without a checksum"
	}
	if why := zipname.Wrong(strings.TrimSuffix(f.Name, "/"), !f.NonUTF8); why != "" {
		return "one whose name " + why
	}
	return ""
}

// Entry is a file of an archive.
type Entry struct{ file *zip.File }

// File finds the file of exactly this path. One of more than limit bytes is refused.
func (a *Archive) File(path string, limit int64) (*Entry, error) {
	f := a.entries[path]
	if f == nil {
		return nil, fmt.Errorf("it has no file %s", checks.Path(path))
	}
	if f.UncompressedSize64 > uint64(max(limit, 0)) { //nolint:gosec // not negative
		return nil, fmt.Errorf("its file %s has %d bytes, and at most %d are read", checks.Path(path), f.UncompressedSize64, limit)
	}
	return &Entry{f}, nil
}

// Size is how many bytes the file has. Reading gives exactly as many, or an error.
func (e *Entry) Size() int64 { return int64(e.file.UncompressedSize64) } //nolint:gosec // File bounds it

// Open unpacks the file. What is read is good only after io.EOF: then length and
// checksum were right.
func (e *Entry) Open() (io.ReadCloser, error) {
	r, err := e.file.Open()
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", checks.Path(clip(e.file.Name)), err)
	}
	return &exact{ReadCloser: r, name: e.file.Name, left: e.Size()}, nil
}

// Bytes unpacks the file whole.
func (e *Entry) Bytes() ([]byte, error) {
	r, err := e.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// exact holds a file to the length that its directory claims, whatever is packed.
type exact struct {
	io.ReadCloser
	name string
	left int64
}

func (x *exact) Read(p []byte) (int, error) {
	n, err := x.ReadCloser.Read(p)
	x.left -= int64(n)
	switch {
	case x.left < 0:
		return 0, fmt.Errorf("unpack %s: it is larger than it claims", checks.Path(clip(x.name)))
	case err == nil || errors.Is(err, io.EOF) && x.left == 0:
		return n, err
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return n, fmt.Errorf("unpack %s: %w", checks.Path(clip(x.name)), err)
}
