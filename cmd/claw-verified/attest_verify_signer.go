package main

import (
	"cmp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// addSignerFlags declares the attestation and who must have signed it.
func addSignerFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("bundle", "", "the attestation, - for standard input")
	f.String("key", "", "the public key that must have signed, a PEM file")
	f.String("certificate-identity", "", "the name in the certificate that must have signed")
	f.String("certificate-oidc-issuer", "", "who vouches for that name")
	f.StringArray("trusted-root", nil, "a trusted_root.json, or public-good; may be given several times")
}

func rootFlags(cmd *cobra.Command) []string {
	list, err := cmd.Flags().GetStringArray("trusted-root")
	if err != nil {
		return nil
	}
	return list
}

// verifiersOf makes of the flags who may sign. A key or an identity that is given by
// itself is tried as an agent's and as a platform's: what it may say is then the
// caller's to judge, and is told.
func verifiersOf(cmd *cobra.Command) ([]*attestation.Verifier, error) {
	policyFile, key := text(cmd.Flags(), "policy"), text(cmd.Flags(), "key")
	subject, issuer := text(cmd.Flags(), "certificate-identity"), text(cmd.Flags(), "certificate-oidc-issuer")
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
	var roots []*trust.Root
	for _, name := range trust.Names(names) {
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
