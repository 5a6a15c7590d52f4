package policy

import _ "embed"

//go:embed starter.yml
var starter string

// Starter is the policy that `claw-verified init` writes. It is valid as it
// stands and lets nothing pass, because it lists nobody.
func Starter() string { return starter }
