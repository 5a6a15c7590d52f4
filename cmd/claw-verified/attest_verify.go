package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// exitRefused: it was looked at and found wanting.
const exitRefused = exit(checks.ExitRefused)

func newAttestVerify() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify --bundle FILE (--policy FILE | --key FILE | --certificate-identity ID --certificate-oidc-issuer URL) (--commit REV | --digest sha256:HEX | ARTIFACT)",
		Short: "Say who signed an attestation, and whether it is about a commit or a file",
		Long: `Reads what attest, cosign, gh or a source control platform wrote: a Sigstore bundle, a
bare DSSE envelope, a proof of Claw's, or several, one JSON document behind the other.
It says of each who signed it and what it says, and verifies it as check does: in full,
without a network.

Who may sign is given as a policy, whose files are looked for from the current folder,
as one public key, or as the identity in a certificate, which must be equal letter for
letter. Certificates are verified under the roots given with --trusted-root, or else
those that the policy names, or else the public Sigstore instance's.

Exits with 0 when at least one attestation is good and about what was named, 1 when
none is, 2 when the call, the policy or a file that was named is wrong, 3 when
something failed on the way, so that nothing can be said.`,
		Example: `  claw-verified attest verify --bundle a.sigstore.json --policy .github/claw-verified.yml --commit HEAD --repository acme/shop
  git notes --ref=claw-attestations show HEAD | claw-verified attest verify --bundle - --key claw.pub --commit HEAD
  claw-verified attest verify --bundle app.sigstore.json --certificate-identity https://github.com/acme/shop/.github/workflows/build.yml@refs/heads/main --certificate-oidc-issuer https://token.actions.githubusercontent.com app.tar.gz`,
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := bundleText(cmd)
			if err != nil {
				return err
			}
			verifiers, err := verifiersOf(cmd)
			if err != nil {
				return err
			}
			holds, err := objectOf(cmd, args)
			if err != nil {
				return err
			}
			name := text(cmd.Flags(), "bundle")
			if name == "-" {
				name = "standard input"
			}
			items := attestation.Read(checks.Attestation{Carrier: checks.CarrierFile, Name: checks.Path(name), Body: body})
			if len(items) == 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "refused: %s: it holds no attestation\n", redact.Visible(name))
				return exitRefused
			}
			good := 0
			for i := range items {
				if tellItem(cmd.OutOrStdout(), &items[i], verifiers, holds) {
					good++
				}
			}
			if good == 0 {
				return exitRefused
			}
			return nil
		},
	}
	addSignerFlags(cmd)
	f := cmd.Flags()
	f.String("policy", "", "the policy that says who may sign")
	f.String("commit", "", "the commit it must be about")
	f.String("digest", "", "the sha256:HEX of the file it must be about")
	f.String("repo", ".", "a folder of the git repository of --commit")
	f.String("repository", "", "the repository that --commit must be attested for, as owner/name (default that of the remote origin on GitHub, or GITHUB_REPOSITORY)")
	return cmd
}

// newAttestVerifyBundle is the command that the conformance tests of Sigstore clients
// call: docs/cli_protocol.md of sigstore/sigstore-conformance.
func newAttestVerifyBundle() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify-bundle --bundle FILE (--key FILE | --certificate-identity ID --certificate-oidc-issuer URL) [--trusted-root FILE] ARTIFACT",
		Short: "Verify a Sigstore bundle about a file, as conformance tests ask for it",
		Long: `Verifies one Sigstore bundle about one file, named by its path or as sha256:HEX, under the
protocol of sigstore-conformance. It is the same verification as everywhere in this
program. Exits with 0 when the bundle is good, 1 when it is not, otherwise as verify does.`,
		Example: `  claw-verified attest verify-bundle --bundle a.sigstore.json --key claw.pub a.txt`,
		Args:    oneArg("a file or its digest, for example: claw-verified attest verify-bundle --bundle a.sigstore.json --key claw.pub a.txt"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if staging, err := cmd.Flags().GetBool("staging"); err != nil || staging && len(rootFlags(cmd)) == 0 {
				return usageError("the root of the staging instance is not built in: name it with --trusted-root")
			}
			body, err := bundleText(cmd)
			if err != nil {
				return err
			}
			verifiers, err := verifiersOf(cmd)
			if err != nil {
				return err
			}
			artifact, err := artifactOf(args[0])
			if err != nil {
				return err
			}
			items := attestation.Read(checks.Attestation{Carrier: checks.CarrierFile, Name: checks.Path(text(cmd.Flags(), "bundle")), Body: body})
			if len(items) != 1 || items[0].Format != attestation.FormatBundle {
				fmt.Fprintln(cmd.ErrOrStderr(), "refused: not one Sigstore bundle")
				return exitRefused
			}
			v, err := verifiers[0].VerifyArtifact(items[0], artifact)
			if err != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "refused: %s\n", redact.Visible(err.Error()))
				return exitRefused
			}
			fmt.Fprintf(cmd.OutOrStdout(), "verified: %s\n", redact.Visible(v.Signer))
			return nil
		},
	}
	addSignerFlags(cmd)
	cmd.Flags().Bool("staging", false, "the bundle is of the staging instance; its root is named with --trusted-root")
	return cmd
}

// tellItem says of one item what became of it, and whether it is good.
func tellItem(w io.Writer, it *attestation.Item, verifiers []*attestation.Verifier, holds object) bool {
	var v attestation.Verified
	var err error
	for _, one := range verifiers {
		if v, err = holds(one, *it); !errors.Is(err, attestation.ErrUntrusted) {
			break
		}
	}
	var b bytes.Buffer
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  %-10s %s\n", what, redact.Visible(text))
		}
	}
	good := err == nil && v.Proof != attestation.ProofNone
	switch {
	case err != nil:
		fmt.Fprintf(&b, "refused: %s: %s\n", redact.Visible(it.Name), redact.Visible(err.Error()))
	case !good:
		fmt.Fprintf(&b, "not signed: %s: it proves nothing\n", redact.Visible(it.Name))
	default:
		fmt.Fprintf(&b, "verified: %s\n", redact.Visible(it.Name))
	}
	line("signer", v.Signer)
	if good {
		line("agent", v.Agent)
		line("attestor", v.Attestor)
		line("proof", string(v.Proof))
		line("says", string(v.Kind))
		if !v.SignedAt.IsZero() {
			line("signed at", v.SignedAt.UTC().Format(time.RFC3339))
		}
		tellClaim(line, v.AgentCommit)
	}
	for _, n := range v.Notes {
		line("note", n)
	}
	_, werr := w.Write(b.Bytes())
	return good && werr == nil
}

// tellClaim prints what an agent says of itself, which is the agent's word.
func tellClaim(line func(what, text string), a *attestation.AgentCommit) {
	if a == nil {
		return
	}
	line("made by", strings.TrimSpace(a.Agent.ID+" "+a.Agent.Version))
	for _, m := range a.Model {
		line("model", m.ID)
	}
	if a.Principal != nil {
		line("operator", a.Principal.ID)
	}
	if a.Task != nil {
		line("task", a.Task.URI)
	}
	if a.Session != nil {
		line("session", a.Session.ID)
	}
}
