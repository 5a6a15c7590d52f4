package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attest"
	"github.com/claw-verified/claw-verified/internal/redact"
	"github.com/claw-verified/claw-verified/internal/run"
)

func newAttestMerge() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "merge --base REV --head REV --merged REV (--key FILE | --keyless)",
		Short: "After a squash, rebase or merge: say that what was merged was verified",
		Long: `The attestations of a change are about its own commits. A squash or a rebase leaves
others behind. This says of the commit that is on the branch now, in a signed SLSA
verification summary, that the change behind it was verified, and names its attestations
by their digests.

Nothing is signed unless the raw diff that the merged commit brings to the branch is
that of the change, byte for byte, and the commits of the change verify now under the
policy of the base. The levels in it say what was found: ` + attest.LevelProvenance + `,
and ` + attest.LevelAttested + ` or ` + attest.LevelKeyless + ` when every commit of the
change has such a statement.

Run it where the change cannot reach, on a push to the branch, with a key or an identity
that the policy lists under provenance.attestors.

Exits with 0 when the summary is signed and kept, 1 when the change does not verify, 2
when the call or the settings are wrong, 3 when the diffs differ or something failed on
the way.`,
		Example: `  claw-verified attest merge --base 3f2a… --head 77b1… --merged main --ref refs/heads/main --keyless --push`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f := cmd.Flags()
			if err := fill(cmd.Context(), f, text(f, "repo"), []source{{flag: "key", variable: "CLAW_KEY", unless: "keyless"}, {flag: "repository", variable: "CLAW_REPOSITORY"}}); err != nil {
				return err
			}
			signer, err := openSigner(cmd)
			if err != nil {
				return attestError(err)
			}
			files, err := f.GetStringArray("attestation")
			if err != nil {
				return err
			}
			attestations, err := run.ReadAttestations("", files)
			if err != nil {
				return err
			}
			o := attest.MergeOptions{
				Dir: text(f, "repo"), Base: text(f, "base"), Head: text(f, "head"), Merged: text(f, "merged"), Repository: text(f, "repository"),
				PolicyFile: text(f, "policy"), Ref: text(f, "ref"), To: text(f, "to"), Push: text(f, "push"), Now: time.Now(), Out: cmd.OutOrStdout(), Env: os.Getenv,
				Attestations: attestations,
			}
			made, err := attest.Merge(cmd.Context(), o, signer)
			var r refusal
			if err = attestError(err); errors.As(err, &r) {
				fmt.Fprintf(cmd.ErrOrStderr(), "claw-verified: %s\n  %s\n", redact.Lines(r.Message), redact.Lines(r.Remedy))
				return exit(checks.ExitRefused)
			}
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			if o.To == "-" {
				w = cmd.ErrOrStderr()
			}
			for _, m := range made.Results {
				fmt.Fprintf(w, "summed up: %s for %s, %s, by %s, in %s\n", m.Commit, redact.Visible(m.Repository), checks.Plural(made.Inputs, "attestation", "attestations"), redact.Visible(signer.String()), redact.Visible(made.Where))
			}
			fmt.Fprintf(w, "verified levels: %v\n", made.Levels)
			return nil
		},
	}
	addSignFlags(cmd.Flags())
	f := cmd.Flags()
	f.String("repo", ".", "a folder of the git repository")
	f.String("repository", "", "its name, as owner/name (default as for attest)")
	f.String("base", "", "the branch as it was before the merge (required)")
	f.String("head", "", "the last commit of the change (required)")
	f.String("merged", "", "the commit that is on the branch now (required)")
	f.String("ref", "", "the branch, refs/heads/main, to be named in the summary")
	f.String("policy", "", "judge by this policy file and not by the base commit's")
	f.StringArray("attestation", nil, "a file with attestations of the change, beside the notes and the tree; may be repeated")
	f.String("to", "notes", "where to keep it, as for attest")
	f.String("push", "", "push the notes to a remote (origin unless named: --push=REMOTE)")
	f.Lookup("push").NoOptDefVal = "origin"
	return cmd
}

// refusal is a change that was looked at and found wanting: exit code 1.
type refusal struct{ *attest.Problem }
