package identity_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// realCommits reads the fixtures of a kind, and lists the keys of those signed
// with SSH: such a signature holds its own.
func realCommits(t testing.TB, kind string) (commits []checks.Commit, keys []string) {
	t.Helper()
	f, err := os.Open("../../fixtures/commits/INDEX.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		if row[0] != kind {
			continue
		}
		object, err := os.ReadFile(filepath.Join("../../fixtures/commits", row[1]))
		if err != nil {
			t.Fatal(err)
		}
		commits = append(commits, checks.Commit{ID: row[1], Object: object})
		if kind != "ssh" {
			continue
		}
		c, err := gitobject.Parse(object, "sha1")
		if err != nil {
			t.Fatal(err)
		}
		sig, err := sshsig.Unarmor(bytes.TrimSpace(c.Signature))
		if err != nil {
			t.Fatal(err)
		}
		if k := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(sig.PublicKey))); !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	return commits, keys
}

func snapshotOf(commits []checks.Commit) *checks.Snapshot {
	return &checks.Snapshot{TakenAt: now, Repository: checks.Repository{ObjectFormat: "sha1"}, Commits: commits}
}

func keysPolicy(keys []string) *policy.Policy {
	p := &policy.Policy{Agents: []policy.Agent{{ID: "all"}}}
	for _, k := range keys {
		p.Agents[0].Keys = append(p.Agents[0].Keys, policy.Key{Key: k})
	}
	return p
}

// git is a repository set up to verify with the keys, and with GitHub's.
type git struct {
	dir string
	env []string
}

func newGit(t testing.TB, keys []string) *git {
	t.Helper()
	for _, tool := range []string{"git", "ssh-keygen", "gpg"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is missing", tool)
			}
			t.Skipf("%s is missing: install it to compare with it", tool)
		}
	}
	dir, err := os.MkdirTemp("", "git") // short: gpg's socket is in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", dir, "--kill", "all").Run() //nolint:noctx,gosec // the test's own context is over
		_ = os.RemoveAll(dir)
	})
	g := &git{dir: dir, env: append(os.Environ(), "GNUPGHOME="+dir, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")}
	allowed := filepath.Join(dir, "allowed_signers")
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "* %s\n", k)
	}
	if err := os.WriteFile(allowed, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"git", "init", "-q", "."}, {"git", "config", "gpg.ssh.allowedSignersFile", allowed}} {
		if out, err := g.run(nil, args...); err != nil {
			t.Fatalf("%q: %v: %s", args, err, out)
		}
	}
	webFlow, err := os.ReadFile("../signature/webflow.pgp")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := g.run(webFlow, "gpg", "--batch", "--quiet", "--import"); err != nil {
		t.Fatalf("gpg --import: %v: %s", err, out)
	}
	return g
}

func (g *git) run(stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.Command(args[0], args[1:]...) //nolint:noctx,gosec // ends by itself
	cmd.Dir, cmd.Env, cmd.Stdin = g.dir, g.env, bytes.NewReader(stdin)
	return cmd.CombinedOutput()
}

// store writes a commit object as it is, however odd.
func (g *git) store(t testing.TB, object []byte) (id string) {
	t.Helper()
	out, err := g.run(object, "git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally")
	if err != nil {
		t.Fatalf("git hash-object: %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestSameAsGitVerifyCommit: for real commits signed with SSH and by GitHub, and
// for each of them with something changed, git and we say the same. The keys have
// no dates here: about those git asks the commit, and we do not.
func TestSameAsGitVerifyCommit(t *testing.T) {
	t.Parallel()
	for kind, good := range map[string]identity.State{"ssh": identity.StateValid, "openpgp-webflow": identity.StatePlatform} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			commits, keys := realCommits(t, kind)
			g := newGit(t, keys)
			for i, c := range commits {
				forged := bytes.Clone(c.Object)
				forged[len(forged)-2-i%5] ^= 1
				tree := bytes.Clone(c.Object)
				tree[5] = "0123456789abcdef"[i%16]
				commits = append(commits, checks.Commit{Object: forged}, checks.Commit{Object: tree})
			}
			for i := range commits {
				commits[i].ID = g.store(t, commits[i].Object)
			}
			accepted := 0
			for i, c := range identity.Study(snapshotOf(commits), keysPolicy(keys)) {
				out, err := g.run(nil, "git", "verify-commit", commits[i].ID)
				if (err == nil) != (c.State == good) {
					t.Errorf("%s: we say %s (%s), git says %v: %s", commits[i].ID, c.State, c.Detail, err, out)
				}
				if c.State == good {
					accepted++
				}
			}
			if accepted < len(commits)/3 || accepted == len(commits) {
				t.Errorf("%d of %d accepted", accepted, len(commits))
			}
		})
	}
}

// TestWorkersChangeNothing: whatever the number of workers, the same answer.
func TestWorkersChangeNothing(t *testing.T) {
	commits, keys := realCommits(t, "ssh")
	webFlow, _ := realCommits(t, "openpgp-webflow")
	for range 5 {
		commits = append(commits, append(webFlow, commits[:10]...)...)
	}
	p := keysPolicy(keys)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	want := identity.Study(snapshotOf(commits), p)
	for _, n := range []int{2, 3, 16} {
		runtime.GOMAXPROCS(n)
		if d := cmp.Diff(want, identity.Study(snapshotOf(commits), p)); d != "" {
			t.Fatalf("%d workers: %s", n, d)
		}
	}
}

// BenchmarkBesideGit measures both in one run, so that the ratio means something
// on any machine: commits per second here, in a loop of git verify-commit, and how
// many times as many.
func BenchmarkBesideGit(b *testing.B) {
	for _, kind := range []string{"ssh", "openpgp-webflow"} {
		b.Run(kind, func(b *testing.B) {
			fixtures, keys := realCommits(b, kind)
			g := newGit(b, keys)
			for _, c := range fixtures {
				g.store(b, c.Object)
			}
			commits := make([]checks.Commit, 0, 1000)
			for len(commits)+len(fixtures) <= cap(commits) {
				commits = append(commits, fixtures...)
			}
			s, p := snapshotOf(commits), keysPolicy(keys)
			for b.Loop() {
				if got := identity.Study(s, p); len(got) != len(commits) {
					b.Fatal(len(got))
				}
			}
			ours := float64(len(commits)*b.N) / b.Elapsed().Seconds()
			b.StopTimer()
			const loop = 60
			start := time.Now()
			for i := range loop {
				if out, err := g.run(nil, "git", "verify-commit", fixtures[i%len(fixtures)].ID); err != nil {
					b.Fatalf("git verify-commit: %v: %s", err, out)
				}
			}
			gits := loop / time.Since(start).Seconds()
			b.ReportMetric(ours, "commits/s")
			b.ReportMetric(gits, "git/s")
			b.ReportMetric(ours/gits, "times-git")
			b.ReportMetric(0, "ns/op")
		})
	}
}
