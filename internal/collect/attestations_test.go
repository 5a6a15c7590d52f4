package collect_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

const (
	attestPolicy = "version: 1\n"
	folder       = ".claw/attestations/"
)

// held lists the attestations of a snapshot in words.
func held(s *checks.Snapshot) []string {
	out := []string{}
	for _, a := range s.Attestations {
		commit := a.Commit
		if len(commit) > 6 {
			commit = commit[:6]
		}
		body := string(a.Body)
		if len(body) > 30 {
			body = body[:30] + "…"
		}
		out = append(out, strings.Join([]string{string(a.Carrier), a.Name.String(), commit, body}, " | "))
	}
	return out
}

func wants(tb testing.TB, s *checks.Snapshot, want ...string) {
	tb.Helper()
	if d := cmp.Diff(append([]string{}, want...), held(s)); d != "" {
		tb.Errorf("attestations (-want +got):\n%s", d)
	}
}

// gaps insists on as many gaps for provenance as there are lists of words.
func gaps(tb testing.TB, s *checks.Snapshot, words ...[]string) {
	tb.Helper()
	if len(s.Gaps) != len(words) {
		tb.Fatalf("%d gaps, want %d: %+v", len(s.Gaps), len(words), s.Gaps)
	}
	for i, g := range s.Gaps {
		if g.Question != checks.QuestionProvenance || g.Kind != checks.GapEvidence || !strings.HasSuffix(g.Message, ".") || !strings.HasSuffix(g.Remedy, ".") || strings.ContainsAny(g.Message, "\n\x1b") {
			tb.Errorf("gap %+v", g)
		}
		for _, w := range words[i] {
			if !strings.Contains(g.Message+" "+g.Remedy, w) {
				tb.Errorf("gap %q %q does not say %q", g.Message, g.Remedy, w)
			}
		}
	}
}

func note(g *gittest.Repo, ref, commit, text string) {
	g.GitIn(text, "notes", "--ref", ref, "add", "-f", "-F", "-", commit)
}

// gitsDigest is what the digest of a difference must be, by git's own words.
func gitsDigest(g *gittest.Repo, from, to string) string {
	sum := sha256.Sum256([]byte(g.Git("diff-tree", "-r", "--full-index", "--no-renames", from, to) + "\n"))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// TestNoAttestations: where nothing is said, nothing is in the snapshot, not even
// an empty member.
func TestNoAttestations(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", collect.PolicyPath, attestPolicy, "a", "0")
	g.Commit("one", "a", "1")
	b, err := local(t, collect.Options{Dir: g.Dir, Base: base}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{"raw_diff", "pull_request", "trust", "attestations", "proofs"} {
		if strings.Contains(string(b), `"`+member+`":`) {
			t.Errorf("the snapshot has %s", member)
		}
	}
}

func TestCarriers(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			g := gittest.Init(t, "--object-format="+format)
			base := g.Commit("base", collect.PolicyPath, attestPolicy, "a", "0", folder+"old.json", "old")
			g.Commit("base two", folder+g.Git("rev-parse", "HEAD")+".json", "of a commit of the base")
			base2 := g.Git("rev-parse", "HEAD")
			one := g.Commit("one", "a", "1")
			two := g.Commit("two", folder+one+".sigstore.json", "of one", folder+"session.jsonl", "of a session",
				"proofs/x/y/commit.sig.json", "claw's", "proofs/x/proof_bundle_1.json", "bundle", "other/proofs/commit.sig.json", "no", "proofs/x/notes.txt", "no", folder+"deeper/x.json", "no")
			note(g, "refs/notes/claw-attestations", one, "{\"note\":1}\n")
			note(g, "refs/notes/claw-attestations", base, "of the base")
			note(g, "refs/notes/commits", two, "\n {\"slsa\":1}")
			note(g, "refs/notes/commits", one, "Reviewed by hand")
			note(g, "refs/notes/ai", two, "a/b.go\n  s_1 1-2\n---\n{}")
			note(g, "refs/notes/other", two, "{}")
			s := local(t, collect.Options{
				Dir: g.Dir, Base: base2, Attestations: []checks.Attestation{{Carrier: checks.CarrierFile, Name: "f.json", Body: checks.Bytes("given")}},
				PullRequest: &checks.PullRequest{Number: 7, Title: "t", Body: "```CLAW-Attestation\n{}\n```"},
			})
			gaps(t, s)
			wants(
				t, s, "file | f.json |  | given", "pull_request | #7 |  | ```CLAW-Attestation\n{}\n```",
				"notes | refs/notes/claw-attestations | "+one[:6]+" | {\"note\":1}\n", "notes | refs/notes/commits | "+two[:6]+" |  {\"slsa\":1}\n",
				"tree | "+folder+one+".sigstore.json | "+one[:6]+" | of one", "tree | "+folder+"session.jsonl |  | of a session",
				"tree | proofs/x/proof_bundle_1.json |  | bundle", "tree | proofs/x/y/commit.sig.json |  | claw's",
				"notes | refs/notes/ai | "+two[:6]+" | a/b.go\n  s_1 1-2\n---\n{}\n",
			)
			want := []string{gitsDigest(g, base2, one), gitsDigest(g, one, two)}
			if d := cmp.Diff(want, []string{s.Commits[0].RawDiff, s.Commits[1].RawDiff}); d != "" {
				t.Errorf("digests of what changes: %s", d)
			}
			if s.PullRequest == nil || s.PullRequest.Number != 7 {
				t.Errorf("pull request %+v", s.PullRequest)
			}
			if id := s.Attestations[4].Commit; id != one {
				t.Errorf("a file is about %q", id)
			}
		})
	}
}

// TestPlainDescription: a description without evidence is no carrier.
func TestPlainDescription(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", collect.PolicyPath, attestPolicy)
	g.Commit("one", "a", "1")
	s := local(t, collect.Options{Dir: g.Dir, Base: base, PullRequest: &checks.PullRequest{Number: 1, Body: "Mends the build"}})
	wants(t, s)
	if s.PullRequest == nil || s.Commits[0].RawDiff != "" {
		t.Errorf("%+v", s)
	}
}

// TestPolicyNamesTheFolder: the base's policy says where attestations lie; the
// change's does not.
func TestPolicyNamesTheFolder(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", collect.PolicyPath, "version: 1\nprovenance:\n  directory: evidence/signed\n")
	g.Commit("one", "evidence/signed/x.json", "here", folder+"x.json", "not here", "evidence/x.json", "nor here", collect.PolicyPath, "version: 1\n")
	s := local(t, collect.Options{Dir: g.Dir, Base: base})
	wants(t, s, "tree | evidence/signed/x.json |  | here")
}

// TestLinksAreNoEvidence: what a link points at is not part of the commit.
func TestLinksAreNoEvidence(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", collect.PolicyPath, attestPolicy)
	g.Entry("120000", folder+"x.json", "/etc/passwd")
	g.Entry("160000", folder+"y.json", base)
	g.Entry("120000", "proofs/commit.sig.json", "/etc/passwd")
	g.Entry("100755", folder+"z.json", "run")
	g.CommitIndex("one")
	s := local(t, collect.Options{Dir: g.Dir, Base: base})
	wants(t, s, "tree | "+folder+"z.json |  | run")

	g.Git("rm", "-q", "--cached", "-r", ".claw", "proofs")
	g.Entry("120000", ".claw", "/tmp")
	g.CommitIndex("two")
	s = local(t, collect.Options{Dir: g.Dir, Base: base})
	wants(t, s)
	gaps(t, s, []string{"symbolic link", ".claw/attestations a folder"})
}

// TestUnreadableEvidence: what could not be looked at makes the question undecided.
func TestUnreadableEvidence(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 1<<20+1)
	t.Run("a large note", func(t *testing.T) {
		t.Parallel()
		g, base := withPolicy(t)
		one := g.Commit("one", "a", "1")
		note(g, "refs/notes/claw-attestations", one, large)
		note(g, "refs/notes/ai", one, large)
		s := local(t, collect.Options{Dir: g.Dir, Base: base})
		gaps(t, s, []string{one, "too large", "git notes --ref refs/notes/claw-attestations"})
		wants(t, s)
	})
	t.Run("no notes", func(t *testing.T) {
		t.Parallel()
		g, base := withPolicy(t)
		g.Commit("one", "a", "1")
		tree := g.GitIn("", "hash-object", "-t", "tree", "-w", "--stdin")
		g.Git("update-ref", "refs/notes/claw-attestations", tree)
		g.Git("update-ref", "refs/notes/ai", tree)
		s := local(t, collect.Options{Dir: g.Dir, Base: base})
		gaps(t, s, []string{"refs/notes/claw-attestations", "update-ref -d"})
	})
	t.Run("notes not fetched whole", func(t *testing.T) {
		t.Parallel()
		g, base := withPolicy(t)
		one := g.Commit("one", "a", "1")
		note(g, "refs/notes/claw-attestations", one, "{}")
		blob := g.Git("rev-parse", "refs/notes/claw-attestations:"+one)
		if err := os.Remove(g.Path(".git/objects", blob[:2], blob[2:])); err != nil {
			t.Fatal(err)
		}
		s := local(t, collect.Options{Dir: g.Dir, Base: base})
		gaps(t, s, []string{"missing", "git fetch origin 'refs/notes/*:refs/notes/*'"})
	})
	t.Run("a large file of the tree", func(t *testing.T) {
		t.Parallel()
		g, base := withPolicy(t)
		g.Commit("one", folder+"x.json", large, folder+"y.json", "y")
		s := local(t, collect.Options{Dir: g.Dir, Base: base})
		gaps(t, s, []string{folder + "x.json", "Split"})
		wants(t, s, "tree | "+folder+"y.json |  | y")
	})
	t.Run("too many files of the tree", func(t *testing.T) {
		t.Parallel()
		g := gittest.Init(t)
		base := g.Commit("base", collect.PolicyPath, attestPolicy)
		for i := range 1001 {
			g.Write(fmt.Sprintf("%s%04d.json", folder, i), "x")
		}
		g.Commit("one")
		s := local(t, collect.Options{Dir: g.Dir, Base: base})
		gaps(t, s, []string{"More than 1000 files"})
		if len(s.Attestations) != 1000 {
			t.Errorf("%d", len(s.Attestations))
		}
	})
	t.Run("many large files", func(t *testing.T) {
		t.Parallel()
		g := gittest.Init(t)
		base := g.Commit("base", collect.PolicyPath, attestPolicy)
		for i := range 30 {
			g.Write(fmt.Sprintf("%s%04d.json", folder, i), large)
		}
		g.Commit("one")
		if s := local(t, collect.Options{Dir: g.Dir, Base: base}); len(s.Gaps) != 10 {
			t.Errorf("%d gaps", len(s.Gaps))
		}
	})
	t.Run("too much together", func(t *testing.T) {
		t.Parallel()
		g, base := withPolicy(t)
		one := g.Commit("one", folder+"x.json", "x")
		note(g, "refs/notes/claw-attestations", one, "{}")
		give := func(mib int) []checks.Attestation {
			return []checks.Attestation{{Carrier: checks.CarrierFile, Name: "f", Body: make(checks.Bytes, mib<<20)}}
		}
		s := local(t, collect.Options{Dir: g.Dir, Base: base, Attestations: append(give(16), give(16)...)})
		gaps(t, s, []string{"refs/notes/claw-attestations", "too large"}, []string{"larger than 32 MiB", "split the change"})
		s = local(t, collect.Options{Dir: g.Dir, Base: base, Attestations: append(give(16), give(17)...)})
		gaps(t, s, []string{"larger than 32 MiB"})
		if len(s.Attestations) != 1 {
			t.Error("more than fits is kept")
		}
	})
	t.Run("too many files of one commit", func(t *testing.T) {
		t.Parallel()
		g := gittest.Init(t)
		base := g.Commit("base", collect.PolicyPath, policyText) // 4 files at most
		g.Commit("one", folder+"x", "x", "2", "", "3", "", "4", "", "5", "")
		g.Git("rm", "-q", "2", "3", "4", "5")
		g.Commit("two", "6", "")
		s := local(t, collect.Options{Dir: g.Dir, Base: base})
		gaps(t, s, []string{"2 commits change", "more than 4 changed files"})
		if s.Commits[0].RawDiff != "" {
			t.Error("a part is digested for the whole")
		}
	})
}

// source is a store of attestations that tells what it was asked.
type source struct {
	asked []string
	err   error
}

func (f *source) Attestations(_ context.Context, digests []string) ([]checks.Attestation, error) {
	f.asked = digests
	return []checks.Attestation{{Name: "api", Body: checks.Bytes("{}")}, {Carrier: checks.CarrierNotes}}, f.err
}

func TestAttestationSource(t *testing.T) {
	t.Parallel()
	g, base := withPolicy(t)
	one, two := g.Commit("one", "a", "1"), g.Commit("two", "a", "2")
	f := &source{}
	s := local(t, collect.Options{Dir: g.Dir, Base: base, AttestationSource: f})
	wants(t, s, "github | api |  | {}")
	var want []string
	for _, id := range []string{one, two} {
		sum := sha256.Sum256([]byte(g.Git("cat-file", "commit", id) + "\n"))
		want = append(want, "sha256:"+hex.EncodeToString(sum[:]))
	}
	if d := cmp.Diff(want, f.asked); d != "" {
		t.Error(d)
	}
	f.err = errors.New("it is down")
	s = local(t, collect.Options{Dir: g.Dir, Base: base, AttestationSource: f})
	wants(t, s)
	gaps(t, s, []string{"it is down"})
}

// TestRawDiffOfMergesAndRoots: a merge is compared with its first parent, a commit
// without parents with nothing; with several merge bases the range has no digest.
func TestRawDiffOfMergesAndRoots(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", collect.PolicyPath, attestPolicy, "a", "0", "b", "0")
	given := []checks.Attestation{{Carrier: checks.CarrierFile, Name: "f", Body: checks.Bytes("{}")}}
	g.Git("checkout", "-q", "--orphan", "alien")
	g.Git("rm", "-q", "-rf", "--cached", ".")
	root := g.Commit("root", "c", "0")
	g.Git("checkout", "-q", "-b", "x", base)
	x := g.Commit("x", "a", "1")
	g.Git("checkout", "-q", "-f", "-b", "y", base)
	y := g.Commit("y", "b", "1")
	g.Git("merge", "-q", "-m", "m", x)
	m := g.Git("rev-parse", "HEAD")
	g.Git("merge", "-q", "--allow-unrelated-histories", "-s", "ours", "-m", "n", root)
	n := g.Git("rev-parse", "HEAD")
	s := local(t, collect.Options{Dir: g.Dir, Base: base, Attestations: given})
	gaps(t, s)
	got := map[string]string{}
	for _, c := range s.Commits {
		got[c.ID] = c.RawDiff
	}
	empty := sha256.Sum256(nil)
	want := map[string]string{
		x: gitsDigest(g, base, x), y: gitsDigest(g, base, y), m: gitsDigest(g, y, m), root: gitsDigest(g, g.GitIn("", "mktree"), root),
		n: "sha256:" + hex.EncodeToString(empty[:]),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	// Criss-cross: each side has merged the other.
	g.Git("checkout", "-q", "-f", "x")
	g.Git("merge", "-q", "-m", "x2", y)
	s = local(t, collect.Options{Dir: g.Dir, Base: "x", Head: m, Attestations: given})
	if len(s.Commits) != 1 || s.Commits[0].RawDiff == "" {
		t.Errorf("%d commits, %+v", len(s.Commits), s.Commits)
	}
}
