package checks

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/internal/policy"
)

// Evaluate judges a snapshot with the given checks, in their order. It is pure:
// see the package comment.
func Evaluate(s *Snapshot, list ...Check) *Verdict {
	v := &Verdict{
		Schema: ReportSchema, Outcome: Undecided, At: s.TakenAt,
		Change: summarise(s),
		Policy: policyUsed(s),
	}
	enc, err := s.Encode()
	if err != nil {
		v.Undecided = append(v.Undecided, Gap{Kind: GapEvidence, Message: "The snapshot cannot be written down: " + err.Error() + ".", Remedy: "Report this as a defect."})
		return finish(v, s, list, nil)
	}
	sum := sha256.Sum256(enc)
	v.Snapshot = "sha256:" + hex.EncodeToString(sum[:])
	v.Undecided = append(v.Undecided, s.Gaps...)

	p, gaps := readPolicy(s, list)
	if p == nil {
		v.Undecided = append(v.Undecided, gaps...)
		return finish(v, s, list, nil)
	}
	v.Mode = string(p.Mode)
	if len(s.Commits) == 0 && slices.ContainsFunc(s.Gaps, func(g Gap) bool { return g.Question == "" }) {
		// Nothing is known of the change. No question is asked about nothing: an
		// answer such as "0 of 0 commits are proved" would read like a good one.
		return finish(v, s, list, nil)
	}

	results, shared := make([]Result, len(list)), map[any]any{}
	for i, c := range list {
		r := c.Evaluate(Input{Snapshot: s, Policy: p, Findings: v.Findings, Gaps: v.Undecided, Shared: shared, Known: Known(list)})
		applyWaivers(r.Findings, p.Waivers, s, list)
		sortFindings(r.Findings)
		results[i] = r
		v.Findings = append(v.Findings, r.Findings...)
		v.Undecided = append(v.Undecided, r.Gaps...)
		v.Waiting = append(v.Waiting, r.Waiting...)
		v.Approvals = append(v.Approvals, r.Approvals...)
		v.Origins = append(v.Origins, r.Origins...)
		v.NotProved = append(v.NotProved, r.NotProved...)
		if ps, ok := c.(PlanSummariser); ok {
			v.Plans = append(v.Plans, ps.Plans(s, r.Findings)...)
		}
	}
	return finish(v, s, list, results)
}

// readPolicy parses the policy texts of the snapshot: the repository's, above the
// floors of the organisation's. One that cannot be read leaves nothing to judge by.
func readPolicy(s *Snapshot, list []Check) (*policy.Policy, []Gap) {
	if len(s.Policy.Text) == 0 {
		if slices.ContainsFunc(s.Gaps, func(g Gap) bool { return g.Question == "" }) {
			return nil, nil // the reason is already told
		}
		return nil, []Gap{{
			Kind:    GapConfiguration,
			Message: "There is no policy to judge by.",
			Remedy:  "Run `claw-verified init`, commit the file it writes, and merge it into the base branch.",
		}}
	}
	known := Known(list)
	p, problems := policy.Parse(string(s.Policy.Text), known)
	var gaps []Gap
	if p == nil {
		gaps = policyGaps(problems, s.Policy.Path.String(), "mend the policy on the base branch; `claw-verified policy lint` checks it")
	}
	if s.Organization == nil {
		return p, gaps
	}
	name := organizationFile(s.Organization)
	floor, problems := policy.ParseFloor(string(s.Organization.Text), known)
	if floor == nil {
		return nil, append(gaps, policyGaps(problems, name, "mend the policy of the organisation; `claw-verified policy lint --organization FILE` checks it")...)
	}
	if p == nil {
		return nil, gaps
	}
	p, problems = p.WithFloor(floor)
	if more := policyGaps(problems, name, "change the policy of the repository or that of the organisation, so that both can hold"); len(more) > 0 || p == nil {
		return nil, append(gaps, more...)
	}
	return p, nil
}

// policyGaps makes a gap of every error in a policy, so that all can be mended at once.
func policyGaps(problems []policy.Problem, name, remedy string) []Gap {
	var gaps []Gap
	for _, pr := range problems {
		if pr.Warning {
			continue
		}
		at := name
		if pr.Line > 0 {
			at += fmt.Sprintf(":%d:%d", pr.Line, pr.Column)
		}
		gaps = append(gaps, Gap{
			Kind:    GapConfiguration,
			Message: fmt.Sprintf("The policy cannot be used: %s: %s", at, pr.Message),
			Remedy:  sentence(cmp.Or(pr.Hint, remedy)),
		})
	}
	return gaps
}

// organizationFile names the file of an organisation's policy for people.
func organizationFile(t *PolicyText) string {
	if t.Repository == "" {
		return "the organisation's " + t.Path.String()
	}
	return t.Repository + "/" + t.Path.String()
}

func policyUsed(s *Snapshot) PolicyUsed {
	used := PolicyUsed{Origin: s.Policy.Origin, Path: s.Policy.Path, Commit: s.Policy.Commit, Digest: s.Policy.Digest}
	if o := s.Organization; o != nil {
		used.Organization = &OrganizationPolicy{Repository: o.Repository, Path: o.Path, Commit: o.Commit, Digest: o.Digest}
	}
	return used
}

// Known tells the policy parser of the rules of the checks, and of the marks that a
// check looks for, if it says so.
func Known(list []Check) policy.Known {
	k := policy.Known{Rules: ruleIDs(list)}
	for _, c := range list {
		if m, ok := c.(interface{ Markers() []string }); ok {
			k.Markers = m.Markers()
		}
		for _, r := range c.Rules() {
			if !r.Waivable {
				k.NotWaivable = append(k.NotWaivable, r.ID)
			}
		}
	}
	return k
}

// sentence makes one of a hint, which is written without capital and full stop.
func sentence(s string) string {
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}

// ruleIDs lists the ids of all rules of the checks, in order.
func ruleIDs(list []Check) []string {
	var ids []string
	for _, c := range list {
		for _, r := range c.Rules() {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// applyWaivers marks findings that a waiver in force accepts. Only waivable
// rules can be waived: nobody waives a bad signature.
func applyWaivers(fs []Finding, ws []policy.Waiver, s *Snapshot, list []Check) {
	waivable := map[string]bool{}
	for _, c := range list {
		for _, r := range c.Rules() {
			waivable[r.ID] = r.Waivable
		}
	}
	for i := range fs {
		if f := &fs[i]; waivable[f.Rule] {
			f.Waiver = WaivedBy(f, ws, s.TakenAt)
		}
	}
}

// WaivedBy returns the first waiver in force that accepts a finding, nil when none
// does. Whether the rule may be waived at all is not looked at. What is accepted at
// one address is not to be had by moving there: both addresses must match.
func WaivedBy(f *Finding, ws []policy.Waiver, at time.Time) *Waived {
	for _, w := range ws {
		if w.Rule != f.Rule || !w.Expires.After(at) || !policy.MatchName(w.Subject, f.Subject.Name) || f.Subject.Was != "" && !policy.MatchName(w.Subject, f.Subject.Was) {
			continue
		}
		return &Waived{Owner: w.Owner, Reason: w.Reason, Expires: w.Expires.UTC().Format("2006-01-02T15:04:05Z")}
	}
	return nil
}

func sortFindings(fs []Finding) {
	effect := map[Effect]int{EffectDeny: 0, EffectRequireReview: 1, EffectAllow: 2}
	rank := func(f *Finding) int {
		if f.Waiver != nil {
			return 3
		}
		return effect[f.Effect]
	}
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(rank(&a), rank(&b)),
			cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
			strings.Compare(a.Rule, b.Rule),
			// commits keep the order of the range
			func() int {
				if a.Subject.Kind == SubjectCommit {
					return 0
				}
				return strings.Compare(a.Subject.Name, b.Subject.Name)
			}(),
		)
	})
}

// finish derives every outcome from findings, gaps and seats.
func finish(v *Verdict, s *Snapshot, list []Check, results []Result) *Verdict {
	var override *Override
	v.Questions = make([]Answer, len(list))
	for i, c := range list {
		q := c.Question()
		a := Answer{ID: q, Title: q.Title(), Outcome: Undecided, Summary: "Not looked at.", Checked: []string{}}
		if results != nil {
			r := results[i]
			a.Outcome, a.Summary = outcome(q, r, v.Undecided), r.Summary
			a.Checked = append(a.Checked, r.Checked...)
			if r.Override != nil {
				override = r.Override
			}
		}
		v.Questions[i] = a
	}
	deferToReview(v)

	v.Outcome = Verified
	if len(v.Questions) == 0 || results == nil {
		v.Outcome = Undecided
	}
	for _, a := range v.Questions {
		v.Outcome = Worse(v.Outcome, a.Outcome)
	}
	if len(v.Undecided) > 0 { // also a gap of a question that nobody asked
		v.Outcome = Worse(v.Outcome, Undecided)
	}
	// Never over a gap: what was not looked at cannot be weighed against the reason.
	if override != nil && len(v.Undecided) == 0 && (v.Outcome == Refused || v.Outcome == Waiting) {
		v.Outcome, v.Override = Overridden, override
	}
	v.NotProved = dedupe(v.NotProved)
	v.Undecided = once(v.Undecided)
	fillEmpty(v)
	return v
}

// outcome of one question: the worst of what was found. A finding that asks for
// review does not decide here, see deferToReview.
func outcome(q Question, r Result, gaps []Gap) Outcome {
	o := Verified
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case f.Waiver != nil || f.Effect == EffectAllow:
		case f.Effect != EffectRequireReview: // deny, and every word nobody knows
			o = Worse(o, Refused)
		case q == QuestionReview: // it cannot settle itself
			o = Worse(o, Waiting)
		}
	}
	for _, g := range gaps {
		if g.Question == q || g.Question == "" {
			o = Worse(o, Undecided)
		}
	}
	if len(r.Waiting) > 0 {
		o = Worse(o, Waiting)
	}
	return o
}

// deferToReview makes a question with findings that ask for review as good as
// the answer to "who agreed?": what people must agree to is settled when they
// have, and not before. Without a review question nobody can have agreed.
func deferToReview(v *Verdict) {
	review := Waiting
	for _, a := range v.Questions {
		if a.ID == QuestionReview {
			review = a.Outcome
		}
	}
	for i := range v.Questions {
		a := &v.Questions[i]
		if a.ID == QuestionReview {
			continue
		}
		for j := range v.Findings {
			f := &v.Findings[j]
			if f.Question == a.ID && f.Waiver == nil && f.Effect == EffectRequireReview && review != Verified {
				a.Outcome = Worse(a.Outcome, Waiting)
			}
		}
	}
}

func summarise(s *Snapshot) ChangeSummary {
	c := ChangeSummary{
		Kind: s.Kind, Repository: s.Repository, Base: s.Base, MergeBase: s.MergeBase, Head: s.Head,
		Commits: len(s.Commits), Files: len(s.Files), Plans: make([]PlanUsed, 0, len(s.Plans)),
	}
	for i := range s.Plans {
		c.Plans = append(c.Plans, PlanUsed{Source: s.Plans[i].Source, Digest: s.Plans[i].Digest, Changeset: s.Plans[i].Changeset, Evidence: s.Plans[i].Evidence})
	}
	if pr := s.PullRequest; pr != nil && pr.Number > 0 {
		c.PullRequest = &PullRequestNamed{Number: pr.Number, Title: pr.Title, Author: s.Review.Author, HeadRepository: pr.HeadRepository}
	}
	return c
}

func dedupe(in []string) []string {
	var out []string
	for _, x := range in {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// once leaves out of gaps that say the same all but one: the one about every question,
// where there is one, since it says the most.
func once(gaps []Gap) []Gap {
	every, told := map[Gap]bool{}, map[Gap]bool{}
	for _, g := range gaps {
		every[g] = g.Question == ""
	}
	var out []Gap
	for _, g := range gaps {
		same := g
		same.Question = ""
		if told[g] || g.Question != "" && every[same] {
			continue
		}
		told[g] = true
		out = append(out, g)
	}
	return out
}

// fillEmpty makes every list of the report a list, never null.
func fillEmpty(v *Verdict) {
	v.Findings = append([]Finding{}, v.Findings...)
	v.Undecided = append([]Gap{}, v.Undecided...)
	v.Waiting = append([]Seat{}, v.Waiting...)
	v.Approvals = append([]Approval{}, v.Approvals...)
	v.Origins = append([]Origin{}, v.Origins...)
	v.NotProved = append([]string{}, v.NotProved...)
}
