package publish

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string           `xml:"name,attr"`
	Tests      int              `xml:"tests,attr"`
	Failures   int              `xml:"failures,attr"`
	Errors     int              `xml:"errors,attr"`
	Skipped    int              `xml:"skipped,attr"`
	Timestamp  string           `xml:"timestamp,attr,omitempty"`
	Properties *junitProperties `xml:"properties"`
	Cases      []junitCase      `xml:"testcase"`
}

type junitProperties struct {
	List []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string       `xml:"name,attr"`
	Class     string       `xml:"classname,attr"`
	Failure   *junitResult `xml:"failure,omitempty"`
	Error     *junitResult `xml:"error,omitempty"`
	Skipped   *junitResult `xml:"skipped,omitempty"`
	SystemOut string       `xml:"system-out,omitempty"`
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes the verdict as test results: a suite for each question, a case for
// each rule that was looked for, and one case for the verdict itself, which passes
// exactly when the verdict does. Where a question is undecided, its rules are
// skipped rather than passed. In observe mode, and when the verdict was
// overridden, nothing fails: what would have is skipped, and says so.
func JUnit(w io.Writer, v *checks.Verdict, o Options) error {
	doc := junitSuites{Name: "claw-verified", Suites: []junitSuite{verdictSuite(v)}}
	for _, s := range sections(v) {
		doc.Suites = append(doc.Suites, questionSuite(v, &s, o.Rules))
	}
	for i := range doc.Suites {
		s := &doc.Suites[i]
		switch {
		case v.Mode == checks.ModeObserve:
			skip(s.Cases, "observed only, not enforced: ")
		case v.Outcome.Passes():
			skip(s.Cases, v.Outcome.String()+" nevertheless: ")
		}
		s.count()
		doc.Tests += s.Tests
		doc.Failures += s.Failures
		doc.Errors += s.Errors
		doc.Skipped += s.Skipped
	}
	b, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(b)+"\n")
	return err
}

func verdictSuite(v *checks.Verdict) junitSuite {
	c := junitCase{Name: "verdict", Class: "claw-verified"}
	text := Word(v, v.Outcome) + ": " + headline(v) + "."
	switch {
	case v.Outcome.Passes():
		c.SystemOut = text
		if t := overrideText(v); t != "" {
			c.SystemOut += "\n" + redact.Cut(t, maxText)
		}
	case v.Outcome == checks.Undecided:
		c.Error = &junitResult{Message: text, Type: "undecided"}
	default:
		c.Failure = &junitResult{Message: text, Type: v.Outcome.String()}
	}
	s := junitSuite{Name: "verdict", Cases: []junitCase{c}}
	if !v.At.IsZero() {
		s.Timestamp = v.At.UTC().Format("2006-01-02T15:04:05")
	}
	s.Properties = &junitProperties{}
	pull := ""
	if v.Change.PullRequest != nil {
		pull = pullText(&v.Change)
	}
	for _, p := range [][2]string{
		{"mode", v.Mode},
		{"repository", v.Change.Repository.Name},
		{"pull request", pull},
		{"base", v.Change.Base.Commit},
		{"head", v.Change.Head.Commit},
		{"policy", v.Policy.Digest},
		{"snapshot", v.Snapshot},
	} {
		if p[1] != "" {
			s.Properties.List = append(s.Properties.List, junitProperty{p[0], redact.Cut(p[1], maxName)})
		}
	}
	return s
}

func questionSuite(v *checks.Verdict, s *section, rules []checks.Rule) junitSuite {
	name := string(s.answer.ID)
	if !s.asked {
		name = "general"
	}
	name = redact.Cut(name, 60)
	out := junitSuite{Name: name}
	for i, g := range s.gaps {
		out.Cases = append(out.Cases, junitCase{
			Name: fmt.Sprintf("could not look %d", i+1), Class: name,
			Error: &junitResult{Message: redact.Cut(g.Message, maxText), Type: redact.Cut(string(g.Kind), 60), Text: redact.Cut(g.Remedy, maxText)},
		})
	}
	byRule := map[string][]*group{}
	for i := range s.groups {
		byRule[s.groups[i].rule] = append(byRule[s.groups[i].rule], &s.groups[i])
	}
	if s.asked && s.answer.ID == checks.QuestionProvenance {
		out.Properties = originProperties(v)
	}
	done := map[string]bool{}
	add := func(rule string) {
		if done[rule] {
			return
		}
		done[rule] = true
		out.Cases = append(out.Cases, ruleCase(v, name, rule, s, byRule[rule]))
	}
	for _, r := range rules {
		if s.asked && r.Question() == s.answer.ID {
			add(r.ID)
		}
	}
	for i := range s.groups {
		add(s.groups[i].rule)
	}
	if s.asked && s.answer.ID == checks.QuestionReview {
		for i := range v.Waiting {
			w := &v.Waiting[i]
			out.Cases = append(out.Cases, junitCase{
				Name: "approvals for tier " + redact.Cut(w.Tier, 60), Class: name,
				Failure: &junitResult{Message: redact.Cut("Waiting for "+seatText(w), maxText), Type: "waiting", Text: redact.Cut(strings.TrimSpace(couldText(w)+" "+lineText(w)), maxText+maxLine)},
			})
		}
	}
	return out
}

// originProperties tells what each commit proves, in numbered lines.
func originProperties(v *checks.Verdict) *junitProperties {
	groups, rest := firstOrigins(originGroups(v), maxOrigins)
	if len(groups) == 0 {
		return nil
	}
	p := &junitProperties{}
	for i := range groups {
		p.List = append(p.List, junitProperty{fmt.Sprintf("origin %d", i+1), redact.Cut(groups[i].line(), 2*maxText)})
	}
	if rest != "" {
		p.List = append(p.List, junitProperty{"origins left out", rest + "; the JSON report has all"})
	}
	return p
}

func ruleCase(v *checks.Verdict, class, rule string, s *section, gs []*group) junitCase {
	c := junitCase{Name: redact.Cut(rule, maxName), Class: class}
	if len(gs) == 0 {
		switch why := notLooked(v, rule); {
		case s.answer.Outcome == checks.Undecided:
			c.Skipped = &junitResult{Message: "undecided: not everything could be looked at"}
		case why != "":
			c.Skipped = &junitResult{Message: why}
		}
		return c
	}
	worst := gs[0] // groups are sorted
	var text strings.Builder
	n := 0
	for _, g := range gs {
		for _, f := range g.findings {
			n++
			fmt.Fprintf(&text, "%s: %s\n", g.standing, said(v, f, maxName))
		}
		if d := g.decided(); d != "" {
			fmt.Fprintf(&text, "%s\n", redact.Cut(d, maxText))
		}
	}
	first := redact.Cut(worst.findings[0].Message, maxText)
	if n > 1 {
		first = fmt.Sprintf("%d findings; %s", n, first)
	}
	switch worst.standing {
	case denies, asksReview:
		fmt.Fprintf(&text, "why: %s\nmend: %s\n", redact.Cut(worst.why, maxText), redact.Cut(worst.remedy, maxText))
		kind := "denied"
		if worst.standing == asksReview {
			kind = "waiting"
		}
		c.Failure = &junitResult{Message: first, Type: kind, Text: text.String()}
	case waived:
		c.Skipped = &junitResult{Message: "waived; " + first}
		c.SystemOut = text.String()
	default:
		c.SystemOut = text.String()
		if s.answer.Outcome == checks.Undecided { // more may be found once all is looked at
			c.Skipped = &junitResult{Message: "undecided: not everything could be looked at; " + first}
		}
	}
	return c
}

// notLooked says why a rule was not looked for: of a plan alone there is neither a
// commit to compare with nor, without a policy, a bound to hold it against.
func notLooked(v *checks.Verdict, rule string) string {
	switch {
	case !alone(v):
	case strings.HasPrefix(rule, "plan.source-") || rule == "plan.other-commit":
		return "needs the repository"
	case v.Policy.Path == "" && (rule == "plan.workspace" || rule == "plan.stale" || rule == "plan.policy"):
		return "needs a policy that asks for it"
	}
	return ""
}

// skip turns every failure and error into a skipped case that says why.
func skip(cases []junitCase, why string) {
	for i := range cases {
		c := &cases[i]
		for _, r := range []**junitResult{&c.Failure, &c.Error} {
			if *r == nil {
				continue
			}
			c.Skipped = &junitResult{Message: why + (*r).Message}
			c.SystemOut += (*r).Text
			*r = nil
		}
	}
}

func (s *junitSuite) count() {
	s.Tests = len(s.Cases)
	for i := range s.Cases {
		switch c := &s.Cases[i]; {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
}
