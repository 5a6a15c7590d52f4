//go:build pins

// Package clawverified keeps modules in go.mod that later parts of the program
// need, at the versions that were tried together with the rest: the GitHub App's
// transport. No build includes this file; without it,
// `go mod tidy` would drop them, and they would come back at versions that were
// not.
package clawverified

import (
	_ "github.com/bradleyfalzon/ghinstallation/v2"
)
