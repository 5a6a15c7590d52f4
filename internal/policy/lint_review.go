package policy

import "slices"

// lintReview tells of tiers that ask for something else than it seems, or never.
func (r *reader) lintReview() {
	p := &r.policy
	commits, files := p.Limits.Commits, p.Limits.Files
	setDefault(&commits, DefaultCommits)
	setDefault(&files, DefaultFiles)
	for i, n := range r.tiersAt {
		t := &p.Review.Tiers[i]
		if s := t.When.Size; s != nil {
			at := valueOf(valueOf(n, "when"), "size")
			if s.Commits > commits {
				r.warn(valueOf(at, "commits"), "use a number within limits.commits", "tier %s never waits for %d commits: more than %d are undecided", t.ID, s.Commits, commits)
			}
			if s.Files > files {
				r.warn(valueOf(at, "files"), "use a number within limits.files", "tier %s never waits for %d files: more than %d are undecided", t.ID, s.Files, files)
			}
		}
		if w := &t.When; onlyLabels(w) {
			r.warn(valueOf(n, "when"), "add what makes such a change itself, such as paths or findings", "tier %s applies by a label alone, and whoever may label can take it off again", t.ID)
		}
	}
	for i, n := range r.checksAt {
		if c := &p.Review.Checks[i]; c.AppID == ActionsAppID {
			r.warn(valueOf(n, "app_id"), "have it written by an App of your own, or require its workflow in a ruleset of the organisation", "every workflow of the repository, the change's own among them, can write the check %s as GitHub Actions", quoteName(clip(c.Name)))
		}
	}
	for i, n := range r.producersAt {
		if p.Plan.Producers[i].PlanFile != "" {
			continue
		}
		switch {
		case p.Plan.Saved == SavedRequired:
			r.warn(n, "add plan_file", "plan.saved is required and this producer brings no plan file, so its plans are never enough")
		case len(p.Plan.Workspaces) > 0:
			r.warn(n, "add plan_file", "plan.workspaces needs the plan file, which alone names the workspace, and this producer brings none: its plans are undecided")
		}
	}
}

// lintGateFiles tells of a policy that anybody who may approve may weaken. An
// organisation's, which leaves that to its repositories, is not asked.
func (r *reader) lintGateFiles() {
	for i := range r.tiersAt {
		if w := &r.policy.Review.Tiers[i].When; w.GateFiles || slices.ContainsFunc(w.Findings, func(g string) bool { return MatchName(g, "review.policy-weaker") }) {
			return
		}
	}
	if len(r.tiersAt) > 0 { // the default tiers have one
		r.warn(r.tiersAt[0], "add a tier with when: {gate_files: true} that names who may change the gate itself", "no tier has gate_files: true, so whoever may approve any change may approve one of this policy")
	}
}

// onlyLabels reports a tier that nothing but a label brings about.
func onlyLabels(w *TierWhen) bool {
	return len(w.Labels) > 0 && !w.Always && !w.Agent && !w.Unattributed && !w.GateFiles && w.ProvenanceBelow == "" && w.Size == nil && len(w.Paths)+len(w.Findings) == 0
}
