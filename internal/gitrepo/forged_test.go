//go:build unix

package gitrepo

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
)

// forge replaces a loose object's content under its old name.
func (s *scene) forge(tb testing.TB, id, typ, content string) {
	tb.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	fmt.Fprintf(z, "%s %d\x00%s", typ, len(content), content)
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	path := s.Path(".git", "objects", id[:2], id[2:])
	if err := os.Chmod(path, 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// Law: every commit, base decides. An object file holds what the attacker likes.
func TestForgedObjects(t *testing.T) {
	t.Parallel()
	refuse := func(name string, forge func(*scene), ask func(*Repo, Commit, Commit) error) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			r := open(t, s.Dir)
			base, head := resolve(t, r, s.base), resolve(t, r, s.head)
			forge(s)
			wantErr(t, ask(r, base, head), ErrForged)
		})
	}
	commits := func(r *Repo, base, head Commit) error {
		_, err := r.Between(context.Background(), base, head, 100)
		return err
	}
	files := func(r *Repo, base, head Commit) error {
		_, err := r.Changed(context.Background(), []Commit{base}, head, 100)
		return err
	}
	policy := func(r *Repo, base, _ Commit) error {
		_, err := r.File(context.Background(), base, "policy", 100)
		return err
	}
	object := func(s *scene, rev string) string { return s.Git("cat-file", "commit", rev) + "\n" }

	refuse("a commit in the range", func(s *scene) {
		s.forge(t, s.evil, "commit", strings.Replace(object(s, s.evil), "evil", "good", 1))
	}, commits)
	refuse("the head skips a commit", func(s *scene) {
		s.forge(t, s.head, "commit", strings.Replace(object(s, s.head), "parent "+s.evil, "parent "+s.base, 1))
	}, commits)
	refuse("the base adopts the change", func(s *scene) { // git: nothing to judge
		s.forge(t, s.base, "commit", strings.Replace(object(s, s.base), "author", "parent "+s.head+"\nauthor", 1))
	}, commits)
	refuse("the base adopts a part", func(s *scene) {
		s.forge(t, s.base, "commit", strings.Replace(object(s, s.base), "author", "parent "+s.evil+"\nauthor", 1))
	}, commits)
	refuse("the policy", func(s *scene) {
		s.forge(t, s.Git("rev-parse", s.base+":policy"), "blob", "allow")
	}, policy)
	refuse("the folder of the policy", func(s *scene) {
		s.forge(t, s.Git("rev-parse", s.base+"^{tree}"), "tree", s.rawTree(s.head))
	}, policy)
	refuse("the folder at the head hides a file", func(s *scene) {
		s.forge(t, s.Git("rev-parse", s.head+"^{tree}"), "tree", s.rawTree(s.base))
	}, files)
}

func (s *scene) rawTree(rev string) string {
	// Git trims one newline, which the raw bytes of these ids may not end in.
	return s.Git("cat-file", "tree", rev+"^{tree}")
}

// A base that is ahead of the fork: the forged part is the way between.
func TestForgedAncestry(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	tree := s.Git("rev-parse", s.base+"^{tree}")
	b2 := s.CommitTree(tree, "b2", s.base)
	b3 := s.CommitTree(tree, "b3", b2)
	s.Git("update-ref", "refs/heads/ahead", b3)
	s.honest(t, b3)
	s.forge(t, b2, "commit", strings.Replace(s.Git("cat-file", "commit", b2)+"\n", "author", "parent "+s.head+"\nauthor", 1))
	r := open(t, s.Dir)
	_, err := r.Between(t.Context(), resolve(t, r, b3), resolve(t, r, "HEAD"), 100)
	wantErr(t, err, ErrForged)
}
