package main

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/attestation"
)

// TestVerifyBundleConforms calls the command as the conformance tests of Sigstore
// clients do: each case with the file, and with its digest.
func TestVerifyBundleConforms(t *testing.T) {
	t.Parallel()
	const dir = "../../fixtures/sigstore/conformance"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		cases++
		in := func(name string) string { return filepath.Join(dir, e.Name(), name) }
		text := func(name string) string {
			b, _ := os.ReadFile(in(name)) // a file that is not there is empty
			return strings.TrimSpace(string(b))
		}
		args := []string{"attest", "verify-bundle", "--bundle", in("bundle.sigstore.json")}
		if text("key.pub") != "" {
			args = append(args, "--key", in("key.pub"))
		} else {
			args = append(args,
				"--certificate-identity", cmp.Or(text("identity"), "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main"),
				"--certificate-oidc-issuer", cmp.Or(text("issuer"), "https://token.actions.githubusercontent.com"))
		}
		if text("trusted_root.json") != "" {
			args = append(args, "--trusted-root", in("trusted_root.json"))
		}
		artifact := in("artifact")
		if text("artifact") == "" {
			artifact = filepath.Join(dir, "a.txt")
		}
		b, err := os.ReadFile(artifact)
		if err != nil {
			t.Fatal(err)
		}
		a, err := attestation.HashArtifact(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range []string{artifact, "sha256:" + a.SHA256} {
			var out, errs bytes.Buffer
			code := execute(context.Background(), append(args, what), nil, &out, &errs)
			if (code == 0) == strings.HasSuffix(e.Name(), "_fail") {
				t.Errorf("%s, %s: exit code %d: %s%s", e.Name(), what, code, out.String(), errs.String())
			}
		}
	}
	if cases != 50 {
		t.Errorf("%d cases", cases)
	}
}
