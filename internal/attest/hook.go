package attest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitwork"
)

// The hooks that are known.
const (
	PostCommit = "post-commit" // attests each commit
	PrePush    = "pre-push"    // pushes the notes
)

// HookNames are the hooks that are known, in order.
func HookNames() []string { return []string{PostCommit, PrePush} }

// Setting is a key of a repository's git configuration that attest and its hooks
// read, and the flag it stands for.
type Setting struct{ Flag, Key string }

// Settings are all of them, in the order they are shown in.
func Settings() []Setting {
	return []Setting{
		{"agent", "claw.agent"},
		{"agent-version", "claw.agentVersion"},
		{"vendor", "claw.vendor"},
		{"model", "claw.model"},
		{"model-provider", "claw.modelProvider"},
		{"operator", "claw.operator"},
		{"on-behalf-of", "claw.onBehalfOf"},
		{"key", "claw.key"},
		{"repository", "claw.repository"},
		{"if-env", "claw.ifEnv"},
	}
}

// SettingKey is the key that stands for a flag, empty when none does.
func SettingKey(flag string) string {
	for _, s := range Settings() {
		if s.Flag == flag {
			return s.Key
		}
	}
	return ""
}

// Hook is what a hook does and where its file is.
type Hook struct {
	Name string // [PostCommit] or [PrePush]
	Path string
	Ours bool // written by [InstallHook]
	Free bool // there is no such file
	Kept bool // one of somebody else's was there before, and is run first
}

const (
	hookMark   = "# claw-verified hook, version 1"
	keptSuffix = ".before-claw-verified"
	maxHook    = 64 << 10
)

// hookScripts are the two hooks; %s is the path of this program, quoted. A commit
// or a push is never held up by ours. The hook that was there before keeps its
// standard input, its arguments and its say.
var hookScripts = map[string]string{
	PostCommit: `#!/bin/sh
` + hookMark + `. It attests each commit; a failure is told and no more.
# Written by "claw-verified hook install", taken away by "claw-verified hook uninstall".
before="$0` + keptSuffix + `"
if [ -x "$before" ]; then "$before" "$@"; fi
status=$?
claw=%s
[ -x "$claw" ] || claw=claw-verified
"$claw" hook run post-commit </dev/null || echo "claw-verified: the commit is made and is not attested" >&2
exit $status
`,
	PrePush: `#!/bin/sh
` + hookMark + `. It pushes the attestations; a failure is told and no more.
# Written by "claw-verified hook install --push", taken away by "claw-verified hook uninstall".
before="$0` + keptSuffix + `"
if [ -x "$before" ]; then "$before" "$@" || exit $?; fi
claw=%s
[ -x "$claw" ] || claw=claw-verified
"$claw" hook run pre-push "$1" </dev/null || echo "claw-verified: the attestations are not pushed" >&2
exit 0
`,
}

// shellQuote makes one word of a path for a POSIX shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// FindHook looks at a hook's file.
func FindHook(work *gitwork.Repo, name string) (Hook, error) {
	h := Hook{Name: name, Path: filepath.Join(work.Hooks(), name)}
	_, err := os.Lstat(h.Path + keptSuffix)
	h.Kept = err == nil
	st, err := os.Lstat(h.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		h.Free = true
		return h, nil
	case err != nil:
		return h, failure(err, "Check the folder of the hooks: `git rev-parse --git-path hooks`.", "Could not look at the hook %s: %s", show(h.Path), plain(err))
	case !st.Mode().IsRegular() || st.Size() > maxHook:
		return h, nil // somebody else's, whatever it is
	}
	text, err := os.ReadFile(h.Path)
	if err != nil {
		return h, failure(err, "Check its permissions.", "Could not read the hook %s: %s", show(h.Path), plain(err))
	}
	h.Ours = strings.Contains(string(text), "\n"+hookMark)
	return h, nil
}

// byHand is how a hook is extended by whoever owns it.
func byHand(name string) string {
	arg := ""
	if name == PrePush {
		arg = ` "$1"`
	}
	return "claw-verified hook run " + name + arg + " </dev/null || :"
}

// InstallHook writes a hook. One of somebody else's is left alone, or with chain
// moved aside and run first. Hooks for all repositories of an account are not
// touched: the settings are one repository's. It may be called again at any time.
func InstallHook(ctx context.Context, work *gitwork.Repo, name, program string, chain bool) (Hook, error) {
	scope, err := work.Scope(ctx, "core.hooksPath")
	if err != nil {
		return Hook{}, gitProblem("read core.hooksPath", err)
	}
	if scope != "" && scope != "local" && scope != "worktree" {
		return Hook{}, misuse("Add this line to "+filepath.Join(work.Hooks(), name)+" yourself: `"+byHand(name)+"`. It does nothing in repositories without claw.agent in their settings.",
			"core.hooksPath is set for all your repositories (%s), and their hooks are left alone", scope)
	}
	h, err := FindHook(work, name)
	if err != nil {
		return h, err
	}
	if !h.Free && !h.Ours {
		if !chain {
			return h, misuse("Give --chain to run it first and ours after it, or add this line to it yourself: `"+byHand(name)+"`.", "There is a hook %s already, and it is left as it is", show(h.Path))
		}
		if h.Kept {
			return h, misuse("Look at both, and remove one.", "There is a hook %s and an older one beside it, %s", show(h.Path), show(name+keptSuffix))
		}
		h.Kept = true
	}
	write := func() error { return writeHook(h.Path, fmt.Sprintf(hookScripts[name], shellQuote(program))) }
	if !h.Free && !h.Ours {
		err = inPlaceOf(h.Path, write)
	} else {
		err = write()
	}
	if err != nil {
		return h, failure(err, "Check the folder of the hooks: `git rev-parse --git-path hooks`.", "Could not write the hook %s: %s", show(h.Path), plain(err))
	}
	h.Ours, h.Free = true, false
	return h, nil
}

// inPlaceOf moves the hook that is there aside, and back when ours cannot be
// written: a check of its owner's must not be switched off by our failure.
func inPlaceOf(path string, write func() error) error {
	if err := os.Rename(path, path+keptSuffix); err != nil {
		return fmt.Errorf("move the one that is there aside: %w", err)
	}
	err := write()
	if err == nil {
		return nil
	}
	if back := os.Rename(path+keptSuffix, path); back != nil {
		return fmt.Errorf("%w; and the one that was there could not be put back, it is %s: %w", err, show(filepath.Base(path)+keptSuffix), back)
	}
	return err
}

// writeHook writes beside and moves: a link in the place of the hook is replaced,
// not followed, and git never runs half a script.
func writeHook(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // git's own mode for it
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".claw-verified-hook-")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o755), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// RemoveHook takes our hook away and puts the one that was there before back.
// Somebody else's is left alone.
func RemoveHook(work *gitwork.Repo, name string) (Hook, error) {
	h, err := FindHook(work, name)
	if err != nil || !h.Ours {
		return h, err
	}
	if h.Kept {
		err = os.Rename(h.Path+keptSuffix, h.Path)
	} else {
		err = os.Remove(h.Path)
	}
	if err != nil {
		return h, failure(err, "Check the permissions of its folder.", "Could not remove the hook %s: %s", show(h.Path), plain(err))
	}
	return h, nil
}
