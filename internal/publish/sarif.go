package publish

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"golang.org/x/mod/semver"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	// Code scanning refuses a run with more results.
	maxResults = 25_000
	// Fingerprint names our own fingerprint and its making. A new making is a new
	// name, so that the old ones still match each other.
	fingerprintName = "clawVerified/v1"
	// Code scanning matches alerts by this one alone, and without it makes one of
	// the line's text, which would take all findings about commits for one.
	githubFingerprint = "primaryLocationLineHash"
	// A finding without a file is shown at the policy: it is the file that
	// decided, and code scanning drops a result that has none.
	defaultPolicyPath = ".github/claw-verified.yml"
)

// SARIF writes the findings for code scanning. What could not be looked at is a
// notification, and the run then counts as not successful. Waived findings are
// suppressed results.
func SARIF(w io.Writer, v *checks.Verdict, o Options) error {
	r := sarifRun(v, o)
	b, err := compact(&sarif.Report{Schema: sarifSchema, Version: "2.1.0", Runs: []*sarif.Run{r}})
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

func sarifRun(v *checks.Verdict, o Options) *sarif.Run {
	r := sarif.NewRunWithInformationURI("claw-verified", homepage)
	d := r.Tool.Driver
	if o.Version != "" {
		version := redact.Cut(o.Version, 60)
		d.Version = &version
		if s := "v" + strings.TrimPrefix(version, "v"); semver.IsValid(s) {
			s = strings.TrimPrefix(semver.Canonical(s), "v") + semver.Build(s)
			d.SemanticVersion = &s
		}
	}
	index := map[string]int{}
	addRule := func(rule checks.Rule) {
		if _, ok := index[rule.ID]; !ok {
			index[rule.ID] = len(d.Rules)
			d.Rules = append(d.Rules, sarifRule(rule))
		}
	}
	for _, rule := range o.Rules {
		// A plan alone is not held against rules about who made it; those that found
		// nothing there are left out for the size.
		if !alone(v) || slices.ContainsFunc(v.Findings, func(f checks.Finding) bool { return f.Rule == rule.ID }) {
			addRule(rule)
		}
	}
	ordinal := map[string]int{}
	inv := sarifInvocation(v)
	for i := range v.Findings {
		f := &v.Findings[i]
		if i == maxResults {
			inv.ToolExecutionNotifications = append(inv.ToolExecutionNotifications, notification("error", "left-out",
				fmt.Sprintf("%d findings are left out: code scanning takes no more than %d. The JSON report has all of them.", len(v.Findings)-i, maxResults)))
			break
		}
		addRule(checks.Rule{ID: f.Rule, Title: f.Rule, Severity: f.Severity, Effect: f.Effect, Why: f.Why, Remedy: f.Remedy})
		mark := fingerprint(f)
		ordinal[mark]++
		r.Results = append(r.Results, sarifResult(v, f, index[f.Rule], fmt.Sprintf("%s:%d", mark, ordinal[mark])))
	}
	r.Invocations = []*sarif.Invocation{inv}
	id := "claw-verified/" + v.Snapshot
	r.AutomationDetails = sarif.NewRunAutomationDetails().WithID(id)
	utf16 := "utf16CodeUnits"
	r.ColumnKind = &utf16
	props := sarif.NewPropertyBag()
	for _, p := range [][2]string{
		{"outcome", outcomeWord(v)},
		{"mode", v.Mode},
		{"base", v.Change.Base.Commit},
		{"head", v.Change.Head.Commit},
		{"policy", v.Policy.Digest},
		{"snapshot", v.Snapshot},
		{"headline", headline(v)},
	} {
		if p[1] != "" {
			props.Add(p[0], redact.Cut(p[1], maxText))
		}
	}
	if list, left := sarifOrigins(v); len(list) > 0 {
		props.Add("origins", list)
		if left > 0 {
			props.Add("originsLeftOut", left)
		}
	}
	r.Properties = props
	return r
}

func sarifRule(rule checks.Rule) *sarif.ReportingDescriptor {
	id := redact.Cut(rule.ID, maxName)
	text := "Why it matters: " + rule.Why + "\n\nHow to mend it: " + rule.Remedy
	markdown := "**Why it matters:** " + redact.Markdown(rule.Why) + "\n\n**How to mend it:** " + markdownSpans(rule.Remedy)
	if rule.Detail != "" {
		text += "\n\n" + rule.Detail
		markdown += "\n\n" + redact.Markdown(rule.Detail)
	}
	title := rule.Title
	if title == "" {
		title = id
	}
	why := rule.Why
	if why == "" {
		why = title
	}
	d := sarif.NewReportingDescriptor().WithID(id).
		WithShortDescription(multiformat(redact.Cut(title, maxName), "")).
		WithFullDescription(multiformat(redact.Cut(why, maxText), "")).
		WithHelp(multiformat(redact.Lines(text), markdown)).
		WithHelpURI(RuleURL(url.PathEscape(id)))
	c := sarif.NewReportingConfiguration()
	c.Level = map[checks.Effect]string{checks.EffectAllow: "note", checks.EffectRequireReview: "warning"}[rule.Effect]
	if c.Level == "" {
		c.Level = "error"
	}
	d.DefaultConfiguration = c
	p := sarif.NewPropertyBag()
	p.Tags = []string{"security", redact.Cut(string(rule.Question()), 60)}
	p.Add("precision", "very-high")
	// Code scanning shows 9 and more as critical, 7 as high, 4 as medium.
	if s, ok := map[checks.Severity]string{
		checks.SeverityCritical: "9.5", checks.SeverityHigh: "8.0", checks.SeverityMedium: "5.5", checks.SeverityLow: "2.5",
	}[rule.Severity]; ok {
		p.Add("security-severity", s)
	}
	d.Properties = p
	return d
}

func multiformat(text, markdown string) *sarif.MultiformatMessageString {
	m := sarif.NewMultiformatMessageString().WithText(text)
	if markdown != "" {
		m.WithMarkdown(markdown)
	}
	return m
}

func sarifResult(v *checks.Verdict, f *checks.Finding, rule int, mark string) *sarif.Result {
	id := redact.Cut(f.Rule, maxName)
	r := sarif.NewResult()
	r.RuleID, r.RuleIndex = &id, rule
	r.Level = [...]string{"error", "warning", "note", "note", "none"}[standingOf(v, f)]
	if r.Level == "none" {
		r.Level = "note" // a suppressed result keeps a level
	}
	here := *f
	here.Subject.Path = "" // the location says it
	text := said(v, &here, maxName)
	if standingOf(v, f) <= asksReview {
		for _, t := range [][2]string{{"Why it matters: ", f.Why}, {"How to mend it: ", f.Remedy}} {
			if t[1] != "" {
				text += " " + t[0] + redact.Cut(t[1], maxText)
			}
		}
	}
	r.Message = message(text)
	r.Locations = []*sarif.Location{sarifLocation(v, f)}
	r.PartialFingerprints = map[string]string{fingerprintName: mark, githubFingerprint: mark}
	p := sarif.NewPropertyBag()
	p.Add("effect", string(f.Effect))
	p.Add("standing", standingOf(v, f).String())
	if d := (&group{decidedBy: f.DecidedBy, reason: f.Reason}).decidedByPolicy(); d != "" {
		p.Add("decidedBy", redact.Cut(d, maxText))
	}
	r.Properties = p
	if f.Waiver != nil {
		why := redact.Cut(f.Waiver.Owner+", until "+f.Waiver.Expires+": "+f.Waiver.Reason, maxText)
		r.Suppressions = []*sarif.Suppression{sarif.NewSuppression().WithKind("external").WithStatus("accepted").WithJustification(why)}
	}
	return r
}

// Message makes text a SARIF message. In plain text a bracket pair with a
// parenthesis after it is a link there, so the two are kept apart.
func message(text string) *sarif.Message {
	return sarif.NewMessage().WithText(strings.ReplaceAll(redact.Lines(text), "](", "] ("))
}

// fingerprint is the same in every run for the same rule and subject, wherever
// its line has moved to.
func fingerprint(f *checks.Finding) string {
	sum := sha256.Sum256([]byte(f.Rule + "\x00" + string(f.Subject.Kind) + "\x00" + f.Subject.Name))
	return hex.EncodeToString(sum[:])
}

func sarifLocation(v *checks.Verdict, f *checks.Finding) *sarif.Location {
	path, line, col := string(f.Subject.Path), f.Subject.Line, f.Subject.Col
	if !linkable(path) && alone(v) {
		path, line, col = planFile(&f.Subject), 0, 0
	}
	if !linkable(path) {
		path, line, col = string(v.Policy.Path), 0, 0
	}
	if !linkable(path) {
		path = defaultPolicyPath
	}
	uri := relativeURI(path)
	root := "%SRCROOT%"
	region := sarif.NewRegion()
	line = max(line, 1)
	region.StartLine = &line
	if col > 0 {
		region.StartColumn = &col
	}
	a := sarif.NewArtifactLocation()
	a.URI, a.URIBaseID = &uri, &root
	l := sarif.NewLocation()
	l.PhysicalLocation = sarif.NewPhysicalLocation().WithArtifactLocation(a).WithRegion(region)
	if f.Subject.Kind != checks.SubjectPath {
		kind, name, _, _ := place(&f.Subject)
		if kind == "" {
			kind = string(checks.SubjectChange)
		}
		logical := sarif.NewLogicalLocation().WithName(redact.Cut(name, maxName)).WithKind(redact.Cut(kind, 60))
		if n := f.Subject.Name; n != "" {
			logical.WithFullyQualifiedName(redact.Cut(n, maxText))
		}
		l.LogicalLocations = []*sarif.LogicalLocation{logical}
	}
	return l
}

// linkable reports whether a path can be a link into the repository.
func linkable(path string) bool { return len(path) <= maxPath && filepath.IsLocal(path) }

// relativeURI percent-encodes a path byte by byte, so that names of any bytes are
// valid and told apart.
func relativeURI(path string) string {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(parts[i]), ":", "%3A")
	}
	return strings.Join(parts, "/")
}

func sarifInvocation(v *checks.Verdict) *sarif.Invocation {
	ok, code, why := len(v.Undecided) == 0, v.ExitCode(), Word(v, v.Outcome)
	inv := sarif.NewInvocation()
	inv.ExecutionSuccessful, inv.ExitCode, inv.ExitCodeDescription = &ok, &code, &why
	if !v.At.IsZero() {
		end := v.At.UTC().Format("2006-01-02T15:04:05Z")
		inv.EndTimeUtc = &end
	}
	for _, g := range v.Undecided {
		n := notification("error", "could-not-look", redact.Cut(g.Message, maxText)+" "+redact.Cut(g.Remedy, maxText))
		if g.Kind == checks.GapConfiguration {
			inv.ToolConfigurationNotifications = append(inv.ToolConfigurationNotifications, n)
		} else {
			inv.ToolExecutionNotifications = append(inv.ToolExecutionNotifications, n)
		}
	}
	for i := range v.Waiting {
		s := &v.Waiting[i]
		inv.ToolExecutionNotifications = append(inv.ToolExecutionNotifications,
			notification("warning", "waiting", redact.Cut("Waiting for "+seatText(s), maxText)+" "+strings.TrimSpace(redact.Cut(couldText(s), maxText)+" "+lineText(s))))
	}
	if t := observed(v); t != "" {
		inv.ToolExecutionNotifications = append(inv.ToolExecutionNotifications, notification("warning", "observed-only", t))
	}
	if t := overrideText(v); t != "" {
		inv.ToolExecutionNotifications = append(inv.ToolExecutionNotifications, notification("warning", "overridden", redact.Cut(t, maxText)))
	}
	return inv
}

func notification(level, id, text string) *sarif.Notification {
	n := sarif.NewNotification()
	n.Level = level
	n.Descriptor = sarif.NewReportingDescriptorReference().WithID(id)
	n.Message = message(text)
	return n
}
