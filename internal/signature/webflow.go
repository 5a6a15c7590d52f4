package signature

import (
	"bytes"
	_ "embed" // the keys
	"fmt"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// webFlowKeys are the two keys with which github.com signs commits that it makes
// itself: by the web editor, the merge button, the API of an App. They are what
// https://github.com/web-flow.gpg served, the first one until it expired on
// 2024-01-16. Anybody who can press a button on GitHub gets a signature by them.
//
//go:embed webflow.pgp
var webFlowKeys []byte

// The fingerprints of webFlowKeys. A file that holds anything else is not used.
var webFlowFingerprints = []string{
	"5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB23",
	"968479A1AFF927E37D1A566BB5690EEEBB952194",
}

// PlatformGitHub is Signer.Platform of a signature by one of GitHub's own keys.
const PlatformGitHub = "GitHub"

// webFlowSigners reads the built-in keys. Their expiry is not looked at: a commit
// of 2020 stays one that went through GitHub, and nothing is built on it.
func webFlowSigners() ([]*pgpSigner, error) {
	list, err := openpgp.ReadKeyRing(bytes.NewReader(webFlowKeys))
	if err != nil {
		return nil, err
	}
	if len(list) != len(webFlowFingerprints) {
		return nil, fmt.Errorf("%d keys where %d are wanted", len(list), len(webFlowFingerprints))
	}
	out := make([]*pgpSigner, len(list))
	for i, e := range list {
		fp := fingerprintOf(e.PrimaryKey)
		if fp != webFlowFingerprints[i] {
			return nil, fmt.Errorf("key %s where %s is wanted", fp, webFlowFingerprints[i])
		}
		out[i] = &pgpSigner{pgpPublic: e.PrimaryKey, signer: Signer{Key: pgpKeyID(fp), Fingerprint: pgpKeyID(fp), Type: "openpgp", Platform: PlatformGitHub}}
	}
	return out, nil
}

// isWebFlow reports whether a fingerprint is one of GitHub's own keys.
func isWebFlow(fingerprint string) bool {
	return fingerprint == webFlowFingerprints[0] || fingerprint == webFlowFingerprints[1]
}
