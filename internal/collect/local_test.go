package collect_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
	"github.com/claw-verified/claw-verified/internal/policy"
)

const (
	policyText  = "version: 1\nlimits:\n  commits: 5\n  files: 4\n  plan_size: 3MiB\n"
	otherPolicy = "version: 1\nlimits:\n  commits: 6\n"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 999, time.FixedZone("x", 3600))

func local(tb testing.TB, o collect.Options) *checks.Snapshot {
	tb.Helper()
	o.Now = now
	s, err := collect.Local(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	if v := registry.Evaluate(s); v.Outcome.Passes() {
		tb.Errorf("the verdict is %v", v.Outcome) // nothing here is signed or reviewed
	}
	return s
}

func problem(tb testing.TB, o collect.Options) *collect.Problem {
	tb.Helper()
	s, err := collect.Local(tb.Context(), o)
	var p *collect.Problem
	if !errors.As(err, &p) || s != nil {
		tb.Fatalf("snapshot %v, error %v: want a problem", s, err)
	}
	if p.Message == "" || p.Remedy == "" || !strings.HasSuffix(p.Message, ".") || strings.ContainsAny(p.Message, "\n\x1b") {
		tb.Errorf("not a sentence and a remedy: %q, %q", p.Message, p.Remedy)
	}
	return p
}

// onlyGap is the one gap of a snapshot, of the kind, with the words in its text.
func onlyGap(tb testing.TB, s *checks.Snapshot, kind checks.GapKind, words ...string) {
	tb.Helper()
	if len(s.Gaps) != 1 {
		tb.Fatalf("%d gaps: %+v", len(s.Gaps), s.Gaps)
	}
	g := s.Gaps[0]
	if g.Kind != kind || g.Question != "" || !strings.HasSuffix(g.Message, ".") || !strings.HasSuffix(g.Remedy, ".") {
		tb.Errorf("gap %+v, want kind %s", g, kind)
	}
	for _, w := range words {
		if !strings.Contains(g.Message+" "+g.Remedy, w) {
			tb.Errorf("gap %q %q does not say %q", g.Message, g.Remedy, w)
		}
	}
}

func withPolicy(tb testing.TB) (*gittest.Repo, string) {
	tb.Helper()
	g := gittest.Init(tb)
	return g, g.Commit("base", collect.PolicyPath, policyText, "a", "0")
}

func TestLocal(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			g := gittest.Init(t, "--object-format="+format)
			base := g.Commit("base", collect.PolicyPath, policyText, "a", "0")
			one := g.Commit("one", "a", "1")
			two := g.Commit("two\n\nbody \xff\n", "b\n", "1")
			asked := int64(0)
			s := local(t, collect.Options{
				Dir: g.Dir, Base: base, Repository: "octo/cat", Kind: checks.KindPush,
				Plans: func(_ *policy.Policy, n int64) []collect.Plan {
					asked = n
					return []collect.Plan{{Plan: checks.Plan{Source: "p"}}}
				},
			})
			if asked != 3<<20 {
				t.Errorf("plans may have %d bytes", asked)
			}
			raw := func(id string) checks.Bytes { return checks.Bytes(g.Git("cat-file", "commit", id) + "\n") }
			want := &checks.Snapshot{
				Schema: checks.SnapshotSchema, TakenAt: time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC), Kind: checks.KindPush,
				Repository: checks.Repository{Name: "octo/cat", ObjectFormat: format},
				Base:       checks.Ref{Name: base, Commit: base, Tree: g.Git("rev-parse", base+"^{tree}")},
				Head:       checks.Ref{Name: "HEAD", Commit: two, Tree: g.Git("rev-parse", two+"^{tree}")},
				MergeBase:  base,
				Policy:     checks.PolicyText{Origin: checks.PolicyFromBase, Path: collect.PolicyPath, Commit: base, Digest: s.Policy.Digest, Text: checks.Bytes(policyText)},
				Commits:    []checks.Commit{{ID: one, Object: raw(one)}, {ID: two, Object: raw(two)}},
				Files:      []checks.File{{Path: "a", Status: "modified", Mode: "100644", OldMode: "100644"}, {Path: "b\n", Status: "added", Mode: "100644", OldMode: "000000"}},
				Plans:      []checks.Plan{{Source: "p"}},
				Review:     checks.Review{Source: "none", Accounts: []checks.Account{}, Reviews: []checks.UserReview{}},
				Gaps:       []checks.Gap{},
			}
			if d := cmp.Diff(want, s); d != "" {
				t.Error(d)
			}
			if len(s.Policy.Digest) != len("sha256:")+64 {
				t.Errorf("digest %q", s.Policy.Digest)
			}
			for _, c := range s.Commits {
				if ok, err := gitobject.Verify(format, c.ID, c.Object); !ok || err != nil {
					t.Errorf("commit %s does not hash to its id", c.ID)
				}
			}
			first, err := s.Encode()
			if err != nil {
				t.Fatal(err)
			}
			again, _ := local(t, collect.Options{
				Dir: g.Dir, Base: base, Repository: "octo/cat", Kind: checks.KindPush,
				Plans: func(*policy.Policy, int64) []collect.Plan { return []collect.Plan{{Plan: checks.Plan{Source: "p"}}} },
			}).Encode()
			if !bytes.Equal(first, again) {
				t.Error("a second reading differs")
			}
			read, err := checks.DecodeSnapshot(bytes.NewReader(first))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(s, read); d != "" {
				t.Errorf("written and read back: %s", d)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	g, base := withPolicy(t)
	g.Git("update-ref", "refs/tags/x", base)
	g.Commit("two", "a", "1")
	g.Git("update-ref", "refs/heads/x", "HEAD")
	for _, c := range []struct {
		name string
		o    collect.Options
		is   error
		kind checks.GapKind
	}{
		{"no base", collect.Options{Dir: g.Dir}, nil, checks.GapConfiguration},
		{"no repository", collect.Options{Dir: t.TempDir(), Base: "main"}, gitrepo.ErrNotRepository, checks.GapConfiguration},
		{"no commits", collect.Options{Dir: gittest.Init(t).Dir, Base: "main"}, gitrepo.ErrEmptyRepository, checks.GapConfiguration},
		{"unknown base", collect.Options{Dir: g.Dir, Base: "absent\x1b[2J"}, gitrepo.ErrUnknownRevision, checks.GapConfiguration},
		{"option as base", collect.Options{Dir: g.Dir, Base: "--output=x"}, gitrepo.ErrUnknownRevision, checks.GapConfiguration},
		{"ambiguous base", collect.Options{Dir: g.Dir, Base: "x"}, gitrepo.ErrAmbiguousRevision, checks.GapConfiguration},
		{"unknown head", collect.Options{Dir: g.Dir, Base: "main", Head: "absent"}, gitrepo.ErrUnknownRevision, checks.GapConfiguration},
		{"policy file missing", collect.Options{Dir: g.Dir, Base: base, PolicyFile: g.Path("none")}, os.ErrNotExist, checks.GapConfiguration},
		{"policy file a folder", collect.Options{Dir: g.Dir, Base: base, PolicyFile: t.TempDir()}, nil, checks.GapConfiguration},
	} {
		p := problem(t, c.o)
		if p.Kind != c.kind || c.is != nil && !errors.Is(p, c.is) {
			t.Errorf("%s: %s: %v", c.name, p.Kind, p)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := collect.Local(ctx, collect.Options{Dir: g.Dir, Base: base})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestShallow(t *testing.T) {
	t.Parallel()
	g, base := withPolicy(t)
	for i := range 4 {
		g.Commit("c", "a", fmt.Sprint(i))
	}
	g.Git("config", "uploadpack.allowAnySHA1InWant", "true")
	g.Git("clone", "-q", "--depth=2", "file://"+g.Dir, g.Dir+"-shallow")
	p := problem(t, collect.Options{Dir: g.Dir + "-shallow", Base: base})
	if p.Kind != checks.GapEvidence || !strings.Contains(p.Remedy, "fetch-depth: 0") {
		t.Errorf("%+v", p)
	}
	gittest.At(t, g.Dir+"-shallow").Git("fetch", "-q", "--depth=1", "origin", base)
	s := local(t, collect.Options{Dir: g.Dir + "-shallow", Base: base})
	onlyGap(t, s, checks.GapEvidence, "shallow", "fetch-depth: 0")
	if len(s.Commits)+len(s.Files) > 0 {
		t.Error("a part of the range is shown as the whole")
	}
}

func TestGaps(t *testing.T) {
	t.Parallel()
	t.Run("empty range", func(t *testing.T) {
		t.Parallel()
		g, base := withPolicy(t)
		onlyGap(t, local(t, collect.Options{Dir: g.Dir, Base: "main"}), checks.GapConfiguration, "nothing to judge")
		g.Commit("ahead", "a", "1")
		s := local(t, collect.Options{Dir: g.Dir, Base: "main", Head: base})
		onlyGap(t, s, checks.GapConfiguration, "nothing to judge")
		if s.MergeBase != base {
			t.Errorf("merge base %q", s.MergeBase)
		}
	})
	t.Run("unrelated histories", func(t *testing.T) {
		t.Parallel()
		g, _ := withPolicy(t)
		g.Git("checkout", "-q", "--orphan", "alien")
		g.Commit("alien", "a", "9")
		s := local(t, collect.Options{Dir: g.Dir, Base: "main"})
		onlyGap(t, s, checks.GapEvidence, "no commit in common")
		if len(s.Commits) != 1 || s.MergeBase != "" {
			t.Errorf("%d commits, merge base %q", len(s.Commits), s.MergeBase)
		}
	})
	t.Run("too many commits", func(t *testing.T) {
		t.Parallel()
		g, base := withPolicy(t)
		for i := range 6 {
			g.Commit("c", "a", fmt.Sprint("x", i))
		}
		s := local(t, collect.Options{Dir: g.Dir, Base: base})
		onlyGap(t, s, checks.GapEvidence, "more than 5 commits", "limits")
		if len(s.Commits) > 0 {
			t.Error("a part of the range is shown as the whole")
		}
	})
	t.Run("too many files", func(t *testing.T) {
		t.Parallel()
		g, base := withPolicy(t)
		g.Commit("c", "1", "", "2", "", "3", "", "4", "", "5", "")
		s := local(t, collect.Options{Dir: g.Dir, Base: base})
		onlyGap(t, s, checks.GapEvidence, "more than 4 changed files")
		if len(s.Files) > 0 || len(s.Commits) != 1 {
			t.Errorf("%d files, %d commits", len(s.Files), len(s.Commits))
		}
	})
	t.Run("partial clone", func(t *testing.T) {
		t.Parallel()
		g, base := withPolicy(t)
		g.Commit("c", "a", "1")
		g.Git("config", "uploadpack.allowFilter", "true")
		g.Git("clone", "-q", "--bare", "--filter=blob:none", "file://"+g.Dir, g.Dir+"-partial")
		s := local(t, collect.Options{Dir: g.Dir + "-partial", Base: base})
		onlyGap(t, s, checks.GapEvidence, "missing", "without --filter")
	})
}

func BenchmarkLocal250(b *testing.B) {
	g, base := withPolicy(b)
	var in strings.Builder
	for i := range 250 {
		fmt.Fprintf(&in, "commit refs/heads/long\ncommitter A <a@example.com> %d +0000\ndata 1\nx\n", 1795000001+i)
		if i == 0 {
			fmt.Fprintf(&in, "from %s\n", base)
		}
		fmt.Fprintf(&in, "M 100644 inline a\ndata 3\n%03d\n", i)
	}
	g.GitIn(in.String(), "fast-import", "--quiet")
	g.Git("update-ref", "refs/heads/policy", g.Git("rev-parse", base))
	out := filepath.Join(b.TempDir(), "p.yml")
	if err := os.WriteFile(out, []byte("version: 1\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		s, err := collect.Local(b.Context(), collect.Options{Dir: g.Dir, Base: base, Head: "long", PolicyFile: out, Now: now})
		if err != nil || len(s.Commits) != 250 {
			b.Fatal(err, len(s.Commits), s.Gaps)
		}
	}
}
