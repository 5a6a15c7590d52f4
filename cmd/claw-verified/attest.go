package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/internal/attest"
	"github.com/claw-verified/claw-verified/internal/redact"
)

func newAttest() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "attest --agent ID (--key FILE | --keyless) [--commit REV | --range BASE..HEAD]",
		Short: "Sign a statement that an agent made a commit",
		Long: `Says of a commit, signed: which agent made it, with which model, on whose behalf, for
which task. The statement names the commit, its tree, its parents and the digest of its
diff, so it fits no other commit; a rebased or amended one is attested again.

To begin, make a key with "claw-verified attest keygen", list its public half under the
agent in the policy, and merge that: a signature counts when the policy of the base
branch lists the key or the identity. What an attestation says of itself grades nothing.

It is kept as a git note (` + attest.NotesRef + `) unless --to says otherwise;
--push sends the notes to origin, merged with those that others pushed. What is signed
can be looked at first: claw-verified attest statement.

Prompts, answers and logs stay where they are: of --task-file and --log only the SHA-256
goes in. Keys and tokens come from files and variables, never from the command line.

Every fact can come from a variable too (--session: CLAW_SESSION), and those that stay
the same from the repository's git settings (claw.agent, claw.key, claw.operator, …),
which "claw-verified hook install" writes. Flags come first, then variables, then settings.

Exits with 0 when all commits are attested, 2 when the call or the settings are wrong,
3 when something failed on the way. What was made before that is kept; run it again, and
with the same key only the rest is made.`,
		Example: `  claw-verified attest keygen --out claw.key
  claw-verified attest --agent claude-code --model claude-opus-4-5 --operator alice --key claw.key
  claw-verified attest --agent claude-code --range origin/main..HEAD --key claw.key --push
  claw-verified attest --agent claude-code --task https://github.com/acme/shop/issues/7 --task-file prompt.txt --log actions.jsonl --keyless --push
  claw-verified attest statement --agent claude-code > statement.json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(cmd, args[0])
			}
			o, err := attestOptions(cmd, signFlags)
			if err != nil {
				return err
			}
			signer, err := openSigner(cmd)
			if err != nil {
				return attestError(err)
			}
			made, err := attest.Make(cmd.Context(), o, signer)
			tellMade(cmd, o, made, signer)
			return attestError(err)
		},
	}
	addFactFlags(cmd.Flags())
	addSignFlags(cmd.Flags())
	f := cmd.Flags()
	f.String("range", "", "attest every commit that HEAD has and BASE has not, BASE..HEAD")
	f.String("to", "notes", "where to keep it: notes, tree or tree=FOLDER (a file for each commit in the work tree), a file such as ./a.jsonl, which is added to, or - for standard output")
	f.String("push", "", "push the notes to a remote (origin unless named: --push=REMOTE)")
	f.Lookup("push").NoOptDefVal = "origin"
	cmd.AddCommand(newAttestKeygen(), newAttestStatement(), newAttestPredicate(), newAttestMerge(), newAttestVerify(), newAttestVerifyBundle())
	return cmd
}

func newAttestStatement() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "statement --agent ID [--commit REV]",
		Short: "Print the statement that attest would sign, unsigned",
		Long: `Prints the in-toto statement about one commit, for another program to sign. What
cosign makes of it is read like what attest makes itself:

  claw-verified attest statement --agent claude-code > statement.json
  cosign attest-blob --key cosign.key --statement statement.json --new-bundle-format --bundle a.sigstore.json --tlog-upload=false --yes`,
		Example: `  claw-verified attest statement --agent claude-code --commit HEAD > statement.json`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printStatement(cmd, func(statement, _ []byte) []byte { return statement })
		},
	}
	addFactFlags(cmd.Flags())
	return cmd
}

func newAttestPredicate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "predicate --agent ID [--commit REV]",
		Short: "Print the predicate alone of what attest would sign",
		Long: `Prints the predicate about one commit, for tools that write the statement around it
themselves, such as GitHub's actions/attest. They need the subject too: its digest is
the SHA-256 of the commit object (git cat-file commit REV | sha256sum).`,
		Example: `  claw-verified attest predicate --agent claude-code --commit HEAD > predicate.json`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printStatement(cmd, func(_, predicate []byte) []byte { return predicate })
		},
	}
	addFactFlags(cmd.Flags())
	return cmd
}

func printStatement(cmd *cobra.Command, pick func(statement, predicate []byte) []byte) error {
	o, err := attestOptions(cmd, factFlags)
	if err != nil {
		return err
	}
	statements, predicates, err := attest.Statements(cmd.Context(), o)
	if err != nil {
		return attestError(err)
	}
	for i := range statements {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", pick(statements[i], predicates[i])); err != nil {
			return err
		}
	}
	return nil
}

func newAttestKeygen() *cobra.Command {
	var out string
	var ed bool
	cmd := &cobra.Command{
		Use:   "keygen --out FILE.key",
		Short: "Make a key to sign attestations with",
		Long: `Writes a private key (PEM, PKCS #8, readable by you alone) and beside it the public
one, FILE.pub, for the policy. P-256 or Ed25519. With a passphrase in
` + attest.PasswordVariable + ` the private key is encrypted as cosign does, and cosign reads a
P-256 one; one without a passphrase it reads only after "cosign import-key-pair". A file
that is there is never overwritten.`,
		Example: `  claw-verified attest keygen --out claw.key`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usageError("--out is missing: say where the private key goes, for example --out claw.key")
			}
			public, err := attest.GenerateKey(out, ed, []byte(os.Getenv(attest.PasswordVariable)))
			if err != nil {
				return attestError(err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), `Wrote %s (keep it to yourself, and out of the repository) and %s. Next:
  1. Put %s into the repository, for example as .github/claw/agent.pub.
  2. Name it under the agent in the policy:   keys: [{file: .github/claw/agent.pub}]
  3. Merge both into the base branch: a change cannot bring its own keys.
`, redact.Visible(out), redact.Visible(public), redact.Visible(public))
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the file for the private key (required)")
	cmd.Flags().BoolVar(&ed, "ed25519", false, "an Ed25519 key; cosign 2 cannot use it")
	return cmd
}

// tellMade says what was done, on standard error when the bundles themselves go to
// standard output.
func tellMade(cmd *cobra.Command, o attest.Options, made *attest.Made, signer attest.Signer) {
	if made == nil {
		return
	}
	w := cmd.OutOrStdout()
	if o.To == "-" {
		w = cmd.ErrOrStderr()
	}
	for _, r := range made.Results {
		what := "attested"
		if !r.New {
			what = "attested before"
		}
		fmt.Fprintf(w, "%s: %s as %s for %s, by %s, in %s\n", what, r.Commit, redact.Visible(o.Facts.Agent), redact.Visible(r.Repository), redact.Visible(signer.String()), redact.Visible(made.Where))
	}
	switch {
	case made.Pushed != "":
		fmt.Fprintf(w, "pushed %s to %s\n", attest.NotesRef, redact.Visible(made.Pushed))
	case made.Where == attest.NotesRef && len(made.Results) > 0:
		fmt.Fprintf(w, "not pushed yet: git push does not send notes; claw-verified attest --push does\n")
	case (o.To == "tree" || strings.HasPrefix(o.To, "tree=")) && len(made.Results) > 0:
		fmt.Fprintf(w, "not committed yet: git add %s, and commit it in a commit of its own\n", redact.Visible(made.Where))
	}
}
