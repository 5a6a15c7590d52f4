package attestation

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// Artifact is a file by its digests, lower-case hex. Those that are not known are
// empty.
type Artifact struct{ SHA256, SHA384, SHA512 string }

// HashArtifact reads a file to its end.
func HashArtifact(r io.Reader) (Artifact, error) {
	a, b, c := sha256.New(), sha512.New384(), sha512.New()
	if _, err := io.Copy(io.MultiWriter(a, b, c), r); err != nil {
		return Artifact{}, fmt.Errorf("read artifact: %w", err)
	}
	return Artifact{hex.EncodeToString(a.Sum(nil)), hex.EncodeToString(b.Sum(nil)), hex.EncodeToString(c.Sum(nil))}, nil
}

// ParseArtifact reads "sha256:<hex>".
func ParseArtifact(s string) (Artifact, bool) {
	hex, ok := strings.CutPrefix(s, "sha256:")
	return Artifact{SHA256: hex}, ok && gitobject.IsID(hex, 64)
}

// VerifyArtifact says who signed a bundle or an envelope, when it is about a file:
// the file itself, or a statement with the file as a subject. It takes the same way
// as [Verifier.Verify] and [Bind], and reads nothing of the predicate: what
// conformance tests of Sigstore clients ask for.
func (v *Verifier) VerifyArtifact(it Item, a Artifact) (Verified, error) {
	if it.Format != FormatBundle && it.Format != FormatEnvelope {
		return Verified{Item: it}, fmt.Errorf("%w: neither a Sigstore bundle nor a DSSE envelope", ErrUnsupported)
	}
	out, err := v.authenticate(it)
	if err != nil {
		return out, err
	}
	if !out.isAbout(a) {
		return out, withoutProof(&out, fmt.Errorf("%w: another file", ErrOther))
	}
	return out, nil
}

func (v *Verified) isAbout(a Artifact) bool {
	if v.Blob != "" {
		return v.Blob == "sha256:"+a.SHA256 || v.Blob == "sha384:"+a.SHA384 || v.Blob == "sha512:"+a.SHA512
	}
	for i := range v.Statement.Subject {
		if a.equals(v.Statement.Subject[i].Digest) {
			return true
		}
	}
	return false
}

// equals reports whether a digest set is the file's: at least one digest of it, and
// none against it.
func (a Artifact) equals(set map[string]string) bool {
	equal := false
	for key, known := range map[string]string{"sha256": a.SHA256, "sha384": a.SHA384, "sha512": a.SHA512} {
		have, ok := set[key]
		switch {
		case !ok || known == "":
		case have != known:
			return false
		default:
			equal = true
		}
	}
	return equal
}
