package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/redact"
	"github.com/claw-verified/claw-verified/internal/rotation"
)

func newKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "List the keys of a policy, rotate them, and find what a revoked one signed",
		Args:  cobra.ArbitraryArgs,
		RunE:  needsVerb,
	}
	cmd.AddCommand(newKeysList(), newKeysRotate(), newKeysReceipt(), newKeysAudit())
	return cmd
}

func newKeysList() *cobra.Command {
	return &cobra.Command{
		Use:   "list [POLICY]",
		Short: "List every key of a policy, whose it is, and whether it counts now",
		Args:  atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, text, err := readPolicy(cmd, args)
			if err != nil {
				return err
			}
			p, problems := policy.Parse(text, registry.Known())
			if p == nil {
				for _, pr := range problems {
					printProblem(cmd.ErrOrStderr(), name, pr)
				}
				return exit(2)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, k := range p.KeyLives(time.Now()) {
				fmt.Fprintf(w, "%s\t%s\t%s\n", k.Owner, redact.Visible(k.Name), redact.Visible(k.State))
			}
			return w.Flush()
		},
	}
}

func newKeysRotate() *cobra.Command {
	var o struct {
		policy, owner, old, oldKey, newPublic, newKey, receipt, reason, at string
		overlap                                                            time.Duration
		revoke                                                             bool
	}
	cmd := &cobra.Command{
		Use:   "rotate --owner ID --old FINGERPRINT --new KEY.pub --old-key FILE --new-key FILE",
		Short: "Put a new key in the place of an old one, signed by both",
		Long: `Writes the change into the policy file: the old key ends, after an overlap or at once,
and the new one follows it. Both private keys sign a receipt of that: the old one's
holder agrees, and the new one's holder has it. Keys are SSH keys, by file or in the
SSH agent ("agent" in place of a file), or PEM keys that attest. Encrypted files are
opened with the passphrase in ` + rotation.PasswordVariable + `.

The policy file is a change like any other: it counts when it is merged. A key whose
private half is lost or stolen cannot agree; revoke it by hand, with revoked_at and
reason, and list the new one.`,
		Example: `  claw-verified keys rotate --owner claude --old SHA256:2Yp… --new new.pub --old-key old --new-key new
  claw-verified keys rotate --owner claude --old old.pub --new new.pub --old-key agent --new-key agent --revoke --reason "the laptop was sold"`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for flag, value := range map[string]string{"--owner": o.owner, "--old": o.old, "--new": o.newPublic, "--old-key": o.oldKey, "--new-key": o.newKey} {
				if value == "" {
					return usageError("%s is missing: see claw-verified keys rotate --help", flag)
				}
			}
			if o.revoke && o.reason == "" {
				return usageError("--revoke wants --reason: what happened to the old key")
			}
			at := time.Now()
			if o.at != "" {
				var err error
				if at, err = time.Parse(time.RFC3339, o.at); err != nil {
					return usageError("--at %q is no RFC 3339 time such as 2026-11-20T12:00:00Z", o.at)
				}
			}
			text, err := os.ReadFile(o.policy)
			if err != nil {
				return usageError("read policy: %w", err)
			}
			ro := policy.Rotation{Owner: o.owner, Old: keyText(o.old), New: keyText(o.newPublic), At: at.UTC().Truncate(time.Second), Reason: o.reason}
			if !o.revoke {
				ro.Until = ro.At.Add(o.overlap)
			}
			edited, old, err := policy.Rotate(string(text), registry.Known(), ro)
			if err != nil {
				return usageError("%s: %w", o.policy, err)
			}
			receipt, r, err := signRotation(ro, old, o.oldKey, o.newKey, rotation.Policy{Path: o.policy, Before: digestOf(text), After: digestOf([]byte(edited))})
			if err != nil {
				return usageError("%w", err)
			}
			// The receipt first: a policy without one is the worse half.
			name := o.receipt
			if name == "" {
				name = fmt.Sprintf("rotation-%s-%s.json", o.owner, r.RotatedOn.Format("20060102T150405Z"))
			}
			if err := writeNew(name, receipt); err != nil {
				return usageError("write receipt: %w", err)
			}
			if err := os.WriteFile(o.policy, []byte(edited), 0o644); err != nil { //nolint:gosec // a policy is no secret
				return fmt.Errorf("write policy: %w", err)
			}
			until := "revoked"
			if !r.OldUntil.IsZero() {
				until = "good until " + r.OldUntil.Format(time.RFC3339)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s is %s, %s counts from %s\n%s: signed by both keys; keep it with the change\n",
				redact.Visible(o.policy), r.Old.Fingerprint, until, r.New.Fingerprint, r.RotatedOn.Format(time.RFC3339), redact.Visible(name))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.policy, "policy", collect.PolicyPath, "the policy file to change")
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

// signRotation loads both private keys and makes the receipt.
func signRotation(ro policy.Rotation, old, oldKey, newKey string, change rotation.Policy) ([]byte, rotation.Receipt, error) {
	r := rotation.Receipt{Owner: ro.Owner, RotatedOn: ro.At, OldUntil: ro.Until, Reason: ro.Reason, Policy: change}
	signers := [2]rotation.Signer{}
	for i, k := range []struct {
		text, file string
		to         *rotation.Key
	}{{old, oldKey, &r.Old}, {strings.TrimSpace(ro.New), newKey, &r.New}} {
		fp, err := policy.KeyFingerprint(k.text)
		if err != nil {
			return nil, r, err
		}
		*k.to = rotation.Key{Fingerprint: fp, Key: k.text}
		if signers[i], err = rotation.Load(k.file, k.text, []byte(os.Getenv(rotation.PasswordVariable))); err != nil {
			return nil, r, err
		}
	}
	text, err := rotation.Make(r, signers[0], signers[1])
	return text, r, err
}

// keyText reads a .pub file where one is named, else takes the text as it is.
func keyText(s string) string {
	b, err := os.ReadFile(s) //nolint:gosec // whoever runs the command names it
	if err != nil || len(b) > 64<<10 {
		return s
	}
	return strings.TrimSpace(string(b))
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// writeNew never overwrites: a receipt that is there is evidence.
func writeNew(name string, b []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a receipt is no secret
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

func newKeysReceipt() *cobra.Command {
	return &cobra.Command{
		Use:   "receipt FILE",
		Short: "Check a rotation's receipt: both signatures, and what they are about",
		Args:  oneArg("a receipt that keys rotate wrote, for example: claw-verified keys receipt rotation-claude-20261120T120000Z.json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return usageError("read receipt: %w", err)
			}
			defer f.Close()
			text, err := io.ReadAll(io.LimitReader(f, rotation.MaxBytes+1))
			if err != nil {
				return usageError("read receipt: %w", err)
			}
			r, err := rotation.Verify(text)
			if err != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", redact.Visible(args[0]), redact.Visible(err.Error()))
				return exit(1)
			}
			until := "revoked then"
			if !r.OldUntil.IsZero() {
				until = "good until " + r.OldUntil.Format(time.RFC3339)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: both signatures hold\n  owner   %s\n  old     %s, %s\n  new     %s, from %s\n  policy  %s, %s -> %s\nWhose the old key was, the policy of that day says.\n",
				redact.Visible(args[0]), redact.Visible(r.Owner), r.Old.Fingerprint, until, r.New.Fingerprint, r.RotatedOn.Format(time.RFC3339),
				redact.Visible(r.Policy.Path), redact.Visible(r.Policy.Before), redact.Visible(r.Policy.After))
			return nil
		},
	}
}

func newKeysAudit() *cobra.Command {
	var repo, since, ref string
	cmd := &cobra.Command{
		Use:   "audit --since REV [--ref REV]",
		Short: "Find merged commits that a key signed which is revoked now",
		Long: `Reads the policy at a ref, and every commit that the ref has and --since has not, and
names those signed with a key that this policy says is revoked: what was merged before
anybody knew. Exits with 1 when there is one, and with 3 when it cannot be told.`,
		Example: `  claw-verified keys audit --since v1.0.0 --ref origin/main`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if since == "" {
				return usageError("--since is missing: the last commit that is known to be good, for example a tag")
			}
			return auditKeys(cmd.Context(), cmd, collect.Options{Dir: repo, Base: since, Head: ref, PolicyAtHead: true, Kind: checks.KindPush, Now: time.Now()})
		},
	}
	cmd.Flags().StringVar(&repo, "repo", ".", "a folder of the repository")
	cmd.Flags().StringVar(&since, "since", "", "the last commit before those to look at")
	cmd.Flags().StringVar(&ref, "ref", "HEAD", "the branch whose commits and policy to look at")
	return cmd
}

func auditKeys(ctx context.Context, cmd *cobra.Command, o collect.Options) error {
	s, err := collect.Local(ctx, o)
	if err != nil {
		return err
	}
	p, problems := policy.Parse(string(s.Policy.Text), registry.Known())
	for _, g := range s.Gaps {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s %s\n", redact.Visible(g.Message), redact.Visible(g.Remedy))
	}
	if p == nil || len(s.Gaps) > 0 {
		for _, pr := range problems {
			printProblem(cmd.ErrOrStderr(), string(s.Policy.Path), pr)
		}
		return exit(3)
	}
	w, found := cmd.OutOrStdout(), 0
	x := identity.Examine(s, p)
	list, why := x.Contributions, x.Problems
	for _, pr := range why {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s %s\n", redact.Visible(pr.Message), redact.Visible(pr.Remedy))
	}
	for i := range list {
		c := &list[i]
		by, detail := c.SignedBy, c.Detail
		if c.State != identity.StateRevoked {
			by = ""
			for j := range c.Rejected {
				if c.Rejected[j].Revoked() {
					by, detail = c.Rejected[j].By, "attested with a revoked key: "+c.Rejected[j].Err.Error()
				}
			}
		}
		if by != "" {
			found++
			fmt.Fprintf(w, "%s %s\n  %s, %s\n", c.Commit, redact.Visible(c.Subject), by, redact.Visible(detail))
		}
	}
	fmt.Fprintf(w, "%s looked at, %d by a revoked key\n", checks.Plural(len(list), "commit", "commits"), found)
	switch {
	case len(why) > 0:
		return exit(3)
	case found > 0:
		return exit(1)
	}
	return nil
}
