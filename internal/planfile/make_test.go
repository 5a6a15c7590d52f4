package planfile_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sort"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func blob(content string) string {
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(content), content)))
}

// A msg is a protobuf message under construction.
type msg []byte

func (m msg) num(n protowire.Number, v uint64) msg {
	return protowire.AppendVarint(protowire.AppendTag(m, n, protowire.VarintType), v)
}

func (m msg) str(n protowire.Number, s string) msg {
	return protowire.AppendString(protowire.AppendTag(m, n, protowire.BytesType), s)
}

func (m msg) sub(n protowire.Number, in msg) msg { return m.str(n, string(in)) }

// planned is a resource change as the tools write it: the address comes last.
func planned(address string, action uint64) msg {
	return msg(nil).str(8, `provider["registry.terraform.io/hashicorp/aws"]`).
		sub(9, msg(nil).num(1, action).sub(2, msg(nil).str(1, "\x81\xa1v\xa6secret"))).str(13, address)
}

// plan is a message that is complete but for its changes.
func plan() msg {
	return msg(nil).num(1, 3).sub(13, msg(nil).str(1, "local").str(3, "default")).str(14, "1.11.4").str(21, "2026-01-02T03:04:05Z")
}

const rootOnly = `[{"Key": "", "Dir": "."}]`

// planZip makes a plan file of a message and configuration.
func planZip(t testing.TB, message msg, config map[string]string) []byte {
	t.Helper()
	entries := map[string]string{"tfplan": string(message), "tfstate": "{}", "tfstate-prev": "{}", "tfconfig/modules.json": rootOnly}
	for k, v := range config {
		entries[k] = v
	}
	var names []string
	for name := range entries {
		names = append(names, name)
	}
	sort.Strings(names)
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(entries[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A part is one entry of a zip made by hand, whose parts can lie.
type part struct {
	name, content string
	stored        bool
	flags         uint16
	extra         string
	tail          string              // behind the packed data, counted as packed
	local         func(header []byte) // changes the local header
	central       func(header []byte) // changes the central record
	descriptor    func(b []byte)
	hidden        bool // not in the directory
}

// A byHand makes a zip byte by byte.
type byHand struct {
	before, gap, beforeEnd, behind string
	comment                        string
	parts                          []part
	end                            func(b []byte)
}

func (h byHand) bytes() []byte {
	le := binary.LittleEndian
	out := []byte(h.before)
	var dir []byte
	count := 0
	for _, p := range h.parts {
		packed := []byte(p.content)
		method := uint16(0)
		if !p.stored {
			var b bytes.Buffer
			w, _ := flate.NewWriter(&b, -1)
			w.Write([]byte(p.content))
			w.Close()
			packed, method = b.Bytes(), 8
		}
		packed = append(packed, p.tail...)
		sums := le.AppendUint32(nil, crc32.ChecksumIEEE([]byte(p.content)))
		sums = le.AppendUint32(sums, uint32(len(packed)))
		sums = le.AppendUint32(sums, uint32(len(p.content)))
		meta := le.AppendUint16(nil, 20)
		meta = le.AppendUint16(meta, 8|p.flags)
		meta = le.AppendUint16(meta, method)
		meta = append(meta, 0, 0, 0, 0)
		lengths := le.AppendUint16(nil, uint16(len(p.name)))
		lengths = le.AppendUint16(lengths, uint16(len(p.extra)))

		offset := uint32(len(out))
		local := append([]byte("PK\x03\x04"), meta...)
		local = append(local, make([]byte, 12)...)
		local = append(local, lengths...)
		local = append(local, p.name+p.extra...)
		if p.local != nil {
			p.local(local)
		}
		out = append(append(out, local...), packed...)
		desc := append([]byte("PK\x07\x08"), sums...)
		if p.descriptor != nil {
			p.descriptor(desc)
		}
		out = append(out, desc...)
		if p.hidden {
			continue
		}
		record := append([]byte("PK\x01\x02\x14\x00"), meta...)
		record = append(record, sums...)
		record = append(record, lengths...)
		record = append(record, make([]byte, 10)...)
		record = le.AppendUint32(record, offset)
		record = append(record, p.name+p.extra...)
		if p.central != nil {
			p.central(record)
		}
		dir = append(dir, record...)
		count++
	}
	out = append(out, h.gap...)
	dirAt := len(out)
	out = append(out, dir...)
	out = append(out, h.beforeEnd...)
	end := append([]byte("PK\x05\x06"), 0, 0, 0, 0)
	end = le.AppendUint16(end, uint16(count))
	end = le.AppendUint16(end, uint16(count))
	end = le.AppendUint32(end, uint32(len(dir)))
	end = le.AppendUint32(end, uint32(dirAt))
	end = le.AppendUint16(end, uint16(len(h.comment)))
	if h.end != nil {
		h.end(end)
	}
	return append(append(out, end...), h.comment+h.behind...)
}

// good are the parts of a plan file that is read.
func good(more ...part) []part {
	return append([]part{
		{name: "tfplan", content: string(plan().sub(3, planned("a.b", 1)))},
		{name: "tfconfig/m-/main.tf", content: "# main\n"},
		{name: "tfconfig/modules.json", content: rootOnly, stored: true},
	}, more...)
}
