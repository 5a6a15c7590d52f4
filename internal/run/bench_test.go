package run_test

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // git's object format
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/run"
	"github.com/claw-verified/claw-verified/internal/scenario"
	"github.com/claw-verified/claw-verified/internal/tfplan/plangen"
)

// BenchmarkCheck250 is the whole of `claw-verified check`, but for the start of the
// process: 250 signed commits and a plan of 1 MB, from the repository to the
// report.
func BenchmarkCheck250(b *testing.B) { benchmarkCheck(b, 250) }

// BenchmarkCheck2000 is the largest range that is judged by default.
func BenchmarkCheck2000(b *testing.B) { benchmarkCheck(b, 2000) }

func benchmarkCheck(b *testing.B, commits int) {
	b.Helper()
	dir := b.TempDir()
	writeRepository(b, dir, commits)
	var plan bytes.Buffer
	if err := plangen.Write(&plan, plangen.Options{Changes: (1 << 20) / plangen.BytesPerChange, Open: 3, Seed: 1}); err != nil {
		b.Fatal(err)
	}
	planFile := filepath.Join(b.TempDir(), "plan.json")
	if err := os.WriteFile(planFile, plan.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	c := config.Check{Dir: dir, Base: "main", Head: "agent", Plans: []string{planFile}, Color: "never"}
	for b.Loop() {
		v, err := run.Check(context.Background(), c, checks.KindRange, run.Streams{Out: io.Discard})
		if err != nil {
			b.Fatal(err)
		}
		if v.Change.Commits != commits || v.Questions[0].Outcome != checks.Verified || v.Outcome != checks.Refused {
			b.Fatalf("%d commits, %v, %v: %+v", v.Change.Commits, v.Questions[0].Outcome, v.Outcome, v.Undecided)
		}
	}
}

// writeRepository makes a repository with a policy on main and signed commits of
// an agent on top, each changing a file.
func writeRepository(tb testing.TB, dir string, commits int) {
	tb.Helper()
	git := func(stdin string, args ...string) string {
		tb.Helper()
		cmd := exec.CommandContext(context.Background(), "git", args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		out, err := cmd.Output()
		if err != nil {
			tb.Fatalf("git %s: %v", args[0], err)
		}
		return strings.TrimSpace(string(out))
	}
	git("", "init", "-q", "-b", "main")
	policy := "version: 1\nagents:\n  - {id: claw, emails: [claw@agents.example], keys: [\"" + scenario.PublicKey("claw") + "\"], operators: [alice]}\npeople:\n  - {id: alice, github_ids: [1]}\n"
	blob := git(policy, "hash-object", "-w", "--stdin")
	gh := git("100644 blob "+blob+"\tclaw-verified.yml\n", "mktree")
	who := "Claw <claw@agents.example> 1760000000 +0000\n"
	bare := git("040000 tree "+gh+"\t.github\n", "mktree")
	parent := ""
	signer := scenario.Signer("claw")
	objects := tb.TempDir()
	var names strings.Builder
	for i := range commits + 1 {
		tree := bare
		if i%50 == 1 { // not every commit needs a tree of its own to make the point
			content := git(fmt.Sprintf("# %d\n", i), "hash-object", "-w", "--stdin")
			tree = git("040000 tree "+gh+"\t.github\n100644 blob "+content+"\tmain.tf\n", "mktree")
		}
		if i == commits {
			content := git("# last\n", "hash-object", "-w", "--stdin")
			tree = git("040000 tree "+gh+"\t.github\n100644 blob "+content+"\tmain.tf\n", "mktree")
		}
		head := "tree " + tree + "\n"
		if parent != "" {
			head += "parent " + parent + "\n"
		}
		head += "author " + who + "committer " + who
		body := fmt.Sprintf("\nChange %d\n", i)
		sig, err := sshsig.Sign(strings.NewReader(head+body), signer, sshsig.HashSHA512, "git")
		if err != nil {
			tb.Fatal(err)
		}
		object := head + "gpgsig " + strings.ReplaceAll(strings.TrimSpace(string(sshsig.Armor(sig))), "\n", "\n ") + "\n" + body
		sum := sha1.Sum(fmt.Appendf(nil, "commit %d\x00%s", len(object), object)) //nolint:gosec // see import
		name := filepath.Join(objects, fmt.Sprint(i))
		if err := os.WriteFile(name, []byte(object), 0o600); err != nil {
			tb.Fatal(err)
		}
		names.WriteString(name + "\n")
		if parent == "" {
			git(object, "hash-object", "-t", "commit", "-w", "--stdin")
			git("", "update-ref", "refs/heads/main", hex.EncodeToString(sum[:]))
		}
		parent = hex.EncodeToString(sum[:])
	}
	git(names.String(), "hash-object", "-t", "commit", "-w", "--stdin-paths")
	git("", "update-ref", "refs/heads/agent", parent)
	git("", "gc", "-q")
}
