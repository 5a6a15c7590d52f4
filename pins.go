//go:build pins

// Package clawverified keeps modules in go.mod that later parts of the program
// need, at the versions that were tried together with the rest: the GitHub App's
// transport and Sigstore bundles. No build includes this file; without it,
// `go mod tidy` would drop them, and they would come back at versions that were
// not.
package clawverified

import (
	_ "github.com/bradleyfalzon/ghinstallation/v2"
	_ "github.com/sigstore/cosign/v2/pkg/cosign"
	_ "github.com/sigstore/sigstore-go/pkg/verify"
)
