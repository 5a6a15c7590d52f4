package identity

import (
	"fmt"
	"slices"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// Roots reads the trusted roots that the policy names, from the files of the snapshot.
// problems says of each that cannot be used why.
func Roots(s *checks.Snapshot, p *policy.Policy) (roots []*trust.Root, problems []string) {
	return rootsOf(s, p)
}

// rootsOf reads the trusted roots that the policy names, in its order, each once; a
// policy that names none means the public one. problems says of each root that cannot
// be used why, in words: by such a root an honest signature looks like a stranger's, so
// the question is undecided and nobody is refused.
func rootsOf(s *checks.Snapshot, p *policy.Policy) (roots []*trust.Root, problems []string) {
	names := trust.Names(p.Provenance.TrustedRoots)
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		r, err := rootOf(s, name)
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		roots = append(roots, r)
	}
	return roots, problems
}

func rootOf(s *checks.Snapshot, name string) (*trust.Root, error) {
	if name == trust.PublicGood {
		return trust.Public()
	}
	i := slices.IndexFunc(s.Trust, func(f checks.TrustFile) bool { return string(f.Path) == name })
	if i < 0 {
		return nil, fmt.Errorf("read trusted root %q: the file was not found beside the policy", name)
	}
	return trust.Parse(name, s.Trust[i].Text)
}
