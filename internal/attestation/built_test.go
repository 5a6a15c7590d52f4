package attestation_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/attestation"
)

func TestBuiltFrom(t *testing.T) {
	t.Parallel()
	const id = "0123456789abcdef0123456789abcdef01234567"
	for name, c := range map[string]struct {
		edit      func(*attestation.Verified)
		predicate string
		want      []attestation.Built
		err       error
	}{
		"a commit":            {nil, `{"buildDefinition":{"resolvedDependencies":[{"uri":"git+https://github.com/acme/infra@refs/heads/main","digest":{"gitCommit":"` + id + `"}},{"uri":"pkg:x","digest":{"sha256":"00"}}]}}`, []attestation.Built{{URI: "git+https://github.com/acme/infra@refs/heads/main", Commit: id}}, nil},
		"two names of one":    {nil, `{"buildDefinition":{"resolvedDependencies":[{"uri":"u","digest":{"gitCommit":"a","sha1":"b"}}]}}`, []attestation.Built{{URI: "u", Commit: "a"}, {URI: "u", Commit: "b"}}, nil},
		"none":                {nil, `{"buildDefinition":{}}`, nil, nil},
		"in other letters":    {nil, `{"buildDefinition":{"ResolvedDependencies":[{"uri":"u","digest":{"gitCommit":"a"}}]}}`, nil, nil},
		"no definition":       {nil, `{}`, nil, attestation.ErrMalformed},
		"a list that is none": {nil, `{"buildDefinition":{"resolvedDependencies":{}}}`, nil, attestation.ErrMalformed},
		"twice":               {nil, `{"buildDefinition":{},"builddefinition":{}}`, nil, attestation.ErrMalformed},
		"not signed":          {func(v *attestation.Verified) { v.Proof = attestation.ProofNone }, `{"buildDefinition":{}}`, nil, attestation.ErrUnsupported},
		"another type":        {func(v *attestation.Verified) { v.Statement.PredicateType = attestation.PredicateVSA }, `{"buildDefinition":{}}`, nil, attestation.ErrUnsupported},
		"an older statement":  {func(v *attestation.Verified) { v.Statement.Type = attestation.StatementTypeOld }, `{"buildDefinition":{}}`, nil, attestation.ErrUnsupported},
		"no statement":        {func(v *attestation.Verified) { v.Statement = nil }, `{}`, nil, attestation.ErrUnsupported},
	} {
		v := &attestation.Verified{Proof: attestation.ProofKeyless, Statement: &attestation.Statement{
			Type: attestation.StatementType, PredicateType: attestation.PredicateSLSA, Predicate: []byte(c.predicate),
		}}
		if c.edit != nil {
			c.edit(v)
		}
		got, err := attestation.BuiltFrom(v)
		if !errors.Is(err, c.err) || err != nil && c.err == nil || cmp.Diff(c.want, got) != "" {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}
