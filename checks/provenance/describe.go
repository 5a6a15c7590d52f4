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

// describe tells what was found, one short sentence each.
func describe(list []identity.Contribution, p *policy.Policy) (summary string, checked []string) {
	proved, platform, uncounted, automation := 0, 0, 0, 0
	signers, statements := map[string]int{}, map[string]int{}
	for i := range list {
		c := &list[i]
		switch c.State {
		case identity.StateValid:
			signers[c.SignedBy]++
		case identity.StatePlatform:
			platform++
		default:
			uncounted++
		}
		if len(c.Automation) > 0 {
			automation++
		}
		for j := range c.Attested {
			statements[statement(&c.Attested[j])]++
		}
		if c.Level.Meets(demanded(c, p)) && !refusedAtAnyLevel(c.State) {
			proved++
		}
	}
	summary = fmt.Sprintf("%d of %s proved to the level the policy asks for (%s).", proved, checks.Plural(len(list), "commit is", "commits are"), p.Provenance.Require)
	for _, who := range slices.Sorted(maps.Keys(signers)) {
		checked = append(checked, fmt.Sprintf("%s signed by a key of %s.", checks.Plural(signers[who], "commit", "commits"), who))
	}
	if platform > 0 {
		checked = append(checked, fmt.Sprintf("%s signed by GitHub itself, which says nothing of who wrote it.", checks.Plural(platform, "commit", "commits")))
	}
	if uncounted > 0 {
		checked = append(checked, fmt.Sprintf("%s without a signature that counts.", checks.Plural(uncounted, "commit", "commits")))
	}
	if automation > 0 {
		checked = append(checked, fmt.Sprintf("%s in the name of automation that is no agent, which anybody could have typed.", checks.Plural(automation, "commit", "commits")))
	}
	for _, what := range slices.Sorted(maps.Keys(statements)) {
		checked = append(checked, checks.Plural(statements[what], "commit", "commits")+" "+what+".")
	}
	return summary, checked
}

// statement says what one verified statement shows, in words; commits of which the
// same is shown are told together.
func statement(a *identity.Attested) string {
	by := a.By
	if a.Proof == attestation.ProofKeyless {
		by += " (" + checks.Path(a.Signer).String() + ")"
	}
	told := ""
	if len(a.Notes) > 0 {
		told = ": " + clip(strings.TrimSuffix(strings.Join(a.Notes, " "), "."))
	}
	switch a.Kind {
	case attestation.KindAgentCommit, attestation.KindSLSA:
		return "attested by " + by + callsItself(a.Claim, strings.TrimPrefix(a.By, "agent "))
	case attestation.KindClawCommit:
		return "vouched for by " + by + " in Claw's own format, which names a commit and no model or task"
	case attestation.KindSource:
		return "with " + by + "'s word on how it was pushed, which says nothing of who wrote it" + told
	case attestation.KindVSA:
		return "with a summary of " + by + " that something was verified, which is told and not counted" + told
	case attestation.KindApproval:
		return "with approvals that " + by + " tells of"
	case attestation.KindLines:
		return "with unsigned notes on who wrote which lines, which are not counted"
	}
	if by == "" {
		return "with an unsigned note, which is told and not counted"
	}
	return "with a statement of " + by + " of another kind, which is told and not counted" + told
}

// callsItself is what the agent calls itself, where that is not its id in the policy.
func callsItself(c *attestation.AgentCommit, agent string) string {
	if c == nil || strings.EqualFold(c.Agent.ID, agent) {
		return ""
	}
	return ", which calls itself " + checks.Path(c.Agent.ID).String()
}
