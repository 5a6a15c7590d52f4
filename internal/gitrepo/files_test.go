package gitrepo

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

func anyFile(TreeFile) bool { return true }

// TestFilesBounds: folders and kept files have bounds of their own.
func TestFilesBounds(t *testing.T) {
	g := gittest.Init(t)
	g.Commit("start", "a.tf", "1", "x/b.tf", "2", "x/y/c.txt", "3", "z/d.txt", "4")
	r := open(t, g.Dir)
	head := resolve(t, r, "HEAD")
	tf := func(f TreeFile) bool { return strings.HasSuffix(f.Path, ".tf") && f.Mode == "100644" && f.Blob != "" }
	got, err := r.Files(t.Context(), head, Listing{Folders: 4, Files: 2}, tf)
	if err != nil || len(got) != 2 || got[0].Path != "a.tf" || got[1].Path != "x/b.tf" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, most := range []Listing{{Folders: 3, Files: 2}, {Folders: 4, Files: 1}} {
		if got, err := r.Files(t.Context(), head, most, tf); !errors.Is(err, ErrTooMany) || got != nil {
			t.Errorf("%+v: %+v, %v", most, got, err)
		}
	}
}

// TestFilesOfABomb: a few objects that stand for a tree of any size, wide or deep.
func TestFilesOfABomb(t *testing.T) {
	g := gittest.Init(t)
	blob := g.GitIn("x", "hash-object", "-w", "--stdin")
	wide := g.GitIn("100644 blob "+blob+"\tx.tf\n", "mktree")
	for range 6 {
		var b strings.Builder
		for i := range 100 {
			fmt.Fprintf(&b, "040000 tree %s\t%d\n", wide, i)
		}
		wide = g.GitIn(b.String(), "mktree")
	}
	deep := g.GitIn("100644 blob "+blob+"\tx.tf\n", "mktree")
	for range 8 { // each level a path of 4 MiB more
		deep = g.GitIn("040000 tree "+deep+"\t"+strings.Repeat("d", 4<<20)+"\n", "mktree")
	}
	r := open(t, g.Dir)
	for name, tree := range map[string]string{"wide": wide, "deep": deep} {
		head := resolve(t, r, g.CommitTree(tree, "bomb"))
		_, err := r.Files(t.Context(), head, Listing{Folders: 200_000, Files: 50_000}, anyFile)
		if !errors.Is(err, ErrTooMany) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBlobsLeaveOutTheLarge: one large file does not keep the others from being
// read.
func TestBlobsLeaveOutTheLarge(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		g := gittest.Init(t, "--object-format="+format)
		g.Commit("start", "a", "12345", "b", "123456", "c", "12345", "d", "")
		r := open(t, g.Dir)
		files, err := r.Files(t.Context(), resolve(t, r, "HEAD"), Listing{Folders: 10, Files: 10}, anyFile)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Blobs(t.Context(), files, 5)
		if err != nil || len(got) != 2 {
			t.Fatalf("%q, %v", got, err)
		}
		var read []string
		for _, f := range files {
			if data, ok := got[f.Blob]; ok {
				read = append(read, f.Path+"="+string(data))
			}
		}
		same(t, "read", read, []string{"a=12345", "c=12345", "d="})
		if got, err := r.Blobs(t.Context(), files[1:2], 5); err != nil || len(got) != 0 {
			t.Errorf("%q, %v", got, err)
		}
		gone := TreeFile{Path: "gone", Blob: strings.Repeat("ab", idLen(format)/2)}
		if _, err := r.Blobs(t.Context(), []TreeFile{files[1], gone}, 5); !errors.Is(err, ErrMissing) {
			t.Errorf("%v", err)
		}
	}
}
