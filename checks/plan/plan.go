package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// Check judges the plans of a change. It has no state.
type Check struct{}

// Question implements checks.Check.
func (Check) Question() checks.Question { return checks.QuestionPlan }

// Rules implements checks.Check.
func (Check) Rules() []checks.Rule { return slices.Clone(rules) }

// Evaluate implements checks.Check. Every plan that was given is judged.
func (Check) Evaluate(in checks.Input) checks.Result {
	var r checks.Result
	var t tally
	r.Gaps = required(in)
	for i := range in.Snapshot.Plans {
		p := &in.Snapshot.Plans[i]
		r.Checked = append(r.Checked, checked(p))
		if p.Error != "" {
			r.Gaps = append(r.Gaps, unreadable(p))
			t.broken++
			continue
		}
		if p.Errored {
			r.Gaps = append(r.Gaps, errored(p))
		}
		j := judge{plan: p, rules: in.Policy.Plan.Rules}
		r.Findings = append(r.Findings, j.findings()...)
		t.add(p)
	}
	r.Summary = t.sentence(len(in.Snapshot.Plans), len(r.Gaps) > 0)
	if len(in.Snapshot.Plans) > 0 {
		r.NotProved = notProved
	}
	return r
}

// notProved is said of every plan.
var notProved = []string{
	"That the plan was made from this commit: nothing in a plan names one.",
	"That nothing changes between the plan and its apply. Apply the saved plan, not a new one.",
	"That values known only after apply are harmless, other than the sources of network rules that the configuration sets.",
	"What permissions (IAM) grow, and what other providers' resources open: this version looks at AWS security groups only, and not at the contents of prefix lists.",
	"What commands run while planning and applying: provisioners, external data sources and modules from elsewhere are not looked at.",
}

// required says which plan is missing.
func required(in checks.Input) []checks.Gap {
	if len(in.Snapshot.Plans) > 0 {
		return nil
	}
	const remedy = "Make one with `terraform plan -out=tfplan` and `terraform show -json tfplan > plan.json`, and give it with --plan plan.json."
	gap := func(message string) []checks.Gap {
		return []checks.Gap{{Question: checks.QuestionPlan, Kind: checks.GapEvidence, Message: message, Remedy: remedy}}
	}
	if in.Policy.Plan.Require == policy.PlanAlways {
		return gap("The policy asks for a plan of every change, and none was given.")
	}
	var first checks.Path
	n := 0
	for i := range in.Snapshot.Files {
		if in.Policy.NeedsPlan(string(in.Snapshot.Files[i].Path)) {
			if n == 0 {
				first = in.Snapshot.Files[i].Path
			}
			n++
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return gap(fmt.Sprintf("%s changes, which needs a plan, and none was given.", first))
	}
	return gap(fmt.Sprintf("%s and %s change, which need a plan, and none was given.", first, checks.Plural(n-1, "other file", "other files")))
}

func unreadable(p *checks.Plan) checks.Gap {
	return checks.Gap{
		Question: checks.QuestionPlan, Kind: checks.GapEvidence,
		Message: fmt.Sprintf("The plan %s cannot be used: %s.", p.Source, strings.TrimSuffix(p.Error, ".")),
		Remedy:  "Give the output of `terraform show -json tfplan` as it is, whole and unedited.",
	}
}

func errored(p *checks.Plan) checks.Gap {
	return checks.Gap{
		Question: checks.QuestionPlan, Kind: checks.GapEvidence,
		Message: fmt.Sprintf("The plan %s says of itself that it failed, so what failed is not in it.", p.Source),
		Remedy:  "Mend what `terraform plan` complains of, and make the plan again.",
	}
}

func checked(p *checks.Plan) string {
	if p.Error != "" {
		return fmt.Sprintf("The plan %s was not read.", p.Source)
	}
	tool := map[string]string{"terraform": "Terraform", "opentofu": "OpenTofu"}[p.Tool]
	if p.ToolVersion != "" {
		tool += " " + p.ToolVersion
	}
	n := 0
	for _, k := range p.Totals {
		n += k
	}
	s := fmt.Sprintf("The plan %s, made by %s, with %s", p.Source, strings.TrimSpace(tool), checks.Plural(n, "resource", "resources"))
	switch p.Coverage {
	case checks.CoverageFull:
		s += "; every object of the prior state is in it"
	case checks.CoverageNone:
		s += "; it has no prior state to compare with, as is normal for a first apply"
	}
	return s + "."
}
