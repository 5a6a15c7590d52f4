package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/plan"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// TestConsequences: every kind is judged, and by a rule of its own.
func TestConsequences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		c    checks.Consequence
		want string
	}{
		{checks.Consequence{Kind: checks.ConsequenceProtectionOff, Attribute: "deletion_protection", Before: "true", After: "false"}, "require_review plan.protection-off: a.b: less protected: deletion_protection from true to false."},
		{checks.Consequence{Kind: checks.ConsequenceProtectionOff, Attribute: "deletion_protection", Before: "true", Unknown: true}, "require_review plan.protection-off: a.b: less protected: deletion_protection was true. It cannot be told before apply, so it counts as the worst."},
		{checks.Consequence{Kind: checks.ConsequenceGuardrailOff, Attribute: "rule", What: []string{"x"}, More: 2}, "require_review plan.guardrail-off: a.b: a control is weakened: rule: x and 2 more."},
		{checks.Consequence{Kind: checks.ConsequencePublic, Attribute: "acl", After: "public-read"}, "require_review plan.public: a.b: becomes public: acl is public-read."},
		{checks.Consequence{Kind: checks.ConsequenceIrreversible, Note: "it can never be removed."}, "require_review plan.irreversible: a.b: cannot be undone. It can never be removed."},
		{checks.Consequence{Kind: checks.ConsequencePartRemoved, Attribute: "environment", More: 3, Sensitive: true}, "require_review plan.part-removed: a.b: loses a part: environment: 3 parts (sensitive)."},
		{checks.Consequence{Kind: checks.ConsequenceKeyWeakened, Attribute: "enable_key_rotation"}, "require_review plan.key-weakened: a.b: a key or secret is weakened: enable_key_rotation."},
		{checks.Consequence{Kind: checks.ConsequenceGrantPublic}, "deny plan.grant-public: a.b: everybody may."},
		{checks.Consequence{Kind: checks.ConsequenceGrantAdmin}, "deny plan.grant-admin: a.b: somebody may do everything."},
		{checks.Consequence{Kind: checks.ConsequenceGrantEscalation, What: []string{"iam:PassRole"}}, "require_review plan.grant-escalation: a.b: what is granted can be used to get more: iam:PassRole."},
		{checks.Consequence{Kind: checks.ConsequenceGrantTrust}, "require_review plan.grant-trust: a.b: somebody else may act."},
		{checks.Consequence{Kind: checks.ConsequenceGrantWider}, "require_review plan.grant-wider: a.b: somebody may do more."},
		{checks.Consequence{Kind: checks.ConsequenceGrantUnknown, Unknown: true}, "require_review plan.grant-unknown: a.b: what is granted cannot be told. It cannot be told before apply, so it counts as the worst."},
		{checks.Consequence{Kind: checks.ConsequenceGrantWithdrawn}, "allow plan.grant-withdrawn: a.b: somebody may do less."},
		{checks.Consequence{Kind: checks.ConsequenceGateWeakened}, "deny plan.gate-weakened: a.b: the repository is less protected."},
		{checks.Consequence{Kind: checks.ConsequenceRunsCode, Attribute: "provisioner", What: []string{"local-exec"}}, "require_review plan.runs-code: a.b: a program runs at apply: provisioner: local-exec."},
		{checks.Consequence{Kind: checks.ConsequenceRanAtPlan}, "require_review plan.ran-at-plan: a.b: ran while the plan was made."},
		{checks.Consequence{Kind: checks.ConsequenceReadAtPlan, Note: "fetches over the network"}, "allow plan.read-at-plan: a.b: was read while the plan was made. Fetches over the network."},
		{checks.Consequence{Kind: checks.ConsequenceGateWeakened, Attribute: "enforcement", Before: "active", After: "evaluate", What: []string{"enforcement: active → evaluate"}}, "deny plan.gate-weakened: a.b: the repository is less protected: enforcement from active to evaluate."},
		{checks.Consequence{Kind: checks.ConsequenceGrantTrust, Attribute: "attribute_condition", What: []string{"attribute_condition"}}, "require_review plan.grant-trust: a.b: somebody else may act: attribute_condition."},
		{checks.Consequence{Kind: "of-a-later-version"}, `deny plan.unknown-action: a.b: the unknown consequence "of-a-later-version".`},
	}
	for _, tt := range tests {
		tt.c.Address, tt.c.Type = "a.b", "a"
		got := foundIn(t, policy.Plan{}, checks.Plan{Consequences: []checks.Consequence{tt.c}})
		if d := cmp.Diff([]string{tt.want}, got); d != "" {
			t.Errorf("%s: -want +got:\n%s", tt.c.Kind, d)
		}
	}
	db := change("aws_db_instance.d", checks.ActionUpdate, checks.ClassStateful)
	db.Tier = checks.TierCritical
	got := foundIn(t, policy.Plan{}, checks.Plan{
		Changes:      []checks.Change{db},
		Consequences: []checks.Consequence{{Kind: checks.ConsequencePublic, Address: "aws_db_instance.d", Attribute: "publicly_accessible", Before: "false", After: "true"}},
	})
	if d := cmp.Diff([]string{"deny plan.public-data: aws_db_instance.d: becomes public: publicly_accessible from false to true."}, got); d != "" {
		t.Error(d)
	}
}

// TestSource: the source is judged with and without a plan.
func TestSource(t *testing.T) {
	t.Parallel()
	s := &checks.Snapshot{Source: []checks.SourceChange{
		{Kind: checks.SourcePreventDestroy, Path: "main.tf", Line: 4, Address: "aws_db_instance.d", Detail: "prevent_destroy is switched off"},
		{Kind: checks.SourceModule, Path: "main.tf", Line: 9, Address: "module.vpc", Before: "./vpc", After: "git::https://example.com/vpc"},
		{Kind: checks.SourceCommand, Path: "old.tf", Line: 3, Address: "null_resource.x", Removed: true},
		{Kind: "of-a-later-version", Path: "z.tf"},
	}}
	r := evaluate(&policy.Policy{Plan: policy.Plan{Paths: []string{"none"}}}, s)
	var got []string
	for _, f := range r.Findings {
		got = append(got, fmt.Sprintf("%s %s %s:%d %s", f.Effect, f.Rule, f.Subject.Path, f.Subject.Line, f.Message))
	}
	want := []string{
		"require_review plan.source-prevent-destroy main.tf:4 main.tf, aws_db_instance.d: prevent_destroy is switched off.",
		"require_review plan.source-module main.tf:9 main.tf, module.vpc: module: from ./vpc to git::https://example.com/vpc.",
		"require_review plan.source-command old.tf:0 old.tf, null_resource.x: command.",
		"require_review plan.source-unreadable z.tf:0 z.tf: of a later version.",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestCauses: what goes together is told together.
func TestCauses(t *testing.T) {
	t.Parallel()
	var cs []checks.Change
	for _, a := range []string{"aws_subnet.a", "aws_subnet.b", "aws_subnet.c"} {
		c := change(a, checks.ActionReplace, checks.ClassRecreatable)
		c.ReplacePaths, c.Causes = []string{"vpc_id"}, []string{"aws_vpc.main"}
		cs = append(cs, c)
	}
	db := change("aws_db_instance.d", checks.ActionDelete, checks.ClassStateful)
	db.Loses = "RDS data"
	db.Guards = []checks.Guard{{Attribute: "deletion_protection", Value: "true", Holds: true}, {Attribute: "skip_final_snapshot", Value: "true"}}
	got := foundIn(t, policy.Plan{}, checks.Plan{Changes: append(cs, db)})
	want := []string{
		"deny plan.delete-data: aws_db_instance.d would be destroyed. Lost: RDS data. Until now deletion_protection is true. No protection: skip_final_snapshot is true.",
	}
	for _, a := range []string{"aws_subnet.a", "aws_subnet.b", "aws_subnet.c"} {
		want = append(want, "require_review plan.replace: "+a+" would be destroyed and created again. No data is lost with this type, but what uses it is interrupted. It refers to aws_vpc.main, which goes too. The same cause takes 2 other objects.")
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestWhen: the members of a policy rule that look at more than the rule and the
// type.
func TestWhen(t *testing.T) {
	t.Parallel()
	c := change("module.core.aws_db_instance.d", checks.ActionDelete, checks.ClassStateful)
	c.Module, c.Provider, c.ProviderConfig = "module.core", "registry.terraform.io/hashicorp/aws", "aws.west"
	c.Tags = map[string]string{"env": "prod-1", "team": "data"}
	open := func(from, to int, protocol string, sources ...string) checks.Exposure {
		return checks.Exposure{Address: "aws_security_group.a", Type: "aws_security_group", Direction: "ingress", Family: "ipv4", Protocol: protocol, FromPort: from, ToPort: to, Sources: sources}
	}
	world := open(443, 443, "tcp", "0.0.0.0/0")
	world.World = true
	unknown := open(443, 443, "tcp")
	unknown.Unknown, unknown.World = true, true
	hidden := open(443, 443, "tcp")
	hidden.Sensitive = true
	w := func(from, port, protocol string) policy.PlanWhen {
		e := &policy.ExposureWhen{}
		for _, x := range []struct {
			to *[]string
			s  string
		}{{&e.From, from}, {&e.Port, port}, {&e.Protocol, protocol}} {
			if x.s != "" {
				*x.to = strings.Split(x.s, " ")
			}
		}
		return policy.PlanWhen{Exposure: e}
	}
	tests := []struct {
		name        string
		when        policy.PlanWhen
		exposure    *checks.Exposure
		allow, deny bool
	}{
		{"module", policy.PlanWhen{Module: []string{"module.co*"}}, nil, true, true},
		{"other module", policy.PlanWhen{Module: []string{"root"}}, nil, false, false},
		{"provider", policy.PlanWhen{Provider: []string{"*/hashicorp/aws"}}, nil, true, true},
		{"provider setting", policy.PlanWhen{Provider: []string{"aws.west"}}, nil, true, true},
		{"other provider setting", policy.PlanWhen{Provider: []string{"aws"}}, nil, false, false},
		{"tag", policy.PlanWhen{Tag: []string{"env=prod*"}}, nil, true, true},
		{"other tag", policy.PlanWhen{Tag: []string{"env=dev", "prod=*"}}, nil, false, false},
		{"exposure, of a delete", w("0.0.0.0/0", "", ""), nil, false, false},
		{"within", w("10.0.0.0/8", "443", "tcp"), ptr(open(443, 443, "tcp", "10.1.0.0/16", "10.9.0.1-10.9.0.4")), true, true},
		{"partly within", w("10.0.0.0/8", "", ""), ptr(open(443, 443, "tcp", "10.1.0.0/16", "192.168.0.0/16")), false, true},
		{"around", w("10.0.0.0/8", "", ""), ptr(open(443, 443, "tcp", "0.0.0.0/0")), false, true},
		{"elsewhere", w("10.0.0.0/8", "", ""), ptr(open(443, 443, "tcp", "192.168.0.0/16")), false, false},
		{"other family", w("10.0.0.0/8", "", ""), ptr(open(443, 443, "tcp", "2001:db8::/32")), false, false},
		{"ports within", w("", "443 8000-8999", ""), ptr(open(8000, 8080, "tcp", "10.0.0.0/8")), true, true},
		{"ports joined", w("", "8100-8200 8000-8099", ""), ptr(open(8000, 8150, "tcp", "10.0.0.0/8")), true, true},
		{"ports partly", w("", "443", ""), ptr(open(440, 443, "tcp", "10.0.0.0/8")), false, true},
		{"ports elsewhere", w("", "443", ""), ptr(open(22, 22, "tcp", "10.0.0.0/8")), false, false},
		{"ports of every protocol", w("", "443", ""), ptr(open(0, 65535, "all", "10.0.0.0/8")), false, true},
		{"protocol", w("", "", "tcp"), ptr(open(22, 22, "tcp", "10.0.0.0/8")), true, true},
		{"every protocol", w("", "", "tcp"), ptr(open(0, 65535, "all", "10.0.0.0/8")), false, true},
		{"world", w("world", "", ""), &world, true, true},
		{"world, of a range", w("world", "", ""), ptr(open(22, 22, "tcp", "10.0.0.0/8")), true, false},
		{"range, of the world", w("10.0.0.0/8", "", ""), &world, false, true},
		{"unknown", w("unknown", "", ""), &unknown, true, true},
		{"range, of unknown", w("10.0.0.0/8", "", ""), &unknown, false, true},
		{"world, of unknown", w("world", "", ""), &unknown, false, true},
		{"range, of a hidden source", w("10.0.0.0/8", "", ""), &hidden, false, true},
	}
	for _, tt := range tests {
		p := checks.Plan{Changes: []checks.Change{c}}
		if tt.exposure != nil {
			p = checks.Plan{Exposures: []checks.Exposure{*tt.exposure}}
		}
		for effect, want := range map[policy.Effect]bool{policy.EffectAllow: tt.allow, policy.EffectDeny: tt.deny} {
			p.Source, p.Coverage = "p", checks.CoverageFull
			r := evaluate(&policy.Policy{Plan: policy.Plan{Rules: []policy.PlanRule{{ID: "r", Effect: effect, When: tt.when}}}}, &checks.Snapshot{Plans: []checks.Plan{p}})
			if len(r.Findings) != 1 || (r.Findings[0].DecidedBy == "r") != want {
				t.Errorf("%s, %s: %+v", tt.name, effect, r.Findings)
			}
		}
	}
}

func ptr[T any](v T) *T { return &v }

// TestCount: a rule that counts decides from so many findings on.
func TestCount(t *testing.T) {
	t.Parallel()
	rules := policy.Plan{Rules: []policy.PlanRule{{ID: "three", Effect: policy.EffectDeny, When: policy.PlanWhen{Rule: []string{"plan.delete"}, Type: []string{"x_*"}, Count: 3}}}}
	for n, want := range map[int]bool{1: false, 2: false, 3: true, 4: true} {
		cs := append(many(n, checks.ActionDelete, checks.ClassUnclassified), change("y.a", checks.ActionDelete, checks.ClassUnclassified))
		got := foundIn(t, rules, checks.Plan{Changes: cs})
		if denied := slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "deny ") }); denied != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}

// TestLawHintsOnlyRaise: what the change itself writes lowers no demand: a tag it
// gives, an address it moves to. What it hides lowers none either.
func TestLawHintsOnlyRaise(t *testing.T) {
	t.Parallel()
	db := func(edit func(*checks.Change)) checks.Change {
		c := change("module.preview.aws_db_instance.d", checks.ActionDelete, checks.ClassStateful)
		edit(&c)
		return c
	}
	moved := db(func(c *checks.Change) { c.PreviousAddress = "aws_db_instance.d" })
	stayed := db(func(c *checks.Change) { c.PreviousAddress = "module.preview.aws_db_instance.old" })
	hidden := db(func(c *checks.Change) { c.TagsHidden = true })
	shown := db(func(c *checks.Change) { c.Tags = map[string]string{"env": "dev"} })
	created := checks.Exposure{Address: "aws_security_group.a", Type: "aws_security_group", Direction: "ingress", Family: "ipv4", Protocol: "tcp", FromPort: 22, ToPort: 22, World: true, Source: "0.0.0.0/0", Sources: []string{"0.0.0.0/0"}}
	group := change("aws_security_group.a", checks.ActionCreate, checks.ClassUnclassified)
	group.Tags = map[string]string{"env": "dev"}
	old := group
	old.Action = checks.ActionUpdate
	rule := func(e policy.Effect, w policy.PlanWhen) policy.Plan {
		return policy.Plan{Rules: []policy.PlanRule{{ID: "r", Effect: e, When: w}}}
	}
	address := policy.PlanWhen{Address: []string{"module.preview.*"}}
	module := policy.PlanWhen{Module: []string{"module.preview"}}
	tag := policy.PlanWhen{Tag: []string{"env=dev"}}
	around := policy.PlanWhen{Exposure: &policy.ExposureWhen{From: []string{"10.0.0.0/8"}}}
	for _, tt := range []struct {
		name string
		p    checks.Plan
		rule policy.Plan
		want checks.Effect
	}{
		{"moved into what is allowed", checks.Plan{Changes: []checks.Change{moved}}, rule(policy.EffectAllow, address), checks.EffectDeny},
		{"moved into a module that is allowed", checks.Plan{Changes: []checks.Change{moved}}, rule(policy.EffectAllow, module), checks.EffectDeny},
		{"moved within it", checks.Plan{Changes: []checks.Change{stayed}}, rule(policy.EffectAllow, address), checks.EffectAllow},
		{"moved out of what is denied", checks.Plan{Changes: []checks.Change{moved}}, rule(policy.EffectDeny, policy.PlanWhen{Address: []string{"aws_db_instance.*"}}), checks.EffectDeny},
		{"tag until now", checks.Plan{Changes: []checks.Change{shown}}, rule(policy.EffectAllow, tag), checks.EffectAllow},
		{"hidden tag, allowed", checks.Plan{Changes: []checks.Change{hidden}}, rule(policy.EffectAllow, tag), checks.EffectDeny},
		{"tag of its own", checks.Plan{Changes: []checks.Change{group}, Exposures: []checks.Exposure{created}}, rule(policy.EffectAllow, tag), checks.EffectDeny},
		{"tag of what was there", checks.Plan{Changes: []checks.Change{old}, Exposures: []checks.Exposure{created}}, rule(policy.EffectAllow, tag), checks.EffectAllow},
		{"a review that would lower a denial", checks.Plan{Exposures: []checks.Exposure{created}}, rule(policy.EffectRequireReview, around), checks.EffectDeny},
	} {
		tt.p.Source, tt.p.Coverage = "p", checks.CoverageFull
		r := evaluate(&policy.Policy{Plan: tt.rule}, &checks.Snapshot{Plans: []checks.Plan{tt.p}})
		if len(r.Findings) != 1 || r.Findings[0].Effect != tt.want {
			t.Errorf("%s: %+v", tt.name, r.Findings)
		}
	}
	hiddenRole := change("aws_iam_role.r", checks.ActionDelete, checks.ClassUnclassified)
	hiddenRole.TagsHidden = true
	if got := foundIn(t, rule(policy.EffectDeny, tag), checks.Plan{Changes: []checks.Change{hiddenRole}}); len(got) != 1 || !strings.HasPrefix(got[0], "deny ") {
		t.Errorf("a hidden tag evades a denial: %q", got)
	}
	w := policy.Waiver{Rule: "plan.delete-data", Subject: "module.preview.*", Owner: "bob", Expires: noon.AddDate(0, 1, 0)}
	f := checks.Finding{Rule: "plan.delete-data", Subject: checks.Subject{Name: "module.preview.x.y", Was: "x.y"}}
	if checks.WaivedBy(&f, []policy.Waiver{w}, noon) != nil {
		t.Error("a waiver is had by moving")
	}
}

// TestPolicyReachesCreates: a rule that denies or asks for a review reaches changes
// that nothing else is found about; one that allows makes no finding.
func TestPolicyReachesCreates(t *testing.T) {
	t.Parallel()
	cs := []checks.Change{change("aws_instance.a", checks.ActionCreate, checks.ClassUnclassified), change("aws_instance.b", checks.ActionUpdate, checks.ClassUnclassified)}
	for _, tt := range []struct {
		when   policy.PlanWhen
		effect policy.Effect
		want   int
	}{
		{policy.PlanWhen{Type: []string{"aws_instance"}, Action: []string{"create"}}, policy.EffectDeny, 1},
		{policy.PlanWhen{Type: []string{"aws_*"}}, policy.EffectRequireReview, 2},
		{policy.PlanWhen{Type: []string{"aws_*"}, Count: 2}, policy.EffectDeny, 2},
		{policy.PlanWhen{Type: []string{"aws_*"}, Count: 3}, policy.EffectDeny, 0},
		{policy.PlanWhen{Type: []string{"aws_*"}}, policy.EffectAllow, 0},
		{policy.PlanWhen{Rule: []string{"plan.*"}}, policy.EffectDeny, 0},
		{policy.PlanWhen{Rule: []string{"plan.policy"}}, policy.EffectDeny, 2},
	} {
		got := foundIn(t, policy.Plan{Rules: []policy.PlanRule{{ID: "r", Effect: tt.effect, When: tt.when}}}, checks.Plan{Changes: cs})
		if len(got) != tt.want {
			t.Errorf("%+v: %q", tt.when, got)
		}
	}
}

func TestModuleOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"a.b": "root", "data.a.b": "root", "module.m.a.b": "module.m", `module.m["x.y\".z"].module.n[0].data.a.b["k"]`: `module.m["x.y\".z"].module.n[0]`,
		"module.m": "root", "": "root", `module.m["`: "root",
	} {
		if got := plan.ModuleOf(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}
