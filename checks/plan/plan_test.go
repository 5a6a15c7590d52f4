package plan_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/plan"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/tfplan"
)

var update = flag.Bool("update", false, "write the golden files")

const fixtures = "../../fixtures"

func evaluate(p *policy.Policy, s *checks.Snapshot) checks.Result {
	if p.Plan.Require == "" {
		p.Plan.Require = policy.PlanWhenChanged
	}
	return plan.Check{}.Evaluate(checks.Input{Snapshot: s, Policy: p})
}

func read(t *testing.T, name string) checks.Plan {
	t.Helper()
	f, err := os.Open(filepath.Join(fixtures, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, _ := tfplan.Read(f, filepath.Base(name), tfplan.Options{})
	return p
}

// TestFindings judges every plan of the corpus without any rule in the policy
// and compares with the golden text.
func TestFindings(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, folder := range []string{"plans/lab", "plans/public", "demo"} {
		names, err := filepath.Glob(filepath.Join(fixtures, folder, "*.json"))
		if err != nil || len(names) == 0 {
			t.Fatal(folder, err)
		}
		slices.Sort(names)
		for _, name := range names {
			base := filepath.Base(name)
			if base == "tfcoremock.json" {
				continue
			}
			p := read(t, folder+"/"+base)
			r := evaluate(&policy.Policy{}, &checks.Snapshot{Plans: []checks.Plan{p}})
			fmt.Fprintf(&b, "== %s/%s\n%s\n", folder, base, r.Summary)
			for _, f := range r.Findings {
				fmt.Fprintf(&b, "%s %s: %s\n", f.Effect, f.Rule, f.Message)
			}
			for _, g := range r.Gaps {
				fmt.Fprintf(&b, "gap: %s\n", g.Message)
			}
			b.WriteString("\n")
		}
	}
	name := filepath.Join(fixtures, "plans", "findings.txt")
	if *update {
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("%s differs (-want +got); run with -update when that is meant:\n%s", name, d)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range (plan.Check{}).Rules() {
		if r.Question() != checks.QuestionPlan || seen[r.ID] {
			t.Errorf("%s: wrong question, or twice", r.ID)
		}
		seen[r.ID] = true
		if r.Title == "" || r.Why == "" || r.Remedy == "" || len(r.Detail) < 60 || r.Severity == "" || r.Effect == "" {
			t.Errorf("%s: a text is missing", r.ID)
		}
	}
	// Every rule that the source declares is in the list.
	files, err := filepath.Glob("rules*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		n += strings.Count(string(b), "= checks.Rule{") + strings.Count(string(b), "\tsourceRule(\n")
	}
	if len(seen) != n || n < 50 {
		t.Errorf("%d rules of %d", len(seen), n)
	}
	for _, id := range []string{"plan.partial", "plan.unknown-action"} {
		for _, r := range (plan.Check{}).Rules() {
			if r.ID == id && r.Waivable {
				t.Errorf("%s is waivable: a waiver would let a plan pass that does not show what it does", id)
			}
		}
	}
}

func change(address string, a checks.Action, c checks.Class) checks.Change {
	typ := address[strings.LastIndex(address[:strings.LastIndexByte(address, '.')], ".")+1 : strings.LastIndexByte(address, '.')]
	return checks.Change{Address: address, Type: typ, Mode: "managed", Action: a, Class: c, Verbs: []string{string(a)}}
}

func snapshot(cs ...checks.Change) *checks.Snapshot {
	return &checks.Snapshot{Plans: []checks.Plan{{Source: "plan.json", Coverage: checks.CoverageFull, Changes: cs}}}
}

// TestPolicyEffects: what a rule of the policy does to a finding.
func TestPolicyEffects(t *testing.T) {
	t.Parallel()
	s := snapshot(change(`module.prod["a/b"].aws_db_instance.main`, checks.ActionDelete, checks.ClassStateful))
	rule := func(id string, e policy.Effect, w policy.PlanWhen) policy.PlanRule {
		return policy.PlanRule{ID: id, When: w, Effect: e, Reason: "because " + id}
	}
	allow, review, deny := policy.EffectAllow, policy.EffectRequireReview, policy.EffectDeny
	list := func(s ...string) []string { return s }
	tests := []struct {
		name  string
		rules []policy.PlanRule
		want  checks.Effect
		by    string
	}{
		{"none", nil, checks.EffectDeny, ""},
		{"by rule", []policy.PlanRule{rule("a", allow, policy.PlanWhen{Rule: list("plan.delete-*")})}, checks.EffectAllow, "a"},
		{"by type", []policy.PlanRule{rule("a", review, policy.PlanWhen{Type: list("google_*", "aws_db_*")})}, checks.EffectRequireReview, "a"},
		{"by address over a slash", []policy.PlanRule{rule("a", review, policy.PlanWhen{Address: list("module.prod*main")})}, checks.EffectRequireReview, "a"},
		{"by exact address", []policy.PlanRule{rule("a", review, policy.PlanWhen{Address: list(`module.prod["a/b"].aws_db_instance.main`)})}, checks.EffectRequireReview, "a"},
		{"brackets are no class", []policy.PlanRule{rule("a", allow, policy.PlanWhen{Address: list(`module.prod[a-z"/]*`)})}, checks.EffectDeny, ""},
		{"by action and class", []policy.PlanRule{rule("a", allow, policy.PlanWhen{Action: list("delete"), Class: list("stateful")})}, checks.EffectAllow, "a"},
		{"all members must match", []policy.PlanRule{rule("a", allow, policy.PlanWhen{Action: list("delete"), Class: list("harmless")})}, checks.EffectDeny, ""},
		{"no members", []policy.PlanRule{rule("a", allow, policy.PlanWhen{})}, checks.EffectDeny, ""},
		{"strongest wins", []policy.PlanRule{
			rule("a", allow, policy.PlanWhen{Rule: list("*")}), rule("b", deny, policy.PlanWhen{Type: list("*")}), rule("c", review, policy.PlanWhen{Rule: list("plan.*")}),
		}, checks.EffectDeny, "b"},
		{"unknown effect", []policy.PlanRule{rule("a", "permit", policy.PlanWhen{Rule: list("*")})}, checks.EffectDeny, "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := evaluate(&policy.Policy{Plan: policy.Plan{Rules: tt.rules}}, s)
			if len(r.Findings) != 1 {
				t.Fatalf("%d findings", len(r.Findings))
			}
			f := r.Findings[0]
			reason := ""
			if tt.by != "" {
				reason = "because " + tt.by
			}
			if f.Effect != tt.want || f.DecidedBy != tt.by || f.Reason != reason {
				t.Errorf("effect %s by %q (%q), want %s by %q", f.Effect, f.DecidedBy, f.Reason, tt.want, tt.by)
			}
		})
	}
}

// TestNeverAllowed: what says that the plan cannot be relied on is lowered to a
// review at most.
func TestNeverAllowed(t *testing.T) {
	t.Parallel()
	no := false
	s := snapshot(change("x.a", checks.ActionUnknown, checks.ClassUnclassified))
	s.Plans[0].Complete = &no
	r := evaluate(&policy.Policy{Plan: policy.Plan{Rules: []policy.PlanRule{{ID: "a", Effect: policy.EffectAllow, When: policy.PlanWhen{Rule: []string{"plan.*"}}}}}}, s)
	if len(r.Findings) != 2 {
		t.Fatalf("%d findings", len(r.Findings))
	}
	for _, f := range r.Findings {
		if f.Effect != checks.EffectRequireReview || f.DecidedBy != "a" {
			t.Errorf("%s has the effect %s by %q", f.Rule, f.Effect, f.DecidedBy)
		}
	}
}

// TestManyFindings: a list that is cut never hides an effect.
func TestManyFindings(t *testing.T) {
	t.Parallel()
	var cs []checks.Change
	for i := range 500 {
		cs = append(cs, change(fmt.Sprintf("aws_iam_role.r%03d", i), checks.ActionDelete, checks.ClassUnclassified))
	}
	rules := []policy.PlanRule{
		{ID: "fine", Effect: policy.EffectAllow, When: policy.PlanWhen{Address: []string{"aws_iam_role.r0*"}}},
		{ID: "last", Effect: policy.EffectDeny, When: policy.PlanWhen{Address: []string{"aws_iam_role.r499"}}},
	}
	r := evaluate(&policy.Policy{Plan: policy.Plan{Rules: rules}}, snapshot(cs...))
	if len(r.Findings) != 202 || r.Findings[201].Rule != "plan.mass-destroy" {
		t.Fatalf("%d findings", len(r.Findings))
	}
	if r.Findings[0].Effect != checks.EffectDeny || r.Findings[0].Subject.Name != "aws_iam_role.r499" {
		t.Errorf("the one that is denied is not told first: %+v", r.Findings[0])
	}
	last := r.Findings[200]
	if last.Effect != checks.EffectRequireReview || !strings.HasPrefix(last.Message, "300 more findings") || last.Subject.Kind != checks.SubjectPlan {
		t.Errorf("the rest: %+v", last)
	}
}

func TestRequired(t *testing.T) {
	t.Parallel()
	files := []checks.File{{Path: "README.md"}, {Path: "infra/main.tf"}, {Path: "infra/x.tf"}}
	p := func(r policy.PlanRequired, globs ...string) *policy.Policy {
		return &policy.Policy{Plan: policy.Plan{Require: r, Paths: globs}}
	}
	for _, tt := range []struct {
		name   string
		policy *policy.Policy
		want   string
	}{
		{"changed", p(policy.PlanWhenChanged, "**/*.tf"), "infra/main.tf and 1 other file change"},
		{"one", p(policy.PlanWhenChanged, "infra/x.tf"), "infra/x.tf changes"},
		{"not changed", p(policy.PlanWhenChanged, "**/*.tofu"), ""},
		{"always", p(policy.PlanAlways), "every change"},
	} {
		r := evaluate(tt.policy, &checks.Snapshot{Files: files})
		switch {
		case tt.want == "" && len(r.Gaps) == 0:
		case tt.want == "" || len(r.Gaps) != 1 || !strings.Contains(r.Gaps[0].Message, tt.want) || r.Gaps[0].Kind != checks.GapEvidence || r.Gaps[0].Question != checks.QuestionPlan:
			t.Errorf("%s: %+v", tt.name, r.Gaps)
		}
		if r := evaluate(tt.policy, &checks.Snapshot{Files: files, Plans: []checks.Plan{{Source: "p", Coverage: checks.CoverageFull}}}); len(r.Gaps) != 0 {
			t.Errorf("%s: a plan was given, and yet %+v", tt.name, r.Gaps)
		}
	}
}

// TestMissingPlanOfAWorkflow: where workflows make the plans, nobody is told to make one
// by hand; where nobody asks for them, that is what helps.
func TestMissingPlanOfAWorkflow(t *testing.T) {
	t.Parallel()
	p := &policy.Policy{Plan: policy.Plan{Require: policy.PlanAlways, Producers: []policy.Producer{{Workflow: "a.yml", Artifact: "x"}, {Workflow: "a.yml", Artifact: "y"}, {Workflow: "b.yml"}}}}
	for _, c := range []struct {
		kind   checks.Kind
		source string
		want   bool
	}{{checks.KindPullRequest, "github", true}, {checks.KindPullRequest, "none", false}, {checks.KindRange, "github", false}} {
		r := evaluate(p, &checks.Snapshot{Kind: c.kind, Review: checks.Review{Source: c.source}})
		if len(r.Gaps) != 1 {
			t.Fatalf("%+v", r.Gaps)
		}
		g := r.Gaps[0]
		if strings.Contains(g.Message, "none was fetched from workflow a.yml or workflow b.yml") != c.want || strings.Contains(g.Remedy, "wait-for") != c.want || strings.Contains(g.Remedy, "--plan") == c.want {
			t.Errorf("%s by %s: %+v", c.kind, c.source, g)
		}
	}
}

// TestSeveralPlans: each plan is judged, and the findings say which one.
func TestSeveralPlans(t *testing.T) {
	t.Parallel()
	broken := tfplan.Unreadable("broken.json", fmt.Errorf("it is cut off"))
	s := &checks.Snapshot{Plans: []checks.Plan{read(t, "demo/repaired.plan.json"), broken, read(t, "demo/before.plan.json"), read(t, "plans/lab/22_unknown_cidr_elem.tf111.json")}}
	r := evaluate(&policy.Policy{}, s)
	if len(r.Gaps) != 2 || !strings.Contains(r.Gaps[0].Message, "broken.json") || !strings.Contains(r.Gaps[1].Message, "failed") {
		t.Errorf("gaps: %+v", r.Gaps)
	}
	notes := map[string]int{}
	for _, f := range r.Findings {
		notes[f.Subject.Note]++
	}
	if notes["before.plan.json"] != 3 || notes["repaired.plan.json"] != 1 {
		t.Errorf("findings by plan: %v", notes)
	}
	if !strings.Contains(r.Summary, "1 plan could not be read") {
		t.Errorf("summary %q", r.Summary)
	}
}

// TestMessages holds the sentences that people read most.
func TestMessages(t *testing.T) {
	t.Parallel()
	r := evaluate(&policy.Policy{}, &checks.Snapshot{Plans: []checks.Plan{read(t, "demo/before.plan.json")}})
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.Message)
	}
	want := []string{
		"aws_db_instance.orders would be destroyed and created again. Lost: RDS data; automated backups go too, unless delete_automated_backups is false. identifier forces it.",
		"aws_security_group.web: anyone on the internet (IPv4) could reach tcp port 22 (SSH).",
		"aws_security_group.web: anyone on the internet (IPv6) could reach tcp port 22 (SSH).",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if want := "1 would be destroyed or replaced, 1 opened to the public; 4 changes in all."; r.Summary != want {
		t.Errorf("summary %q, want %q", r.Summary, want)
	}
	exposures := []struct {
		e    checks.Exposure
		want string
	}{
		{checks.Exposure{Direction: "ingress", Family: "ipv4", Protocol: "all", ToPort: 65535, Source: "0.0.0.0/0", World: true}, "deny plan.exposure-admin-port a.b: anyone on the internet (IPv4) could reach every port of every protocol."},
		{checks.Exposure{Direction: "ingress", Family: "ipv6", Protocol: "tcp", FromPort: 443, ToPort: 443, World: true, Sensitive: true}, "require_review plan.exposure-world a.b: anyone on the internet (IPv6) could reach tcp port 443."},
		{checks.Exposure{Direction: "ingress", Family: "ipv4", Protocol: "tcp", FromPort: 3380, ToPort: 3390, Source: "0.0.0.0/1", World: true}, "deny plan.exposure-admin-port a.b: nearly anyone on the internet (IPv4, 0.0.0.0/1 with others) could reach tcp ports 3380 to 3390, with RDP."},
		{checks.Exposure{Direction: "ingress", Family: "ipv4", Protocol: "tcp", FromPort: 22, ToPort: 22, Source: "10.0.0.0/8"}, "require_review plan.exposure-wider a.b: 10.0.0.0/8 could reach tcp port 22 (SSH)."},
		{checks.Exposure{Direction: "ingress", Family: "ipv4", Protocol: "tcp", FromPort: 22, ToPort: 22, Sensitive: true}, "require_review plan.exposure-wider a.b: a sensitive source (IPv4) could reach tcp port 22 (SSH)."},
		{checks.Exposure{Direction: "ingress", Family: "any", Protocol: "tcp", FromPort: 22, ToPort: 22, World: true, Unknown: true}, "require_review plan.exposure-unknown a.b: a source known only after apply could reach tcp port 22 (SSH)."},
		{checks.Exposure{Direction: "ingress", Family: "ipv4", Protocol: "icmp", FromPort: 8, ToPort: -1, Source: "0.0.0.0/0", World: true}, "require_review plan.exposure-world a.b: anyone on the internet (IPv4) could reach icmp type 8."},
		{checks.Exposure{Direction: "egress", Family: "ipv4", Protocol: "all", ToPort: 65535, Source: "0.0.0.0/0", World: true}, "allow plan.exposure-egress a.b: could connect to the whole internet (IPv4) on every port of every protocol."},
	}
	for _, tt := range exposures {
		tt.e.Address, tt.e.Type = "a.b", "a"
		s := snapshot()
		s.Plans[0].Exposures = []checks.Exposure{tt.e}
		r := evaluate(&policy.Policy{}, s)
		if len(r.Findings) != 1 {
			t.Errorf("%+v: %d findings", tt.e, len(r.Findings))
			continue
		}
		f := r.Findings[0]
		if got := fmt.Sprintf("%s %s %s", f.Effect, f.Rule, f.Message); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	// Egress to a few more addresses is no news.
	s := snapshot()
	s.Plans[0].Exposures = []checks.Exposure{{Address: "a.b", Direction: "egress", Family: "ipv4", Protocol: "tcp", Source: "10.0.0.0/8"}}
	if r := evaluate(&policy.Policy{}, s); len(r.Findings) != 0 {
		t.Errorf("%+v", r.Findings)
	}
}
