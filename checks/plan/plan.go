package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
	r.Gaps = append(required(in), notCovered(in)...)
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
		if g, missing := savedGap(p, &in.Policy.Plan); missing {
			r.Gaps = append(r.Gaps, g)
		}
		j := judge{plan: p, policy: &in.Policy.Plan, at: in.Snapshot.TakenAt, waived: func(f *checks.Finding) bool { return checks.WaivedBy(f, in.Policy.Waivers, in.Snapshot.TakenAt) != nil }}
		r.Findings = append(r.Findings, j.findings()...)
		t.add(p)
	}
	r.Findings = append(r.Findings, sourceFindings(in)...)
	r.Summary = t.sentence(len(in.Snapshot.Plans), len(r.Gaps) > 0)
	for i := range in.Snapshot.Plans {
		for _, s := range unproved(&in.Snapshot.Plans[i]) {
			if !slices.Contains(r.NotProved, s) {
				r.NotProved = append(r.NotProved, s)
			}
		}
	}
	r.NotProved = append(r.NotProved, coverageUnproved(in)...)
	return r
}

// unproved lists what a plan that was read does not prove.
func unproved(p *checks.Plan) []string {
	var out []string
	switch {
	case p.Error != "":
		return nil
	case p.Saved == nil || p.Saved.Error != "" || p.Saved.Encrypted || p.Saved.Commit == nil:
		out = append(out, fmt.Sprintf("That the plan %s was made from this commit: its JSON names none. The saved plan file shows it (--plan-file).", p.Source))
	case p.Saved.Commit.External > 0:
		out = append(out, fmt.Sprintf("That the modules of %s that come from elsewhere are what their source says: %s were not compared.", p.Source, checks.Plural(p.Saved.Commit.External, "file", "files")))
	}
	return append(out,
		"That nothing changes between the plan and its apply. Apply the saved plan, not a new one.",
		"That values known only after apply are harmless, where nobody sets them: they are the provider's defaults.",
		"Which values variable files, functions, files and programs gave when the plan was made. The digest of the change set holds those of the variables.",
	)
}

// required says which plan is missing.
func required(in checks.Input) []checks.Gap {
	if len(in.Snapshot.Plans) > 0 {
		return nil
	}
	made := "none was given"
	remedy := "Make one with `terraform plan -out=tfplan` and `terraform show -json tfplan > plan.json`, and give it with --plan plan.json --plan-file tfplan."
	if names := producers(in); names != "" {
		made = "none was fetched from " + names
		remedy = "See whether " + names + " ran for this head and succeeded: start it, or wait for it (wait-for), and run the check again."
	}
	gap := func(format string, args ...any) []checks.Gap {
		return []checks.Gap{{Question: checks.QuestionPlan, Kind: checks.GapEvidence, Message: fmt.Sprintf(format, args...) + ", and " + made + ".", Remedy: remedy}}
	}
	if in.Policy.Plan.Require == policy.PlanAlways {
		return gap("The policy asks for a plan of every change")
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
		return gap("%s changes, which needs a plan", first)
	}
	return gap("%s and %s change, which need a plan", first, checks.Plural(n-1, "other file", "other files"))
}

// producers names the workflows whose plan of a pull request is fetched; empty where
// nobody fetches one.
func producers(in checks.Input) string {
	s := in.Snapshot
	if s.Kind != checks.KindPullRequest || s.Review.Source != "github" {
		return ""
	}
	var names []string
	for i := range in.Policy.Plan.Producers {
		if name := "workflow " + checks.Path(in.Policy.Plan.Producers[i].Workflow).String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	const show = 3
	if n := len(names); n > show {
		names = append(names[:show:show], fmt.Sprintf("%d more", n-show))
	}
	return strings.Join(names, " or ")
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
	if !p.Timestamp.IsZero() {
		s += "; it says that it was made at " + p.Timestamp.Format(time.RFC3339)
	}
	return s + "." + savedChecked(p.Saved)
}

// savedChecked tells what was compared with the plan file.
func savedChecked(s *checks.Saved) string {
	if s == nil || s.Error != "" || s.Encrypted {
		return ""
	}
	out := fmt.Sprintf(" Its plan file %s: workspace %q", s.Source, s.Workspace)
	if s.Backend != "" {
		out += fmt.Sprintf(", state in %q", s.Backend)
	}
	if len(s.Replaced) > 0 {
		out += ", made with -replace=" + few(s.Replaced, 3)
	}
	if m := s.Commit; m != nil && m.Same() {
		out += fmt.Sprintf("; its configuration is the commit's (%s in %s)", checks.Plural(m.Matched, "file", "files"), rootName(m.Root))
	}
	return out + "."
}

// rootName names the folder of a root module.
func rootName(p checks.Path) string {
	if p == "" {
		return "the root of the repository"
	}
	return p.String()
}
