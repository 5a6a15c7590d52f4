package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Known is what the parser is told about the rest of the program.
type Known struct {
	Rules []string // ids of every rule; a policy that names another one is wrong
	// NotWaivable are the rules that no waiver can accept. A waiver for one does
	// nothing, so it is warned about.
	NotWaivable []string
	// Markers are the names of the built-in marks of agents, which a policy can switch
	// off. When there are none at all, any name is taken.
	Markers []string
}

// Problem is one thing wrong with a policy file.
type Problem struct {
	Line    int // 1-based; 0 when it belongs to the file as a whole
	Column  int
	Message string // what is wrong, without position
	Hint    string // how to mend it: "did you mean …"; never empty for an error
	Warning bool   // the policy can be used all the same
}

// String writes "line:column: error: message (hint)".
func (p Problem) String() string {
	kind := "error"
	if p.Warning {
		kind = "warning"
	}
	s := fmt.Sprintf("%d:%d: %s: %s", p.Line, p.Column, kind, p.Message)
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// Parse reads a policy strictly. It returns nil and every error when one is
// wrong, else the policy with defaults filled in and, perhaps, warnings. It is
// pure. Problems come in the order of the file; of more than 200 the first 200
// are told, and that there are more.
func Parse(text string, known Known) (*Policy, []Problem) {
	r := read(text, known)
	if r.wrong() {
		return nil, sorted(r.problems)
	}
	r.lint()
	r.lintGateFiles()
	fillDefaults(&r.policy)
	return &r.policy, sorted(r.problems)
}

// Lint is Parse and, when the policy can be used, warnings about what the time
// has made of it: waivers that have run out or run too long, keys past their
// not_after.
func Lint(text string, known Known, at time.Time) (*Policy, []Problem) {
	r := read(text, known)
	if r.wrong() {
		return nil, sorted(r.problems)
	}
	r.lint()
	r.lintGateFiles()
	r.lintProof()
	r.lintAt(at)
	fillDefaults(&r.policy)
	return &r.policy, sorted(r.problems)
}

// read does everything but lint and defaults.
func read(text string, known Known) *reader {
	r := &reader{known: known}
	root := r.load(text)
	if root == nil {
		return r
	}
	r.document(root)
	for _, check := range r.later {
		check()
	}
	r.checkClaims()
	return r
}

func sorted(list []Problem) []Problem {
	slices.SortStableFunc(list, func(a, b Problem) int {
		warning := func(p Problem) int {
			if p.Warning {
				return 1
			}
			return 0
		}
		return cmp.Or(
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(warning(a), warning(b)),
			strings.Compare(a.Message, b.Message),
		)
	})
	list = slices.Compact(list)
	if len(list) > maxProblems {
		more := list[maxProblems]
		// An error must stay an error even where only warnings come before it.
		more.Warning = !slices.ContainsFunc(list[maxProblems:], func(p Problem) bool { return !p.Warning })
		more.Message = fmt.Sprintf("%d more problems from here on", len(list)-maxProblems)
		more.Hint = "mend the ones above and check again"
		list = append(list[:maxProblems:maxProblems], more)
	}
	return list
}
