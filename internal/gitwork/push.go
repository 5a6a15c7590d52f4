package gitwork

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"time"
)

const pushTries = 12

// Pull merges a remote's notes into ours: what either holds, nothing lost. What was
// taken out of the remote's since is still in ours. A remote that has none changes
// nothing.
//
// Errors: [ErrRemote], [ErrName], [ErrNoNotes] when the remote's ref holds something
// else than notes, [ErrBusy].
func (r *Repo) Pull(ctx context.Context, remote, ref string) error {
	if err := cmp.Or(checkRemote(remote), r.checkRef(ref)); err != nil {
		return err
	}
	// A ref of its own for what comes in: runs beside us fetch too.
	incoming := "refs/claw-verified/incoming-" + token()
	_, err := r.remote(ctx, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--no-recurse-submodules", "--end-of-options", remote, "+"+ref+":"+incoming)
	if said(err, "couldn't find remote ref") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: fetch %s of %s: %w", ErrRemote, ref, foreign(Shown(remote)), err)
	}
	defer func() { _, _ = r.local(context.WithoutCancel(ctx), nil, "update-ref", "-d", incoming) }()
	theirs, err := r.ref(ctx, incoming)
	if err != nil {
		return err
	}
	if !r.isID(theirs) {
		return fmt.Errorf("fetch %s of %s: nothing came", ref, foreign(Shown(remote)))
	}
	// Whoever may push there can put anything in its place. Adopted, it would break
	// every later run here.
	if kind, err := r.kind(ctx, theirs); err != nil || kind != "commit" {
		return cmp.Or(err, fmt.Errorf("%w: %s of %s is a %s", ErrNoNotes, ref, foreign(Shown(remote)), kind))
	}
	err = r.update(ctx, ref, func(s *scratch) error { return s.merge(ctx, theirs) })
	if err != nil {
		return fmt.Errorf("merge %s of %s: %w", ref, foreign(Shown(remote)), err)
	}
	return nil
}

// Push sends our notes to a remote, with those that others pushed meanwhile: it
// never overwrites theirs. Without notes there is nothing to send, and no error.
func (r *Repo) Push(ctx context.Context, remote, ref string) error {
	if err := cmp.Or(checkRemote(remote), r.checkRef(ref)); err != nil {
		return err
	}
	if have, err := r.ref(ctx, ref); err != nil || have == "" {
		return err
	}
	var last error
	for try := range pushTries {
		// Not forced: the remote refuses it when it has notes that we have not.
		_, err := r.remote(ctx, "push", "--quiet", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--end-of-options", remote, ref+":"+ref)
		if err == nil {
			return nil
		}
		last = err
		if said(err, "hook declined", "protected") || !said(err, "fetch first", "non-fast-forward", "cannot lock ref", "failed to update ref", "incorrect old value", "reference already exists", "remote rejected") {
			break
		}
		if try > 0 {
			if err := pause(ctx, time.Duration(try)*100*time.Millisecond); err != nil {
				return err
			}
		}
		if err := r.Pull(ctx, remote, ref); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: push %s to %s: %w", ErrRemote, ref, foreign(Shown(remote)), last)
}

var remoteName = regexp.MustCompile(`^[A-Za-z0-9_./~@:%+\[\]?=&-]{1,1000}$`)

// checkRemote takes the name of a remote, a path or an address. What begins with a
// dash would be an option; with "ext::" a command.
func checkRemote(remote string) error {
	if !remoteName.MatchString(remote) || remote[0] == '-' || regexp.MustCompile(`^[A-Za-z0-9]+::`).MatchString(remote) {
		return fmt.Errorf("%w: %s is no name or address of a remote", ErrName, foreign(Shown(remote)))
	}
	return nil
}

func token() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
