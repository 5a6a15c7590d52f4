package plan_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/plan"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// lineTexts writes a summary as one line for each object.
func lineTexts(sum *checks.PlanSummary) string {
	var b strings.Builder
	for i := range sum.Lines {
		l := &sum.Lines[i]
		var ids []string
		for _, r := range l.Rules {
			ids = append(ids, strings.TrimPrefix(r, "plan."))
		}
		fmt.Fprintf(&b, "%s|%s|%s %s|%s|%s\n", l.Group, l.Effect, l.Action, l.Address, l.Deciding, strings.Join(ids, " "))
	}
	return b.String()
}

func summaries(t *testing.T, p *policy.Policy, s *checks.Snapshot) []checks.PlanSummary {
	t.Helper()
	r := evaluate(p, s)
	return plan.Check{}.Plans(s, r.Findings)
}

func TestPlanLines(t *testing.T) {
	t.Parallel()
	with := func(c checks.Change, f func(*checks.Change)) checks.Change { f(&c); return c }
	s := snapshot(
		change("aws_s3_bucket.plain", checks.ActionCreate, checks.ClassStateful),
		with(change("aws_db_instance.main", checks.ActionReplace, checks.ClassStateful), func(c *checks.Change) {
			c.ReplacePaths, c.Loses, c.Tier, c.CreateFirst, c.Path, c.Line = []string{"identifier"}, "RDS data; automated backups too", checks.TierCritical, true, "db/main.tf", 12
		}),
		change("aws_instance.web", checks.ActionUpdate, checks.ClassRecreatable),
		with(change("aws_instance.old", checks.ActionDelete, checks.ClassRecreatable), func(c *checks.Change) { c.Reason = "delete_because_no_resource_config" }),
		with(change("aws_instance.old", checks.ActionDelete, checks.ClassRecreatable), func(c *checks.Change) { c.Deposed = "00000001" }),
		with(change("aws_instance.moved", checks.ActionNoOp, checks.ClassRecreatable), func(c *checks.Change) { c.PreviousAddress = "aws_instance.was" }),
		with(change("aws_instance.taken", checks.ActionUpdate, checks.ClassRecreatable), func(c *checks.Change) { c.Importing = true }),
		change("random_id.x", checks.ActionDelete, checks.ClassHarmless),
		change("aws_vpc.left", checks.ActionForget, checks.ClassRecreatable),
		change("odd_thing.x", "explode", checks.ClassHarmless),
		with(change("data.aws_ami.x", checks.ActionRead, checks.ClassHarmless), func(c *checks.Change) { c.Mode = "data" }),
		with(change("data.external.x", checks.ActionRead, checks.ClassHarmless), func(c *checks.Change) { c.Mode = "data" }),
		change("aws_security_group.a", checks.ActionUpdate, checks.ClassRecreatable),
		change("aws_security_group.b", checks.ActionCreate, checks.ClassRecreatable),
		change("aws_db_instance.weak", checks.ActionUpdate, checks.ClassStateful),
		with(change("aws_db_instance.open", checks.ActionUpdate, checks.ClassStateful), func(c *checks.Change) { c.Tier = checks.TierCritical }),
		change("aws_iam_role_policy.p", checks.ActionUpdate, checks.ClassRecreatable),
	)
	p := &s.Plans[0]
	p.Totals = map[string]int{"no-op": 8}
	p.Exposures = []checks.Exposure{
		{Address: "aws_security_group.a", Direction: "ingress", Family: "ipv4", Protocol: "tcp", FromPort: 22, ToPort: 22, Source: "0.0.0.0/0", World: true},
		{Address: "aws_security_group.a", Direction: "ingress", Family: "ipv6", Protocol: "tcp", FromPort: 22, ToPort: 22, Source: "::/0", World: true},
		{Address: "aws_security_group.a", Direction: "ingress", Family: "ipv4", Protocol: "tcp", FromPort: 8000, ToPort: 8100, Source: "10.0.0.0/8", Sources: []string{"10.0.0.0/8", "172.16.0.0/12"}},
		{Address: "aws_security_group.a", Direction: "egress", Family: "ipv4", Protocol: "tcp", FromPort: 443, ToPort: 443, Source: "10.0.0.0/8"},
		{Address: "aws_security_group.b", Direction: "egress", Family: "ipv4", Protocol: "all", ToPort: 65535, Source: "0.0.0.0/0", World: true},
	}
	p.Consequences = []checks.Consequence{
		{Kind: checks.ConsequenceProtectionOff, Address: "aws_db_instance.weak", Attribute: "deletion_protection", Before: "true", After: "false"},
		{Kind: checks.ConsequenceProtectionOff, Address: "aws_db_instance.main", Attribute: "backup_retention_period", Unknown: true},
		{Kind: checks.ConsequencePublic, Address: "aws_db_instance.open", Attribute: "publicly_accessible", After: "true"},
		{Kind: checks.ConsequenceGrantEscalation, Address: "aws_iam_role_policy.p", Attribute: "policy", What: []string{"iam:PassRole"}, More: 2},
		{Kind: checks.ConsequenceGrantWithdrawn, Address: "aws_iam_role_policy.p", Attribute: "policy", What: []string{"s3:GetObject"}},
		{Kind: checks.ConsequenceRunsCode, Address: "random_id.x", What: []string{"local-exec"}, Sensitive: true},
		{Kind: checks.ConsequenceRanAtPlan, Address: "data.http.secret"},
		{Kind: checks.ConsequenceRunsCode, Address: "data.external.x"},
	}
	list := summaries(t, &policy.Policy{}, s)
	if len(list) != 1 {
		t.Fatalf("%d summaries", len(list))
	}
	want := `irreversible|deny|replace aws_db_instance.main|lost: RDS data; identifier forces it; backup_retention_period known only after apply|replace-data protection-off
irreversible|deny|explode odd_thing.x|an action that is not known|unknown-action
irreversible|require_review|delete aws_instance.old|no longer in the configuration|delete
irreversible|require_review|delete aws_instance.old|deposed object 00000001|delete
opened|deny|update aws_db_instance.open|publicly_accessible true|public-data
opened|deny|update aws_security_group.a|tcp 22 (SSH) from the internet; tcp 8000-8100 from 10.0.0.0/8 and 1 more|exposure-admin-port exposure-wider
privilege|require_review|update aws_iam_role_policy.p|iam:PassRole and 2 more; s3:GetObject|grant-escalation grant-withdrawn
weakened|require_review|update aws_db_instance.weak|deletion_protection true -> false|protection-off
weakened|require_review|forget aws_vpc.left|left unmanaged|forget
runs|require_review|read data.external.x|a program runs at apply|runs-code
runs|require_review|delete random_id.x|local-exec (sensitive)|runs-code
runs|require_review|read data.http.secret|ran while the plan was made|ran-at-plan
other|allow|update aws_instance.taken|taken under management|import
other|allow|create aws_security_group.b|every port to the internet|exposure-egress
other||create aws_s3_bucket.plain||
other||no-op aws_instance.moved|until now aws_instance.was|
other||update aws_instance.web||
`
	if d := cmp.Diff(want, lineTexts(&list[0])); d != "" {
		t.Error(d)
	}
	counts := map[string]int{"create": 2, "update": 6, "replace": 1, "delete": 3, "forget": 1, "explode": 1, "move": 1, "import": 1}
	if d := cmp.Diff(counts, list[0].Counts); d != "" {
		t.Error(d)
	}
	if l := list[0].Lines[0]; list[0].Unchanged != 7 || !l.CreateFirst || l.Path != "db/main.tf" || l.Line != 12 {
		t.Errorf("%d unchanged, first line %+v", list[0].Unchanged, l)
	}
}

// TestPlanLineEffects: the effects are those of the findings, after the policy and
// the waivers.
func TestPlanLineEffects(t *testing.T) {
	t.Parallel()
	s := snapshot(change("aws_db_instance.a", checks.ActionDelete, checks.ClassStateful), change("aws_db_instance.b", checks.ActionDelete, checks.ClassStateful), change("aws_vpc.c", checks.ActionUpdate, checks.ClassRecreatable))
	s.Plans[0].Exposures = []checks.Exposure{{Address: "aws_vpc.c", Direction: "egress", Protocol: "all", ToPort: 65535, World: true}}
	p := &policy.Policy{Plan: policy.Plan{Rules: []policy.PlanRule{
		{ID: "a", When: policy.PlanWhen{Address: []string{"*.a"}}, Effect: policy.EffectAllow},
		{ID: "c", When: policy.PlanWhen{Address: []string{"*.c"}}, Effect: policy.EffectDeny},
	}}}
	fs := evaluate(p, s).Findings
	for i := range fs {
		if fs[i].Subject.Name == "aws_db_instance.b" {
			fs[i].Waiver = &checks.Waived{Owner: "alice"}
		}
	}
	list := plan.Check{}.Plans(s, fs)
	want := `irreversible|allow|delete aws_db_instance.a|its data is lost|delete-data
irreversible||delete aws_db_instance.b|its data is lost|delete-data
opened|deny|update aws_vpc.c|every port to the internet|exposure-egress
`
	if d := cmp.Diff(want, lineTexts(&list[0])); d != "" {
		t.Error(d)
	}
}

// TestPlanLinesOfFoldedFindings: an object whose finding is one of "more findings of
// this rule" does not look harmless, and the list is bounded.
func TestPlanLinesOfFoldedFindings(t *testing.T) {
	t.Parallel()
	var cs []checks.Change
	for i := range 700 {
		cs = append(cs, change(fmt.Sprintf("aws_db_instance.x%03d", i), checks.ActionDelete, checks.ClassStateful))
	}
	list := summaries(t, &policy.Policy{}, snapshot(cs...))
	sum := &list[0]
	if len(sum.Lines) != 500 || sum.Hidden != 200 || sum.Counts["delete"] != 700 {
		t.Fatalf("%d lines, %d hidden, counts %v", len(sum.Lines), sum.Hidden, sum.Counts)
	}
	for i := range sum.Lines {
		if l := &sum.Lines[i]; l.Group != checks.GroupIrreversible || l.Effect != checks.EffectDeny {
			t.Fatalf("line %d: %+v", i, l)
		}
	}
}

// TestPlanLinesOfSeveralPlans: the same address in two plans is two objects, and a
// plan that could not be read has no summary.
func TestPlanLinesOfSeveralPlans(t *testing.T) {
	t.Parallel()
	s := &checks.Snapshot{Plans: []checks.Plan{
		{Source: "a.json", Coverage: checks.CoverageFull, Changes: []checks.Change{change("aws_vpc.x", checks.ActionDelete, checks.ClassRecreatable)}},
		{Source: "broken.json", Error: "it ends in the middle"},
		{Source: "b.json", Coverage: checks.CoverageFull, Changes: []checks.Change{change("aws_vpc.x", checks.ActionUpdate, checks.ClassRecreatable)}},
	}}
	list := summaries(t, &policy.Policy{}, s)
	if len(list) != 2 || list[0].Source != "a.json" || list[1].Source != "b.json" {
		t.Fatalf("%+v", list)
	}
	if a, b := list[0].Lines[0], list[1].Lines[0]; a.Effect != checks.EffectRequireReview || b.Effect != "" || b.Group != checks.GroupOther {
		t.Errorf("%+v\n%+v", a, b)
	}
}

// TestDecidingIsBounded: names out of a plan do not make the report long.
func TestDecidingIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 1<<16)
	c := change("aws_db_instance.x", checks.ActionReplace, checks.ClassStateful)
	c.ReplacePaths, c.Loses, c.PreviousAddress = []string{long, long, long}, long, long
	s := snapshot(c)
	s.Plans[0].Consequences = []checks.Consequence{{Kind: "new kind", Address: c.Address, Attribute: long, Before: long, After: long, What: []string{long, long}}}
	for i := range 50 {
		s.Plans[0].Exposures = append(s.Plans[0].Exposures, checks.Exposure{Address: c.Address, Direction: "ingress", Protocol: long, FromPort: i, Source: long})
	}
	list := summaries(t, &policy.Policy{}, s)
	if n := len(list[0].Lines[0].Deciding); n > 5000 {
		t.Errorf("%d bytes", n)
	}
}

// TestEveryRuleHasAGroup: a new rule about objects must be put somewhere.
func TestEveryRuleHasAGroup(t *testing.T) {
	t.Parallel()
	whole := []string{
		"plan.destroy-mode", "plan.mass-destroy", "plan.action-invocations", "plan.partial", "plan.disagrees", "plan.other-commit", "plan.encrypted", "plan.workspace",
		"plan.stale", "plan.check-fails", "plan.variables", "plan.drift", "plan.provider-mismatch",
	}
	for _, r := range (plan.Check{}).Rules() {
		has := plan.Grouped(r.ID)
		if want := !slices.Contains(whole, r.ID) && !strings.HasPrefix(r.ID, "plan.source-"); has != want {
			t.Errorf("%s: in a group: %v", r.ID, has)
		}
	}
}

// FuzzPlans: whatever a snapshot holds, a plan is summarised within its bounds, and
// no object that is denied is missing among the first.
func FuzzPlans(f *testing.F) {
	for _, s := range []string{
		`{"source":"p","changes":[{"address":"a.b","mode":"managed","type":"a","action":"delete","class":"stateful","deposed":"x"},{"address":"a.b","mode":"managed","action":"delete"}],"totals":{"no-op":-3}}`,
		`{"source":"p","exposures":[{"address":"a.b","direction":"ingress","world":true,"protocol":"all","to_port":65535}],"consequences":[{"kind":"x","address":"","more":-9,"what":[""]},{"kind":"public","address":"a.b","note":"ä"}]}`,
		`{"source":"p","changes":[{"address":"","mode":"managed","action":"no-op","previous_address":"x","importing":true,"replace_paths":["a","b","c"],"causes":["d"]}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var p checks.Plan
		if json.Unmarshal(raw, &p) != nil {
			t.Skip()
		}
		s := &checks.Snapshot{Plans: []checks.Plan{p}}
		fs := evaluate(&policy.Policy{}, s).Findings
		list := plan.Check{}.Plans(s, fs)
		if p.Error != "" {
			return
		}
		sum := &list[0]
		if len(sum.Lines) > 500 || sum.Unchanged < 0 || sum.Hidden < 0 {
			t.Fatalf("%d lines, %d unchanged, %d hidden", len(sum.Lines), sum.Unchanged, sum.Hidden)
		}
		for i := range fs {
			found := fs[i].Subject.Kind != checks.SubjectResource || sum.Hidden > 0
			for j := range sum.Lines {
				l := &sum.Lines[j]
				found = found || l.Address == fs[i].Subject.Name && slices.Contains(l.Rules, fs[i].Rule) && l.Effect != ""
			}
			if !found {
				t.Fatalf("no line for %s of %q", fs[i].Rule, fs[i].Subject.Name)
			}
		}
	})
}

// TestWhyHarmlessGoes: what forces a replacement is told also of what nobody minds to
// lose.
func TestWhyHarmlessGoes(t *testing.T) {
	t.Parallel()
	a, b := change("terraform_data.a", checks.ActionReplace, checks.ClassHarmless), change("terraform_data.b", checks.ActionDelete, checks.ClassHarmless)
	a.ReplacePaths, b.Reason = []string{"triggers_replace"}, "delete_because_no_resource_config"
	list := summaries(t, &policy.Policy{}, snapshot(a, b))
	want := `other||replace terraform_data.a|triggers_replace forces it|
other||delete terraform_data.b|no longer in the configuration|
`
	if d := cmp.Diff(want, lineTexts(&list[0])); d != "" {
		t.Error(d)
	}
}
