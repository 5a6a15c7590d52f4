// Package trust reads Sigstore trusted roots: which certificate authorities,
// certificate logs, transparency logs and timestamping authorities are believed,
// and from when to when.
//
// A root is given, as bytes: the public-good instance's is built in, every other
// one is a file that the policy names. Nothing is fetched. The package is pure.
package trust

import (
	_ "embed"
	"errors"
	"fmt"
	"sync"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// PublicGood names the built-in root of the public Sigstore instance in a policy.
const PublicGood = "public-good"

// MaxBytes bounds a trusted_root.json. The public one has 7 KiB.
const MaxBytes = 1 << 20

// publicGood is targets/trusted_root.json of sigstore/root-signing (Apache-2.0), as
// of 2026-08-21.
//
//go:embed public_good.json
var publicGood []byte

// Root is one Sigstore instance that is believed.
type Root struct {
	Name string // PublicGood, or the file's path; for people
	root.TrustedMaterial
}

var builtIn = sync.OnceValues(func() (*Root, error) { return Parse(PublicGood, publicGood) })

// Names are the names of roots as they are given. None means the public one: what is
// forgotten must not switch verification off.
func Names(given []string) []string {
	if len(given) == 0 {
		return []string{PublicGood}
	}
	return given
}

// Public is the root of the public Sigstore instance.
func Public() (*Root, error) { return builtIn() }

// Parse reads a trusted_root.json. One that names no certificate authority, no
// log and no timestamping authority is an error: nothing could be verified by it.
func Parse(name string, text []byte) (*Root, error) {
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("read trusted root %q: larger than %d bytes", name, MaxBytes)
	}
	tr, err := root.NewTrustedRootFromJSON(text)
	if err != nil {
		return nil, fmt.Errorf("read trusted root %q: %w", name, err)
	}
	if len(tr.FulcioCertificateAuthorities())+len(tr.TimestampingAuthorities())+len(tr.RekorLogs()) == 0 {
		return nil, fmt.Errorf("read trusted root %q: %w", name, errors.New("it trusts nobody: no certificate authority, no log, no timestamping authority"))
	}
	return &Root{Name: name, TrustedMaterial: tr}, nil
}
