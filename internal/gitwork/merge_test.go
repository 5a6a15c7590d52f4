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

// What somebody took out of the notes of the remote is not taken out of every clone
// that fetches them, be it whole notes or lines of one.
func TestMergeTakesNothingOut(t *testing.T) {
	t.Parallel()
	for _, mine := range []bool{false, true} { // a fast-forward here, and a merge
		origin := gittest.Init(t)
		one, two, three := origin.Commit("one", "a", "1"), origin.Commit("two", "a", "2"), origin.Commit("three", "a", "3")
		dir := origin.Dir + "-clone"
		origin.Git("clone", "-q", "file://"+origin.Dir, dir)
		r := open(t, dir)
		add(t, r, one, `{"n":1}`)
		add(t, r, two, `{"n":1}`, `{"n":2}`)
		if err := r.Push(t.Context(), "origin", ref); err != nil {
			t.Fatal(err)
		}
		origin.Git("notes", "--ref=claw-attestations", "remove", one)
		origin.GitIn("{\"n\":2}\n{\"n\":9}\n", "notes", "--ref=claw-attestations", "add", "-f", "-F", "-", two)
		if mine {
			add(t, r, three, `{"n":3}`)
		}
		for range 2 {
			if err := r.Pull(t.Context(), "origin", ref); err != nil {
				t.Fatal(err)
			}
		}
		tip := gittest.At(t, dir).Git("rev-parse", ref)
		if err := r.Push(t.Context(), "origin", ref); err != nil {
			t.Fatal(err)
		}
		if now := gittest.At(t, dir).Git("rev-parse", ref); now != tip || origin.Git("rev-parse", ref) != tip {
			t.Errorf("the notes moved on again, from %s to %s", tip, now)
		}
		for _, d := range []string{dir, origin.Dir} {
			want(t, d, one, `{"n":1}`)
			want(t, d, two, `{"n":1}`, `{"n":2}`, `{"n":9}`)
			if mine {
				want(t, d, three, `{"n":3}`)
			}
		}
	}
}

// Notes that only moved on are followed, without a commit of ours.
func TestMergeFollows(t *testing.T) {
	t.Parallel()
	origin := gittest.Init(t)
	c := origin.Commit("one", "a", "1")
	dir := origin.Dir + "-clone"
	origin.Git("clone", "-q", "file://"+origin.Dir, dir)
	r, o := open(t, dir), open(t, origin.Dir)
	for _, l := range []string{`{"n":1}`, `{"n":2}`} {
		add(t, o, c, l)
		if err := r.Pull(t.Context(), "origin", ref); err != nil {
			t.Fatal(err)
		}
		if got, want := gittest.At(t, dir).Git("rev-parse", ref), origin.Git("rev-parse", ref); got != want {
			t.Errorf("ours are at %s, theirs at %s", got, want)
		}
	}
	// What is taken out here stays out while theirs has nothing new.
	gittest.At(t, dir).Git("notes", "--ref=claw-attestations", "remove", c)
	if err := r.Pull(t.Context(), "origin", ref); err != nil {
		t.Fatal(err)
	}
	want(t, dir, c, "")
}

// Anything can be pushed to the remote's ref; only notes are taken over.
func TestPullOfNoNotes(t *testing.T) {
	t.Parallel()
	for _, object := range []string{"HEAD:a", "HEAD^{tree}", "v1"} {
		origin := gittest.Init(t)
		c := origin.Commit("one", "a", "1")
		origin.Git("tag", "-a", "-m", "v1", "v1", c)
		dir := origin.Dir + "-clone"
		origin.Git("clone", "-q", "file://"+origin.Dir, dir)
		id := origin.Git("rev-parse", object)
		origin.Git("update-ref", ref, id)
		r := open(t, dir)
		if err := r.Pull(t.Context(), "origin", ref); !errors.Is(err, ErrNoNotes) {
			t.Errorf("%s: %v", object, err)
		}
		if out := gittest.At(t, dir).Git("for-each-ref", "refs/notes", "refs/claw-verified"); out != "" {
			t.Errorf("%s was taken over: %s", object, out)
		}
		add(t, r, c, `{"n":1}`)
		if err := r.Push(t.Context(), "origin", ref); err == nil {
			t.Errorf("%s was overwritten", object)
		}
		// In the place of ours it is told with the way out.
		gittest.At(t, dir).Git("update-ref", ref, id)
		if _, err := r.AddLines(t.Context(), ref, c, []string{"{}"}); !errors.Is(err, ErrNoNotes) || !strings.Contains(err.Error(), "update-ref -d "+ref) {
			t.Errorf("%s: %v", object, err)
		}
	}
}
