package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attest"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// addSignFlags declares who signs, and by which services.
func addSignFlags(f *pflag.FlagSet) {
	f.String("key", "", "sign with this private key (PEM; an encrypted one is opened with "+attest.PasswordVariable+")")
	f.Bool("keyless", false, "sign as the workflow or person that an OpenID token names (Sigstore); the name is published in a log")
	f.String("identity-token-file", "", "a file with the OpenID token (default: the variable "+attest.TokenVariable+", or the workflow's own in GitHub Actions)")
	f.String("fulcio-url", attest.PublicFulcio, "the certificate authority")
	f.String("rekor-url", attest.PublicRekor, "the transparency log; empty for none")
	f.String("timestamp-url", "", "a timestamping authority to ask as well; version 2 of Rekor needs one")
	f.String("signing-config", "", "a signing_config.json that names these services")
	f.String("trusted-root", "", "the trusted_root.json that their answers are verified with (default: the public-good instance's)")
}

// openSigner finds the key or the identity to sign with.
func openSigner(cmd *cobra.Command) (attest.Signer, error) {
	f := cmd.Flags()
	keyless, err := f.GetBool("keyless")
	if err != nil {
		return nil, err
	}
	path := text(f, "key")
	switch {
	case keyless && path != "":
		return nil, usageError("--key and --keyless are two ways to sign: give one of them")
	case keyless:
		return openKeyless(cmd)
	case path == "":
		return nil, usageError("nothing to sign with: give --key FILE (claw-verified attest keygen makes one), or --keyless where there is an OpenID token")
	}
	for _, name := range []string{"identity-token-file", "fulcio-url", "rekor-url", "timestamp-url", "signing-config", "trusted-root"} {
		if f.Changed(name) {
			return nil, usageError("--%s goes with --keyless, and --key was given", name)
		}
	}
	key, warning, err := attest.LoadKey(path, []byte(os.Getenv(attest.PasswordVariable)))
	if err != nil {
		return nil, err
	}
	warn(cmd.ErrOrStderr(), warning)
	return attest.WithKey(key)
}

func openKeyless(cmd *cobra.Command) (attest.Signer, error) {
	f := cmd.Flags()
	in, err := attest.PublicInstance()
	if err != nil {
		return nil, err
	}
	public := in.Root
	if path := text(f, "signing-config"); path != "" {
		for _, name := range []string{"fulcio-url", "rekor-url", "timestamp-url"} {
			if f.Changed(name) {
				return nil, usageError("--signing-config names the services, and so does --%s: give one of them", name)
			}
		}
		if in, err = attest.ReadSigningConfig(path, time.Now()); err != nil {
			return nil, err
		}
		in.Root = public
	} else {
		in.Fulcio, in.Rekor, in.TSA = text(f, "fulcio-url"), text(f, "rekor-url"), text(f, "timestamp-url")
	}
	if path := text(f, "trusted-root"); path != "" {
		if in.Root, err = attest.ReadRoot(path); err != nil {
			return nil, err
		}
	}
	token, err := attest.Token(cmd.Context(), text(f, "identity-token-file"), os.Getenv)
	if err != nil {
		return nil, err
	}
	return attest.WithToken(in, token)
}

// attestError gives a problem of attest the form in which main tells it.
func attestError(err error) error {
	var p *attest.Problem
	if !errors.As(err, &p) {
		return err
	}
	if p.Refused {
		return refusal{p}
	}
	kind := checks.GapEvidence
	if p.Usage {
		kind = checks.GapConfiguration
	}
	return &collect.Problem{Kind: kind, Message: p.Message, Remedy: p.Remedy, Err: p.Err}
}

func warn(w io.Writer, sentence string) {
	if sentence != "" {
		fmt.Fprintf(w, "claw-verified: %s\n", redact.Visible(sentence))
	}
}
