package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/redact"
	"github.com/claw-verified/claw-verified/internal/trust"
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
letter. Certificates are verified under the roots that the policy names, those given
with --trusted-root, or the public Sigstore instance.

Exits with 0 when at least one attestation is good and about what was named, 1 when
none is, 2 when the call is wrong, 3 when something could not be read.`,
		Example: `  claw-verified attest verify --bundle a.sigstore.json --policy .github/claw-verified.yml --commit HEAD --repository acme/shop
  git notes --ref=claw-attestations show HEAD | claw-verified attest verify --bundle - --key claw.pub --commit HEAD
  claw-verified attest verify --bundle app.sigstore.json --certificate-identity https://github.com/acme/shop/.github/workflows/build.yml@refs/heads/main --certificate-oidc-issuer https://token.actions.githubusercontent.com app.tar.gz`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError("%s takes one file, and was given %d", cmd.CommandPath(), len(args))
			}
			return nil
		},
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
			name := textFlag(cmd, "bundle")
			items := attestation.Read(checks.Attestation{Carrier: checks.CarrierFile, Name: checks.Path(name), Body: body})
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
	f.String("repository", "", "the repository it must be for, as owner/name; without, it is told and not compared")
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
program. Exits with 0 when the bundle is good, 1 when it is not, 2 when the call is wrong.`,
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
			items := attestation.Read(checks.Attestation{Carrier: checks.CarrierFile, Name: checks.Path(textFlag(cmd, "bundle")), Body: body})
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

func addSignerFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("bundle", "", "the attestation, - for standard input")
	f.String("key", "", "the public key that must have signed, a PEM file")
	f.String("certificate-identity", "", "the name in the certificate that must have signed")
	f.String("certificate-oidc-issuer", "", "who vouches for that name")
	f.StringArray("trusted-root", nil, "a trusted_root.json, or public-good; may be given several times")
}

func textFlag(cmd *cobra.Command, name string) string {
	s, err := cmd.Flags().GetString(name)
	if err != nil {
		return "" // the command has no such flag
	}
	return s
}

func rootFlags(cmd *cobra.Command) []string {
	list, err := cmd.Flags().GetStringArray("trusted-root")
	if err != nil {
		return nil
	}
	return list
}

// readNamed reads a file that the call names, up to a size.
func readNamed(what, name string, limit int64) ([]byte, error) {
	f, err := os.Open(name) //nolint:gosec // whoever runs the command names it
	if err != nil {
		return nil, usageError("read %s: %w", what, err)
	}
	defer f.Close()
	return readUpTo(f, what, limit)
}

func readUpTo(r io.Reader, what string, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, usageError("read %s: %w", what, err)
	case int64(len(b)) > limit:
		return nil, usageError("read %s: larger than %d bytes", what, limit)
	}
	return b, nil
}

func bundleText(cmd *cobra.Command) ([]byte, error) {
	switch name := textFlag(cmd, "bundle"); name {
	case "":
		return nil, usageError("--bundle is missing: name the file with the attestation, or - for standard input")
	case "-":
		return readUpTo(cmd.InOrStdin(), "bundle", attestation.MaxTextBytes)
	default:
		return readNamed("bundle", name, attestation.MaxTextBytes)
	}
}

// verifiersOf makes of the flags who may sign. A key or an identity that is given by
// itself is tried as an agent's and as a platform's: what it may say is then the
// caller's to judge, and is told.
func verifiersOf(cmd *cobra.Command) ([]*attestation.Verifier, error) {
	policyFile, key := textFlag(cmd, "policy"), textFlag(cmd, "key")
	subject, issuer := textFlag(cmd, "certificate-identity"), textFlag(cmd, "certificate-oidc-issuer")
	given := 0
	for _, s := range []string{policyFile, key, cmp.Or(subject, issuer)} {
		if s != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, usageError("say who may sign, in one way: --policy, --key, or --certificate-identity with --certificate-oidc-issuer")
	case (subject == "") != (issuer == ""):
		return nil, usageError("--certificate-identity and --certificate-oidc-issuer are needed together: a name is worth what its issuer is")
	case policyFile != "":
		p, err := policyOf(cmd, policyFile)
		if err != nil {
			return nil, err
		}
		return policyVerifier(cmd, p)
	}
	var keys []policy.Key
	var identities []policy.Identity
	if key != "" {
		text, err := readNamed("key", key, maxPolicyBytes)
		if err != nil {
			return nil, err
		}
		keys = []policy.Key{{Key: string(text)}}
	} else {
		identities = []policy.Identity{{Issuer: issuer, Subject: subject}}
	}
	roots, err := rootsOf(rootFlags(cmd))
	if err != nil {
		return nil, err
	}
	var out []*attestation.Verifier
	for _, p := range []*policy.Policy{
		{Agents: []policy.Agent{{ID: "as given", Keys: keys, Identities: identities}}},
		{Provenance: policy.Provenance{Attestors: []policy.Attestor{{ID: "as given", Keys: keys, Identities: identities}}}},
	} {
		if key != "" && !strings.HasPrefix(strings.TrimSpace(keys[0].Key), "-----BEGIN") {
			return nil, usageError("--key %s is not a PEM public key", key)
		}
		v, err := attestation.NewVerifier(p, nil, roots, time.Now())
		if err != nil {
			return nil, usageError("%w", err)
		}
		out = append(out, v)
	}
	return out, nil
}

func policyOf(cmd *cobra.Command, name string) (*policy.Policy, error) {
	text, err := readNamed("policy", name, maxPolicyBytes)
	if err != nil {
		return nil, err
	}
	p, problems := policy.Parse(string(text), registry.Known())
	if p == nil {
		for _, pr := range problems {
			printProblem(cmd.ErrOrStderr(), name, pr)
		}
		return nil, exit(checks.ExitConfiguration)
	}
	return p, nil
}

func policyVerifier(cmd *cobra.Command, p *policy.Policy) ([]*attestation.Verifier, error) {
	names := rootFlags(cmd)
	if len(names) == 0 {
		names = p.Provenance.TrustedRoots
	}
	roots, err := rootsOf(names)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range p.TrustFiles() {
		if files[name], err = readNamed("a file that the policy names", name, maxPolicyBytes); err != nil {
			return nil, err
		}
	}
	v, err := attestation.NewVerifier(p, files, roots, time.Now())
	if err != nil {
		return nil, usageError("%w", err)
	}
	return []*attestation.Verifier{v}, nil
}

// rootsOf reads trusted roots; without any it is the public one.
func rootsOf(names []string) ([]*trust.Root, error) {
	if len(names) == 0 {
		names = []string{trust.PublicGood}
	}
	var roots []*trust.Root
	for _, name := range names {
		var r *trust.Root
		var err error
		if name == trust.PublicGood {
			r, err = trust.Public()
		} else {
			var text []byte
			if text, err = readNamed("trusted root", name, trust.MaxBytes); err != nil {
				return nil, err
			}
			r, err = trust.Parse(name, text)
		}
		if err != nil {
			return nil, usageError("%w", err)
		}
		roots = append(roots, r)
	}
	return roots, nil
}

// object verifies an item with one verifier and holds it against what was named.
type object func(*attestation.Verifier, attestation.Item) (attestation.Verified, error)

func objectOf(cmd *cobra.Command, args []string) (object, error) {
	rev, digest := textFlag(cmd, "commit"), textFlag(cmd, "digest")
	given := len(args)
	for _, s := range []string{rev, digest} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		return nil, usageError("say what it must be about, in one way: --commit REV, --digest sha256:HEX, or a file")
	}
	if rev != "" {
		c, err := commitOf(cmd.Context(), textFlag(cmd, "repo"), rev)
		if err != nil {
			return nil, err
		}
		c.Repository = textFlag(cmd, "repository")
		return func(v *attestation.Verifier, it attestation.Item) (attestation.Verified, error) {
			got, err := v.Verify(it)
			if err == nil {
				err = attestation.Bind(&got, c)
			}
			return got, err
		}, nil
	}
	var artifact attestation.Artifact
	var err error
	if digest != "" {
		var ok bool
		if artifact, ok = attestation.ParseArtifact(digest); !ok {
			return nil, usageError("--digest %s is not sha256: and 64 lower-case hex digits", digest)
		}
	} else if artifact, err = hashFile(args[0]); err != nil {
		return nil, err
	}
	return func(v *attestation.Verifier, it attestation.Item) (attestation.Verified, error) {
		return v.VerifyArtifact(it, artifact)
	}, nil
}

// artifactOf is a digest, when it is well formed and no file has its name.
func artifactOf(arg string) (attestation.Artifact, error) {
	if a, ok := attestation.ParseArtifact(arg); ok {
		if _, err := os.Lstat(arg); errors.Is(err, os.ErrNotExist) {
			return a, nil
		}
	}
	return hashFile(arg)
}

func hashFile(name string) (attestation.Artifact, error) {
	f, err := os.Open(name) //nolint:gosec // whoever runs the command names it
	if err != nil {
		return attestation.Artifact{}, usageError("read artifact: %w", err)
	}
	defer f.Close()
	a, err := attestation.HashArtifact(f)
	if err != nil {
		return a, usageError("%w", err)
	}
	return a, nil
}

// commitOf reads a commit and hashes it, and compares it with its first parent.
func commitOf(ctx context.Context, dir, rev string) (attestation.Commit, error) {
	repo, err := gitrepo.Open(ctx, dir)
	if err != nil {
		return attestation.Commit{}, usageError("%w", err)
	}
	defer repo.Close() //nolint:errcheck // a temporary directory that stays is no reason to refuse
	c, err := repo.Resolve(ctx, rev)
	if err != nil {
		return attestation.Commit{}, usageError("%w", err)
	}
	sum := sha256.Sum256(c.Object)
	out := attestation.Commit{ID: c.ID, Tree: c.Tree, Parents: c.Parents, SHA256: hex.EncodeToString(sum[:])}
	var parent gitrepo.Commit
	if len(c.Parents) > 0 {
		if parent, err = repo.Resolve(ctx, c.Parents[0]); err != nil {
			return out, fmt.Errorf("read the commit's parent: %w", err)
		}
	}
	if out.RawDiff, _, err = repo.RawDiff(ctx, parent, c); err != nil {
		return out, fmt.Errorf("compare the commit with its parent: %w", err)
	}
	return out, nil
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
