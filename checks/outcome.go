package checks

import "fmt"

// Outcome is the answer to one question, or to all of them together.
// The zero value is Undecided, so a forgotten assignment can never pass.
type Outcome uint8

const (
	// Undecided: something needed for the answer could not be read.
	Undecided Outcome = iota
	// Refused: a finding forbids the change.
	Refused
	// Waiting: nothing forbids the change, named people have yet to agree.
	Waiting
	// Overridden: break-glass was used. It lets a change through and is never
	// called verified.
	Overridden
	// Verified: every question was answered, and well.
	Verified
)

var outcomeWords = [...]string{"undecided", "refused", "waiting", "overridden", "verified"}

func (o Outcome) String() string {
	if int(o) < len(outcomeWords) {
		return outcomeWords[o]
	}
	return outcomeWords[Undecided]
}

// Passes reports whether a gate may open. Only Verified and Overridden do.
func (o Outcome) Passes() bool { return o == Verified || o == Overridden }

// MarshalText writes the outcome as its word.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads one of the five words; anything else is an error.
func (o *Outcome) UnmarshalText(b []byte) error {
	for i, w := range outcomeWords {
		if w == string(b) {
			*o = Outcome(i) //nolint:gosec // i < 5
			return nil
		}
	}
	return fmt.Errorf("outcome %q is none of %q", b, outcomeWords)
}

// severityOrder says which of two outcomes decides when they are combined:
// a definite refusal is the most useful thing to tell, then what is unknown,
// then whom to wait for.
var severityOrder = [...]int{Undecided: 3, Refused: 4, Waiting: 2, Overridden: 1, Verified: 0}

// Worse returns the outcome that decides when both must hold.
func Worse(a, b Outcome) Outcome {
	if severityOrder[a] >= severityOrder[b] {
		return a
	}
	return b
}
