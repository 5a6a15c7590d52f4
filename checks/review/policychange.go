package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// maxDifferences is how many differences between two policies are told.
const maxDifferences = 10

// edit is what the change would make of the policy. It is read to be told and to ask
// for more people; nothing in it decides about the change.
type edit struct {
	broken        string // why nobody could judge by it; empty when one could
	line, column  int
	weaker, other []policy.Difference
}

// examine reads the policy that the change would merge, once.
func (sc *scene) examine() {
	pt := &sc.s.Policy
	if pt.Head == nil {
		return
	}
	e := &edit{}
	sc.edit = e
	if len(*pt.Head) == 0 {
		e.broken = fmt.Sprintf("The change deletes or empties the policy %s.", pt.Path)
		return
	}
	p, problems := policy.Parse(string(*pt.Head), sc.known)
	if p == nil {
		e.breaks(fmt.Sprintf("The policy %s that the change would merge cannot be used", pt.Path), problems)
		return
	}
	if org := sc.s.Organization; org != nil {
		// The base's policy has the organisation's floors already.
		if floor, _ := policy.ParseFloor(string(org.Text), sc.known); floor != nil {
			floored, problems := p.WithFloor(floor)
			if problems = errorsOf(problems); len(problems) > 0 || floored == nil {
				e.breaks(fmt.Sprintf("The policy %s that the change would merge cannot be used with the organisation's", pt.Path), problems)
				return
			}
			p = floored
		}
	}
	list := policy.Compare(sc.p, p)
	policy.Locate(list, string(*pt.Head))
	for _, d := range list {
		if d.Weaker {
			e.weaker = append(e.weaker, d)
		} else {
			e.other = append(e.other, d)
		}
	}
}

func (e *edit) breaks(what string, problems []policy.Problem) {
	if problems = errorsOf(problems); len(problems) > 0 {
		e.line, e.column = problems[0].Line, problems[0].Column
		if e.line > 0 {
			what += fmt.Sprintf(": line %d", e.line)
		}
		what += ": " + strings.TrimRight(problems[0].Message, ".")
		if len(problems) > 1 {
			what += fmt.Sprintf(" (and %d more)", len(problems)-1)
		}
	}
	e.broken = what + "."
}

func errorsOf(problems []policy.Problem) []policy.Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p policy.Problem) bool { return p.Warning })
}

// weakens reports whether the change makes the policy weaker. Tiers can name that.
func (sc *scene) weakens() bool { return sc.edit != nil && len(sc.edit.weaker) > 0 }

// policyChange refuses a change after which nobody could judge, and tells what any
// other edit of the policy would do.
func (sc *scene) policyChange(tiers []*tier) (out []checks.Finding) {
	e := sc.edit
	if e == nil {
		return nil
	}
	pt := &sc.s.Policy
	subject := checks.Subject{Kind: checks.SubjectPolicy, Name: pt.Path.String(), Path: pt.Path}
	if e.broken != "" {
		subject.Line, subject.Col = e.line, e.column
		return []checks.Finding{rulePolicyBroken.New(subject, e.broken)}
	}
	if len(e.weaker) > 0 {
		subject.Line = e.weaker[0].Line
		out = append(out, rulePolicyWeaker.New(subject, fmt.Sprintf("The change makes the policy weaker: %s. Who must agree: %s.", differences(e.weaker), askedOf(tiers))))
	}
	if len(e.other) > 0 {
		subject.Line = e.other[0].Line
		out = append(out, rulePolicyChanges.New(subject, fmt.Sprintf("The change edits the policy: %s.", differences(e.other))))
	}
	return out
}

func differences(list []policy.Difference) string {
	var out []string
	for i, d := range list {
		if i == maxDifferences {
			out = append(out, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		out = append(out, strings.TrimRight(d.Text, "."))
	}
	return strings.Join(out, "; ")
}

// askedOf names the tier that asks for the owners of gate files.
func askedOf(tiers []*tier) string {
	for _, t := range tiers {
		if t.gateful {
			return "tier " + t.id
		}
	}
	return "no tier of the policy with gate_files: true, so the tiers that apply anyway decide"
}
