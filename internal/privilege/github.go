package privilege

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// protection returns the judge of a type that protects a repository: its gates, and
// its loss.
func protection(lost string, list ...gate) func(*judge) {
	return func(j *judge) {
		if j.deleted() {
			j.say(checks.ConsequenceGateWeakened, "", said{note: lost})
			return
		}
		j.gates(list, checks.ConsequenceGateWeakened, "")
	}
}

// ruleset judges a set of rules for branches: what it asks, of whom, and whether at
// all.
func ruleset(j *judge) {
	protection("a set of rules is gone", rulesetGates()...)(j)
	if !j.old.Exists() || !j.new.Exists() {
		if j.created() {
			j.bypassers(nil)
		}
		return
	}
	was, is := j.value(j.old, "enforcement"), j.value(j.new, "enforcement")
	if was.word == "active" && is.word != "active" {
		s := said{note: "the rules are no longer enforced", before: was.word, after: is.word, unknown: is.unknown}
		if is.unknown {
			s.needs = []string{"enforcement"}
		}
		j.say(checks.ConsequenceGateWeakened, "enforcement", s)
	}
	j.bypassers(bypass(j, true))
}

// bypassers tells who may pass the rules by.
func (j *judge) bypassers(before map[string]bool) {
	if before == nil {
		return // a new set of rules takes nothing away, whoever passes it by
	}
	for who := range bypass(j, false) {
		if before[who] {
			continue
		}
		s := said{note: "others may pass the rules by", what: []string{who}}
		if who == "" {
			s.what, s.unknown, s.needs = nil, true, []string{"bypass_actors"}
		}
		j.say(checks.ConsequenceGateWeakened, "bypass_actors", s)
	}
}

func bypass(j *judge, old bool) map[string]bool {
	s, out := j.new, map[string]bool{}
	if old {
		s = j.old
	}
	for _, v := range s.All("bypass_actors[]") {
		if v.Unknown {
			out[""] = true
			continue
		}
		var parts []string
		for _, n := range []string{"actor_type", "actor_id", "bypass_mode"} {
			m, _ := v.Member(n)
			t, ok := text(m)
			if !ok {
				t = "unknown"
			}
			parts = append(parts, t)
		}
		if len(out) < maxItems {
			out[strings.Join(parts, " ")] = true
		}
	}
	return out
}

// repository judges what a repository shows, and to whom.
func repository(j *judge) {
	was, is := j.value(j.old, "visibility"), j.value(j.new, "visibility")
	if j.new.Exists() && (is.word == "public" || is.unknown && j.old.Exists()) && was.word != "public" && j.old.Exists() {
		s := said{note: "everybody may read the repository", before: was.word, after: is.word, unknown: is.unknown}
		if is.unknown {
			s.needs = []string{"visibility"}
		}
		j.say(checks.ConsequenceGateWeakened, "visibility", s)
	} else if was, is := j.value(j.old, "private"), j.value(j.new, "private"); j.old.Exists() && j.new.Exists() && was.truth && !is.truth && !is.unknown && is.set > 0 && j.value(j.new, "visibility").word == "" {
		j.say(checks.ConsequenceGateWeakened, "private", said{note: "everybody may read the repository", before: "true", after: "false"})
	}
	j.gates([]gate{
		{"security_and_analysis[].secret_scanning[].status", switched, "secrets are no longer looked for"},
		{"security_and_analysis[].secret_scanning_push_protection[].status", switched, "secrets are no longer held back"},
		{"security_and_analysis[].advanced_security[].status", switched, "scans are no longer made"},
		{"vulnerability_alerts", off, "nobody is told of weak dependencies"},
		{"allow_auto_merge", on, "a change merges by itself when nothing holds it"},
		{"archived", off, "an archived repository may be changed again"},
		{"archived", on, "the repository is archived"},
		{"web_commit_signoff_required", off, "commits need no sign-off"},
	}, checks.ConsequenceGateWeakened, "")
}

// permissionGrade grades a right on a repository or in an organisation.
func permissionGrade(_ *judge, g grant) grade {
	switch strings.ToLower(g.role) {
	case "admin", "owner", "administrator":
		return grade{checks.ConsequenceGrantAdmin, "may change every setting, the protections too"}
	case "maintain", "maintainer":
		return grade{checks.ConsequenceGrantEscalation, "may change settings, and let others in"}
	case "", "push", "write", "member", "developer", "triage", "pull", "read", "reporter", "guest":
		return grade{kind: checks.ConsequenceGrantWider}
	}
	return grade{checks.ConsequenceGrantWider, "a role whose rights are not in this resource"}
}

// collaborators judges the people and teams of a repository: who is not listed is
// taken away.
func collaborators(j *judge) {
	read := func(old bool) grants {
		s, out := j.new, grants{}
		if old {
			s = j.old
		}
		for _, b := range [][2]string{{"user", "username"}, {"team", "team_id"}} {
			for _, v := range s.All(b[0] + "[]") {
				if v.Unknown {
					out.who = true
					continue
				}
				name, _ := v.Member(b[1])
				role, _ := v.Member("permission")
				n, okName := text(name)
				r, okRole := text(role)
				out.who, out.role = out.who || !okName, out.role || !okRole
				if len(out.list) < maxGrants {
					out.list = append(out.list, grant{who: b[0] + " " + n, role: r})
				}
			}
		}
		return out
	}
	b := binding{who: "user|team", role: "user|team", grade: permissionGrade, exclusive: true}
	b.compare(j, read(true), read(false))
}

// written tells that a secret or a variable is there, or changes: what it says is not
// looked at.
func written(kind checks.ConsequenceKind, note string, names ...string) func(*judge) {
	return func(j *judge) {
		if !j.new.Exists() {
			return
		}
		s := said{note: note, from: names}
		for _, n := range names {
			s.what = append(s.what, j.items(j.new, n).texts...)
		}
		j.say(kind, "", s)
	}
}

// actionsPermissions judges which programs workflows may use.
func actionsPermissions(j *judge) {
	was, is := j.value(j.old, "allowed_actions"), j.value(j.new, "allowed_actions")
	if j.deleted() {
		j.say(checks.ConsequenceGateWeakened, "", said{note: "every action may be used again"})
		return
	}
	if is.word == "all" && was.word != "all" {
		j.say(checks.ConsequenceGateWeakened, "allowed_actions", said{note: "workflows may use every action of anybody", before: was.word, after: "all"})
	}
	if is.unknown {
		j.say(checks.ConsequenceGateWeakened, "allowed_actions", said{note: "it says which actions may be used", unknown: true, needs: []string{"allowed_actions"}})
	}
	j.gates([]gate{
		{"allowed_actions_config[].patterns_allowed[]", more, "workflows may use more actions"},
		{"allowed_actions_config[].verified_allowed", on, "workflows may use more actions"},
		{"enabled_repositories_config[].repository_ids[]", more, "more repositories run workflows"},
		{"sha_pinning_required", off, "actions need not be pinned"},
		{"enabled", on, "workflows run"},
	}, checks.ConsequenceGateWeakened, "")
}

func workflowPermissions(j *judge) {
	was, is := j.value(j.old, "default_workflow_permissions"), j.value(j.new, "default_workflow_permissions")
	if is.word == "write" && was.word != "write" {
		j.say(checks.ConsequenceGateWeakened, "default_workflow_permissions", said{note: "every workflow may write", before: was.word, after: "write"})
	}
	if j.turnedOn("can_approve_pull_request_reviews") {
		j.say(checks.ConsequenceGateWeakened, "can_approve_pull_request_reviews", said{note: "a workflow may approve pull requests", before: "false", after: "true"})
	}
}

func deployKey(j *judge) {
	if !j.new.Exists() {
		return
	}
	readOnly := j.value(j.new, "read_only")
	was := j.value(j.old, "read_only")
	switch {
	case readOnly.set > 0 && !readOnly.truth && (!j.old.Exists() || was.truth || j.replaced()):
		j.say(checks.ConsequenceGateWeakened, "read_only", said{note: "a key that may write to the repository", before: was.word, after: "false"})
	case j.created() || j.replaced():
		j.say(checks.ConsequenceGrantWider, "title", said{note: "a key that may read the repository", what: j.items(j.new, "title").texts})
	}
}

// githubWebhook judges who is told of what happens. The URL is not shown: it may have
// a secret in it.
func githubWebhook(j *judge) {
	switch {
	case j.created():
		j.say(checks.ConsequenceGrantWider, "configuration", said{note: "somebody outside is told of events", what: j.items(j.new, "events[]").texts, from: []string{"events"}})
	case j.new.Exists():
		j.gates([]gate{
			{"configuration[].url", changed, "somebody else is told of events"},
			{"configuration[].insecure_ssl", on, "whoever is told need not prove who he is"},
			{"events[]", more, "somebody outside is told of more events"},
		}, checks.ConsequenceGrantWider, "")
	}
}

func teamMembers(j *judge) {
	read := func(old bool) grants {
		s, out := j.new, grants{}
		if old {
			s = j.old
		}
		team, _ := j.only(s, "team_id")
		for _, v := range s.All("members[]") {
			if v.Unknown {
				out.who = true
				continue
			}
			name, _ := v.Member("username")
			role, _ := v.Member("role")
			n, okName := text(name)
			r, okRole := text(role)
			out.who, out.role = out.who || !okName, out.role || !okRole
			if len(out.list) < maxGrants {
				out.list = append(out.list, grant{who: n, role: r, on: team})
			}
		}
		return out
	}
	b := binding{who: "members", role: "members", grade: permissionGrade, exclusive: true}
	b.compare(j, read(true), read(false))
}

// writtenFile judges a file that is written into a repository past its reviews. Files
// that say what runs or who approves are gates.
func writtenFile(j *judge) {
	s := j.new
	if !s.Exists() {
		s = j.old
	}
	file, _ := j.only(s, "file")
	f := strings.ToLower(strings.TrimPrefix(file, "./"))
	switch {
	case strings.HasPrefix(f, ".github/"), f == "codeowners", f == "docs/codeowners", strings.HasSuffix(f, ".gitlab-ci.yml"), file == "":
		j.say(checks.ConsequenceGateWeakened, "content", said{note: "a file that says what runs, or who approves, is written past review", what: []string{file}, from: []string{"file"}})
	}
}
