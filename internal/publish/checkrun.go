package publish

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// CheckRun is a verdict as a check run at the head commit. It has no conclusion but
// success, failure and action_required: GitHub counts neutral and skipped as passed.
type CheckRun struct {
	Name       string // keyed by the base branch: what was earned against one is not had against another
	ExternalID string // which decision about which pull request it is, and as of when
	Conclusion string // "success", "failure", "action_required"
	Title      string
	Summary    string // Markdown
	// Annotations are what stands at a file, the worst first.
	Annotations []CheckAnnotation
}

// CheckAnnotation is a remark at lines of a file.
type CheckAnnotation struct {
	Path           string
	Line           int
	Level          string // "failure", "warning", "notice"
	Title, Message string
}

const (
	maxCheckSummary     = 60_000 // bytes; GitHub takes 65,535 characters
	maxCheckAnnotations = 200
	maxCheckTitle       = 120
)

// CheckName is the name of the check run for a base branch.
func CheckName(branch string) string {
	return "claw-verified / " + redact.Visible(redact.Cut(branch, 100))
}

// AsCheckRun writes a verdict about a pull request against a branch as a check run.
func AsCheckRun(v *checks.Verdict, branch string, number int64, o Options) (CheckRun, error) {
	o.MaxBytes = maxCheckSummary
	var b bytes.Buffer
	if err := Markdown(&b, v, o); err != nil {
		return CheckRun{}, err
	}
	decision, err := sameDecision(v)
	if err != nil {
		return CheckRun{}, err
	}
	c := CheckRun{
		Name: CheckName(branch), Conclusion: conclusion(v), Summary: b.String(),
		Title:      redact.Cut(Word(v, v.Outcome)+": "+headline(v), maxCheckTitle),
		ExternalID: fmt.Sprintf("pull-request-%d %s %s %d", number, v.Outcome, decision, v.At.Unix()),
	}
	if v.Mode == checks.ModeObserve {
		c.Title = redact.Cut("observed only, "+c.Title, maxCheckTitle)
	}
	for i := range v.Findings {
		f := &v.Findings[i]
		if f.Subject.Path == "" {
			continue
		}
		a := CheckAnnotation{
			Path: string(f.Subject.Path), Line: max(1, f.Subject.Line), Level: "notice", Title: f.Rule,
			Message: plainText(strings.Join([]string{f.Message, f.Why, f.Remedy}, "\n")),
		}
		switch standingOf(v, f) {
		case denies:
			a.Level = "failure"
		case asksReview:
			a.Level = "warning"
		}
		c.Annotations = append(c.Annotations, a)
	}
	rank := map[string]int{"failure": 0, "warning": 1, "notice": 2}
	slices.SortStableFunc(c.Annotations, func(a, b CheckAnnotation) int { return cmp.Compare(rank[a.Level], rank[b.Level]) })
	c.Annotations = c.Annotations[:min(len(c.Annotations), maxCheckAnnotations)]
	return c, nil
}

// SameCheckRun reports whether a check run with this external id and conclusion says what
// c does, whenever that was.
func SameCheckRun(externalID, conclusion string, c *CheckRun) bool {
	was, _, ok := externalAt(externalID)
	is, _, _ := externalAt(c.ExternalID)
	return ok && was == is && conclusion == c.Conclusion
}

// NewerCheckRun reports whether a check run with this external id was decided on facts
// that were read no earlier than those of c.
func NewerCheckRun(externalID string, c *CheckRun) bool {
	_, was, ok := externalAt(externalID)
	_, is, _ := externalAt(c.ExternalID)
	return ok && was >= is
}

// externalAt parts an external id into what was decided and when.
func externalAt(id string) (what string, at int64, ok bool) {
	i := strings.LastIndexByte(id, ' ')
	if i < 0 || !strings.HasPrefix(id, "pull-request-") {
		return "", 0, false
	}
	at, err := strconv.ParseInt(id[i+1:], 10, 64)
	return id[:i], at, err == nil
}

// sameDecision is a digest of all that a verdict says but when it was made: while it is
// the same, there is nothing new to tell.
func sameDecision(v *checks.Verdict) (string, error) {
	timeless := *v
	timeless.At, timeless.Snapshot = time.Time{}, ""
	b, err := timeless.Encode()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16]), nil
}

// conclusion is what GitHub is told. In observe mode nothing is held up, and the title
// says why.
func conclusion(v *checks.Verdict) string {
	if v.ExitCode() == checks.ExitVerified {
		return "success"
	}
	if v.Outcome == checks.Waiting {
		return "action_required"
	}
	return "failure"
}

// plainText makes foreign text safe where GitHub shows no Markdown.
func plainText(s string) string {
	parts := strings.Split(s, "\n")
	for i := range parts {
		parts[i] = redact.Visible(redact.Cut(parts[i], maxText))
	}
	return strings.Join(parts, "\n")
}
