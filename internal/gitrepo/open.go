package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Repo is an opened repository. Its methods are not safe for concurrent use.
// Close it.
type Repo struct {
	git     string // absolute path of the binary
	dir     string // where we were pointed at, absolute
	top     string // the work tree around dir; empty when there is none
	format  string
	shallow bool

	private string   // our own git directory; see prepare
	env     []string // for commands inside the repository
	objEnv  []string // for commands inside private, with the object store

	batch *batch // the running cat-file process, or nil

	objects    Objects           // of a Remote, nil otherwise: nothing above is then set but format
	known      map[string]object // what it brought, shown to hash to its id
	knownBytes int64

	treeBytes int64 // of all trees read so far; see [Repo.Diff] and [Repo.Notes]
	diffBytes int64 // of those that Diff read
}

// The first git that reads settings from GIT_CONFIG_COUNT, on which the
// overrides rest.
const minMajor, minMinor = 2, 31

// discoveryTimeout bounds the commands that read the repository's own
// configuration: an include.path there can name a pipe nobody writes to.
const discoveryTimeout = 30 * time.Second

const maxShallowFile = 16 << 20

// Open finds the repository that dir belongs to: a work tree or a folder in one,
// a linked work tree, a submodule, a bare repository.
//
// Errors: [ErrNoGit], [ErrOldGit], [ErrNotRepository], or what the system says.
func Open(ctx context.Context, dir string) (*Repo, error) {
	ctx, cancel := context.WithTimeout(ctx, discoveryTimeout)
	defer cancel()
	r := &Repo{}
	if err := r.open(ctx, dir); err != nil {
		return nil, errors.Join(fmt.Errorf("open repository %s: %w", foreign(dir), err), r.Close())
	}
	return r, nil
}

// Format is the repository's object format, "sha1" or "sha256".
func (r *Repo) Format() string { return r.format }

// Shallow reports whether the history was cut off when it was fetched.
func (r *Repo) Shallow() bool { return r.shallow }

// Top is the root of the work tree, or empty in a bare repository.
func (r *Repo) Top() string { return r.top }

// Close ends the git process and removes the private directory.
func (r *Repo) Close() error {
	r.endBatch()
	if r.private == "" {
		return nil
	}
	err := os.RemoveAll(r.private)
	r.private = ""
	return err
}

func (r *Repo) open(ctx context.Context, dir string) error {
	git, err := exec.LookPath("git")
	if err != nil {
		// A git beside us in the current directory is refused too: it is the
		// checkout's.
		return fmt.Errorf("%w: %w", ErrNoGit, err)
	}
	if r.git, err = filepath.Abs(git); err != nil {
		return err
	}
	if r.dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if st, err := os.Stat(r.dir); err != nil || !st.IsDir() {
		return fmt.Errorf("%w: no such directory", ErrNotRepository)
	}
	if r.private, err = os.MkdirTemp("", "claw-verified-git-"); err != nil {
		return fmt.Errorf("make private git directory: %w", err)
	}
	r.env = environment(r.private)
	if err := r.checkVersion(ctx); err != nil {
		return err
	}
	where, err := r.discover(ctx)
	if err != nil {
		return err
	}
	r.top = workTree(r.dir)
	return r.prepare(where)
}

var versionRE = regexp.MustCompile(`^git version (\d{1,4})\.(\d{1,4})`)

func (r *Repo) checkVersion(ctx context.Context) error {
	out, err := r.run(ctx, r.private, r.env, 1<<10, "version")
	if err != nil {
		return err
	}
	return versionOK(string(out))
}

func versionOK(line string) error {
	m := versionRE.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("%w: it calls itself %s", ErrOldGit, foreign(strings.TrimSpace(line)))
	}
	major, _ := strconv.Atoi(m[1]) // up to four digits
	minor, _ := strconv.Atoi(m[2])
	if major < minMajor || major == minMajor && minor < minMinor {
		return fmt.Errorf("%w: it is %d.%d, and %d.%d or later is needed", ErrOldGit, major, minor, minMajor, minMinor)
	}
	return nil
}

// place is where the parts of the repository are.
type place struct{ objects, shallow, format string }

func (r *Repo) discover(ctx context.Context) (place, error) {
	// The ownership check is switched off for this: in a container the checkout
	// belongs to another user as a rule. It protects people from running what a
	// foreign configuration names, which nothing here does.
	if err := os.WriteFile(filepath.Join(r.private, ".gitconfig"), []byte("[safe]\n\tdirectory = *\n"), 0o600); err != nil {
		return place{}, err
	}
	out, err := r.run(ctx, r.dir, r.env, 64<<10, "rev-parse", "--path-format=absolute",
		"--git-path", "objects", "--git-path", "shallow", "--show-object-format", "--absolute-git-dir")
	if said(err, "not a git repository") {
		return place{}, ErrNotRepository
	}
	if err != nil {
		return place{}, err
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != 4 {
		return place{}, fmt.Errorf("find git directory: its path holds a line break, or git answered %s", foreign(string(out)))
	}
	if err := embedded(workTree(r.dir), lines[3]); err != nil {
		return place{}, err
	}
	p := place{objects: lines[0], shallow: lines[1], format: lines[2]}
	if p.format != "sha1" && p.format != "sha256" {
		return place{}, fmt.Errorf("read object format: %s is not known", foreign(p.format))
	}
	return p, nil
}

// embedded refuses a git directory that lies in the work tree of another
// repository without a .git of its own: a change can commit one, as ordinary files
// with a history, branches and a policy to its liking, and git finds it first when
// it is run in that folder. Linked work trees and submodules have their git
// directory elsewhere, below a .git.
func embedded(top, gitDir string) error {
	if top == "" {
		return nil
	}
	if real, err := filepath.EvalSymlinks(gitDir); err == nil {
		gitDir = real
	}
	// A submodule in place of a folder has a .git of its own that leads into the
	// outer repository's; who names the folder means the outer one.
	if strings.Contains(filepath.ToSlash(gitDir), "/.git/modules/") {
		return fmt.Errorf("%w to be trusted: %s is a submodule; judge it in a clone of its own", ErrNotRepository, foreign(top))
	}
	rel, err := filepath.Rel(top, gitDir)
	if inside := err == nil && filepath.IsLocal(rel); !inside {
		return nil
	}
	if first, _, _ := strings.Cut(filepath.ToSlash(rel), "/"); first == ".git" {
		return nil
	}
	return fmt.Errorf("%w to be trusted: the git directory %s lies in the work tree %s, whose files a change can write", ErrNotRepository, foreign(rel), foreign(top))
}

// prepare makes the private git directory: empty but for the object store it
// borrows by GIT_OBJECT_DIRECTORY and a copy of the list of cut-off commits.
func (r *Repo) prepare(p place) error {
	r.format = p.format
	for _, d := range []string{"objects", "refs"} {
		if err := os.Mkdir(filepath.Join(r.private, d), 0o700); err != nil {
			return fmt.Errorf("make private git directory: %w", err)
		}
	}
	config := "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tbigFileThreshold = 1m\n"
	if p.format == "sha256" {
		config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n\tbigFileThreshold = 1m\n[extensions]\n\tobjectFormat = sha256\n"
	}
	shallow, err := readShallow(p.shallow)
	if err != nil {
		return err
	}
	r.shallow = len(shallow) > 0
	files := map[string][]byte{"HEAD": []byte("ref: refs/heads/none\n"), "config": []byte(config)}
	if r.shallow {
		files["shallow"] = shallow
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(r.private, name), content, 0o600); err != nil {
			return fmt.Errorf("make private git directory: %w", err)
		}
	}
	r.objEnv = append(slices.Clone(r.env), "GIT_DIR="+r.private, "GIT_OBJECT_DIRECTORY="+p.objects)
	return nil
}

func readShallow(path string) ([]byte, error) {
	// A pipe in its place would block for ever.
	if st, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil || !st.Mode().IsRegular() {
		return nil, fmt.Errorf("read shallow file: it is not a regular file")
	}
	f, err := os.Open(path) //nolint:gosec // the repository's own
	if err != nil {
		return nil, fmt.Errorf("read shallow file: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(f, maxShallowFile+1))
	if err != nil {
		return nil, fmt.Errorf("read shallow file: %w", err)
	}
	if len(b) > maxShallowFile {
		return nil, fmt.Errorf("read shallow file: %w: more than %d bytes", ErrTooLarge, maxShallowFile)
	}
	return b, nil
}

// workTree walks up to the folder that holds .git. git is not asked: core.worktree
// in the repository's configuration would answer.
func workTree(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}
