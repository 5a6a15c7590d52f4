package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// maxAhead is how far ahead of our clock a plan may be dated.
const maxAhead = 5 * time.Minute

// savedGap says that the saved plan file is missing, or cannot be read. One that
// was given counts, whether or not the policy asks for it.
func savedGap(p *checks.Plan, rules *policy.Plan) (checks.Gap, bool) {
	g := checks.Gap{Question: checks.QuestionPlan, Kind: checks.GapEvidence}
	s := p.Saved
	switch {
	case s == nil && rules.Saved == policy.SavedRequired:
		g.Message = fmt.Sprintf("The policy asks for the saved plan file of %s, and none was given.", p.Source)
		g.Remedy = "Give the file that `terraform plan -out=tfplan` wrote with --plan-file tfplan, beside --plan."
	case s == nil && len(rules.Workspaces) > 0:
		g.Message = fmt.Sprintf("The policy lists workspaces, and nothing tells of which one %s is: its saved plan file was not given.", p.Source)
		g.Remedy = "Give the file that `terraform plan -out=tfplan` wrote with --plan-file tfplan, beside --plan."
	case s == nil:
		return g, false
	case s.Error != "":
		g.Message = fmt.Sprintf("The saved plan file %s cannot be used: %s.", s.Source, strings.TrimSuffix(s.Error, "."))
		g.Remedy = "Give the file that `terraform plan -out=tfplan` wrote, as it is."
	case s.Encrypted && (rules.Saved == policy.SavedRequired || len(rules.Workspaces) > 0):
		g.Message = fmt.Sprintf("The saved plan file %s is encrypted, so nothing in it can be compared.", s.Source)
		g.Remedy = "Make the plan for the check without plan encryption, or do not ask for the file (plan.saved)."
	case s.Commit == nil && !s.Encrypted && rules.Saved == policy.SavedRequired:
		g.Message = fmt.Sprintf("The configuration in the saved plan file %s could not be compared with the head commit.", s.Source)
		g.Remedy = "Run the check where the head commit can be read."
	default:
		return g, false
	}
	return g, true
}

// trust judges what the plan says of itself and what the plan file adds.
func (j *judge) trust() {
	p := j.plan
	j.partial()
	if n := p.ActionInvocations; n > 0 {
		m := fmt.Sprintf("%s would run %s", p.Source, checks.Plural(n, "action", "actions"))
		if len(p.Actions) > 0 {
			m += ": " + few(p.Actions, 5)
		}
		j.whole(ruleActions, m+".")
	}
	if s := p.Saved; s != nil && s.Encrypted {
		j.whole(ruleEncrypted, fmt.Sprintf("The plan file %s is encrypted: it cannot be compared with the commit or with %s.", s.Source, p.Source))
	}
	if s := p.Saved; s != nil && s.Error == "" && !s.Encrypted {
		if len(s.Disagrees) > 0 {
			j.whole(ruleDisagrees, fmt.Sprintf("The JSON %s and the plan file %s are not of one plan: %s.", p.Source, s.Source, few(s.Disagrees, 5)))
		}
		j.commit(s)
		if w := j.policy.Workspaces; len(w) > 0 && !slices.ContainsFunc(w, func(g string) bool { return policy.MatchName(g, s.Workspace) }) {
			j.whole(ruleWorkspace, fmt.Sprintf("The plan %s is of the workspace %q, and plan.workspaces lists %s.", s.Source, s.Workspace, few(w, 5)))
		}
	}
	j.age()
	if len(p.Failed) > 0 {
		j.whole(ruleChecksFail, fmt.Sprintf("In the plan %s checks fail: %s.", p.Source, few(p.Failed, 5)))
	}
	if len(p.Variables) > 0 {
		j.whole(ruleVariables, fmt.Sprintf("The plan %s was made with other values than the defaults for %s.", p.Source, few(p.Variables, 10)))
	}
	if p.Drift > 0 {
		j.whole(ruleDrift, fmt.Sprintf("%s changed outside Terraform: %s.", checks.Plural(p.Drift, "object was", "objects were"), few(p.Drifted, 5)))
	}
	if len(p.Mismatched) > 0 {
		j.whole(ruleProvider, fmt.Sprintf("In the plan %s types are served by unusual providers: %s.", p.Source, few(p.Mismatched, 5)))
	}
}

// age bounds how old a plan may be.
func (j *judge) age() {
	limit := time.Duration(j.policy.MaxAge)
	if limit <= 0 {
		return
	}
	p := j.plan
	switch {
	case p.Timestamp.IsZero():
		j.whole(ruleStale, fmt.Sprintf("The plan %s does not say when it was made, and plan.max_age asks for it.", p.Source))
	case p.Timestamp.Sub(j.at) > maxAhead:
		j.whole(ruleStale, fmt.Sprintf("The plan %s says that it was made at %s, which is in the future.", p.Source, p.Timestamp.Format(time.RFC3339)))
	case j.at.Sub(p.Timestamp) > limit:
		j.whole(ruleStale, fmt.Sprintf("The plan %s was made %s before it was judged, and plan.max_age allows %s.", p.Source, j.at.Sub(p.Timestamp).Round(time.Minute), limit))
	}
}

// commit tells whether the plan was made from the commit under review.
func (j *judge) commit(s *checks.Saved) {
	m := s.Commit
	if m == nil || m.Same() {
		return
	}
	var parts []string
	list := func(ps []checks.Path, one, many string) {
		if len(ps) == 0 {
			return
		}
		what := many
		if len(ps) == 1 {
			what = one
		}
		names := make([]string, len(ps))
		for i, p := range ps {
			names[i] = p.String()
		}
		parts = append(parts, few(names, 3)+" "+what)
	}
	if !m.Found || m.Matched == 0 && len(m.Differing)+len(m.Missing)+len(m.Extra) == 0 {
		parts = append(parts, "no folder of the commit has its configuration")
	}
	list(m.Differing, "differs", "differ")
	list(m.Missing, "of the commit is not in the plan", "of the commit are not in the plan")
	list(m.Extra, "in the plan is not of the commit", "in the plan are not of the commit")
	if m.LockFile == checks.LockFileDiffers {
		parts = append(parts, "the lock file is another one")
	}
	j.whole(ruleOtherCommit, fmt.Sprintf("The plan %s was not made from the head commit: %s.", s.Source, strings.Join(parts, "; ")))
}

// partial tells in what ways the plan is not the whole. A plan that failed is a
// gap and no finding: it cannot but be incomplete.
func (j *judge) partial() {
	p := j.plan
	if p.Errored {
		return
	}
	var missing []string
	if s := p.Saved; s != nil && s.Error == "" {
		if len(s.Targets) > 0 {
			missing = append(missing, "it was made with -target="+few(s.Targets, 3))
		}
		if len(s.Excludes) > 0 {
			missing = append(missing, "it was made with -exclude="+few(s.Excludes, 3))
		}
		if s.Mode == checks.ModeRefreshOnly {
			missing = append(missing, "it was made with -refresh-only")
		}
		if s.Mode == checks.ModeUnknown {
			missing = append(missing, "it was made in a mode that is not known")
		}
	}
	if p.Coverage == checks.CoveragePartial {
		s := checks.Plural(p.UncoveredTotal, "object of the prior state has", "objects of the prior state have") + " no change in it"
		if len(p.Uncovered) > 0 {
			shown := p.Uncovered[:min(3, len(p.Uncovered))]
			s += " (" + strings.Join(shown, ", ")
			if p.UncoveredTotal > len(shown) {
				s += fmt.Sprintf(" and %d more", p.UncoveredTotal-len(shown))
			}
			s += ")"
		}
		missing = append(missing, s)
	}
	switch {
	case p.Redacted:
		missing = append(missing, "it is the redacted form of HCP Terraform, which leaves out the prior state and the configuration; give the whole JSON")
	case p.Coverage == checks.CoverageMissing:
		missing = append(missing, "it is about objects that exist, and holds no prior state that names them")
	case p.Coverage == checks.CoverageUnknown || p.Coverage == "":
		missing = append(missing, "nobody can tell whether it is whole, because Terraform below 0.13 does not write the addresses of the prior state; make it with 0.13 or later")
	}
	if p.Complete != nil && !*p.Complete {
		missing = append(missing, "it says of itself that it is not complete")
	}
	if p.Deferred > 0 {
		missing = append(missing, checks.Plural(p.Deferred, "change is", "changes are")+" deferred to a later plan")
	}
	if p.Applyable != nil && !*p.Applyable && effective(p) {
		missing = append(missing, "it says of itself that it cannot be applied, although it has changes")
	}
	if len(missing) > 0 {
		j.whole(rulePartial, fmt.Sprintf("The plan %s does not show everything: %s.", p.Source, strings.Join(missing, "; ")))
	}
}

// effective reports whether a plan changes any object.
func effective(p *checks.Plan) bool {
	return slices.ContainsFunc(p.Changes, func(c checks.Change) bool {
		return c.Action != checks.ActionNoOp && c.Action != checks.ActionRead
	})
}
