package plan

import (
	"fmt"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// sourceFindings judges what the change does to Terraform source. It needs no
// plan: a module that comes from elsewhere is other code with any plan.
func sourceFindings(in checks.Input) []checks.Finding {
	byID := map[string]checks.Rule{}
	for _, r := range sourceRules {
		byID[r.ID] = r
	}
	j := judge{plan: &checks.Plan{Source: "the Terraform source"}}
	for i := range in.Snapshot.Source {
		s := &in.Snapshot.Source[i]
		rule, ok := byID["plan.source-"+string(s.Kind)]
		if !ok { // a snapshot of a later version: what it says must not get lost
			rule = byID["plan.source-"+string(checks.SourceUnreadable)]
		}
		f := rule.New(checks.Subject{Kind: checks.SubjectPath, Name: s.Path.String(), Note: s.Address, Path: s.Path, Line: s.Line}, tellSource(s))
		if s.Removed {
			f.Subject.Line = 0 // of the base: the head has no such line
		}
		j.out = append(j.out, pending{f, facts{address: s.Address}})
	}
	decide(j.out, in.Policy.Plan.Rules)
	return j.cut()
}

func tellSource(s *checks.SourceChange) string {
	var b strings.Builder
	b.WriteString(s.Path.String())
	if s.Address != "" {
		b.WriteString(", " + s.Address)
	}
	b.WriteString(": ")
	switch {
	case s.Detail != "":
		b.WriteString(strings.TrimSuffix(s.Detail, "."))
	default:
		b.WriteString(strings.ReplaceAll(string(s.Kind), "-", " "))
	}
	switch {
	case s.Before == s.After: // the same word for two things, or nothing to say
	case s.Before != "" && s.After != "":
		fmt.Fprintf(&b, ": from %s to %s", s.Before, s.After)
	case s.After != "":
		b.WriteString(": " + s.After)
	case s.Before != "":
		b.WriteString(": was " + s.Before)
	}
	b.WriteString(".")
	return b.String()
}
