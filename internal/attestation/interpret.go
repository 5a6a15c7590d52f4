package attestation

import (
	"fmt"
	"strings"
)

// ourPredicates is what the types of all versions of our predicate begin with.
const ourPredicates = "https://claw-verified.dev/agent-commit/"

// interpret says what a verified statement means, by its predicate type: it fills in
// Kind, AgentCommit, Approvals, Repository and Notes. It compares nothing with a
// commit, and takes nothing of it for true beyond that the signer says so.
//
// A statement of a type that is known and that breaks its rules is an error: a
// signer who is trusted and whose statement cannot be understood says nothing. One
// of a type that is not known is KindOther, and no error.
func interpret(v *Verified) error {
	s := v.Statement
	if s == nil {
		return fmt.Errorf("%w: it holds no statement", ErrMalformed)
	}
	var err error
	switch {
	case s.PredicateType == PredicateAgentCommit:
		v.Kind = KindAgentCommit
		v.AgentCommit, err = decodeAgentCommit(s.Predicate)
	case strings.HasPrefix(s.PredicateType, ourPredicates):
		return fmt.Errorf("%w: its predicate is %s; this program reads v0.1 only", ErrUnsupported, quote(s.PredicateType))
	case s.PredicateType == PredicateSLSA:
		err = interpretSLSA(v)
	case s.PredicateType == PredicateVSA:
		err = interpretVSA(v)
	case s.PredicateType == PredicateSource, s.PredicateType == PredicateSourceV1,
		s.PredicateType == PredicateSourceDraft, s.PredicateType == PredicateTagDraft:
		err = interpretSource(v)
	case s.PredicateType == PredicateGittuf:
		err = interpretGittuf(v)
	default:
		v.Kind = KindOther
		v.Notes = append(v.Notes, note("It is a statement of the type %s, which is not read.", s.PredicateType))
	}
	return err
}
