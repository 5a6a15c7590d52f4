package attest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/gitwork"
)

// maxRange bounds a range of commits. One statement and one signature is made for
// each.
const maxRange = 500

// Which commits are attested: one of the two, HEAD when neither is set.
type Which struct {
	Commit string // a revision
	Range  string // BASE..HEAD
}

// commits reads and hashes the commits that were named, parents first.
func (w Which) commits(ctx context.Context, repo *gitrepo.Repo) ([]gitrepo.Commit, error) {
	if w.Range == "" {
		rev := w.Commit
		if rev == "" {
			rev = "HEAD"
		}
		c, err := repo.Resolve(ctx, rev)
		if err != nil {
			return nil, gitProblem("find the commit", err)
		}
		return []gitrepo.Commit{c}, nil
	}
	if w.Commit != "" {
		return nil, misuse("Give one of them.", "--commit and --range both say what to attest")
	}
	from, to, ok := strings.Cut(w.Range, "..")
	if !ok || from == "" || to == "" || strings.Contains(to, "..") || strings.HasPrefix(to, ".") {
		return nil, misuse("Write two commits with two dots between them: --range origin/main..HEAD.", "--range %s is no range", show(w.Range))
	}
	base, err := repo.Resolve(ctx, from)
	if err != nil {
		return nil, gitProblem("find the base of the range", err)
	}
	head, err := repo.Resolve(ctx, to)
	if err != nil {
		return nil, gitProblem("find the head of the range", err)
	}
	r, err := repo.Between(ctx, base, head, maxRange)
	if err != nil {
		return nil, gitProblem("read the range", err)
	}
	if len(r.Commits) == 0 {
		return nil, misuse("Check the order: BASE..HEAD.", "There is nothing in the range %s: its base contains everything that its head does", show(w.Range))
	}
	return r.Commits, nil
}

// ReadCommit reads and hashes one commit of the repository around a folder, and
// compares it with its first parent: what attestations are held against. repository
// is owner/name, or empty when it is not known.
func ReadCommit(ctx context.Context, dir, rev, repository string) (attestation.Commit, error) {
	repo, err := gitrepo.Open(ctx, dir)
	if err != nil {
		return attestation.Commit{}, gitProblem("open the repository", err)
	}
	defer repo.Close() //nolint:errcheck // a temporary directory
	c, err := repo.Resolve(ctx, rev)
	if err != nil {
		return attestation.Commit{}, gitProblem("find the commit", err)
	}
	what, _, err := describe(ctx, repo, c, repository)
	return what, err
}

// describe is a commit as statements name it.
func describe(ctx context.Context, repo *gitrepo.Repo, c gitrepo.Commit, repository string) (attestation.Commit, int, error) {
	var parent gitrepo.Commit // the empty tree, for a commit without a parent
	if len(c.Parents) > 0 {
		var err error
		if parent, err = repo.Resolve(ctx, c.Parents[0]); err != nil {
			return attestation.Commit{}, 0, gitProblem("read the parent of commit "+c.ID, err)
		}
	}
	digest, files, err := repo.RawDiff(ctx, parent, c)
	if err != nil {
		return attestation.Commit{}, 0, gitProblem("compare commit "+c.ID+" with its parent", err)
	}
	sum := sha256.Sum256(c.Object)
	return attestation.Commit{
		ID: c.ID, Tree: c.Tree, Parents: c.Parents, SHA256: hex.EncodeToString(sum[:]), RawDiff: digest, Repository: repository,
	}, files, nil
}

// statement says of a commit what the facts say.
func statement(c attestation.Commit, files int, a attestation.AgentCommit) ([]byte, *attestation.Statement, error) {
	a.Change = &attestation.Change{Files: files}
	s, err := attestation.NewStatement(c, a)
	if err == nil {
		var text []byte
		if text, err = s.Encode(); err == nil {
			return text, s, nil
		}
	}
	return nil, nil, &Problem{Usage: true, Err: err, Message: sentence("The statement about commit %s cannot be made: %v", c.ID, err), Remedy: "Change what the named member comes from: `claw-verified attest --help` lists the flags."}
}

// gitProblem is an error of package gitrepo in words.
func gitProblem(doing string, err error) error {
	remedy, wrong := "Run `git fsck` in the clone, or make a fresh one, and try again.", false
	switch is := func(target error) bool { return errors.Is(err, target) }; {
	case is(context.Canceled), is(context.DeadlineExceeded):
		remedy = "Try again: it was interrupted, or its time was up."
	case is(gitrepo.ErrNoGit), is(gitrepo.ErrOldGit), is(gitwork.ErrNoGit):
		remedy, wrong = "Install git, version 2.31 or later, where PATH finds it.", true
	case is(gitrepo.ErrNotRepository), is(gitwork.ErrNotRepository):
		remedy, wrong = "Run the command inside the repository, or name it with --repo.", true
	case is(gitrepo.ErrEmptyRepository):
		remedy, wrong = "Commit something first.", true
	case is(gitrepo.ErrForged):
		remedy = "Do not attest from this clone. Make a fresh one."
	case is(gitrepo.ErrShallow):
		remedy = "Fetch the history: `git fetch --unshallow`, or `fetch-depth: 0` in the step that uses actions/checkout."
	case is(gitrepo.ErrAmbiguousRevision):
		remedy, wrong = "Give the full commit id.", true
	case is(gitrepo.ErrUnknownRevision):
		remedy, wrong = "Check the spelling, or fetch it first. A branch of the remote is written origin/NAME.", true
	case is(gitrepo.ErrTooMany):
		remedy, wrong = "Attest fewer commits at a time.", true
	case is(gitrepo.ErrMissing):
		remedy = "The clone is partial. Clone without --filter."
	case is(gitwork.ErrName):
		remedy, wrong = "Give the name of a remote, such as origin, or its address.", true
	case is(gitwork.ErrBusy):
		remedy = "Try again. If nothing else runs, remove the lock file that is named."
	case is(gitwork.ErrTooLarge):
		remedy = "Remove the note of this commit (`git notes --ref=claw-attestations remove COMMIT`), and attest again."
	case is(gitwork.ErrUntrusted):
		remedy, wrong = "Run the command at the top of your clone. A clone whose git directory lies elsewhere is named by that directory, with its whole path: --repo.", true
	case is(gitwork.ErrNoNotes):
		remedy = "See who put something else there, and take it away: on the remote `git push REMOTE :" + NotesRef + "`, and here, if it is here, `git update-ref -d " + NotesRef + "`. Nothing of it was taken over."
	case is(gitwork.ErrRemote):
		remedy = "Check that the remote can be reached and that you may push there, and run the command again. What was made is kept in " + NotesRef + "."
	}
	return &Problem{Usage: wrong, Err: err, Message: sentence("Could not %s: %v", doing, err), Remedy: remedy}
}

// fetchProblem is a failure before anything was made.
func fetchProblem(err error) error {
	problem := gitProblem("fetch the notes of the remote", err)
	if p := (&Problem{}); errors.Is(err, gitwork.ErrRemote) && errors.As(problem, &p) {
		p.Remedy = "Nothing was made. Check that the remote can be reached, and run the command again; or leave --push out, and push later."
	}
	return problem
}

// ErrNoName is in the problem that the name of the repository is not known.
var ErrNoName = errors.New("the name of the repository is not known")

var repositoryName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}$`)

// Repository is the name, owner/name, of the repository that commits are attested
// for: as given; that of the remote origin, when it is on GitHub; or the one that a
// workflow runs for. In a clone of a fork it must be given: the change is judged in
// the repository it is to be merged into.
func Repository(ctx context.Context, given string, work *gitwork.Repo, env func(string) string) (string, error) {
	const remedy = "Name the repository the commits are for: --repository owner/name."
	unknown := func(format string, args ...any) (string, error) {
		return "", &Problem{Usage: true, Err: ErrNoName, Message: sentence("The name of the repository is not known: "+format, args...), Remedy: remedy}
	}
	if given != "" {
		if !repositoryName.MatchString(given) {
			return "", misuse(remedy, "--repository %s is not of the form owner/name", show(given))
		}
		return given, nil
	}
	origin, err := work.RemoteURL(ctx, "origin")
	if err != nil {
		return "", gitProblem("read the remote", err)
	}
	server := "github.com"
	if u, err := url.Parse(env("GITHUB_SERVER_URL")); err == nil && u.Hostname() != "" {
		server = u.Hostname()
	}
	if name := repositoryOf(origin, server); name != "" {
		return name, nil
	}
	if name := env("GITHUB_REPOSITORY"); repositoryName.MatchString(name) {
		return name, nil
	}
	if origin == "" {
		return unknown("there is no remote called origin")
	}
	return unknown("the remote origin is not on %s", server)
}

// scp is git's short form of an ssh address: git@github.com:owner/name.git.
var scp = regexp.MustCompile(`^(?:[^@/:]+@)?([^/:]+):(?:/)?(.+)$`)

// repositoryOf reads owner/name out of the address of a remote on the server.
func repositoryOf(remote, server string) string {
	host, name := "", ""
	if u, err := url.Parse(remote); err == nil && u.Host != "" {
		host, name = u.Hostname(), u.Path
	} else if m := scp.FindStringSubmatch(remote); m != nil {
		host, name = m[1], m[2]
	}
	host = strings.ToLower(host)
	name = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(name, "/"), "/"), ".git")
	if host != server && host != "www."+server && host != "ssh."+server || !repositoryName.MatchString(name) {
		return ""
	}
	return name
}

// Env is the environment of the process.
func Env(name string) string { return os.Getenv(name) }
