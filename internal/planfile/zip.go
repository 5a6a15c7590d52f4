package planfile

import (
	"encoding/binary"
	"errors"
	"io"
)

// The parts of a zip file, in the words of PKWARE's APPNOTE 6.3.
const (
	localHeader, localHeaderLen = 0x04034b50, 30 // 4.3.7
	descriptor, descriptorLen   = 0x08074b50, 16 // 4.3.9, with the signature, as Go writes it
	central, centralLen         = 0x02014b50, 46 // 4.3.12
	endRecord, endRecordLen     = 0x06054b50, 22 // 4.3.16

	methodStore, methodDeflate = 0, 8

	flagDescriptor, flagUTF8 = 0x8, 0x800
	extraTime                = 0x5455 // extended timestamp: the only extra field that Terraform's writer makes
)

// entry is one file of the zip.
type entry struct {
	name         string
	method       uint16
	crc          uint32
	packed, size int64 // as claimed
	data         int64 // offset of the packed bytes
}

// archive is a zip file whose directory has been held against the headers.
type archive struct {
	r       io.ReaderAt
	entries []entry
	flate   flater
}

// openArchive reads the directory and walks every header. The file must be what a
// simple writer makes: entries from the first byte on, one behind the other, then
// the directory in the same order, then the end record, and nothing else. Every
// byte has one owner, so no other reader can see other entries.
func openArchive(r io.ReaderAt, size int64, lim Limits) (*archive, error) {
	if size < endRecordLen {
		return nil, whole("not a plan file: it is too short")
	}
	var end [endRecordLen]byte
	if err := readFull(r, end[:], size-endRecordLen); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	if le.Uint32(end[:]) != endRecord {
		return nil, at(size-endRecordLen, "the end of the zip is not where the file ends: it is cut off, or something stands behind it")
	}
	n, dirLen, dirAt := int(le.Uint16(end[10:])), int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
	switch {
	case le.Uint16(end[20:]) != 0:
		return nil, at(size-endRecordLen, "the zip has a comment")
	case le.Uint32(end[4:]) != 0 || int(le.Uint16(end[8:])) != n:
		return nil, at(size-endRecordLen, "the zip is split over several files")
	case n > lim.MaxEntries:
		return nil, whole("more than %d entries", lim.MaxEntries)
	case dirAt+dirLen != size-endRecordLen:
		return nil, at(size-endRecordLen, "the directory does not end where the end record begins")
	case dirLen > maxDirectory:
		return nil, whole("the directory is larger than %d bytes", maxDirectory)
	}
	dir := make([]byte, dirLen)
	if err := readFull(r, dir, dirAt); err != nil {
		return nil, err
	}
	a := &archive{r: r, entries: make([]entry, 0, n)}
	names := newNames(n)
	next := int64(0) // where the next local header must be
	for i := range n {
		pos := dirAt + dirLen - int64(len(dir))
		h, rest, ok := centralRecord(dir)
		if !ok {
			return nil, at(pos, "entry %d of the directory is damaged", i)
		}
		dir = rest
		if why := names.add(h.name, h.flags); why != "" {
			return nil, &Error{Message: why, Entry: h.name, Offset: pos}
		}
		if why := h.refused(); why != "" {
			return nil, &Error{Message: why, Entry: h.name, Offset: pos}
		}
		if h.local != next {
			return nil, &Error{Message: "the entry does not begin where the one before it ends", Entry: h.name, Offset: pos}
		}
		var err error
		if next, err = h.walk(r, dirAt); err != nil {
			return nil, err
		}
		a.entries = append(a.entries, h.entry)
	}
	if len(dir) != 0 {
		return nil, at(dirAt+dirLen-int64(len(dir)), "the directory holds more than its %d entries", n)
	}
	if next != dirAt {
		return nil, at(next, "there is something between the last entry and the directory")
	}
	return a, nil
}

// header is an entry with what only the directory's own record says of it.
type header struct {
	entry
	raw   []byte // bytes 6 to 28 of the record: what the local header must repeat
	extra []byte
	flags uint16
	local int64
	other bool // a comment, or another disk
}

// centralRecord takes one record off the directory.
func centralRecord(b []byte) (h header, rest []byte, ok bool) {
	le := binary.LittleEndian
	if len(b) < centralLen || le.Uint32(b) != central {
		return h, nil, false
	}
	nameLen, extraLen, commentLen := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int(le.Uint16(b[32:]))
	end := centralLen + nameLen + extraLen + commentLen
	if len(b) < end {
		return h, nil, false
	}
	h = header{
		entry: entry{
			name:   string(b[centralLen : centralLen+nameLen]),
			method: le.Uint16(b[10:]), crc: le.Uint32(b[16:]),
			packed: int64(le.Uint32(b[20:])), size: int64(le.Uint32(b[24:])),
		},
		raw: b[6:28], extra: b[centralLen+nameLen : centralLen+nameLen+extraLen],
		flags: le.Uint16(b[8:]), local: int64(le.Uint32(b[42:])),
		other: commentLen != 0 || le.Uint16(b[34:]) != 0,
	}
	return h, b[end:], true
}

// refused says what in the record Terraform's writer would not make; empty when
// there is nothing.
func (h *header) refused() string {
	const none = 0xffffffff // the true number is in a zip64 field
	switch {
	case h.packed == none || h.size == none || h.local == none:
		return "zip64 sizes"
	case h.method != methodStore && h.method != methodDeflate:
		return "an unknown compression method"
	case h.flags&^(flagDescriptor|flagUTF8) != 0:
		return "an encrypted or otherwise special entry"
	case h.other:
		return "an entry with a comment, or on another disk"
	case h.method == methodStore && h.packed != h.size:
		return "a stored entry whose two sizes differ"
	case h.size > maxRatio*h.packed:
		return "an entry that claims to unpack to more than it can"
	}
	for x := h.extra; len(x) > 0; {
		if len(x) < 4 || int(binary.LittleEndian.Uint16(x[2:])) > len(x)-4 {
			return "a damaged extra field"
		}
		// Others give the entry a second name or a second size.
		if binary.LittleEndian.Uint16(x) != extraTime {
			return "an extra field other than the time"
		}
		x = x[4+binary.LittleEndian.Uint16(x[2:]):]
	}
	return ""
}

// walk holds the local header, and the descriptor behind the data, against the
// record; it returns where the next entry begins.
func (h *header) walk(r io.ReaderAt, limit int64) (int64, error) {
	wrong := func(why string) error { return &Error{Message: why, Entry: h.name, Offset: h.local} }
	headLen := int64(localHeaderLen + len(h.name) + len(h.extra))
	h.data = h.local + headLen
	end := h.data + h.packed
	if h.flags&flagDescriptor != 0 {
		end += descriptorLen
	}
	if end > limit {
		return 0, wrong("the entry reaches into the directory")
	}
	b := make([]byte, headLen)
	if err := readFull(r, b, h.local); err != nil {
		return 0, err
	}
	le := binary.LittleEndian
	// Version, flags, method, time, date: 10 bytes from the version on.
	same := le.Uint32(b) == localHeader && string(b[4:14]) == string(h.raw[:10]) &&
		int(le.Uint16(b[26:])) == len(h.name) && int(le.Uint16(b[28:])) == len(h.extra) &&
		string(b[localHeaderLen:]) == h.name+string(h.extra)
	sums := string(b[14:26]) // checksum and sizes
	deferred := h.flags&flagDescriptor != 0 && sums == "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	if !same || (sums != string(h.raw[10:]) && !deferred) {
		return 0, wrong("the header of the entry and the directory say different things")
	}
	if h.flags&flagDescriptor == 0 {
		return end, nil
	}
	var d [descriptorLen]byte
	if err := readFull(r, d[:], end-descriptorLen); err != nil {
		return 0, err
	}
	if le.Uint32(d[:]) != descriptor || string(d[4:]) != string(h.raw[10:]) {
		return 0, wrong("the descriptor behind the entry and the directory say different things")
	}
	return end, nil
}

// readFull reads exactly len(b) bytes at off.
func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return at(off, "the file is cut off")
	}
	return err
}
