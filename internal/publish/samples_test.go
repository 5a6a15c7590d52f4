package publish_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/publish"
)

// Rules like those of the checks; the texts are of their length.
var (
	ruleUnsigned = checks.Rule{
		ID: "provenance.unsigned", Title: "Unsigned commit", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "The name in an unsigned commit is whatever its maker typed. Anybody with push access could have made it.",
		Remedy: "Have the commit signed by a key the policy lists and push again: `git rebase --exec 'git commit --amend --no-edit -S' 1a2b3c4d5e6f`.",
		Detail: "Every commit between base and head is looked at, by all parents, not only the newest.",
	}
	rulePersonKey = checks.Rule{
		ID: "provenance.agent-under-person-key", Title: "Agent's work under a person's key", Severity: checks.SeverityLow, Effect: checks.EffectAllow,
		Why: "A person signed what an agent made. The person answers for it and cannot be the one who approves it.", Remedy: "Nothing to do.",
	}
	ruleReplace = checks.Rule{
		ID: "plan.replace", Title: "Resource that is destroyed and made anew", Severity: checks.SeverityCritical, Effect: checks.EffectDeny,
		Why:    "The object is destroyed with everything in it. A new one takes its name and is empty.",
		Remedy: "Change the plan so that the object is updated in place, or move its data first and have a rule of the policy ask for review instead.",
	}
	ruleExposed = checks.Rule{
		ID: "plan.exposed", Title: "Port opened to the world", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview,
		Why:    "Everybody on the internet can try to connect.",
		Remedy: "Narrow the source to the networks that need it, or have it approved.",
	}
	ruleDelete = checks.Rule{
		ID: "plan.delete", Title: "Resource that is destroyed", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "What the object holds is lost when the plan is applied.",
		Remedy: "Keep the resource, or have the deletion approved.",
	}
	ruleVeto = checks.Rule{
		ID: "review.veto", Title: "Somebody asks for changes", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why: "A person with write access objects. Approvals by others do not outvote an objection.", Remedy: "Settle it with the person.",
	}
)

func rules() []checks.Rule {
	return []checks.Rule{ruleUnsigned, rulePersonKey, ruleReplace, ruleExposed, ruleDelete, ruleVeto}
}

const (
	base   = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
	head   = "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c"
	second = "4c5d6e7f8a9b0c1d2e3f405162738495a6b7c8d9"
	digest = "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
)

var questions = []checks.Question{checks.QuestionProvenance, checks.QuestionPlan, checks.QuestionReview}

// verdict is a verdict with the given outcome of each question.
func verdict(o checks.Outcome, each ...checks.Outcome) *checks.Verdict {
	v := &checks.Verdict{
		Schema: checks.ReportSchema, Outcome: o, Mode: "enforce", At: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
		Change: checks.ChangeSummary{
			Kind: checks.KindPullRequest, Repository: checks.Repository{Name: "acme/infra", ObjectFormat: "sha1"},
			Base: checks.Ref{Name: "main", Commit: base}, MergeBase: base, Head: checks.Ref{Name: "agent/database", Commit: head},
			Commits: 4, Files: 7, Plans: []checks.PlanUsed{{Source: "plan.json", Digest: digest}},
		},
		Policy:   checks.PolicyUsed{Origin: checks.PolicyFromBase, Path: ".github/claw-verified.yml", Commit: base, Digest: digest},
		Snapshot: digest, Findings: []checks.Finding{}, Undecided: []checks.Gap{}, Waiting: []checks.Seat{}, Approvals: []checks.Approval{},
		Origins: []checks.Origin{signedBy("0a1b"+base[4:], "Add a network", "agent claw"), signedBy(second, "Add a bastion host", "agent claw"), signedBy("5d6e"+base[4:], "Name it", "agent claw"), signedBy(head, "Encrypt the database", "agent claw")},
		NotProved: []string{
			"That the holder of a key is who the policy says, or still has it alone.",
			"Which model wrote the change, or what it was asked to do: a signature names a key, not a task.",
			"That what is applied is this plan.",
		},
	}
	summaries := []string{"4 of 4 commits are proved to the level the policy asks for (signed).", "12 resource changes, nothing is destroyed.", "1 of 1 approvals."}
	checked := [][]string{{"4 commits signed by a key of agent claw."}, {"12 resource changes of plan.json (Terraform 1.14.2)."}, {"2 reviews, read from reviews.json."}}
	for i, q := range each {
		v.Questions = append(v.Questions, checks.Answer{ID: questions[i], Title: questions[i].Title(), Outcome: q, Summary: summaries[i], Checked: checked[i]})
	}
	return v
}

const key = "SHA256:wzr2SzRxkD4ijKEovxjx/U5Sm7gSog/YAAaaHDzUSZ4"

func signedBy(id, subject, who string) checks.Origin {
	return checks.Origin{Commit: id, Subject: subject, Level: "signed", SignedBy: who, Key: key, Agents: []string{"claw"}}
}

// said is a statement that holds everything.
func said() checks.Said {
	return checks.Said{
		Kind: "agent-commit", By: "agent claw", Proof: "key", Signer: key, Digest: digest, Where: "git note refs/notes/claw-attestations",
		Agent: "claw", Models: []string{"claude-opus-4-5"}, Operator: "alice", OnBehalf: "platform-team", Task: "https://github.com/acme/infra/issues/7", Session: "01JD3S", SignedAt: time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC),
	}
}

// attested is a pass of commits of many origins.
func attested() *checks.Verdict {
	v := verdict(checks.Verified, checks.Verified, checks.Verified, checks.Verified)
	v.Questions[0].Summary = "9 of 9 commits are proved to the level the policy asks for (signed)."
	v.Change.Commits, v.Origins = 9, nil
	id := func() string { return fmt.Sprintf("%040x", 0xa1b2c3d4e5f6+len(v.Origins)) }
	for _, subject := range []string{"Add a network", "Add a subnet", "Route it"} {
		o := signedBy(id()[28:]+base[:28], subject, "agent claw")
		o.Level, o.Said = "attested", []checks.Said{said()}
		v.Origins = append(v.Origins, o)
	}
	own := signedBy(id()[28:]+base[:28], "Fix a typo", "person alice")
	own.Human, own.Agents = true, nil
	v.Origins = append(v.Origins, own)
	keyless := checks.Origin{Commit: id()[28:] + base[:28], Subject: "Encrypt the database", Level: "attested-keyless", Agents: []string{"claw"}}
	s := said()
	s.Kind, s.Proof, s.Signer, s.Agent, s.OnBehalf, s.Session, s.Task, s.TaskText = "slsa-provenance", "keyless", "https://github.com/acme/agents/.github/workflows/agent.yml@refs/tags/v1", "claude-code", "", "", "", digest
	keyless.Said = []checks.Said{s, {Kind: "slsa-source", By: "attestor forge", Proof: "key", Signer: key, Digest: digest}, {Kind: "line-authorship", Digest: digest}}
	v.Origins = append(v.Origins, keyless)
	bare := signedBy(id()[28:]+base[:28], "Open port 443", "agent claw")
	bare.Level, bare.Said = "attested", []checks.Said{{Kind: "agent-commit", By: "agent claw", Proof: "key", Signer: "SHA256:F+jea89pbr9ijKEovxjxU5Sm7gSogYAAeKpJST6As", Agent: "claw", Digest: digest}}
	v.Origins = append(v.Origins, bare)
	vouched := checks.Origin{Commit: id()[28:] + base[:28], Subject: "Add an alarm", Level: "signed", Agents: []string{"claw"}, Said: []checks.Said{{Kind: "claw-commit", By: "agent claw", Proof: "key", Signer: "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", Digest: digest}}}
	v.Origins = append(v.Origins, vouched)
	marked := signedBy(id()[28:]+base[:28], "Tidy up", "person bob")
	v.Origins = append(v.Origins, marked)
	again := v.Origins[0]
	again.Commit, again.Subject = head, "Route it back"
	v.Origins = append(v.Origins, again)
	return v
}

func commit(id, subject string) checks.Subject {
	return checks.Subject{Kind: checks.SubjectCommit, Name: id, Note: subject}
}

func resource(address string) checks.Subject {
	return checks.Subject{Kind: checks.SubjectResource, Name: address}
}

func verified() *checks.Verdict {
	v := verdict(checks.Verified, checks.Verified, checks.Verified, checks.Verified)
	v.Approvals = []checks.Approval{{Account: 1, Login: "bob", State: checks.ReviewApproved, Counts: true}}
	f := ruleExposed.New(resource("aws_security_group_rule.ssh"), "Port 22/tcp is opened to 10.0.0.0/8.")
	v.Findings = []checks.Finding{rulePersonKey.New(commit(second, "Add a bastion host"), "Agent-made (trailer Claude-Session), signed by person alice."), f}
	return v
}

func refused() *checks.Verdict {
	v := verdict(checks.Refused, checks.Refused, checks.Refused, checks.Waiting)
	v.Change.MergeBase = "77aabbccddeeff00112233445566778899aabbcc"
	v.Questions[0].Summary = "3 of 4 commits are proved to the level the policy asks for (signed)."
	v.Questions[1].Summary = "12 resource changes: 1 object is replaced, 1 is destroyed, 2 rules are opened to the world."
	v.Questions[2].Summary = "Nobody has agreed to this yet."
	unsigned := ruleUnsigned.New(commit(second, "Add a bastion host"), "The commit carries no signature; it names agent claw, which anybody could have typed.")
	replace := ruleReplace.New(resource("module.prod.aws_db_instance.main"), "The database is destroyed and made anew, because engine_version and storage_encrypted cannot be changed in place.")
	replace.DecidedBy, replace.Reason = "no-database-loss", "Databases are moved by the data team, never by a plan."
	v4 := ruleExposed.New(resource("aws_security_group.bastion"), "Port 22/tcp is opened to the world (0.0.0.0/0).")
	v6 := ruleExposed.New(resource("aws_security_group.bastion"), "Port 22/tcp is opened to the world (::/0).")
	v4.Subject.Path, v4.Subject.Line, v4.Subject.Col = "network/bastion.tf", 12, 3
	v6.Subject.Path, v6.Subject.Line = "network/bastion.tf", 19
	gone := ruleDelete.New(resource("aws_s3_bucket.old_logs"), "The bucket is destroyed.")
	gone.Waiver = &checks.Waived{Owner: "alice", Reason: "Logs were moved to the archive account.", Expires: "2026-12-31T00:00:00Z"}
	v.Origins[1] = checks.Origin{Commit: second, Subject: "Add a bastion host", Level: "attributed", Agents: []string{"claw"}}
	v.Origins[3].SignedBy = "person alice"
	v.Findings = []checks.Finding{unsigned, rulePersonKey.New(commit(head, "Encrypt the database"), "Agent-made (trailer Claude-Session), signed by person alice."), replace, v4, v6, gone}
	v.Plans = planned()
	v.Waiting = []checks.Seat{{Tier: "infrastructure", Missing: 2, From: "people with write access in team platform", Could: []string{"bob", "carol", "dave"}}}
	v.Approvals = []checks.Approval{
		{Account: 1, Login: "alice", State: checks.ReviewApproved, Reason: "signed a commit of the change"},
		{Account: 2, Login: "erin", State: checks.ReviewApproved, Reason: "the approval is for another head (1a2b3c4d5e6f)"},
	}
	return v
}

// planned is a plan with an object of every kind.
func planned() []checks.PlanSummary {
	deny, review, allow := checks.EffectDeny, checks.EffectRequireReview, checks.EffectAllow
	s := checks.PlanSummary{
		Source: "plan.json", Unchanged: 120,
		Counts: map[string]int{"create": 14, "update": 5, "replace": 2, "delete": 1, "forget": 1, "import": 1, "move": 1},
		Lines: []checks.PlanLine{
			{Group: checks.GroupIrreversible, Address: "module.prod.aws_db_instance.main", Action: checks.ActionReplace, Deciding: "lost: RDS data; engine_version, storage_encrypted force it", Effect: deny, Rules: []string{"plan.replace"}, Path: "db/main.tf", Line: 12},
			{Group: checks.GroupIrreversible, Address: "aws_instance.web", Action: checks.ActionReplace, CreateFirst: true, Deciding: "user_data forces it", Effect: review, Rules: []string{"plan.replace"}},
			{Group: checks.GroupIrreversible, Address: "aws_s3_bucket.old_logs", Action: checks.ActionDelete, Deciding: "lost: objects; no longer in the configuration", Rules: []string{"plan.delete"}},
			{Group: checks.GroupOpened, Address: "aws_security_group.bastion", Action: checks.ActionUpdate, Deciding: "tcp 22 (SSH) from the internet", Effect: review, Rules: []string{"plan.exposed"}, Path: "network/bastion.tf", Line: 12},
			{Group: checks.GroupPrivilege, Address: `module.agents["claw"].module.roles.aws_iam_role_policy.worker_with_a_long_name[0]`, Action: checks.ActionUpdate, Deciding: "iam:PassRole, iam:CreateAccessKey and 2 more", Effect: review, Rules: []string{"plan.grant-escalation"}, Path: "modules/roles/policies/worker.tf", Line: 120},
			{Group: checks.GroupWeakened, Address: "aws_db_instance.replica", Action: checks.ActionUpdate, Deciding: "deletion_protection true -> false", Effect: allow, Rules: []string{"plan.protection-off"}},
			{Group: checks.GroupWeakened, Address: "aws_vpc.left", Action: checks.ActionForget, Deciding: "left unmanaged", Effect: review, Rules: []string{"plan.forget"}},
			{Group: checks.GroupRuns, Address: "data.external.tool", Action: checks.ActionRead, Deciding: "a program runs at apply", Effect: review, Rules: []string{"plan.runs-code"}},
			{Group: checks.GroupOther, Address: "aws_instance.moved", Action: checks.ActionNoOp, Deciding: "until now aws_instance.was"},
		},
	}
	for i := range 14 {
		s.Lines = append(s.Lines, checks.PlanLine{Group: checks.GroupOther, Address: fmt.Sprintf("aws_subnet.zone[%d]", i), Action: checks.ActionCreate})
	}
	return []checks.PlanSummary{s}
}

// alone is a verdict about one plan and nothing else.
func alone(o checks.Outcome, fs ...checks.Finding) *checks.Verdict {
	v := verdict(o)
	v.Questions = []checks.Answer{{ID: checks.QuestionPlan, Title: checks.QuestionPlan.Title(), Outcome: o, Summary: "2 destroyed; 12 changes in all.", Checked: []string{"12 resource changes of plan.json (Terraform 1.14.2)."}}}
	v.Change = checks.ChangeSummary{Kind: checks.KindPlan, Plans: []checks.PlanUsed{{Source: "plan.json", Digest: digest}}}
	v.Policy, v.Origins, v.NotProved, v.Findings, v.Plans = checks.PolicyUsed{}, []checks.Origin{}, []string{"Who made this, and whether anybody agreed: only the plan was looked at."}, append([]checks.Finding{}, fs...), planned()
	for i := range v.Findings {
		v.Findings[i].Subject.Note, v.Findings[i].Subject.Plan = "plan.json", "plan.json"
	}
	return v
}

// toldPlan is a plan with findings whose messages begin with what they are about.
func toldPlan() *checks.Verdict {
	rule := func(id string, e checks.Effect) checks.Rule {
		return checks.Rule{ID: id, Title: id, Severity: checks.SeverityHigh, Effect: e, Why: "It matters.", Remedy: "Keep it."}
	}
	add := func(r checks.Rule, address, rest string) checks.Finding {
		return r.New(resource(address), address+rest)
	}
	port, data, note := rule("plan.exposure-admin-port", checks.EffectDeny), rule("plan.delete-data", checks.EffectDeny), rule("plan.grant-withdrawn", checks.EffectAllow)
	fs := []checks.Finding{
		add(data, "aws_db_instance.orders", " (RDS database) would be destroyed. Lost: RDS data."),
		add(port, "aws_security_group.web", ": anyone on the internet (IPv4) could reach tcp port 22 (SSH)."),
		add(port, "aws_security_group.web", ": anyone on the internet (IPv6) could reach tcp port 22 (SSH)."),
		add(port, "aws_security_group.web", ": anyone on the internet (IPv6) could reach tcp port 3389 (RDP)."),
		add(port, `module.agents["claw"].aws_security_group.a_group_with_a_long_name[0]`, ": anyone on the internet (IPv4) could reach tcp port 22 (SSH)."),
	}
	for i := range 5 {
		fs = append(fs, add(note, fmt.Sprintf("aws_iam_role.r%d", i), ": somebody may do less."))
	}
	fs = append(fs, add(rule("plan.import", checks.EffectAllow), "aws_vpc.main", " would be taken under management."))
	v := alone(checks.Refused, fs...)
	v.Change.Plans[0].Changeset = "changes-v1:" + digest
	for i := range v.Findings {
		if f := &v.Findings[i]; f.Subject.Name == "aws_db_instance.orders" {
			f.Subject.Note += ", deposed object 0a1b2c3d"
			f.Subject.Path, f.Subject.Line = "db/main.tf", 12
		}
	}
	return v
}

// clearPlan is a plan in which nothing stands in the way.
func clearPlan() *checks.Verdict {
	v := alone(checks.Verified)
	s := &v.Plans[0]
	s.Lines = slices.DeleteFunc(s.Lines, func(l checks.PlanLine) bool {
		return l.Effect == checks.EffectDeny || l.Effect == checks.EffectRequireReview
	})
	s.Counts = map[string]int{"create": 14, "update": 1, "delete": 1, "move": 1}
	return v
}

// manyPlans is a repository with many plans.
func manyPlans() *checks.Verdict {
	v := alone(checks.Waiting, ruleReplace.New(resource("aws_instance.web"), "The instance is destroyed and made anew."))
	v.Plans, v.Change.Plans = nil, nil
	v.Findings[0].Effect = checks.EffectRequireReview
	for i := range 40 {
		s := planned()[0]
		s.Source = fmt.Sprintf("live/unit%02d/plan.json", i)
		if i%2 == 1 {
			s.Lines, s.Counts = []checks.PlanLine{}, map[string]int{}
		}
		s.Hidden = i
		v.Plans = append(v.Plans, s)
		v.Change.Plans = append(v.Change.Plans, checks.PlanUsed{Source: s.Source, Digest: digest})
		switch len(v.Change.Plans) {
		case 1:
			v.Change.Plans[0].Evidence = &checks.PlanEvidence{Producer: ".github/workflows/plan.yml", Run: 1234567890, Artifact: "plan-network", ArtifactDigest: digest, Believed: checks.BelievedForWorkflow}
		case 2:
			v.Change.Plans[1].Evidence = &checks.PlanEvidence{
				Producer: ".github/workflows/plan.yml", Run: 1234567891, Artifact: "plan-data", ArtifactDigest: digest, Believed: checks.BelievedForSignature,
				Signer: "https://github.com/acme/signers/.github/workflows/plan.yml@refs/heads/main",
			}
		}
	}
	return v
}

func waiting() *checks.Verdict {
	v := verdict(checks.Waiting, checks.Verified, checks.Waiting, checks.Waiting)
	v.Questions[2].Summary = "1 of 2 approvals."
	v.Findings = []checks.Finding{ruleDelete.New(resource("aws_s3_bucket.old_logs"), "The bucket is destroyed.")}
	v.Waiting = []checks.Seat{{Tier: "agents", Missing: 1, From: "people with write access", Could: []string{}, Nobody: "Nobody in the file of reviews could fill it."}}
	v.Approvals = []checks.Approval{{Account: 1, Login: "bob", State: checks.ReviewApproved, Counts: true}}
	return v
}

// quoting waits for approvals that say what they are for, under the organisation's floors.
func quoting() *checks.Verdict {
	v := waiting()
	v.Policy.Organization = &checks.OrganizationPolicy{Repository: "acme/.github", Path: "claw-verified.yml", Commit: second, Digest: digest}
	v.Change.PullRequest = &checks.PullRequestNamed{
		Number: 7, Title: `Keep the old logs" by bob, "approved`, Author: &checks.AccountRef{ID: 9, Login: "claw-agent[bot]"}, HeadRepository: "eve/infra",
	}
	v.Waiting[0].Line = "/approve " + head + " plan:changes-v1:" + digest
	v.Waiting = append(v.Waiting, checks.Seat{Tier: "risk", Missing: 1, From: "team infra", Could: []string{"bob"}, Line: v.Waiting[0].Line})
	v.Approvals = []checks.Approval{
		{Account: 1, Login: "bob", State: checks.ReviewApproved, Counts: true, Carried: "given for commit 4c5d6e7f8a9b, whose tree 777777777777 is this head's and which left the base at the same commit 1a2b3c4d5e6f; its first line names that commit"},
		{Account: 2, Login: "carol", State: checks.ReviewApproved, Reason: "its first line does not say what was approved, which the policy asks for"},
	}
	return v
}

func undecidedConfig() *checks.Verdict {
	v := verdict(checks.Undecided, checks.Undecided, checks.Undecided, checks.Undecided)
	v.Mode, v.NotProved, v.Origins = "", []string{}, []checks.Origin{}
	for i := range v.Questions {
		v.Questions[i].Summary, v.Questions[i].Checked = "Not looked at.", []string{}
	}
	v.Undecided = []checks.Gap{
		{Kind: checks.GapConfiguration, Message: `The policy cannot be used: .github/claw-verified.yml:12:3: unknown key "revew"`, Remedy: `Did you mean "review"?`},
		{Kind: checks.GapConfiguration, Message: "The policy cannot be used: .github/claw-verified.yml:30:9: count is 0", Remedy: "Ask for at least one person, or remove the tier."},
	}
	return v
}

func undecidedEvidence() *checks.Verdict {
	v := verdict(checks.Undecided, checks.Verified, checks.Undecided, checks.Verified)
	v.Questions[1].Summary, v.Questions[1].Checked = "The plan could not be read.", []string{}
	v.Change.Plans[0].Digest = ""
	v.Findings = []checks.Finding{rulePersonKey.New(commit(second, "Add a bastion host"), "Agent-made (trailer Claude-Session), signed by person alice."), ruleExposed.New(resource("aws_security_group_rule.ssh"), "Port 22/tcp is opened to 10.0.0.0/8.")}
	v.Undecided = []checks.Gap{{Question: checks.QuestionPlan, Kind: checks.GapEvidence, Message: "The plan plan.json could not be read: it ends in the middle, at byte 1048576.", Remedy: "Run `terraform show -json tfplan` again and see that the disk is not full."}}
	return v
}

func overridden() *checks.Verdict {
	v := refused()
	v.Outcome = checks.Overridden
	v.Override = &checks.Override{By: "alice", Confirmed: []string{"bob"}, Reason: "Production is down, incident 4711."}
	return v
}

func observe() *checks.Verdict {
	v := refused()
	v.Mode = checks.ModeObserve
	return v
}

func huge() *checks.Verdict {
	v := verdict(checks.Refused, checks.Refused, checks.Refused, checks.Waiting)
	v.Change.Commits, v.Origins = 250, nil
	for i := range 250 {
		id := fmt.Sprintf("%040x", i+0xabcdef)
		v.Findings = append(v.Findings, ruleUnsigned.New(commit(id, fmt.Sprintf("Change number %d", i)), "The commit carries no signature."))
		v.Origins = append(v.Origins, checks.Origin{Commit: id, Subject: fmt.Sprintf("Change number %d", i)})
	}
	for i := range 200 {
		v.Findings = append(v.Findings, ruleReplace.New(resource(fmt.Sprintf("aws_instance.web[%d]", i)), "The instance is destroyed and made anew."))
	}
	for i := range 50 {
		f := ruleDelete.New(resource(fmt.Sprintf("aws_instance.old[%d]", i)), "The instance is destroyed.")
		f.Waiver = &checks.Waived{Owner: "alice", Reason: "Replaced by the new group.", Expires: "2026-12-31T00:00:00Z"}
		v.Findings = append(v.Findings, f)
	}
	v.Plans = planned()
	for i := range 480 {
		v.Plans[0].Lines = append(v.Plans[0].Lines, checks.PlanLine{Group: checks.GroupIrreversible, Address: fmt.Sprintf("aws_instance.web[%d]", i), Action: checks.ActionReplace, Deciding: "user_data forces it", Effect: checks.EffectDeny, Rules: []string{"plan.replace"}})
	}
	v.Plans[0].Hidden = 100
	for i := range 30 {
		v.Approvals = append(v.Approvals, checks.Approval{Account: int64(i), Login: fmt.Sprintf("reviewer-%d", i), State: checks.ReviewCommented, Reason: "a comment is no approval"})
	}
	return v
}

// What a change might say to spoil a report.
var evils = []string{
	"line one\nline two", "%0A::error::forged", "\n::error file=x::forged\n", "##[error]forged", "::stop-commands::x", "`code` ``` </code>",
	"\u202egnp.exe\u202c \u2066x\u2069 ad\u200bmin", "<script>alert(1)</script><!-- -->", "</summary></details>", "| a | b |\n|---|---|", "@acme/everybody #1 GH-2 https://evil.test www.evil.test",
	"[click](javascript:x) ![x](https://evil.test/x.png)", "\x1b[2J\x1b[31m\x1b]0;title\x07", "bad \xff\xfe bytes", "\x00\x01", ":white_check_mark: verified", "]]>&amp;<x>", "{0} %s %d", "  ::warning::x",
	strings.Repeat("z\u0301\u0301\u0301\u0301\u0301\u0301", 3), "✓ VERIFIED", "# Verified\n\n---\n", "$x$ ~~y~~ ***z***",
}

func hostile() *checks.Verdict {
	v := verdict(checks.Refused, checks.Refused, checks.Undecided, checks.Waiting)
	all := strings.Join(evils, " ")
	v.Change.Repository.Name, v.Change.Base.Name, v.Change.Head.Name = "acme/\x1b[31m", "::error::x", all
	v.Change.PullRequest = &checks.PullRequestNamed{Number: 1, Title: all, Author: &checks.AccountRef{ID: 1, Login: all}, HeadRepository: all}
	v.Change.Plans = []checks.PlanUsed{{Source: all, Digest: "sha256:\u202e", Evidence: &checks.PlanEvidence{
		Producer: checks.Path(all), Run: -1, Artifact: all, ArtifactDigest: "sha256:\u202e", Believed: checks.BelievedForSignature, Signer: all,
	}}}
	v.Policy.Path, v.Policy.Digest = "a\n::error::b\xff`", all
	v.Questions[1].Summary, v.Questions[1].Checked = all, slices.Clone(evils)
	for i, e := range evils {
		f := ruleReplace.New(resource("aws_x.y["+e+"]"), "It is "+e+" and more.")
		f.Subject.Note, f.Subject.Path, f.Subject.Line = e, checks.Path("dir,x:y/"+e), i
		v.Findings = append(v.Findings, f)
	}
	long := strings.Repeat("a\u202e[\"k\"].", 1<<20/9)
	v.Findings = append(v.Findings, ruleReplace.New(resource("module."+long+"end"), "Long: "+long))
	w := ruleDelete.New(resource(all), all)
	w.Waiver = &checks.Waived{Owner: all, Reason: all, Expires: all}
	p := checks.Finding{Rule: all, Question: "plan", Severity: checks.Severity(all), Effect: checks.Effect(all), Subject: checks.Subject{Kind: checks.SubjectKind(all), Name: all, Path: "../../etc/passwd"}, Message: all, Why: all, Remedy: all, DecidedBy: all, Reason: all}
	lost := checks.Finding{Rule: "other.rule", Question: "nobody asked", Severity: checks.SeverityHigh, Effect: checks.EffectDeny, Subject: checks.Subject{Kind: checks.SubjectChange}, Message: "A finding of no question."}
	v.Findings = append(v.Findings, w, p, lost)
	v.Undecided = []checks.Gap{{Question: "plan", Kind: checks.GapKind(all), Message: all, Remedy: all}, {Question: "nobody asked", Kind: checks.GapEvidence, Message: "A gap of no question.", Remedy: "Look."}}
	v.Waiting = []checks.Seat{{Tier: all, Missing: 1, From: all, Could: evils}, {Tier: all, Missing: 1, From: all, Could: []string{}, Nobody: all}}
	v.Approvals = []checks.Approval{{Login: all, State: checks.ReviewState(all), Reason: all}}
	v.NotProved = slices.Clone(evils)
	v.Plans = hostilePlans(append(slices.Clone(evils), all, long, strings.Repeat("a/", 1<<16)))
	v.Origins = nil
	for i, e := range append(slices.Clone(evils), all, strings.Repeat("m", 2000)) {
		o := signedBy(fmt.Sprintf("%040x", i+0xabcdef), e, "agent "+e)
		o.Level, o.Key, o.Agents = e, e, []string{e}
		st := checks.Said{Kind: "agent-commit", By: "agent " + e, Proof: "keyless", Signer: e, Agent: e, Models: []string{e, e, e, e, e}, Operator: e, OnBehalf: e, Task: e, TaskText: e, Session: e}
		o.Said = []checks.Said{st, st, st, st, {Kind: e, By: e, Proof: e}}
		v.Origins = append(v.Origins, o)
	}
	v.Origins[0].Commit = "::stop-commands::x"
	return v
}

func hostilePlans(texts []string) []checks.PlanSummary {
	var out []checks.PlanSummary
	for _, e := range texts {
		s := checks.PlanSummary{Source: e, Counts: map[string]int{e: 1, "create": -1}, Unchanged: -1, Hidden: 1}
		for _, g := range []checks.PlanGroup{checks.GroupIrreversible, checks.GroupOther, checks.PlanGroup(e)} {
			s.Lines = append(s.Lines, checks.PlanLine{Group: g, Address: e, Action: checks.Action(e), Deciding: e, Effect: checks.Effect(e), Rules: []string{e}, Path: checks.Path(e), Line: 1})
		}
		out = append(out, s)
	}
	return out
}

// samples are the verdicts every format is tried on.
func samples() map[string]*checks.Verdict {
	return map[string]*checks.Verdict{
		"verified": verified(), "refused": refused(), "waiting": waiting(), "undecided-config": undecidedConfig(), "undecided-evidence": undecidedEvidence(),
		"overridden": overridden(), "observe": observe(), "attested": attested(), "huge": huge(), "hostile": hostile(), "zero": {},
		"plan-clear": clearPlan(), "plan-denied": alone(checks.Refused, refused().Findings[2:5]...), "plans": manyPlans(), "plan-told": toldPlan(), "quoting": quoting(),
	}
}

func options() publish.Options { return publish.Options{Version: "1.2.3", Rules: rules()} }
