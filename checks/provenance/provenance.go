// Package provenance answers "who made this change?".
//
// It looks at every commit between base and head, by all parents, and asks of
// each: do the bytes belong to the id, is there exactly one signature, does it
// verify over exactly these bytes, and is the key listed in the policy of the base
// commit, now. It trusts the policy and nothing else: no author line, no date, no
// platform's badge.
//
// What names, addresses and trailers say is used in one direction only. They can
// make a commit count as agent-made; they can never prove anything.
package provenance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// Check implements checks.Check.
type Check struct{}

// Question implements checks.Check.
func (Check) Question() checks.Question { return checks.QuestionProvenance }

// Markers lists the built-in marks of agents, which a policy can switch off.
func (Check) Markers() []string { return identity.MarkerNames() }

// Evaluate implements checks.Check.
func (Check) Evaluate(in checks.Input) checks.Result {
	s, p := in.Snapshot, in.Policy
	r := checks.Result{NotProved: notProved}
	if g := contradiction(s); g != nil {
		r.Gaps = append(r.Gaps, *g)
	}
	found := identity.Of(in)
	list := found.Contributions
	for _, pr := range found.Problems {
		r.Gaps = append(r.Gaps, checks.Gap{Question: checks.QuestionProvenance, Kind: checks.GapEvidence, Message: pr.Message, Remedy: pr.Remedy})
	}
	blind := len(r.Gaps) > 0 || slices.ContainsFunc(in.Gaps, func(g checks.Gap) bool { return g.Question == checks.QuestionProvenance })
	for i := range list {
		r.Findings = append(r.Findings, judge(&list[i], s, p, blind)...)
	}
	together(r.Findings, short(s.MergeBase))
	for _, msg := range identity.AllowedSignerProblems(s, p) {
		file := p.Provenance.AllowedSigners
		r.Findings = append(r.Findings, ruleAllowedSigners.New(checks.Subject{Kind: checks.SubjectPath, Name: file, Path: checks.Path(file)}, sentence(msg)))
	}
	r.Summary, r.Checked = describe(list, p)
	r.Origins = origins(list)
	for _, why := range found.Unknown {
		r.Checked = append(r.Checked, sentence("not an attestation that is known: "+why))
	}
	for _, d := range found.Missing {
		r.Checked = append(r.Checked, fmt.Sprintf("The description names the attestation %s, which was not found.", d))
	}
	return r
}

var notProved = []string{
	"That the holder of a key is who the policy says, or still has it alone.",
	"Which model wrote the change, or what it was asked to do: a signature names a key, not a task, and an attestation tells what its signer says.",
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// contradiction looks for a snapshot that does not hang together: the head must
// be among the commits, with the tree it is said to have. It is how a collector
// that lost something shows.
func contradiction(s *checks.Snapshot) *checks.Gap {
	gap := func(msg string) *checks.Gap {
		return &checks.Gap{Question: checks.QuestionProvenance, Kind: checks.GapEvidence, Message: msg, Remedy: "Take the snapshot again."}
	}
	if len(s.Commits) == 0 {
		if slices.ContainsFunc(s.Gaps, func(g checks.Gap) bool { return g.Question == "" || g.Question == checks.QuestionProvenance }) {
			return nil // the reason is already told
		}
		return gap("No commits were read, so nothing is known of their origin.")
	}
	i := slices.IndexFunc(s.Commits, func(c checks.Commit) bool { return c.ID == s.Head.Commit })
	if i < 0 {
		return gap("The head commit is not among the commits that were read.")
	}
	seen := map[string]bool{}
	for j := range s.Commits {
		if seen[s.Commits[j].ID] {
			return gap(fmt.Sprintf("Commit %s was read twice.", s.Commits[j].ID))
		}
		seen[s.Commits[j].ID] = true
	}
	if c, err := gitobject.Parse(s.Commits[i].Object, s.Repository.ObjectFormat); err == nil && s.Head.Tree != c.Tree {
		return gap("The head commit's tree is not the tree that was read.")
	}
	return nil
}

// judge one commit. blind says that some evidence could not be looked at: the
// question is undecided then, and what may only be missing for that reason is not
// held against the commit.
func judge(c *identity.Contribution, s *checks.Snapshot, p *policy.Policy, blind bool) []checks.Finding {
	subject := checks.Subject{Kind: checks.SubjectCommit, Name: c.Commit, Note: c.Subject}
	base := short(s.MergeBase)
	finding := func(r checks.Rule, msg string) checks.Finding {
		f := r.New(subject, msg)
		agent := "NAME"
		if len(c.Agents) == 1 {
			agent = c.Agents[0]
		}
		f.Remedy = strings.NewReplacer("BASE", base, "COMMIT", short(c.Commit), "AGENT", agent).Replace(f.Remedy)
		return f
	}
	// These are refused at any level: they are not missing proof but proof of
	// something wrong.
	switch c.State {
	case identity.StateMismatch:
		return []checks.Finding{finding(ruleMismatch, "The bytes that were read are not this commit: "+c.Detail+".")}
	case identity.StateMalformed:
		return []checks.Finding{finding(ruleMalformed, "The commit object cannot be read: "+c.Detail+".")}
	case identity.StateInvalid:
		return []checks.Finding{finding(ruleBadSignature, "The commit's signature does not match its content.")}
	case identity.StateSeveral:
		return []checks.Finding{finding(ruleSeveral, "The commit has more than one signature.")}
	case identity.StateRevoked:
		return []checks.Finding{finding(ruleRevoked, fmt.Sprintf("The commit is signed with a key of %s that was %s.", c.SignedBy, c.Detail))}
	}
	out := evidence(c, finding)
	if required := demanded(c, p); !c.Level.Meets(required) && len(out) == 0 && (!blind || !couldHang(c, required)) {
		out = append(out, tooLow(c, required, s.Repository.Name, finding))
	}
	if c.SignerNotCommitter && p.Provenance.SignerIsCommitter {
		out = append(out, finding(ruleNotCommitter, fmt.Sprintf("The commit is signed by %s, and its committer is somebody else.", c.SignedBy)))
	}
	if len(c.Markers) > 0 && len(c.Agents) == 0 {
		out = append(out, finding(ruleUndeclared, "Agent-made, and no listed agent: "+strings.Join(c.Markers, "; ")+"."))
	}
	if len(c.Markers) > 0 && strings.HasPrefix(c.SignedBy, "person ") {
		out = append(out, finding(rulePersonKey, fmt.Sprintf("Agent-made (%s), signed by %s.", strings.Join(c.Markers, "; "), c.SignedBy)))
	}
	return out
}

// refusedAtAnyLevel: states that judge refuses whatever the policy asks for.
func refusedAtAnyLevel(s identity.State) bool {
	switch s {
	case identity.StateMismatch, identity.StateMalformed, identity.StateInvalid, identity.StateSeveral, identity.StateRevoked:
		return true
	}
	return false
}

// tooLow says why a commit proves less than the policy wants, by the state of its
// signature.
func tooLow(c *identity.Contribution, required policy.Level, repository string, finding newFinding) checks.Finding {
	if required == policy.LevelAttested || required == policy.LevelAttestedKeyless {
		return unattested(c, required, repository, finding)
	}
	switch c.State {
	case identity.StateUnsigned:
		return finding(ruleUnsigned, "The commit carries no signature"+named(c)+".")
	case identity.StateUnknownKey:
		switch {
		case c.Detail != "" && !strings.HasPrefix(c.Fingerprint, "openpgp:"):
			return finding(ruleUnknownKey, fmt.Sprintf("The commit is signed with %s: %s%s.", c.Fingerprint, c.Detail, named(c)))
		case c.Detail != "":
			return finding(ruleUnknownKey, fmt.Sprintf("The commit says it is signed with %s, a key that no agent and no person of the policy has, so its signature cannot be verified%s.", c.Fingerprint, named(c)))
		}
		return finding(ruleUnknownKey, fmt.Sprintf("The commit is signed with %s, a key that no agent and no person of the policy has%s.", c.Fingerprint, named(c)))
	case identity.StateExpired:
		return finding(ruleExpired, fmt.Sprintf("The commit is signed with a key of %s that is %s.", c.SignedBy, c.Detail))
	case identity.StatePlatform:
		return finding(rulePlatform, fmt.Sprintf("%s signed this commit itself (web editor, merge button, API); that says it went through %s, not who wrote it%s.", c.Detail, c.Detail, named(c)))
	case identity.StateTime:
		return finding(ruleTime, fmt.Sprintf("The commit is signed with a key of %s, and the signature's time cannot be right: %s.", c.SignedBy, c.Detail))
	case identity.StateUntimed:
		return finding(ruleUntimed, fmt.Sprintf("The commit is signed by %s, and nothing proves when: %s.", c.SignedBy, c.Detail))
	case identity.StateWeak:
		return finding(ruleWeak, "The commit's signature is too weak to count: "+c.Detail+".")
	case identity.StateUnsupported:
		return finding(ruleUnsupported, "The commit's signature was not verified: "+c.Detail+".")
	}
	return unattested(c, required, repository, finding)
}

// named adds whom an unproved commit claims to be from.
func named(c *identity.Contribution) string {
	var who []string
	for _, a := range c.Agents {
		who = append(who, "agent "+a)
	}
	who = append(who, c.People...)
	who = append(who, c.Unknown...)
	if len(who) == 0 {
		return ""
	}
	return "; it names " + strings.Join(who, ", ") + ", which anybody could have typed"
}
