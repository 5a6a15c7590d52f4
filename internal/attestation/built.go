package attestation

import "fmt"

// Built is what SLSA provenance v1 says that something was made from: the entries of
// resolvedDependencies that name a commit.
type Built struct {
	URI    string // "git+https://github.com/acme/infra@refs/heads/main"; foreign text
	Commit string
}

// BuiltFrom reads a verified statement as SLSA provenance v1 of whatever it is about. A
// statement of another type says nothing of how a thing was made: a report of a scan,
// or that somebody refused it, has the same subject.
func BuiltFrom(v *Verified) ([]Built, error) {
	switch s := v.Statement; {
	case v.Proof == ProofNone || s == nil:
		return nil, fmt.Errorf("%w: it is no signed statement", ErrUnsupported)
	case s.Type != StatementType || s.PredicateType != PredicateSLSA:
		return nil, fmt.Errorf("%w: it is no SLSA provenance v1 but says %s", ErrUnsupported, quote(s.PredicateType))
	}
	var p struct {
		BuildDefinition *struct {
			Resolved []struct {
				URI    string            `json:"uri"`
				Digest map[string]string `json:"digest"`
			} `json:"resolvedDependencies"`
		} `json:"buildDefinition"`
	}
	if err := decode(v.Statement.Predicate, &p, false); err != nil {
		return nil, fmt.Errorf("read SLSA provenance: %w", err)
	}
	if p.BuildDefinition == nil {
		return nil, fmt.Errorf("read SLSA provenance: %w: /buildDefinition is missing", ErrMalformed)
	}
	var out []Built
	for _, d := range p.BuildDefinition.Resolved {
		for _, key := range []string{"gitCommit", "sha1"} {
			if id := d.Digest[key]; id != "" {
				out = append(out, Built{d.URI, id})
			}
		}
	}
	return out, nil
}
