package publish

import (
	"fmt"

	"github.com/claw-verified/claw-verified/checks"
)

// charge is what is wrong with a commit, in words for the headline.
type charge struct{ one, many string }

var (
	unproved     = charge{"does not prove its origin", "do not prove their origin"}
	contradicted = charge{"has an attestation that contradicts it", "have attestations that contradict them"}
	revokedWord  = charge{"is attested with a revoked key", "are attested with a revoked key"}
	commissioned = charge{"was commissioned by somebody who may not", "were commissioned by somebody who may not"}
	notCommitter = charge{"is signed by somebody else than its committer", "are signed by somebody else than their committers"}
	unwelcome    = charge{"has an origin that the policy forbids", "have an origin that the policy forbids"}
)

// chargeOf says what a finding accuses its commit of. Most rules of provenance find
// that a commit proves too little. Others find something wrong with one that proves
// enough: saying that it does not would contradict the summary below the headline.
func chargeOf(f *checks.Finding, signed map[string]bool) charge {
	switch f.Rule {
	case "provenance.attestation-mismatch":
		return contradicted
	case "provenance.operator-not-allowed":
		return commissioned
	case "provenance.signer-not-committer":
		return notCommitter
	case "provenance.undeclared-agent", "provenance.agent-under-person-key":
		return unwelcome // noted, unless the policy denies it
	case "provenance.key-revoked":
		if signed[f.Subject.Name] { // by a good key, so it is a statement's that is revoked
			return revokedWord
		}
	}
	return unproved
}

// accused counts commits by what they are accused of, in the order of the findings.
func accused(v *checks.Verdict, denied []*checks.Finding) []string {
	signed := map[string]bool{}
	for i := range v.Origins {
		signed[v.Origins[i].Commit] = v.Origins[i].SignedBy != ""
	}
	var order []charge
	commits, others := map[charge]map[string]bool{}, 0
	for _, f := range denied {
		if f.Subject.Kind != checks.SubjectCommit {
			others++
			continue
		}
		c := chargeOf(f, signed)
		if commits[c] == nil {
			order = append(order, c)
			commits[c] = map[string]bool{}
		}
		commits[c][f.Subject.Name] = true
	}
	var out []string
	for _, c := range order {
		verb := c.many
		if len(commits[c]) == 1 {
			verb = c.one
		}
		out = append(out, fmt.Sprintf("%d of %s %s", len(commits[c]), checks.Plural(v.Change.Commits, "commit", "commits"), verb))
	}
	if others > 0 {
		out = append(out, checks.Plural(others, "finding about its origin forbids it", "findings about its origin forbid it"))
	}
	return out
}
