package gitwork

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrUntrusted is a git directory that the content of a repository may have put where
// git finds it.
var ErrUntrusted = errors.New("the git directory that was found is not one to be trusted")

// trusted refuses a git directory that lies among files instead of in a .git. git
// takes any folder with HEAD, objects and refs for a repository, and a change can
// bring such a folder: what its config names (a program for ssh, a key, a remote)
// would be run and used by whoever works in it. So one beneath a work tree never
// counts, and any other only when its own path was given: whoever stands in it has
// not named it.
func trusted(dir, gitDir string) error {
	here, found := resolved(dir), resolved(gitDir)
	top := workTree(here)
	if top == "" {
		if filepath.Clean(dir) != "." && here == found {
			return nil
		}
		return fmt.Errorf("%w: there is no .git in %s or above it; git would take %s, which anybody's files may have made. If it is yours, name it by its path: --repo %s", ErrUntrusted, foreign(here), foreign(found), found)
	}
	rel, err := filepath.Rel(top, found)
	if inside := err == nil && filepath.IsLocal(rel); !inside {
		return nil // a linked work tree's, a submodule's or a separate one: .git leads there
	}
	if first, _, _ := strings.Cut(filepath.ToSlash(rel), "/"); first == ".git" {
		return nil
	}
	return fmt.Errorf("%w: %s lies in the work tree %s, whose files a change can write", ErrUntrusted, foreign(rel), foreign(top))
}

// resolved is a path without links, as far as it can be followed.
func resolved(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	return path
}

// workTree walks up to the folder that holds .git. git is not asked: core.worktree of
// the configuration that was found would answer.
func workTree(dir string) string {
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

// OfHook is the folder to open for the repository that git runs a hook in: dir, when
// git finds the same repository from there, or else the git directory that git named
// in GIT_DIR. A clone may keep it elsewhere (git --git-dir), and then what is found
// from the work tree is whatever its files make of it.
//
// Errors: [ErrUntrusted] when GIT_DIR is none.
func OfHook(ctx context.Context, dir string, env func(string) string) (string, error) {
	named := env("GIT_DIR")
	if named == "" {
		return dir, nil
	}
	if r, err := Open(ctx, dir); err == nil && resolved(r.gitDir) == resolved(named) {
		return dir, nil
	}
	named = resolved(named)
	r, err := Open(ctx, named)
	if err != nil {
		return "", fmt.Errorf("open GIT_DIR: %w", err)
	}
	if resolved(r.gitDir) != named {
		return "", fmt.Errorf("%w: git runs the hook in %s, and there %s is found", ErrUntrusted, foreign(named), foreign(r.gitDir))
	}
	return named, nil
}
