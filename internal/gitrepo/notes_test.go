package gitrepo

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

const notesRef = "refs/notes/x"

// note puts a note to a commit with git itself.
func note(g *gittest.Repo, ref, commit, text string) {
	g.GitIn(text, "notes", "--ref", ref, "add", "-f", "-F", "-", commit)
}

// texts are the contents of notes, those too large as "TOO LARGE".
func texts(ns []Note) []string {
	out := []string{}
	for _, n := range ns {
		text := string(n.Content)
		if n.Err != nil {
			text = "TOO LARGE"
		}
		out = append(out, n.Commit[:6]+" "+text)
	}
	return out
}

func TestNotes(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			g := gittest.Init(t, "--object-format="+format)
			one, two := g.Commit("one", "a", "0"), g.Commit("two", "a", "1")
			g.Commit("three", "a", "2")
			r := open(t, g.Dir)
			none, err := r.Notes(t.Context(), notesRef, []string{one, two}, 100, 100)
			if err != nil || len(none) > 0 {
				t.Fatalf("without a ref: %v, %v", none, err)
			}
			note(g, notesRef, two, "{\"of\":\"two\"}\n")
			note(g, notesRef, "HEAD", "of three")
			note(g, "refs/notes/y", one, "of one")
			got, err := r.Notes(t.Context(), notesRef, []string{two, one}, 100, 100)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "notes", texts(got), []string{two[:6] + " {\"of\":\"two\"}\n"})
			g.Git("tag", "-a", "-m", "x", "tagged", "refs/notes/y")
			g.Git("update-ref", "refs/notes/z", "refs/tags/tagged")
			if got, err = r.Notes(t.Context(), "refs/notes/z", []string{one}, 100, 100); err != nil || len(got) != 1 {
				t.Errorf("through a tag: %v, %v", got, err)
			}
			if got, err = r.Notes(t.Context(), notesRef, nil, 100, 100); err != nil || len(got) != 0 {
				t.Errorf("of no commits: %v, %v", got, err)
			}
		})
	}
}

// TestNotesInFolders: git begins to spread notes over folders by itself.
func TestNotesInFolders(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	var in strings.Builder
	const n = 700
	for i := range n {
		fmt.Fprintf(&in, "commit refs/heads/many\nmark :%d\ncommitter A <a@example.com> %d +0000\ndata 1\nx\n\n", i+1, 1795000001+i)
	}
	fmt.Fprintf(&in, "commit %s\ncommitter A <a@example.com> 1795000000 +0000\ndata 1\nx\n", notesRef)
	for i := range n {
		text := fmt.Sprintf("note %d", i)
		fmt.Fprintf(&in, "N inline :%d\ndata %d\n%s\n", i+1, len(text), text)
	}
	g.GitIn(in.String(), "fast-import", "--quiet")
	if out := g.Git("ls-tree", "-d", notesRef); out == "" {
		t.Fatal("git makes no folders: nothing is tested")
	}
	commits := strings.Fields(g.Git("rev-list", "--reverse", "many"))
	r := open(t, g.Dir)
	got, err := r.Notes(t.Context(), notesRef, commits, 100, 1<<20)
	if err != nil || len(got) != n {
		t.Fatalf("%d notes, %v", len(got), err)
	}
	for i, note := range got {
		if note.Commit != commits[i] || string(note.Content) != fmt.Sprintf("note %d", i) {
			t.Fatalf("note %d is %+v", i, note)
		}
	}
}

// builder makes trees that git would not make.
type builder struct {
	*gittest.Repo
	ref string
}

func (b builder) tree(lines ...string) string {
	return b.GitIn(strings.Join(lines, ""), "hash-object", "-t", "tree", "-w", "--literally", "--stdin")
}

func (b builder) line(mode, name, id string) string {
	raw, _ := hex.DecodeString(id)
	return mode + " " + name + "\x00" + string(raw)
}

func (b builder) blob(text string) string { return b.GitIn(text, "hash-object", "-w", "--stdin") }

func (b builder) set(tree string) {
	b.Git("update-ref", b.ref, b.CommitTree(tree, "notes"))
}

// TestNotesAtEveryDepth: a commit's note is found wherever its id is cut, also in
// several places at once, which git never writes.
func TestNotesAtEveryDepth(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	one, two := g.Commit("one", "a", "0"), g.Commit("two", "a", "1")
	b := builder{g, notesRef}
	r := open(t, g.Dir)
	want := []string{}
	tree := ""
	for depth := 38; depth >= 0; depth -= 2 { // from the inside out
		var lines []string
		blob := b.blob(fmt.Sprint(depth))
		lines = append(lines, b.line("100644", one[depth:], blob))
		if tree != "" {
			lines = append(lines, b.line("40000", one[depth:depth+2], tree))
		}
		tree = b.tree(lines...)
	}
	for depth := 0; depth < 40; depth += 2 {
		want = append(want, fmt.Sprintf("%s %d", one[:6], depth))
	}
	b.set(tree)
	got, err := r.Notes(t.Context(), notesRef, []string{two, one}, 100, 1000)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "notes", texts(got), want)
}

func TestNotesThatAreNone(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	one := g.Commit("one", "a", "0")
	b := builder{g, notesRef}
	blob := b.blob("text")
	sub := b.tree(b.line("100644", "x", blob))
	r := open(t, g.Dir)
	for name, tree := range map[string]string{
		"empty":           b.tree(),
		"a link":          b.tree(b.line("120000", one, blob)),
		"a submodule":     b.tree(b.line("160000", one, one)),
		"a folder":        b.tree(b.line("40000", one, sub)),
		"upper case":      b.tree(b.line("100644", strings.ToUpper(one), blob)),
		"a longer name":   b.tree(b.line("100644", one+"0", blob)),
		"an abbreviation": b.tree(b.line("100644", one[:12], blob)),
		"a wrong folder":  b.tree(b.line("40000", one[:2], b.tree(b.line("100644", one, blob)))),
		"a linked folder": b.tree(b.line("120000", one[:2], blob)),
		"other digits":    b.tree(b.line("40000", one[:3], b.tree(b.line("100644", one[3:], blob)))),
	} {
		b.set(tree)
		if got, err := r.Notes(t.Context(), notesRef, []string{one}, 100, 100); err != nil || len(got) > 0 {
			t.Errorf("%s: %v, %v", name, texts(got), err)
		}
	}
}

// TestNotesThatCannotBeRead: what cannot be looked at is never taken for nothing.
func TestNotesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	one, two := g.Commit("one", "a", "0"), g.Commit("two", "a", "1")
	b := builder{g, notesRef}
	blob, large := b.blob("text"), b.blob(strings.Repeat("x", 101))
	r := open(t, g.Dir)
	absent := strings.Repeat("ab", 20)
	for name, c := range map[string]struct {
		tree string
		want error
	}{
		"twice in a folder": {b.tree(b.line("100644", one, blob), b.line("100644", one, large)), ErrMalformed},
		"cut off":           {b.tree(b.line("100644", one, blob)[:30]), ErrMalformed},
		"a file as folder":  {b.tree(b.line("40000", one[:2], blob)), ErrMalformed},
		"folder missing":    {b.tree(b.line("40000", one[:2], absent)), ErrMissing},
		"note missing":      {b.tree(b.line("100644", one, absent)), ErrMissing},
	} {
		id := g.GitIn("tree "+c.tree+"\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n", "hash-object", "-t", "commit", "-w", "--literally", "--stdin")
		g.Git("update-ref", notesRef, id)
		_, err := r.Notes(t.Context(), notesRef, []string{one}, 100, 100)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		wantErr(t, err, c.want)
	}
	b.set(b.tree(b.line("100644", one, large), b.line("100644", two, blob)))
	got, err := r.Notes(t.Context(), notesRef, []string{one, two}, 100, 100)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "one too large", texts(got), []string{one[:6] + " TOO LARGE", two[:6] + " text"})
	wantErr(t, got[0].Err, ErrTooLarge)
	b.set(b.tree(b.line("100644", one, blob), b.line("100644", two, blob)))
	_, err = r.Notes(t.Context(), notesRef, []string{one, two}, 100, 7)
	wantErr(t, err, ErrTooLarge)

	g.Git("update-ref", "refs/notes/blob", blob)
	_, err = r.Notes(t.Context(), "refs/notes/blob", []string{one}, 100, 100)
	wantErr(t, err, ErrUnknownRevision)
	_, err = r.Notes(t.Context(), "refs/heads/main", []string{one}, 100, 100)
	wantErr(t, err, ErrUnknownRevision)
	g.Write(".git/refs/notes/lost", absent+"\n")
	_, err = r.Notes(t.Context(), "refs/notes/lost", []string{one}, 100, 100)
	wantErr(t, err, ErrMissing)
}

// TestForgedNote: the object file of a note is replaced in the checkout.
func TestForgedNote(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	one := g.Commit("one", "a", "0")
	note(g, notesRef, one, "honest")
	blob := g.Git("rev-parse", notesRef+":"+one)
	other := builder{g, notesRef}.blob("forged")
	object := func(id string) string { return g.Path(".git/objects", id[:2], id[2:]) }
	b, err := os.ReadFile(object(other))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(object(blob)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(object(blob), b, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = open(t, g.Dir).Notes(t.Context(), notesRef, []string{one}, 100, 100)
	wantErr(t, err, ErrForged)
}

// TestManyBadNotes: each note that is too large costs a process.
func TestManyBadNotes(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	b := builder{g, notesRef}
	large := b.blob("too large")
	var lines, commits []string
	for i := range maxBadNotes + 1 {
		id := fmt.Sprintf("%040x", i)
		commits = append(commits, id)
		lines = append(lines, b.line("100644", id, large))
	}
	b.set(b.tree(lines...))
	_, err := open(t, g.Dir).Notes(t.Context(), notesRef, commits, 1, 100)
	wantErr(t, err, ErrTooLarge)
	got, err := open(t, g.Dir).Notes(t.Context(), notesRef, commits[1:], 1, 100)
	if err != nil || len(got) != maxBadNotes {
		t.Errorf("%d, %v", len(got), err)
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	g.Entry("100644", "x/y/a", "text of a")
	g.Entry("100755", "x/y/b\n", "0")
	g.Entry("120000", "x/y/link", "a")
	g.Entry("160000", "x/y/module", strings.Repeat("1", 40))
	g.Entry("100644", "x/y/z/deeper", "0")
	g.Entry("120000", "linked", "x/y")
	g.Entry("160000", "module", strings.Repeat("1", 40))
	head := g.CommitIndex("head")
	r := open(t, g.Dir)
	c := resolve(t, r, head)
	got, err := r.Folder(t.Context(), c, "x/y")
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	same(t, "names", []string{got[0].Name, got[0].Mode, got[1].Name, got[1].Mode}, []string{"a", "100644", "b\n", "100755"})
	content, err := r.Content(t.Context(), got[0], 100)
	if err != nil || string(content) != "text of a" {
		t.Errorf("%q %v", content, err)
	}
	_, err = r.Content(t.Context(), got[0], 3)
	wantErr(t, err, ErrTooLarge)
	for path, want := range map[string]error{
		"absent": ErrNoFile, "x/absent": ErrNoFile, "x/y/a": ErrNoFile, "x/y/a/b": ErrNoFile, "": ErrNoFile, "/x/y": ErrNoFile, "x//y": ErrNoFile, "x/y/": ErrNoFile, "x/../x/y": ErrNoFile, ".": ErrNoFile,
		"linked": ErrNotFile, "module": ErrNotFile, "module/x": ErrNotFile,
	} {
		_, err := r.Folder(t.Context(), c, path)
		wantErr(t, err, want)
	}
}

// The private directory has no ref of its own, whatever the checkout calls its refs.
func TestNotesOfALinkedWorkTree(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	one := g.Commit("one", "a", "0")
	note(g, notesRef, one, "text")
	g.Git("worktree", "add", "-q", "-b", "other", g.Dir+"-linked")
	got, err := open(t, g.Dir+"-linked").Notes(t.Context(), notesRef, []string{one}, 100, 100)
	if err != nil || len(got) != 1 {
		t.Errorf("%v %v", got, err)
	}
}
