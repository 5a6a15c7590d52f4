package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/internal/attest"
	"github.com/claw-verified/claw-verified/internal/attestation"
)

// object verifies an item with one verifier and holds it against what was named.
type object func(*attestation.Verifier, attestation.Item) (attestation.Verified, error)

func objectOf(cmd *cobra.Command, args []string) (object, error) {
	f := cmd.Flags()
	rev, digest := text(f, "commit"), text(f, "digest")
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
		dir := text(f, "repo")
		c, err := attest.ReadCommit(cmd.Context(), dir, rev, repositoryName(cmd.Context(), dir, text(f, "repository")))
		if err != nil {
			return nil, attestError(err)
		}
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
		return attestation.Artifact{}, unreadable("artifact", err)
	}
	defer f.Close()
	a, err := attestation.HashArtifact(f)
	if err != nil {
		return a, unreadable("artifact", err)
	}
	return a, nil
}

func bundleText(cmd *cobra.Command) ([]byte, error) {
	switch name := text(cmd.Flags(), "bundle"); name {
	case "":
		return nil, usageError("--bundle is missing: name the file with the attestation, or - for standard input")
	case "-":
		return readUpTo(cmd.InOrStdin(), "standard input", attestation.MaxTextBytes)
	default:
		return readNamed("bundle", name, attestation.MaxTextBytes)
	}
}

// readNamed reads a file that the call names, up to a size.
func readNamed(what, name string, limit int64) ([]byte, error) {
	f, err := os.Open(name) //nolint:gosec // whoever runs the command names it
	if err != nil {
		return nil, unreadable(what, err)
	}
	defer f.Close()
	return readUpTo(f, what, limit)
}

func readUpTo(r io.Reader, what string, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, unreadable(what, err)
	case int64(len(b)) > limit:
		return nil, usageError("read %s: larger than %d bytes", what, limit)
	}
	return b, nil
}

// unreadable is a mistake in the call where the file is not there, is a folder or
// may not be read; all else went wrong on the way.
func unreadable(what string, err error) error {
	err = fmt.Errorf("read %s: %w", what, err)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EISDIR) {
		return usageError("%w", err)
	}
	return err
}
