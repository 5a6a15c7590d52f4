package attest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

// A link of the tree leads to a file of whoever runs the command: it is not followed,
// neither to one that is there nor to one that would be made.
func TestLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	g.Commit("one", "a", "1")
	precious := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := func(to, name string) string {
		path := g.Path(name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.Symlink(to, path)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	try := func(to, words string) {
		t.Helper()
		o := options(g)
		o.To = to
		s := &counted{Signer: withKey(t, newKey(t))}
		made, err := Make(t.Context(), o, s)
		wantProblem(t, err, words)
		if made != nil || s.n != 0 {
			t.Errorf("%s: %d signatures were made, %+v", to, s.n, made)
		}
	}
	try(link(precious, "a.jsonl"), "is a symbolic link, and is not followed")
	try(link(precious+".new", "b.jsonl"), "is a symbolic link, and is not followed")
	link("../.git/refs/heads", ".claw/attestations")
	link(".git/refs", "evidence")
	try("tree", `".claw/attestations" in the work tree: it is a symbolic link`)
	try("tree=evidence/heads", `"evidence" in the work tree: it is a symbolic link`)
	try("tree=a/b", `"a" in the work tree: it is not a folder`)
	try("tree=sub/.GIT/x", "is not inside the work tree")
	if text, err := os.ReadFile(precious); err != nil || len(text) > 0 {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := os.Stat(precious + ".new"); err == nil {
		t.Error("a file was made behind a link")
	}
	if list, err := os.ReadDir(g.Path(".git", "refs", "heads")); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}
