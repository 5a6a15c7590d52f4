package provenance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// newFinding makes a finding about one commit.
type newFinding func(checks.Rule, string) checks.Finding

// demanded is the level that this commit must have. A person's own work cannot be
// attested by an agent, and a commit that does nothing but add attestations of
// earlier ones cannot be attested before it exists: both must be signed.
func demanded(c *identity.Contribution, p *policy.Policy) policy.Level {
	require := p.Provenance.Require
	known := require.Meets(require) // any other word is never met
	if known && (c.Human || c.ProofsOnly) && require.Rank() > policy.LevelSigned.Rank() {
		return policy.LevelSigned
	}
	return require
}

// evidence tells what is wrong with the statements that name the commit, whatever
// level the policy asks for.
func evidence(c *identity.Contribution, finding newFinding) []checks.Finding {
	var out []checks.Finding
	for i := range c.Rejected {
		j := &c.Rejected[i]
		switch {
		case j.Grave():
			out = append(out, finding(ruleContradicted, fmt.Sprintf("A statement of %s (%s) names this commit, and: %s.", j.By, j.Where, clip(j.Err.Error()))))
		case j.Revoked() && !current(c, j.By):
			out = append(out, finding(ruleRevoked.With("Find out who made the statement. If the commit is right, attest it with a current key: "+attestAgain),
				fmt.Sprintf("The commit is attested by %s (%s) and the statement is %s.", j.By, j.Where, clip(j.Err.Error()))))
		}
	}
	for i := range c.Operators {
		if o := &c.Operators[i]; !o.Allowed && !o.Hint {
			who := "whom the policy does not list"
			if len(o.People) > 0 {
				who = "who is none of its operators"
			}
			out = append(out, finding(ruleOperator, fmt.Sprintf("Agent %s says it was commissioned by %q, %s.", o.Agent, clip(o.Named), who)))
		}
	}
	return out
}

// current reports a verified statement by the same signer that says the same and
// more: whoever was revoked has vouched for the commit again, with a key that counts.
func current(c *identity.Contribution, by string) bool {
	return slices.ContainsFunc(c.Attested, func(a identity.Attested) bool {
		return a.By == by && (a.Kind == attestation.KindAgentCommit || a.Kind == attestation.KindSLSA)
	})
}

// couldHang reports whether what the commit lacks may stand in evidence that could
// not be looked at: a statement, or a file that says whose a key is.
func couldHang(c *identity.Contribution, required policy.Level) bool {
	return required != policy.LevelSigned && required != policy.LevelAttributed || c.State == identity.StateUnknownKey
}

// unattested says why no statement raises the commit to the level that is asked for.
func unattested(c *identity.Contribution, required policy.Level, repository string, finding newFinding) checks.Finding {
	var why []string
	if required == policy.LevelAttestedKeyless && c.Level == policy.LevelAttested {
		why = append(why, "its statement is signed with a key and not by a platform's identity")
	}
	for i := range c.Rejected {
		if i == 3 {
			why = append(why, fmt.Sprintf("and %d more that do not count", len(c.Rejected)-i))
			break
		}
		who := ""
		if c.Rejected[i].By != "" {
			who = " by " + c.Rejected[i].By
		}
		why = append(why, fmt.Sprintf("one%s in %s does not count: %s", who, c.Rejected[i].Where, clip(c.Rejected[i].Err.Error())))
	}
	other := map[attestation.Kind]int{}
	for i := range c.Attested {
		other[c.Attested[i].Kind]++
	}
	for _, k := range slices.Sorted(maps.Keys(other)) {
		switch k {
		case attestation.KindAgentCommit, attestation.KindSLSA:
		case attestation.KindClawCommit:
			why = append(why, "Claw's commit proof vouches for the commit as a signature does, and tells no model and no task")
		default:
			why = append(why, fmt.Sprintf("%s something else (%s)", checks.Plural(other[k], "statement says", "statements say"), k))
		}
	}
	if c.RebasedFrom != "" {
		why = append(why, fmt.Sprintf("commit %s, which changes the same, is attested; this one was amended or rebased since", short(c.RebasedFrom)))
	}
	msg := "No listed agent attests this commit" + signedOnly(c)
	if required == policy.LevelAttestedKeyless {
		msg = "No listed platform identity attests this commit" + signedOnly(c)
	}
	if len(why) > 0 {
		msg += ": " + strings.Join(why, "; ")
	}
	f := finding(ruleUnattested, msg+".")
	if required == policy.LevelAttestedKeyless {
		f = finding(ruleUnattested.With(fetchFirst+attestKeyless), msg+".")
	}
	if c.OtherRepository && repository != "" {
		f.Remedy = strings.Replace(f.Remedy, " --agent ", " --repository "+checks.Path(repository).String()+" --agent ", 1)
	}
	return f
}

func signedOnly(c *identity.Contribution) string {
	switch {
	case c.State == identity.StateValid:
		return fmt.Sprintf(", it is only signed by %s", c.SignedBy)
	case len(c.Rejected)+len(c.Attested) == 0:
		return named(c)
	}
	return ""
}

// clip bounds foreign text in a message.
func clip(s string) string {
	const limit = 300
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}

func short(id string) string {
	if len(id) > 12 {
		return id[:12]
	}
	return id
}
