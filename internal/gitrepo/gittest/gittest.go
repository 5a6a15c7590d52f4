// Package gittest makes real repositories for tests, with the real git binary
// and nothing of the machine's own git configuration.
package gittest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Repo is a repository in a temporary directory.
type Repo struct {
	Dir string
	tb  testing.TB
}

// Init makes a repository with the branch main. args go to git init.
func Init(tb testing.TB, args ...string) *Repo {
	tb.Helper()
	r := &Repo{Dir: filepath.Join(tb.TempDir(), "repo"), tb: tb}
	r.run(filepath.Dir(r.Dir), nil, append(append([]string{"init", "-q", "-b", "main"}, args...), r.Dir)...)
	return r
}

// At is the repository in an existing directory.
func At(tb testing.TB, dir string) *Repo { return &Repo{Dir: dir, tb: tb} }

// Git runs git in the repository and returns its output without the last newline.
func (r *Repo) Git(args ...string) string {
	r.tb.Helper()
	return r.run(r.Dir, nil, args...)
}

// GitIn is Git with standard input.
func (r *Repo) GitIn(in string, args ...string) string {
	r.tb.Helper()
	return r.run(r.Dir, []byte(in), args...)
}

// Path joins names to the repository's directory.
func (r *Repo) Path(names ...string) string {
	return filepath.Join(append([]string{r.Dir}, names...)...)
}

// Write writes a file in the work tree, or anywhere below the directory.
func (r *Repo) Write(path, content string) {
	r.tb.Helper()
	full := r.Path(path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil { //nolint:gosec // a test's work tree
		r.tb.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(content), 0o644); err != nil { //nolint:gosec // a test's work tree
		r.tb.Fatal(err)
	}
}

// Commit writes files ("path", "content", …), commits everything and returns the
// commit's id.
func (r *Repo) Commit(message string, files ...string) string {
	r.tb.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		r.Write(files[i], files[i+1])
	}
	r.Git("add", "-A")
	r.Git("commit", "-q", "--allow-empty", "-m", message)
	return r.Git("rev-parse", "HEAD")
}

// Entry puts an entry straight into the index, whatever its name or mode. The
// content becomes a blob; for a submodule it is the id.
func (r *Repo) Entry(mode, path, content string) {
	r.tb.Helper()
	id := content
	if mode != "160000" {
		id = r.GitIn(content, "hash-object", "-w", "--stdin")
	}
	r.Git("update-index", "--add", "--cacheinfo", mode+","+id+","+path)
}

// CommitIndex commits the index as it is.
func (r *Repo) CommitIndex(message string) string {
	r.tb.Helper()
	r.Git("commit", "-q", "--allow-empty", "-m", message)
	return r.Git("rev-parse", "HEAD")
}

// CommitTree makes a commit of a tree with the parents, outside any branch.
func (r *Repo) CommitTree(tree, message string, parents ...string) string {
	r.tb.Helper()
	args := []string{"commit-tree", "-m", message, tree}
	for _, p := range parents {
		args = append(args, "-p", p)
	}
	return r.Git(args...)
}

func (r *Repo) run(dir string, in []byte, args ...string) string {
	r.tb.Helper()
	cmd := exec.Command("git", append([]string{"-c", "protocol.file.allow=always", "-c", "commit.gpgSign=false"}, args...)...) //nolint:gosec // a test's own arguments
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(r.Dir), "LC_ALL=C", "TZ=UTC",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=1795000000 +0000",
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com", "GIT_COMMITTER_DATE=1795000000 +0000",
	}
	cmd.Stdin = bytes.NewReader(in)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		r.tb.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, errOut.String())
	}
	return strings.TrimSuffix(out.String(), "\n")
}
