package publish

import (
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// Bounds of what a report for people tells about origins. The JSON report has all.
const (
	maxOrigins = 12 // groups on a terminal, in JUnit
	maxClaims  = 3  // statements of agents about one commit
	maxModels  = 3  // of one statement
	maxWord    = 60 // columns of a model, an operator, a session, a subject line
	maxKey     = 28 // columns of a fingerprint: both ends, 120 bits of an SSH key's
)

// originGroup is commits of which the same is told. Two that differ in any of it are
// never in one group, also where the difference is beyond what is shown of a text.
type originGroup struct {
	commits []*checks.Origin // in the order of the report
	all     bool             // these are all commits of the change
	run     bool             // they follow each other in the report
	claims  []*checks.Said   // statements by agents that say or vouch who made them, the strongest first
	others  []string         // what other statements there are, in words; sorted
}

func (g *originGroup) first() *checks.Origin { return g.commits[0] }

// originGroups sorts the commits of a verdict into groups, in the order of their
// first commits.
func originGroups(v *checks.Verdict) []originGroup {
	var out []originGroup
	index, last := map[string]int{}, map[string]int{}
	for i := range v.Origins {
		o := &v.Origins[i]
		k := originKey(o)
		j, ok := index[k]
		if !ok {
			j = len(out)
			index[k] = j
			claims, others := statements(o)
			out = append(out, originGroup{run: true, claims: claims, others: others})
		} else if last[k] != i-1 {
			out[j].run = false
		}
		out[j].commits = append(out[j].commits, o)
		last[k] = i
	}
	if len(out) == 1 {
		out[0].all = len(v.Origins) == v.Change.Commits
	}
	return out
}

// originKey is equal for origins that are told together. It is made of whole texts,
// not of what is shown of them.
func originKey(o *checks.Origin) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %q %t %q", o.Level, o.SignedBy, o.Key, o.Human, o.Agents)
	for i := range o.Said {
		s := &o.Said[i]
		fmt.Fprintf(&b, "\n%q %q %q %q %q %q %q %q %q %q %q", s.Kind, s.By, s.Proof, s.Signer, s.Agent, s.Models, s.Operator, s.OnBehalf, s.Task, s.TaskText, s.Session)
	}
	return b.String()
}

// Kinds of statements that an agent makes of a commit.
const (
	kindAgentCommit = "agent-commit"
	kindSLSA        = "slsa-provenance"
	kindClawCommit  = "claw-commit"
)

// statements tells those that an agent signed about its commit from the others: what
// an attestor says, and what nobody signed, must not be read as the agent's word.
func statements(o *checks.Origin) (claims []*checks.Said, others []string) {
	for i := range o.Said {
		s := &o.Said[i]
		own := s.Kind == kindAgentCommit || s.Kind == kindSLSA || s.Kind == kindClawCommit
		switch {
		case own && s.Proof != "" && strings.HasPrefix(s.By, "agent "):
			claims = append(claims, s)
		case s.By == "" || s.Proof == "":
			others = append(others, "unsigned "+kindText(s.Kind))
		default:
			others = append(others, kindText(s.Kind)+" by "+owner(s.By))
		}
	}
	slices.Sort(others)
	return claims, slices.Compact(others)
}

// levels are in the order of their strength. Whatever else is written there is worth
// nothing.
var levels = []string{"", "attributed", "signed", "attested", "attested-keyless"}

func strength(level string) int { return max(slices.Index(levels, level), 0) }

// firstOrigins returns at most n groups and what is to be said of the rest. What
// proves least is kept: whoever makes a change of many parts must not thereby push
// its weakest part out of sight.
func firstOrigins(list []originGroup, n int) (kept []originGroup, rest string) {
	if len(list) <= n {
		return list, ""
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strength(list[a].first().Level) - strength(list[b].first().Level) })
	shown, left := order[:n], order[n:]
	commits := 0
	for _, i := range left {
		commits += len(list[i].commits)
	}
	slices.Sort(shown)
	for _, i := range shown {
		kept = append(kept, list[i])
	}
	rest = fmt.Sprintf("and %s of other origins", checks.Plural(commits, "more commit", "more commits"))
	if l := strength(list[left[0]].first().Level); l > 0 {
		rest += ", none proved less than " + levels[l]
	}
	return kept, rest
}
