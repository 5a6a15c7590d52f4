package artifact

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/zipname"
)

type part struct {
	name, text string
	edit       func(*zip.FileHeader)
}

func pack(t testing.TB, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		h := &zip.FileHeader{Name: p.name, Method: zip.Deflate}
		if p.edit != nil {
			p.edit(h)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, p.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestArchive(t *testing.T) {
	t.Parallel()
	stored := func(h *zip.FileHeader) { h.Method = zip.Store }
	a, err := Open(pack(t, part{name: "out/"}, part{name: "out/plan.json", text: strings.Repeat("{}", 500)}, part{"tfplan", "saved", stored}, part{name: "empty"}, part{name: "größe.log", text: "x"}))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"out/plan.json": strings.Repeat("{}", 500), "tfplan": "saved", "empty": "", "größe.log": "x"} {
		e, err := a.File(path, 1000)
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Bytes()
		if string(got) != want || err != nil || e.Size() != int64(len(want)) {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	// A path is exact: no spelling of it, no folder, nothing beside it.
	for _, path := range []string{"plan.json", "Out/plan.json", "out/plan.json/", "./tfplan", "/tfplan", "out", "out/", "", "."} {
		if _, err := a.File(path, 1000); err == nil || !strings.Contains(err.Error(), "has no file") {
			t.Errorf("%q: %v", path, err)
		}
	}
	for _, limit := range []int64{999, 0, -1} {
		if _, err := a.File("out/plan.json", limit); err == nil || !strings.Contains(err.Error(), "at most") {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

func TestArchiveRefused(t *testing.T) {
	t.Parallel()
	link := func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }
	device := func(h *zip.FileHeader) { h.SetMode(fs.ModeDevice | 0o600) }
	raw := func(h *zip.FileHeader) { h.NonUTF8 = true }
	many := make([]part, maxEntries+1)
	for i := range many {
		many[i] = part{name: strconv.Itoa(i)}
	}
	good := pack(t, part{name: "plan.json", text: "{}"})
	end := len(good) - 22
	set := func(at int, value ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], value)
		return b
	}
	dir := int(binary.LittleEndian.Uint32(good[end+16:]))
	var commented bytes.Buffer
	z := zip.NewWriter(&commented)
	_ = z.SetComment("PK")
	_ = z.Close()
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"nothing", "no zip", nil},
		{"a plan that is not packed", "no zip", []byte(`{"format_version":"1.2","planned_values":{}}`)},
		{"cut off", "no zip", good[:len(good)-1]},
		{"something behind", "no zip", append(bytes.Clone(good), 0)},
		{"something before", "does not end where", append([]byte{0}, good...)},
		{"a comment", "no zip", commented.Bytes()},
		{"the length of a comment", "comment", set(end+20, 1)},
		{"two disks", "split", set(end+4, 1)},
		{"fewer entries on this disk", "split", set(end+8, 0)},
		{"one entry more than there are", "no zip that can be read", set(end+8, 2, 0, 2, 0)},
		{"a large directory", "larger than", set(end+12, 0, 0, 0, 2)},
		{"zip64", "more than", set(end+8, 0xff, 0xff, 0xff, 0xff)},
		{"too many", "more than 1000", pack(t, many...)},
		{"twice", "two entries called plan.json", pack(t, part{name: "plan.json", text: "1"}, part{name: "plan.json", text: "2"})},
		{"letter case", "two entries called PLAN.json", pack(t, part{name: "plan.json", text: "1"}, part{name: "PLAN.json", text: "2"})},
		{"the sign of kelvin", "two entries", pack(t, part{name: "\u212aplan.json"}, part{name: "kplan.json"})},
		{"a file and a folder", "two entries", pack(t, part{name: "plan"}, part{name: "plan/"})},
		{"absolute", "absolute, climbs", pack(t, part{name: "/plan.json"})},
		{"climbing", "absolute, climbs", pack(t, part{name: "a/../plan.json"})},
		{"climbing out", "absolute, climbs", pack(t, part{name: "../plan.json"})},
		{"a dot", "absolute, climbs", pack(t, part{name: "./plan.json"})},
		{"an empty part", "absolute, climbs", pack(t, part{name: "a//plan.json"})},
		{"a backslash", "backslash", pack(t, part{name: `out\plan.json`})},
		{"a drive", "drive letter", pack(t, part{name: "c:plan.json"})},
		{"a line break", "control character", pack(t, part{name: "plan\n.json"})},
		{"NUL", "control character", pack(t, part{name: "plan.json\x00.txt"})},
		{"a long name", "absurdly long", pack(t, part{name: strings.Repeat("x", zipname.MaxBytes+1)})},
		{"no UTF-8", "different ways", pack(t, part{name: "pl\xe4n.json", edit: raw})},
		{"UTF-8 that is not marked", "different ways", pack(t, part{name: "plän.json", edit: raw})},
		{"a link", "a link, perhaps", pack(t, part{"plan.json", "/etc/passwd", link})},
		{"a link beside the plan", "a link, perhaps", pack(t, part{name: "plan.json"}, part{"x", "plan.json", link})},
		{"a device", "a link, perhaps", pack(t, part{"x", "", device})},
		{"encrypted", "encrypted", set(dir+8, good[dir+8]|1)},
		{"strongly", "encrypted", set(dir+8, good[dir+8]|1<<6)},
		{"with a masked header", "encrypted", set(dir+9, good[dir+9]|1<<5)},
		{"bzip2", "not known", set(dir+10, 12)},
		{"no checksum", "without a checksum", set(dir+16, 0, 0, 0, 0)},
	} {
		if _, err := Open(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// TestArchiveLies: the directory claims another length than is packed.
func TestArchiveLies(t *testing.T) {
	t.Parallel()
	const text = "0123456789abcdef0123456789abcdef"
	read := func(b []byte) error {
		a, err := Open(b)
		if err != nil {
			return err
		}
		e, err := a.File("plan.json", 1000)
		if err != nil {
			return err
		}
		_, err = e.Bytes()
		return err
	}
	good := pack(t, part{name: "plan.json", text: text})
	if err := read(good); err != nil {
		t.Fatal(err)
	}
	dir := int(binary.LittleEndian.Uint32(good[len(good)-6:]))
	for name, edit := range map[string]func([]byte){
		"shorter":   func(b []byte) { binary.LittleEndian.PutUint32(b[dir+24:], 31) },
		"longer":    func(b []byte) { binary.LittleEndian.PutUint32(b[dir+24:], 33) },
		"one":       func(b []byte) { binary.LittleEndian.PutUint32(b[dir+24:], 1) },
		"checksum":  func(b []byte) { binary.LittleEndian.PutUint32(b[dir+16:], crc32.ChecksumIEEE([]byte("x"))) },
		"packed":    func(b []byte) { binary.LittleEndian.PutUint32(b[dir+20:], 3) },
		"elsewhere": func(b []byte) { binary.LittleEndian.PutUint32(b[dir+42:], 5) },
		"data":      func(b []byte) { b[45] ^= 0xff },
	} {
		b := bytes.Clone(good)
		edit(b)
		if err := read(b); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

// TestArchiveBomb: what unpacks to much more than it is packed in is bounded by its
// claim before, and by what comes out while it is read.
func TestArchiveBomb(t *testing.T) {
	t.Parallel()
	b := pack(t, part{name: "plan.json", text: strings.Repeat("\x00", 8<<20)})
	a, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.File("plan.json", 1<<20); err == nil {
		t.Error("8 MiB within 1 MiB")
	}
	dir := int(binary.LittleEndian.Uint32(b[len(b)-6:]))
	binary.LittleEndian.PutUint32(b[dir+24:], 1<<20)
	if a, err = Open(b); err != nil {
		t.Fatal(err)
	}
	e, err := a.File("plan.json", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n, err := io.Copy(io.Discard, r)
	if err == nil || errors.Is(err, io.EOF) || n > 1<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func FuzzArchive(f *testing.F) {
	f.Add(pack(f, part{name: "plan.json", text: "{}"}))
	f.Add(pack(f, part{name: "out/"}, part{"tfplan", "x", func(h *zip.FileHeader) { h.Method = zip.Store }}))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Open(data)
		if err != nil {
			return
		}
		if len(a.entries) > maxEntries {
			t.Fatal("too many")
		}
		for name := range a.entries {
			if zipname.Wrong(name, true) != "" {
				t.Fatalf("a name of %q", name)
			}
			e, err := a.File(name, 1<<16)
			if err != nil {
				continue
			}
			if b, err := e.Bytes(); err == nil && int64(len(b)) != e.Size() {
				t.Fatalf("%d bytes of %d", len(b), e.Size())
			}
		}
	})
}
