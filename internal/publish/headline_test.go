package publish_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
)

// reviewed is a verdict that waits for these findings of the review question.
func reviewed(o checks.Outcome, rule string, effect checks.Effect, n int) *checks.Verdict {
	v := verdict(o, checks.Verified, checks.Verified, o)
	for i := range n {
		path := checks.Path(fmt.Sprintf("net%02d.tf", i))
		v.Findings = append(v.Findings, checks.Finding{
			Rule: rule, Question: checks.QuestionReview, Severity: checks.SeverityMedium, Effect: effect,
			Subject: checks.Subject{Kind: checks.SubjectPath, Name: path.String(), Path: path, Line: 7}, Message: "Bob asked.",
		})
	}
	return v
}

// The headline says what a change is held up by in the words of what it is, and of one
// that may go in that later ones will be asked for less.
func TestHeadlines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v    *checks.Verdict
		want string
	}{
		{reviewed(checks.Waiting, "review.conversation", checks.EffectRequireReview, 1), "● WAITING  1 conversation is not resolved."},
		{reviewed(checks.Waiting, "review.conversation", checks.EffectRequireReview, 14), "● WAITING  14 conversations are not resolved."},
		{reviewed(checks.Waiting, "review.conversation", checks.EffectRequireReview, 21), "● WAITING  more than 20 conversations are not resolved."},
		{reviewed(checks.Waiting, "review.check-pending", checks.EffectRequireReview, 2), "● WAITING  2 checks of others have not passed yet."},
		{reviewed(checks.Waiting, "review.other", checks.EffectRequireReview, 2), "● WAITING  2 findings need people to agree."},
		{reviewed(checks.Verified, "review.policy-weaker", checks.EffectAllow, 1), "✓ VERIFIED  every question is answered, and it makes the policy weaker."},
		{reviewed(checks.Verified, "review.policy-changes", checks.EffectAllow, 1), "✓ VERIFIED  every question is answered."},
	} {
		first, _, _ := strings.Cut(write(t, "terminal", c.v, options()), "\n")
		if first != c.want {
			t.Errorf("got  %s\nwant %s", first, c.want)
		}
	}
}

// What is mended alike is told together, with its remedy once.
func TestGapsThatAreMendedAlike(t *testing.T) {
	t.Parallel()
	v := verdict(checks.Undecided, checks.Undecided, checks.Undecided, checks.Undecided)
	gap := func(message, remedy string) checks.Gap {
		return checks.Gap{Kind: checks.GapEvidence, Message: message, Remedy: remedy}
	}
	v.Undecided = []checks.Gap{gap("No head.", "Run it again."), gap("No commits.", "Run it again."), gap("No people.", "Give a token.")}
	for _, format := range []string{"terminal", "markdown"} {
		got := write(t, format, v, options())
		for text, n := range map[string]int{"No head.": 1, "No commits.": 1, "No people.": 1, "Run it again.": 1, "Give a token.": 1} {
			if strings.Count(got, text) != n {
				t.Errorf("%s: not %d times %q in\n%s", format, n, text, got)
			}
		}
		if strings.Index(got, "Run it again.") < strings.Index(got, "No commits.") || strings.Index(got, "Run it again.") > strings.Index(got, "No people.") {
			t.Errorf("%s: a remedy beside what it does not mend\n%s", format, got)
		}
	}
	v.Undecided = nil
	for i := range 12 {
		v.Undecided = append(v.Undecided, gap(fmt.Sprintf("Gap %d.", i), "Run it again."))
	}
	if got := write(t, "terminal", v, options()); strings.Count(got, "Run it again.") != 1 || !strings.Contains(got, "and 7 more") {
		t.Errorf("of many the remedy is not told once:\n%s", got)
	}
}

// The pull request is named by whoever opened it; no name ends where words of ours begin.
func TestPullRequestIsNamed(t *testing.T) {
	t.Parallel()
	v := verified()
	for _, c := range []struct {
		pr   checks.PullRequestNamed
		want string
	}{
		{checks.PullRequestNamed{Number: 2}, "#2\n"},
		{checks.PullRequestNamed{Number: 2, Author: &checks.AccountRef{ID: 5, Login: "eve"}, HeadRepository: "eve/infra"}, "#2 by eve, from eve/infra:agent/database\n"},
		{checks.PullRequestNamed{Number: 2, Author: &checks.AccountRef{ID: 5}, HeadRepository: "acme/infra"}, "#2 by account 5\n"},
		{checks.PullRequestNamed{Number: 2, Author: &checks.AccountRef{ID: 5, Login: `eve", from acme/infra`}}, "#2 by \"eve', from acme/infra\"\n"},
		{checks.PullRequestNamed{Number: 2, Title: "x\n✓ VERIFIED \x1b[2J\""}, "#2: \"x\\n✓ VERIFIED \\x1b[2J'\"\n"},
	} {
		v.Change.PullRequest = &c.pr
		if got := write(t, "terminal", v, options()); !strings.Contains(got, "  pull    "+c.want) {
			t.Errorf("no %q in\n%s", c.want, got)
		}
		for _, format := range []string{"markdown", "junit", "json"} {
			if got := write(t, format, v, options()); !strings.Contains(got, "pull") {
				t.Errorf("%s does not name it", format)
			}
		}
	}
	v.Change.PullRequest = &checks.PullRequestNamed{
		Number: 1 << 62, Title: strings.Repeat(`"a`, 500), Author: &checks.AccountRef{Login: strings.Repeat("a ", 500)}, HeadRepository: strings.Repeat("b ", 500),
	}
	v.Change.Head.Name = strings.Repeat("c ", 500)
	for line := range strings.SplitSeq(write(t, "markdown", v, options()), "\n") {
		if strings.HasPrefix(line, "- pull:") && (strings.Count(line, `"`) != 8 || !strings.HasSuffix(line, "\"`")) {
			t.Errorf("a name lost its end: %s", line)
		}
	}
}
