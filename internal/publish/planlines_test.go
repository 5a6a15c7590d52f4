package publish_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
)

func lineOf(g checks.PlanGroup, address string, a checks.Action, e checks.Effect) checks.PlanLine {
	l := checks.PlanLine{Group: g, Address: address, Action: a, Effect: e}
	if e != "" {
		l.Rules = []string{"plan.x"}
	}
	return l
}

// TestPlanLinesCannotBeHidden: an object that is denied is shown before what is
// harmless, however many plans and changes are around it.
func TestPlanLinesCannotBeHidden(t *testing.T) {
	t.Parallel()
	v := alone(checks.Refused)
	v.Plans = nil
	for i := range 100 {
		s := checks.PlanSummary{Source: fmt.Sprintf("p%03d.json", i), Counts: map[string]int{"create": 500}}
		for j := range 500 {
			g, e := checks.GroupOther, checks.Effect("")
			if j < 100 {
				g, e = checks.GroupIrreversible, checks.EffectAllow
			}
			s.Lines = append(s.Lines, lineOf(g, fmt.Sprintf("aws_vpc.v%d", j), checks.ActionCreate, e))
		}
		if i == 99 {
			s.Lines = append([]checks.PlanLine{lineOf(checks.GroupRuns, "null_resource.evil", checks.ActionCreate, checks.EffectDeny)}, s.Lines...)
			s.Lines = append(s.Lines, lineOf("a later group", "later_thing.x", checks.ActionCreate, ""))
		}
		v.Plans = append(v.Plans, s)
	}
	for _, format := range []string{"terminal", "markdown"} {
		o := options()
		o.MaxBytes = 65_535
		got := write(t, format, v, o)
		at, first := strings.Index(got, "null_resource.evil"), strings.Index(got, "p000.json")
		if _, after, _ := strings.Cut(got, "What would it do?"); at < 0 || strings.Index(after, "p099.json") > strings.Index(after, "p000.json") {
			t.Errorf("%s: at %d, first plan at %d", format, at, first)
		}
		if n := strings.Count(got, "\n"); n > 450 {
			t.Errorf("%s: %d lines", format, n)
		}
		if !strings.Contains(got, "80 more plans") {
			t.Errorf("%s does not say what it leaves out", format)
		}
	}
}

func TestPlanCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		counts    map[string]int
		unchanged int
		want      string
	}{
		{map[string]int{}, 0, "nothing to change"},
		{map[string]int{"create": 0}, 3, "nothing to change, 3 unchanged"},
		{map[string]int{"create": 4, "update": 2, "replace": 1, "delete": 3}, 120, "4 to create, 2 to change, 1 to replace, 3 to destroy, 120 unchanged"},
		{map[string]int{"forget": 1, "replace-forget": 2, "import": 3, "move": 4, "unknown": 5, "explode": 1}, 0, "2 to create anew, the old left unmanaged, 1 to leave unmanaged, 3 to import, 4 moved, 6 in a way that is not known"},
	} {
		v := alone(checks.Verified)
		v.Plans = []checks.PlanSummary{{Source: "p.json", Counts: c.counts, Unchanged: c.unchanged}}
		if got := write(t, "markdown", v, options()); !strings.Contains(got, "\n"+c.want+"\n") {
			t.Errorf("no line %q in\n%s", c.want, got)
		}
	}
}

// TestPlanSigns: the sign, the word and the action of a line.
func TestPlanSigns(t *testing.T) {
	t.Parallel()
	v := alone(checks.Refused)
	lines := []checks.PlanLine{
		lineOf(checks.GroupIrreversible, "x.delete", checks.ActionDelete, checks.EffectDeny),
		lineOf(checks.GroupIrreversible, "x.replace", checks.ActionReplace, checks.EffectRequireReview),
		lineOf(checks.GroupIrreversible, "x.odd", "explode", "an effect of later"),
		lineOf(checks.GroupIrreversible, "x.first", checks.ActionReplace, checks.EffectAllow),
		lineOf(checks.GroupIrreversible, "x.forget", checks.ActionForget, ""),
		lineOf(checks.GroupIrreversible, "x.anew", checks.ActionReplaceForget, ""),
		lineOf(checks.GroupIrreversible, "x.read", checks.ActionRead, ""),
		lineOf(checks.GroupIrreversible, "x.moved", checks.ActionNoOp, ""),
	}
	lines[3].CreateFirst = true
	lines[4].Rules = []string{"plan.forget"} // accepted by a waiver
	v.Plans = []checks.PlanSummary{{Source: "p.json", Lines: lines}}
	got := write(t, "terminal", v, options())
	for _, want := range []string{
		"✗ denied  -   x.delete", "● review  -/+ x.replace", "✗ denied  ?   x.odd", "· noted   +/- x.first", "· waived  .   x.forget", "          +/. x.anew", "          <=  x.read", "          =   x.moved",
	} {
		if !regexp.MustCompile(`(?m)^    ` + regexp.QuoteMeta(want) + `$`).MatchString(got) {
			t.Errorf("no line %q in\n%s", want, got)
		}
	}
	v = verified()
	v.Plans = []checks.PlanSummary{{Source: "p.json", Lines: lines[1:2]}}
	if got := write(t, "terminal", v, options()); !strings.Contains(got, "✓ agreed  -/+ x.replace") {
		t.Errorf("what people agreed to is not marked so:\n%s", got)
	}
}

// TestMarkdownKeepsFindingsOverPlans: where there is no room for both, the findings
// are there.
func TestMarkdownKeepsFindingsOverPlans(t *testing.T) {
	t.Parallel()
	v := refused()
	o := options()
	o.MaxBytes = 3500
	got := write(t, "markdown", v, o)
	if !strings.Contains(got, "provenance.unsigned") || strings.Contains(got, "Cannot be undone") {
		t.Errorf("%s", got)
	}
}

// TestPlanAloneClaimsNothing: no report about a plan alone calls anything verified or
// refused.
func TestPlanAloneClaimsNothing(t *testing.T) {
	t.Parallel()
	word := regexp.MustCompile(`(?i)[^-a-z](verified|refused|waiting)[^a-z]`)
	for name, v := range map[string]*checks.Verdict{"clear": clearPlan(), "denied": samples()["plan-denied"], "look": manyPlans()} {
		for _, format := range []string{"terminal", "markdown", "github"} {
			got := strings.ReplaceAll(write(t, format, v, options()), "Claw Verified:", "")
			if m := word.FindString(got); m != "" {
				t.Errorf("%s of %s says %q:\n%s", format, name, m, got)
			}
		}
	}
	for want, v := range map[string]*checks.Verdict{
		"Nothing in this plan stands in the way.":       clearPlan(),
		"1 object is denied; 1 object needs a look.":    samples()["plan-denied"],
		"2 plans as a whole are denied":                 alone(checks.Refused, ruleDelete.New(checks.Subject{Kind: checks.SubjectPlan, Name: "a"}, "x"), ruleDelete.New(checks.Subject{Kind: checks.SubjectPlan, Name: "b"}, "x")),
		"1 object and the plan as a whole need a look.": alone(checks.Waiting, ruleDelete.New(checks.Subject{Kind: checks.SubjectPlan, Name: "a"}, "x"), ruleDelete.New(resource("y.z"), "x")),
	} {
		for i := range v.Findings {
			if strings.Contains(want, "denied") && v.Findings[i].Subject.Kind == checks.SubjectPlan {
				v.Findings[i].Effect = checks.EffectDeny
			}
		}
		if got := write(t, "github", v, options()); !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}
