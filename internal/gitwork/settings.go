package gitwork

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Setting are the values of a key of the git configuration, the repository's and
// the user's, in git's order; the last one wins where one is wanted.
func (r *Repo) Setting(ctx context.Context, key string) ([]string, error) {
	out, err := r.local(ctx, nil, "config", "--null", "--get-all", key)
	if exitCode(err) == 1 {
		return nil, nil // not set
	}
	if err != nil {
		return nil, fmt.Errorf("read setting %s: %w", key, err)
	}
	return strings.Split(strings.TrimSuffix(out, "\x00"), "\x00"), nil
}

// Scope says where a key is set that counts: "local", "worktree", "global",
// "system" or "command"; empty when it is not set.
func (r *Repo) Scope(ctx context.Context, key string) (string, error) {
	out, err := r.plain(ctx, "config", "--null", "--show-scope", "--get", key)
	if exitCode(err) == 1 {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read setting %s: %w", key, err)
	}
	scope, _, _ := strings.Cut(out, "\x00")
	return scope, nil
}

// Set gives a key of the repository's own configuration these values in place of
// those it has; none removes it.
func (r *Repo) Set(ctx context.Context, key string, values ...string) error {
	_, err := r.local(ctx, nil, "config", "--local", "--unset-all", key)
	if err != nil && exitCode(err) != 5 { // 5: it was not set
		return fmt.Errorf("write setting %s: %w", key, err)
	}
	for _, v := range values {
		if _, err := r.local(ctx, nil, "config", "--local", "--add", "--end-of-options", key, v); err != nil {
			return fmt.Errorf("write setting %s: %w", key, err)
		}
	}
	return nil
}

// RemoteURL is where a remote is fetched from; empty when there is no such remote.
func (r *Repo) RemoteURL(ctx context.Context, name string) (string, error) {
	out, err := r.local(ctx, nil, "remote", "get-url", name)
	if said(err, "No such remote") {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read address of remote %s: %w", foreign(name), err)
	}
	return strings.TrimSpace(out), nil
}

func exitCode(err error) int {
	var e *exec.ExitError
	if errors.As(err, &e) {
		return e.ExitCode()
	}
	return 0
}
