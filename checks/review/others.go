package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// A check is a name that anybody who may write checks can take, and GitHub's own rules
// take "skipped" and "neutral" for passing. So a check of the policy is known by its
// name and by who gives it, at this head and no other, and nothing but success passes.
// Its newest word counts: green that turned red is red.

// otherChecks says, of each check of others that the policy names, why it has not
// passed.
func (sc *scene) otherChecks() (out []checks.Finding, gaps []checks.Gap) {
	wanted := sc.p.Review.Checks
	if len(wanted) == 0 {
		return nil, nil
	}
	gap := checks.Gap{Question: checks.QuestionReview, Kind: checks.GapEvidence, Remedy: "Ask the platform for them: run the check on the pull request, with a token."}
	switch {
	case sc.s.Review.Source != "github" || sc.s.PullRequest == nil:
		gap.Message = "The policy names checks of others, and nobody asked which ones this head has."
		return nil, []checks.Gap{gap}
	case len(sc.s.Checks) > checks.MaxCheckStates:
		gap.Message = fmt.Sprintf("This head has %d checks of others, and at most %d are looked at.", len(sc.s.Checks), checks.MaxCheckStates)
		gap.Remedy = "Find out who writes so many, and make a new head."
		return nil, []checks.Gap{gap}
	}
	byName := map[string][]checks.CheckState{}
	for _, c := range sc.s.Checks {
		byName[c.Name] = append(byName[c.Name], c)
	}
	for _, w := range wanted {
		if f, passed := sc.otherCheck(w, byName[w.Name]); !passed {
			out = append(out, f)
		}
	}
	return out, nil
}

// otherCheck judges one check by all of its name that this head has.
func (sc *scene) otherCheck(w policy.RequiredCheck, named []checks.CheckState) (f checks.Finding, passed bool) {
	subject := checks.Subject{Kind: checks.SubjectChange, Name: sc.s.Head.Commit, Note: fmt.Sprintf("the check %s by %s", w.Name, w.By())}
	say := func(r checks.Rule, format string, args ...any) (checks.Finding, bool) {
		return r.New(subject, fmt.Sprintf("The check %q by %s ", w.Name, w.By())+fmt.Sprintf(format, args...)+"."), false
	}
	var runs, others []checks.CheckState
	for _, c := range named {
		if isBy(w, &c) {
			runs = append(runs, c)
		} else {
			others = append(others, c)
		}
	}
	if len(runs) == 0 {
		return say(ruleCheckPending, "is not there%s", elsewhere(w, others))
	}
	// Of several, one that still runs can turn red, however old it is.
	var running []string
	for _, c := range runs {
		if c.Status != "completed" {
			running = append(running, c.Status)
		}
	}
	if len(running) > 0 {
		return say(ruleCheckPending, "has not ended: it is %q", slices.Min(running))
	}
	newest := slices.MaxFunc(runs, compareRuns)
	if newest.Conclusion == success {
		return f, true
	}
	return say(ruleCheckFailed, "ended with %q%s", newest.Conclusion, before(runs))
}

const success = "success"

// isBy reports whether a check is given by who the policy names. Account 0 is a deleted
// one and App 0 none, so neither is anybody.
func isBy(w policy.RequiredCheck, c *checks.CheckState) bool {
	switch {
	case w.AppID != 0:
		return c.AppID == w.AppID
	case w.Account != 0:
		return c.AppID == 0 && c.Account == w.Account
	}
	return false
}

// compareRuns orders runs by age. One without a time could be the newest, and of two at
// the same time the one that did not succeed counts as newer.
func compareRuns(a, b checks.CheckState) int {
	return cmp.Or(
		compareBool(a.At.IsZero(), b.At.IsZero()), a.At.Compare(b.At),
		compareBool(a.Conclusion != success, b.Conclusion != success), strings.Compare(a.Conclusion, b.Conclusion),
	)
}

// before says that an older run succeeded, which whoever looks may have in mind.
func before(runs []checks.CheckState) string {
	if slices.ContainsFunc(runs, func(c checks.CheckState) bool { return c.Conclusion == success }) {
		return fmt.Sprintf("; of its %d runs at this head an older one succeeded, and the newest counts", len(runs))
	}
	return ""
}

// elsewhere tells of checks of the same name by somebody else.
func elsewhere(w policy.RequiredCheck, others []checks.CheckState) string {
	var by []string
	for i := range others {
		c := &others[i]
		name := "a deleted account"
		switch {
		case c.AppID != 0 && c.App != "":
			name = fmt.Sprintf("app %d (%q)", c.AppID, c.App)
		case c.AppID != 0:
			name = fmt.Sprintf("app %d", c.AppID)
		case c.Account != 0:
			name = fmt.Sprintf("account %d", c.Account)
		}
		by = append(by, name)
	}
	if len(by) == 0 {
		return ""
	}
	slices.Sort(by)
	by = slices.Compact(by)
	const show = 3
	if len(by) > show {
		by = append(by[:show:show], checks.Plural(len(by)-show, "other", "others"))
	}
	which := "which is not"
	if len(by) > 1 {
		which = "none of which is"
	}
	return fmt.Sprintf("; one of that name is there by %s, %s %s", list(by, "and"), which, w.By())
}

// othersInTheWay is a clause of the summary about findings of other checks.
func othersInTheWay(found []checks.Finding) (parts []string) {
	pending, failed := 0, 0
	for i := range found {
		if found[i].Rule == ruleCheckFailed.ID {
			failed++
		} else {
			pending++
		}
	}
	if failed > 0 {
		parts = append(parts, fmt.Sprintf("%s not passed.", checks.Plural(failed, "check of others has", "checks of others have")))
	}
	if pending > 0 {
		parts = append(parts, fmt.Sprintf("%s waited for.", checks.Plural(pending, "check of others is", "checks of others are")))
	}
	return parts
}
