package planfile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/planfile"
)

// refused reads b and wants an *Error that says so.
func refused(t *testing.T, b []byte, lim planfile.Limits, want string) {
	t.Helper()
	f, err := planfile.Read(bytes.NewReader(b), int64(len(b)), lim)
	var e *planfile.Error
	if !errors.As(err, &e) || f != nil {
		t.Fatalf("want an error that says %q, got %v, %v", want, f, err)
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("want an error that says %q, got: %v", want, err)
	}
}

func TestByHand(t *testing.T) {
	f := read(t, byHand{parts: good()}.bytes())
	if words, ok := f.Action("a.b", ""); !ok || words[0] != "create" || f.NumActions() != 1 {
		t.Errorf("got %v %v", words, ok)
	}
	if c := f.Config[0]; c.SHA1 != blob("# main\n") || c.Path != "main.tf" || len(c.SHA256) != 64 {
		t.Errorf("got %+v", c)
	}
}

// Two readers of a zip can see two lists of entries: one walks from the front, one
// starts at the directory, one looks for names in extra fields, one takes the first
// of two, one the last. Nothing that allows it is read.
func TestPolyglots(t *testing.T) {
	le := binary.LittleEndian
	add := func(at int, by uint32) func([]byte) {
		return func(b []byte) { le.PutUint32(b[at:], le.Uint32(b[at:])+by) }
	}
	set16 := func(at int, v uint16) func([]byte) { return func(b []byte) { le.PutUint16(b[at:], v) } }
	evil := part{name: "tfconfig/m-/evil.tf", content: "# evil\n"}
	as := func(change func(*part)) []part {
		p := evil
		change(&p)
		return good(p)
	}
	unicodePath := "\x75\x70\x09\x00\x01\x00\x00\x00\x00x.tf"
	for name, c := range map[string]struct {
		zip  byHand
		want string
	}{
		"prepended":              {byHand{before: "#!/bin/sh\n", parts: good()}, "does not begin like a zip"},
		"prepended zip bytes":    {byHand{before: "PK\x03\x04junk", parts: good()}, "does not begin where the one before it ends"},
		"trailing":               {byHand{behind: "junk", parts: good()}, "something stands behind"},
		"comment":                {byHand{comment: "hello", parts: good()}, "something stands behind"},
		"comment length":         {byHand{parts: good(), end: set16(20, 7)}, "comment"},
		"gap before directory":   {byHand{gap: "junk", parts: good()}, "between the last entry and the directory"},
		"gap behind directory":   {byHand{beforeEnd: "junk", parts: good()}, "does not end where the end record begins"},
		"hidden from directory":  {byHand{parts: as(func(p *part) { p.hidden = true })}, "between the last entry and the directory"},
		"hidden in the middle":   {byHand{parts: append([]part{{name: "tfconfig/m-/evil.tf", hidden: true}}, good()...)}, "does not begin where"},
		"count too small":        {byHand{parts: good(), end: func(b []byte) { le.PutUint16(b[8:], 2); le.PutUint16(b[10:], 2) }}, "holds more than its 2 entries"},
		"count too large":        {byHand{parts: good(), end: func(b []byte) { le.PutUint16(b[8:], 4); le.PutUint16(b[10:], 4) }}, "entry 3 of the directory is damaged"},
		"counts differ":          {byHand{parts: good(), end: set16(8, 1)}, "split over several files"},
		"other disk":             {byHand{parts: good(), end: set16(4, 1)}, "split over several files"},
		"zip64 offset":           {byHand{parts: good(), end: func(b []byte) { le.PutUint32(b[16:], 0xffffffff) }}, "does not end where"},
		"zip64 sizes":            {byHand{parts: as(func(p *part) { p.central = func(b []byte) { le.PutUint32(b[24:], 0xffffffff) } })}, "zip64"},
		"duplicate":              {byHand{parts: good(part{name: "tfplan", content: "x"})}, "differ only in letter case"},
		"case variant":           {byHand{parts: good(part{name: "TFPLAN", content: "x"})}, "differ only in letter case"},
		"case variant, Unicode":  {byHand{parts: good(part{name: "tfconfig/m-/ſ.tf", flags: 0x800}, part{name: "tfconfig/m-/S.tf"})}, "differ only in letter case"},
		"local name":             {byHand{parts: as(func(p *part) { p.local = func(b []byte) { b[40] ^= 1 } })}, "say different things"},
		"central name":           {byHand{parts: as(func(p *part) { p.central = func(b []byte) { b[60] ^= 1 } })}, "say different things"},
		"local method":           {byHand{parts: as(func(p *part) { p.local = set16(8, 0) })}, "say different things"},
		"local flags":            {byHand{parts: as(func(p *part) { p.local = set16(6, 0) })}, "say different things"},
		"local sizes":            {byHand{parts: as(func(p *part) { p.local = add(18, 5) })}, "say different things"},
		"no local header":        {byHand{parts: as(func(p *part) { p.local = add(0, 1) })}, "say different things"},
		"descriptor checksum":    {byHand{parts: as(func(p *part) { p.descriptor = add(4, 1) })}, "descriptor"},
		"descriptor size":        {byHand{parts: as(func(p *part) { p.descriptor = add(8, 1) })}, "descriptor"},
		"descriptor missing":     {byHand{parts: as(func(p *part) { p.descriptor = add(0, 1) })}, "descriptor"},
		"offset":                 {byHand{parts: as(func(p *part) { p.central = add(42, 1) })}, "does not begin where"},
		"overlap":                {byHand{parts: as(func(p *part) { p.central = func(b []byte) { le.PutUint32(b[42:], 0) } })}, "does not begin where"},
		"packed size too large":  {byHand{parts: as(func(p *part) { p.central = add(20, 1<<20) })}, "reaches into the directory"},
		"packed size too small":  {byHand{parts: as(func(p *part) { p.central = add(20, 0xffffffff) })}, "say different things"},
		"checksum":               {byHand{parts: as(func(p *part) { p.central, p.descriptor = add(16, 1), add(4, 1) })}, "checksum"},
		"larger than claimed":    {byHand{parts: as(func(p *part) { p.central, p.descriptor = add(24, 0xffffffff), add(12, 0xffffffff) })}, "larger than it claims"},
		"smaller than claimed":   {byHand{parts: as(func(p *part) { p.central, p.descriptor = add(24, 1), add(12, 1) })}, "smaller than it claims"},
		"claims the impossible":  {byHand{parts: as(func(p *part) { p.central, p.descriptor = add(24, 1<<20), add(12, 1<<20) })}, "more than it can"},
		"behind the packed data": {byHand{parts: as(func(p *part) { p.tail = "more" })}, "behind its own end"},
		"stored, sizes differ":   {byHand{parts: as(func(p *part) { p.stored, p.central = true, add(24, 1) })}, "two sizes differ"},
		"not deflate":            {byHand{parts: as(func(p *part) { p.central, p.local = set16(10, 12), set16(8, 12) })}, "unknown compression"},
		"encrypted entry":        {byHand{parts: as(func(p *part) { p.flags = 1 })}, "encrypted or otherwise special"},
		"masked headers":         {byHand{parts: as(func(p *part) { p.flags = 0x2000 })}, "encrypted or otherwise special"},
		"second name in extra":   {byHand{parts: as(func(p *part) { p.extra = unicodePath })}, "extra field"},
		"second size in extra":   {byHand{parts: as(func(p *part) { p.extra = "\x01\x00\x08\x00aaaaaaaa" })}, "extra field"},
		"damaged extra":          {byHand{parts: as(func(p *part) { p.extra = "\x55\x54\x09\x00a" })}, "damaged extra field"},
		"entry comment":          {byHand{parts: as(func(p *part) { p.central = set16(34, 1) })}, "on another disk"},
		"climbs":                 {byHand{parts: good(part{name: "tfconfig/m-/../../x.tf"})}, "climbs"},
		"climbs elsewhere":       {byHand{parts: good(part{name: "../x"})}, "climbs"},
		"absolute":               {byHand{parts: good(part{name: "/tfconfig/m-/x.tf"})}, "climbs"},
		"folder":                 {byHand{parts: good(part{name: "tfconfig/m-x/"})}, "climbs"},
		"dot":                    {byHand{parts: good(part{name: "./tfplan"})}, "climbs"},
		"backslash":              {byHand{parts: good(part{name: `tfconfig\m-\x.tf`})}, "backslash"},
		"drive":                  {byHand{parts: good(part{name: "c:x.tf"})}, "drive"},
		"no name":                {byHand{parts: good(part{name: ""})}, "is empty or absurdly long"},
		"NUL":                    {byHand{parts: good(part{name: "tfplan\x00.txt"})}, "control character"},
		"not UTF-8":              {byHand{parts: good(part{name: "tfconfig/m-/\xff.tf", flags: 0x800})}, "different ways"},
		"code page":              {byHand{parts: good(part{name: "tfconfig/m-/ü.tf"})}, "different ways"},
		"in no module":           {byHand{parts: good(part{name: "tfconfig/main.tf"})}, "below tfconfig"},
		"too deep":               {byHand{parts: good(part{name: "tfconfig/m-a/b/main.tf"})}, "below tfconfig"},
		"unlisted module":        {byHand{parts: good(part{name: "tfconfig/m-a/main.tf"})}, "not listed"},
		"no plan":                {byHand{parts: good()[1:]}, "not a plan file"},
		"no modules":             {byHand{parts: good()[:2]}, "not a plan file"},
		"nothing at all":         {byHand{}, "not a plan file"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, c.zip.bytes(), planfile.Limits{}, c.want)
		})
	}
}

func TestCutOff(t *testing.T) {
	b := byHand{parts: good()}.bytes()
	for n := range b {
		if _, err := planfile.Read(bytes.NewReader(b[:n]), int64(n), planfile.Limits{}); err == nil {
			t.Fatalf("cut off at %d and read", n)
		}
		// A size that is not the file's.
		if _, err := planfile.Read(bytes.NewReader(b[:n]), int64(len(b)), planfile.Limits{}); err == nil {
			t.Fatalf("cut off at %d, with the wrong size, and read", n)
		}
	}
}

// Whatever single bit of a plan file is turned, the file is refused or says the
// same: times, versions and what is in the state do not matter.
func TestTurnedBits(t *testing.T) {
	b := planZip(t, plan().sub(3, planned("a.b", 5)), map[string]string{"tfconfig/m-/main.tf": "# main\n"})
	want := read(t, b)
	read := 0
	for i := range len(b) * 8 {
		b[i/8] ^= 1 << (i % 8)
		if f, err := planfile.Read(bytes.NewReader(b), int64(len(b)), planfile.Limits{}); err == nil {
			read++
			words, _ := f.Action("a.b", "")
			if len(words) != 1 || words[0] != "delete" || f.NumActions() != 1 || len(f.Config) != 1 || f.Config[0] != want.Config[0] {
				t.Errorf("bit %d turned, and the file says something else", i)
			}
		}
		b[i/8] ^= 1 << (i % 8)
	}
	if read > len(b)*2 {
		t.Errorf("%d of %d turned bits go unnoticed", read, len(b)*8)
	}
}

func TestLimits(t *testing.T) {
	big := strings.Repeat("#\n", 600)
	b := planZip(t, plan().sub(3, planned("a.b", 1)).sub(3, planned("a.c", 1)), map[string]string{"tfconfig/m-/a.tf": big, "tfconfig/m-/b.tf": big})
	for want, lim := range map[string]planfile.Limits{
		"the file is larger than":          {MaxFile: 100},
		"more than 3 entries":              {MaxEntries: 3},
		"the configuration is larger":      {MaxEntry: 1000},
		"the configuration is larger than": {MaxConfig: 2000},
		"the plan is larger than":          {MaxPlan: 10},
		"too many resource changes":        {MaxChanges: 1},
		"longer than all":                  {MaxText: 5},
	} {
		refused(t, b, lim, want)
	}
	read(t, b)
}

// A small file that unpacks to a giant one is refused by what it claims, or stopped
// as soon as it is more than it claims.
func TestBomb(t *testing.T) {
	bomb := strings.Repeat("\x00", 70<<20)
	refused(t, byHand{parts: good(part{name: "tfconfig/m-/bomb.tf", content: bomb})}.bytes(), planfile.Limits{}, "larger than may be read")
	p := part{name: "tfconfig/m-/bomb.tf", content: bomb}
	p.central = func(b []byte) { binary.LittleEndian.PutUint32(b[24:], 1000) }
	p.descriptor = func(b []byte) { binary.LittleEndian.PutUint32(b[12:], 1000) }
	refused(t, byHand{parts: good(p)}.bytes(), planfile.Limits{}, "larger than it claims")
}
