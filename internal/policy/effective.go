package policy

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// Effective writes the policy with every default filled in, as YAML that Parse
// reads again to the same policy.
func (p *Policy) Effective() ([]byte, error) {
	b, err := yaml.Dump(p, yaml.WithIndent(2), yaml.WithLineWidth(-1))
	if err != nil {
		return nil, fmt.Errorf("write effective policy: %w", err)
	}
	return b, nil
}
