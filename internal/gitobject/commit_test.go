package gitobject

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	tree   = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
	parent = "1111111111111111111111111111111111111111"
	who    = "Ann Other <Ann@Example.com> 1760000000 +0100"
)

func object(lines ...string) []byte { return []byte(strings.Join(lines, "\n")) }

// realCommits are the objects of fixtures/commits, by id.
func realCommits(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../fixtures/commits/*")
	if err != nil || len(files) < 20 {
		t.Fatalf("fixtures/commits: %d files, %v", len(files), err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		if IsFullID(filepath.Base(f)) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.Base(f)] = b
		}
	}
	return out
}

func TestParse(t *testing.T) {
	t.Parallel()
	raw := object("tree "+tree, "parent "+parent, "author "+who, "committer "+who,
		"gpgsig -----BEGIN SSH SIGNATURE-----", " abc", " -----END SSH SIGNATURE-----", "encoding UTF-8", "",
		"Subject", "", "Body", "", "Co-authored-by: Bob <bob@example.com>", "")
	got, err := Parse(raw, "sha1")
	if err != nil {
		t.Fatal(err)
	}
	ann := Identity{Name: "Ann Other", Email: "Ann@Example.com", When: time.Unix(1760000000, 0).UTC()}
	want := &Commit{
		Tree: tree, Parents: []string{parent}, Author: ann, Committer: ann,
		Message:   "Subject\n\nBody\n\nCo-authored-by: Bob <bob@example.com>\n",
		Signature: []byte("-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n"), Signatures: 1,
		Payload: object("tree "+tree, "parent "+parent, "author "+who, "committer "+who, "encoding UTF-8", "",
			"Subject", "", "Body", "", "Co-authored-by: Bob <bob@example.com>", ""),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got.Subject() != "Subject" {
		t.Errorf("subject %q", got.Subject())
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	ok := []string{"tree " + tree, "author " + who, "committer " + who, "", "m", ""}
	with := func(i int, lines ...string) []byte {
		l := append(append(append([]string{}, ok[:i]...), lines...), ok[i:]...)
		return object(l...)
	}
	if _, err := Parse(object(ok...), "sha1"); err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{
		"empty":                           nil,
		"no end of header":                []byte("tree " + tree),
		"two trees":                       with(1, "tree "+tree),
		"two authors":                     with(2, "author "+who),
		"two committers":                  with(3, "committer "+who),
		"parent after author":             with(2, "parent "+parent),
		"short parent":                    with(1, "parent 1111111"),
		"upper-case parent":               with(1, "parent "+strings.ToUpper("abcdef"+parent[6:])),
		"no committer":                    object("tree "+tree, "author "+who, "", "m"),
		"NUL in header":                   with(3, "x \x00"),
		"unknown header in front":         with(1, "encoding UTF-8"),
		"signature in front":              with(1, "gpgsig x"),
		"unknown gpgsig header":           with(3, "gpgsig-x evil"),
		"gpgsig without value":            with(3, "gpgsig"),
		"continuation in front":           with(1, " x"),
		"two addresses":                   object("tree "+tree, "author A <a@b> <c@d> 1 +0000", "committer "+who, "", "m"),
		"address without end":             object("tree "+tree, "author A <a@b 1 +0000", "committer "+who, "", "m"),
		"no time":                         object("tree "+tree, "author A <a@b>", "committer "+who, "", "m"),
		"time is a word":                  object("tree "+tree, "author A <a@b> now +0000", "committer "+who, "", "m"),
		"too large":                       append(object(ok...), bytes.Repeat([]byte("x"), MaxCommitBytes)...),
		"sha256 ids in a sha1 repository": object("tree "+tree+tree[:24], "author "+who, "committer "+who, "", "m"),
	} {
		if c, err := Parse(raw, "sha1"); !IsMalformed(err) {
			t.Errorf("%s: got %+v, %v", name, c, err)
		}
	}
}

func TestParseCountsSignatures(t *testing.T) {
	t.Parallel()
	head := []string{"tree " + tree, "author " + who, "committer " + who}
	two := object(append(head, "gpgsig a", "gpgsig b", "", "m", "")...)
	mixed := object(append(head, "gpgsig a", "gpgsig-sha256 b", " c", "", "m", "")...)
	for name, raw := range map[string][]byte{"two": two, "one of each": mixed} {
		c, err := Parse(raw, "sha1")
		if err != nil || c.Signatures != 2 {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	c, err := Parse(mixed, "sha1")
	if err != nil || bytes.Contains(c.Payload, []byte(" c")) || string(c.Signature) != "a\n" {
		t.Errorf("mixed: %q %q %v", c.Payload, c.Signature, err)
	}
}

func TestRealCommitsHashToTheirNames(t *testing.T) {
	t.Parallel()
	for id, raw := range realCommits(t) {
		if ok, err := Verify("sha1", id, raw); !ok || err != nil {
			t.Errorf("%s: %v %v", id, ok, err)
		}
		if ok, _ := Verify("sha1", id, append(bytes.Clone(raw), ' ')); ok {
			t.Errorf("%s: a changed object hashes to the same id", id)
		}
		if _, err := Parse(raw, "sha1"); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestTrailers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, msg string
		want      []Trailer
	}{
		{"none", "Subject\n", nil},
		{"a sentence is none", "Subject\n\nThis mentions Claude-Session: in passing\nCo-authored-by: nobody here\n\nEnd.\n", nil},
		{"block", "S\n\nA: b\nC-d:  e \n", []Trailer{{"A", "b"}, {"C-d", "e"}}},
		{"folded", "S\n\nA: b\n  c\n", []Trailer{{"A", "b c"}}},
		{"among prose", "S\n\nsome prose\nClaude-Session: x\n", []Trailer{{"Claude-Session", "x"}}},
		{"windows", "S\r\n\r\nA: b\r\n", []Trailer{{"A", "b"}}},
		{"space before the colon", "S\n\nA : b\n", []Trailer{{"A", "b"}}},
		{"blank lines behind", "S\n\nA: b\n\n\n", []Trailer{{"A", "b"}}},
		{"only a trailer", "Claude-Session: x\n", []Trailer{{"Claude-Session", "x"}}},
	} {
		got := (&Commit{Message: c.msg}).Trailers()
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	if n := len((&Commit{Message: "S\n\n" + strings.Repeat("A: b\n", 5000)}).Trailers()); n != maxTrailers {
		t.Errorf("%d trailers of 5000 were kept", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, raw := range realCommits(f) {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, format := range []string{"sha1", "sha256"} {
			c, err := Parse(raw, format)
			if err != nil {
				continue
			}
			if len(c.Payload)+len(c.Signature) > len(raw)+1 {
				t.Fatalf("payload and signature are longer than the object")
			}
			if c.Signatures == 0 && !bytes.Equal(c.Payload, raw) {
				t.Fatalf("an unsigned commit's payload is not the object")
			}
			c.Trailers()
			c.Subject()
		}
	})
}
