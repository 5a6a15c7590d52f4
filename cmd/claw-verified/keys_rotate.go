package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/redact"
	"github.com/claw-verified/claw-verified/internal/rotation"
)

// rotateFlags are what keys rotate is told.
type rotateFlags struct {
	policy, owner, old, oldKey, newPublic, newKey, receipt, reason, at string
	overlap                                                            time.Duration
	revoke                                                             bool
}

func newKeysRotate() *cobra.Command {
	var o rotateFlags
	cmd := &cobra.Command{
		Use:   "rotate --owner ID --old FINGERPRINT --new KEY.pub --old-key FILE --new-key FILE",
		Short: "Put a new key in the place of an old one, signed by both",
		Long: `Writes the change into the policy file: the old key ends, after an overlap or at once,
and the new one follows it. A key that ends sooner than the overlap keeps its end, and
one that is not good now is not rotated. Both private keys sign a receipt of that: the
old one's holder agrees, and the new one's holder has it. Keys are SSH keys, by file or
in the SSH agent ("agent" in place of a file), or PEM keys that attest, listed in the
policy or in a file that it names. Encrypted files are opened with the passphrase in
` + rotation.PasswordVariable + `.

The policy file is a change like any other: it counts when it is merged. A key whose
private half is lost or stolen cannot agree; revoke it by hand, with revoked_at and
reason, and list the new one.`,
		Example: `  claw-verified keys rotate --owner claude --old SHA256:2Yp… --new new.pub --old-key old --new-key new
  claw-verified keys rotate --owner claude --old .github/claw/agent.pub --new new.pub --old-key claw.key --new-key new.key
  claw-verified keys rotate --owner claude --old old.pub --new new.pub --old-key agent --new-key agent --revoke --reason "the laptop was sold"`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ro, err := o.rotation()
			if err != nil {
				return err
			}
			return rotateKey(cmd.OutOrStdout(), &o, ro)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.policy, "policy", "", "the policy file to change (default "+collect.PolicyPath+" of the repository)")
	f.StringVar(&o.owner, "owner", "", "id of the agent, person or attestor")
	f.StringVar(&o.old, "old", "", "the old key: its fingerprint, or its .pub file")
	f.StringVar(&o.newPublic, "new", "", "the new key's .pub file")
	f.StringVar(&o.oldKey, "old-key", "", "the old private key's file, or agent")
	f.StringVar(&o.newKey, "new-key", "", "the new private key's file, or agent")
	f.DurationVar(&o.overlap, "overlap", 72*time.Hour, "how long the old key still counts")
	f.BoolVar(&o.revoke, "revoke", false, "revoke the old key instead, for --reason")
	f.StringVar(&o.reason, "reason", "", "why; for the receipt, and for a revocation")
	f.StringVar(&o.receipt, "receipt", "", "where to write the receipt (default rotation-OWNER-TIME.json)")
	f.StringVar(&o.at, "at", "", "from when the new key counts, RFC 3339 (default now)")
	return cmd
}

// rotation reads the flags.
func (o *rotateFlags) rotation() (ro policy.Rotation, err error) {
	var missing []string
	for _, f := range []struct{ flag, value string }{
		{"--owner", o.owner}, {"--old", o.old}, {"--new", o.newPublic}, {"--old-key", o.oldKey}, {"--new-key", o.newKey},
	} {
		if f.value == "" {
			missing = append(missing, f.flag)
		}
	}
	switch {
	case len(missing) == 1:
		return ro, usageError("%s is missing: see claw-verified keys rotate --help", missing[0])
	case len(missing) > 1:
		return ro, usageError("%s are missing: see claw-verified keys rotate --help", strings.Join(missing, ", "))
	case o.revoke && o.reason == "":
		return ro, usageError("--revoke wants --reason: what happened to the old key")
	case o.overlap < 0:
		return ro, usageError("--overlap %s is less than nothing: with 0s the old key ends when the new one begins", o.overlap)
	}
	ro = policy.Rotation{Owner: o.owner, At: time.Now(), Reason: o.reason}
	if o.at != "" {
		if ro.At, err = time.Parse(time.RFC3339, o.at); err != nil {
			return ro, usageError("--at %q is no RFC 3339 time such as 2026-11-20T12:00:00Z", o.at)
		}
	}
	if !o.revoke {
		ro.Until = ro.At.Add(o.overlap)
	}
	switch ro.Old, err = keyText(o.old); {
	case errors.Is(err, fs.ErrNotExist):
		ro.Old = o.old // a fingerprint
	case err != nil:
		return ro, usageError("read old key: %w", err)
	}
	if ro.New, err = keyText(o.newPublic); err != nil {
		return ro, usageError("read new key: %w", err)
	}
	if o.policy == "" {
		if o.policy, err = policyFile("."); err != nil {
			return ro, err
		}
	}
	ro.Files = filesBeside(o.policy)
	return ro, nil
}

// keyText reads a .pub file, unless the key itself is given.
func keyText(name string) (string, error) {
	if _, err := policy.KeyFingerprint(name); err == nil {
		return name, nil
	}
	f, err := os.Open(name) //nolint:gosec // whoever runs the command names it
	if err != nil {
		return "", err
	}
	defer f.Close()
	return readShort(f)
}

func rotateKey(w io.Writer, o *rotateFlags, ro policy.Rotation) error {
	text, mode, err := readRotated(o.policy)
	if err != nil {
		return err
	}
	done, err := policy.Rotate(string(text), registry.Known(), ro)
	if err != nil {
		return usageError("%s: %w", o.policy, err)
	}
	edited := []byte(done.Text)
	r := rotation.Receipt{
		Owner: ro.Owner, RotatedOn: done.At, OldUntil: done.Until, Reason: ro.Reason,
		Policy: rotation.Policy{Path: inRepository(o.policy), Before: rotation.Digest(text), After: rotation.Digest(edited)},
	}
	receipt, err := signRotation(&r, done, o.oldKey, o.newKey)
	if err != nil {
		return usageError("%w", err)
	}
	name := o.receipt
	if name == "" {
		name = fmt.Sprintf("rotation-%s-%s.json", ro.Owner, r.RotatedOn.Format("20060102T150405Z"))
	}
	// The policy comes last, whole and in one step: without its receipt it would be
	// the worse half, and half of it would be no policy.
	staged, err := stage(o.policy, mode, edited)
	if err != nil {
		return fmt.Errorf("write policy: %w", err)
	}
	defer os.Remove(staged) //nolint:errcheck // it is gone when all went well
	if err := writeNew(name, receipt); err != nil {
		return usageError("write receipt: %w", err)
	}
	if err := swap(staged, o.policy, text); err != nil {
		// The receipt is ours, of this moment, for a change that was not made.
		return fmt.Errorf("write policy %s: %w", o.policy, errors.Join(err, os.Remove(name)))
	}
	until := "revoked"
	if !r.OldUntil.IsZero() {
		until = "good until " + r.OldUntil.Format(time.RFC3339)
	}
	fmt.Fprintf(w, "%s: %s is %s, %s counts from %s\n%s: signed by both keys; keep it with the change\n",
		redact.Visible(o.policy), r.Old.Fingerprint, until, r.New.Fingerprint, r.RotatedOn.Format(time.RFC3339), redact.Visible(name))
	return nil
}

// readRotated reads the file that is to be changed. Through a symbolic link it would
// be another file than the one that is named, or the link would be lost.
func readRotated(name string) ([]byte, fs.FileMode, error) {
	st, err := os.Lstat(name)
	switch {
	case err != nil:
		return nil, 0, usageError("read policy: %w", err)
	case st.Mode()&fs.ModeSymlink != 0:
		return nil, 0, usageError("read policy: %s is a symbolic link: name the file that it points to", name)
	case !st.Mode().IsRegular():
		return nil, 0, usageError("read policy: %s is no regular file", name)
	case st.Size() >= maxPolicyBytes:
		return nil, 0, usageError("read policy: %s is too large for a policy", name)
	}
	text, err := os.ReadFile(name) //nolint:gosec // whoever runs the command names it
	if err != nil {
		return nil, 0, usageError("read policy: %w", err)
	}
	return text, st.Mode(), nil
}

// inRepository is the path of a file as its repository has it; outside of one, its
// name alone: a receipt is shown to others.
func inRepository(name string) string {
	top, err := topOf(name)
	if err == nil {
		var path string
		if path, err = filepath.Abs(name); err == nil {
			if path, err = filepath.Rel(top, path); err == nil {
				return filepath.ToSlash(path)
			}
		}
	}
	return filepath.Base(name)
}

// signRotation loads both private keys and makes the receipt.
func signRotation(r *rotation.Receipt, done policy.Rotated, oldKey, newKey string) ([]byte, error) {
	signers := [2]rotation.Signer{}
	for i, k := range []struct {
		text, file string
		to         *rotation.Key
	}{{done.Old, oldKey, &r.Old}, {done.New, newKey, &r.New}} {
		fp, err := policy.KeyFingerprint(k.text)
		if err != nil {
			return nil, err
		}
		*k.to = rotation.Key{Fingerprint: fp, Key: k.text}
		if signers[i], err = rotation.Load(k.file, k.text, []byte(os.Getenv(rotation.PasswordVariable))); err != nil {
			return nil, err
		}
	}
	return rotation.Make(*r, signers[0], signers[1])
}
