package gitwork

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

const pretty = "{\n  \"payload\": \"e30=\",\n  \"payloadType\": \"x\",\n\n  \"signatures\": []\n}"

// What check reads in a note before a push, it reads after it: a document of many
// lines is not sorted into pieces, and keeps its digest.
func TestMergeKeepsDocuments(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			origin := gittest.Init(t, "--object-format="+format)
			c, other := origin.Commit("one", "a", "1"), origin.Commit("two", "a", "2")
			dir := origin.Dir + "-clone"
			origin.Git("clone", "-q", "file://"+origin.Dir, dir)
			origin.GitIn(pretty+"\r\n", "notes", "--ref=claw-attestations", "add", "-F", "-", c)
			origin.GitIn("somebody's words\nb\na\n", "notes", "--ref=claw-attestations", "add", "-F", "-", other)
			r := open(t, dir)
			line := strings.ReplaceAll(strings.ReplaceAll(pretty, "\n", ""), "e30=", "e31=")
			add(t, r, c, line)
			add(t, r, other, line)
			if err := r.Push(t.Context(), "origin", ref); err != nil {
				t.Fatal(err)
			}
			for _, d := range []string{origin.Dir, dir} {
				text, err := open(t, d).Note(t.Context(), ref, c)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, it := range attestation.Read(checks.Attestation{Carrier: checks.CarrierNotes, Body: checks.Bytes(text)}) {
					got = append(got, string(it.Raw))
				}
				slices.Sort(got)
				if diff := cmp.Diff([]string{pretty, line}, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				text, err = open(t, d).Note(t.Context(), ref, other)
				if err != nil || !strings.Contains("\n"+text, "\nsomebody's words\nb\na\n") || !strings.Contains(text, line) {
					t.Errorf("%q, %v", text, err)
				}
			}
			// One takes a note away while the other adds to it.
			origin.Git("notes", "--ref=claw-attestations", "remove", c)
			add(t, r, c, `{"n":1}`)
			if err := r.Push(t.Context(), "origin", ref); err != nil {
				t.Fatal(err)
			}
			if got := origin.Git("notes", "--ref=claw-attestations", "show", c); !strings.Contains(got, `{"n":1}`) {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestUnion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, ours, theirs, want string }{
		{"both empty", "", "", ""},
		{"ours alone", "{}", "", "{}"},
		{"theirs alone", "", "{}", "{}\n"},
		{"lines", "{\"a\":1}\n{\"b\":1}\n", "{\"b\":1}\n{\"c\":1}\n", "{\"a\":1}\n{\"b\":1}\n{\"c\":1}\n"},
		{"no line break at the end", "{\"a\":1}", "{\"c\":1}", "{\"a\":1}\n{\"c\":1}\n"},
		{"one of many lines", "{\"a\":1}\n", pretty, "{\"a\":1}\n" + pretty + "\n"},
		{"the same twice", pretty + "\n", "x\n" + pretty, pretty + "\n\nx\n"},
		{"behind each other", "{\"a\":1}{\"b\":1}", "{\"b\":1} {\"c\":1}", "{\"a\":1}{\"b\":1}\n{\"c\":1}\n"},
		{"quoted in another", "{\"a\":\n{\"b\":1}\n}\n", "{\"b\":1}\n", "{\"a\":\n{\"b\":1}\n}\n{\"b\":1}\n"},
		{"names twice", "{\"a\":1,\n\"a\":2}\n", "{\"a\":2}\n", "{\"a\":1,\n\"a\":2}\n{\"a\":2}\n"},
		{"words", "b\na\n", "a\n", "b\na\n"},
		{"paragraphs", "b\na\n", "c\n\nb\na\n", "b\na\n\nc\n"},
		{"broken", "{\"a\":\n", "{\"a\":1}\n", "{\"a\":\n{\"a\":1}\n"},
	} {
		got := union(c.ours, c.theirs)
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if again := union(got, c.theirs); again != got {
			t.Errorf("%s: merged again it is %q", c.name, again)
		}
	}
}

// A document that only stands inside another one is not there.
func TestQuotedIsNotThere(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	c := g.Commit("one", "a", "1")
	g.GitIn("{\"wrapped\":\n{\"n\":1}\n}\n", "notes", "--ref=claw-attestations", "add", "-F", "-", c)
	r := open(t, g.Dir)
	if n := add(t, r, c, `{"n":1}`); n != 1 {
		t.Errorf("%d lines were new", n)
	}
	if n := add(t, r, c, `{"n":1}`); n != 0 {
		t.Errorf("%d lines were new", n)
	}
}

// A note cannot be made so that looking through it takes for ever.
func TestPartsAreBounded(t *testing.T) {
	t.Parallel()
	start := time.Now()
	for _, text := range []string{strings.Repeat("{\n", 1<<19), strings.Repeat("{\"a\":[\n", 1<<17), strings.Repeat("x\n", 1<<19)} {
		if n := len(parts(text)); n != 1 {
			t.Errorf("%d parts", n)
		}
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("it took %s", d)
	}
}

func FuzzUnion(f *testing.F) {
	for _, s := range []string{"", "{}", pretty, "a\n\nb", "{\"a\":1}{\"b\":2}\nx", "{\n{\n", "\r\n \r\n{}x", "{\"\xff\":1}"} {
		f.Add(s, pretty)
		f.Add(pretty, s)
	}
	f.Fuzz(func(t *testing.T, ours, theirs string) {
		got := union(ours, theirs)
		if !strings.HasPrefix(got, ours) {
			t.Fatalf("ours was changed: %q", got)
		}
		all := parts(got)
		for _, p := range parts(theirs) {
			// What is broken on both sides can become a document when it is put together.
			if !has(all, p) && !strings.Contains(got, p.text) {
				t.Errorf("%q is lost in %q", p.text, got)
			}
		}
		squeeze := strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "")
		var text strings.Builder
		for _, p := range parts(theirs) {
			text.WriteString(p.text)
		}
		if squeeze.Replace(text.String()) != squeeze.Replace(theirs) {
			t.Errorf("%q has the parts %q", theirs, text.String())
		}
	})
}

// Text of others is not cut inside a character.
func TestForeign(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		if got := foreign(strings.Repeat("x", n) + strings.Repeat("€", 200)); strings.Contains(got, `\x`) || !utf8.ValidString(got) {
			t.Errorf("%s", got)
		}
	}
	if got := foreign(strings.Repeat("\x80", 1000)); len(got) < 1000 {
		t.Errorf("%s", got)
	}
}

// A note that is larger than is read is not added to.
func TestLargeNote(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	c := g.Commit("one", "a", "1")
	g.GitIn(strings.Repeat("x", MaxNoteBytes+1), "notes", "--ref=claw-attestations", "add", "-F", "-", c)
	if _, err := open(t, g.Dir).AddLines(t.Context(), ref, c, []string{"{}"}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error is %v", err)
	}
}
