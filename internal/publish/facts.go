package publish

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// What was judged, in pairs of a label and a text. Texts are foreign.
func facts(v *checks.Verdict) [][2]string {
	var out [][2]string
	add := func(label, text string) { out = append(out, [2]string{label, text}) }
	c := &v.Change
	if c.Repository.Name != "" {
		add("repo", redact.Cut(c.Repository.Name, maxRef))
	}
	if c.PullRequest != nil {
		add("pull", pullText(c))
	}
	if !alone(v) {
		add("range", rangeText(c))
	}
	if c.MergeBase != "" && c.MergeBase != c.Base.Commit {
		add("common ancestor", short(c.MergeBase))
	}
	if !alone(v) {
		add("size", fmt.Sprintf("%s, %s, %s", checks.Plural(c.Commits, "commit", "commits"), checks.Plural(c.Files, "changed file", "changed files"), checks.Plural(len(c.Plans), "plan", "plans")))
	}
	if c.Head.Commit != "" {
		add("head", c.Head.Commit)
	}
	for i, p := range c.Plans {
		if i == maxListed {
			add("plan", fmt.Sprintf("and %d more", len(c.Plans)-i))
			break
		}
		add("plan", planText(v, p))
		if p.Changeset != "" {
			add(changesetLabel, redact.Cut(p.Changeset, maxName))
		}
		if p.Evidence != nil {
			add("made by", evidenceText(p.Evidence))
		}
	}
	add("policy", policyText(v))
	if o := v.Policy.Organization; o != nil {
		add("floors", organizationText(o))
	}
	// Also when it is now: a time given by hand decides what has expired, and a
	// report must not hide that.
	if v.At.IsZero() {
		add("judged", "as of an unknown time")
	} else {
		add("judged", "as of "+v.At.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	return out
}

// isChangeset reports whether a text is such a digest and nothing else.
func isChangeset(s string) bool {
	sum, ok := strings.CutPrefix(s, "changes-v1:sha256:")
	b, err := hex.DecodeString(sum)
	return ok && err == nil && len(b) == 32
}

// pullText names the pull request: who opened it, from where, and in quotes what they
// call it. Its parts are cut, so that it is not: what would be cut out of the middle of
// it could be a quotation mark of ours.
func pullText(c *checks.ChangeSummary) string {
	pr := c.PullRequest
	t := fmt.Sprintf("#%d", pr.Number)
	if pr.Author != nil {
		t += " by " + authorText(pr.Author)
	}
	if from := pr.HeadRepository; from != "" && from != c.Repository.Name {
		t += ", from " + quote(redact.Cut(from, 40))
		if name := c.Head.Name; name != "" && !strings.HasPrefix(c.Head.Commit, name) {
			t += ":" + quote(redact.Cut(name, 30))
		}
	}
	if pr.Title != "" {
		t += ": " + quoted(redact.Cut(pr.Title, 60))
	}
	return t
}

func authorText(a *checks.AccountRef) string {
	name, bot := strings.CutSuffix(a.Login, "[bot]")
	switch {
	case a.Login == "":
		return fmt.Sprintf("account %d", a.ID)
	case bot:
		return quote(redact.Cut(name, 30)) + "[bot]"
	}
	return quote(redact.Cut(name, 30))
}

func rangeText(c *checks.ChangeSummary) string {
	if c.Base == (checks.Ref{}) && c.Head == (checks.Ref{}) {
		return "neither the base commit nor the head commit is known"
	}
	return refText(c.Base, "base") + " .. " + refText(c.Head, "head")
}

func planText(v *checks.Verdict, p checks.PlanUsed) string {
	t := redact.Cut(planName(p.Source), maxRef)
	if p.Digest != "" {
		t += ", " + shortDigest(p.Digest)
	}
	// The digest of a plan that could not be used may be known nevertheless.
	unusable := slices.ContainsFunc(v.Undecided, func(g checks.Gap) bool {
		return g.Question == checks.QuestionPlan && (strings.HasPrefix(g.Message, "The plan "+p.Source+" cannot be used") || strings.HasPrefix(g.Message, "The plan on standard input cannot be used") && p.Source == "-")
	})
	if p.Digest == "" || unusable {
		t += ", not read"
	}
	return t
}

// evidenceText says which run made a plan, and why that is believed.
func evidenceText(e *checks.PlanEvidence) string {
	why := "for a reason that is not known"
	switch e.Believed {
	case checks.BelievedForWorkflow:
		why = "because its workflow is the base's"
	case checks.BelievedForSignature:
		why = "because " + redact.Cut(e.Signer, maxName) + " signed for it"
	}
	return fmt.Sprintf("run %d of %s, artifact %s, %s; believed %s", e.Run, redact.Cut(string(e.Producer), maxRef), redact.Cut(e.Artifact, maxRef), shortDigest(e.ArtifactDigest), why)
}

func planName(source string) string {
	if source == "-" {
		return "standard input"
	}
	return source
}

func policyText(v *checks.Verdict) string {
	p := &v.Policy
	if p.Path == "" && alone(v) {
		return "the built-in rules, no policy was given"
	}
	if p.Path == "" && p.Digest == "" {
		return "none"
	}
	t := redact.Cut(p.Path.String(), maxRef)
	switch p.Origin {
	case checks.PolicyFromBase:
		t += " of the base commit"
		if p.Commit != "" && p.Commit != v.Change.Base.Commit {
			t += " " + short(p.Commit)
		}
	case checks.PolicyFromFile:
		if !alone(v) { // there is no base commit
			t += ", a file given by hand and not the base commit's policy"
		}
	}
	if p.Digest != "" {
		t += ", " + shortDigest(p.Digest)
	}
	return t
}

// organizationText names the policy whose floors hold in every repository.
func organizationText(o *checks.OrganizationPolicy) string {
	t := redact.Cut(o.Path.String(), maxRef)
	if o.Repository != "" {
		t += " of " + redact.Cut(o.Repository, maxRef)
	}
	if o.Commit != "" {
		t += " " + short(o.Commit)
	}
	if o.Digest != "" {
		t += ", " + shortDigest(o.Digest)
	}
	return t
}

func refText(r checks.Ref, what string) string {
	switch {
	case r.Commit == "" && r.Name == "":
		return "unknown " + what + " commit"
	case r.Commit == "":
		return redact.Cut(r.Name, maxRef) + " (commit not known)"
	case r.Name == "" || strings.HasPrefix(r.Commit, r.Name):
		return short(r.Commit)
	}
	return redact.Cut(r.Name, maxRef) + " " + short(r.Commit)
}

// short is the usual twelve digits of an object id. What is no id stays as it is.
func short(id string) string {
	if _, err := hex.DecodeString(id); err != nil || len(id) < 40 {
		return redact.Cut(id, maxName)
	}
	return id[:12]
}

func shortDigest(d string) string {
	alg, sum, ok := strings.Cut(d, ":")
	if !ok {
		return short(d)
	}
	return redact.Cut(alg, 20) + " " + redact.Cut(short(sum), maxRef)
}
