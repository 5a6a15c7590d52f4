package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// attest holds the evidence that names a commit against it.
func (st *student) attest(r *Contribution, c *checks.Commit, g *gitobject.Commit) {
	list := st.evidence.byCommit[c.ID]
	if c.RawDiff != "" {
		r.RebasedFrom = st.evidence.rebased[c.RawDiff]
	}
	if len(list) == 0 {
		return
	}
	sum := sha256.Sum256(c.Object)
	facts := attestation.Commit{
		ID: c.ID, Tree: g.Tree, Parents: g.Parents, SHA256: hex.EncodeToString(sum[:]), RawDiff: c.RawDiff, Repository: st.repository,
	}
	for _, j := range list {
		v := j.verified // a copy: Bind adds to its notes, and other commits are looked at now
		v.Notes = slices.Clone(v.Notes)
		err := j.err
		if err == nil {
			err = attestation.Bind(&v, facts)
		}
		if err == nil {
			err = st.sameAgent(&v)
		}
		by := signerOf(&v)
		where := whereOf(&j.item)
		if err != nil {
			if errors.Is(err, attestation.ErrOther) && by != "" {
				r.OtherRepository = true
			}
			if v.Claimed != nil && v.Claimed.Principal != nil {
				o := st.operatorOf(&v, v.Claimed.Principal.ID)
				o.Hint = true
				r.Operators = append(r.Operators, o)
			}
			r.Rejected = append(r.Rejected, Rejected{By: by, Where: where, Digest: j.item.Digest, Err: err})
			continue
		}
		r.Attested = append(r.Attested, Attested{
			Kind: v.Kind, Proof: v.Proof, By: by, Signer: v.Signer, Where: where, Digest: j.item.Digest,
			SignedAt: v.SignedAt, Claim: v.AgentCommit, Notes: v.Notes,
		})
		st.credit(r, &v)
	}
	// The strongest first; of equal ones the order in which they were found.
	slices.SortStableFunc(r.Attested, func(a, b Attested) int { return worth(&b) - worth(&a) })
}

// worth orders statements for people to read.
func worth(a *Attested) int {
	w := 0
	switch a.Kind {
	case attestation.KindAgentCommit, attestation.KindSLSA:
		w = 8
	case attestation.KindClawCommit:
		w = 4
	}
	switch a.Proof {
	case attestation.ProofKeyless:
		w += 2
	case attestation.ProofKey:
		w++
	}
	return w
}

// whereOf names the place of an item for people.
func whereOf(it *attestation.Item) string {
	return fmt.Sprintf("%s %s", it.Carrier, checks.Path(it.Name))
}

// signerOf names the owner of the key, identity or DID.
func signerOf(v *attestation.Verified) string {
	switch {
	case v.Agent != "":
		return "agent " + v.Agent
	case v.Attestor != "":
		return "attestor " + v.Attestor
	}
	return ""
}

// sameAgent: a statement signed by one agent of the policy does not say that
// another one made the commit. An id the policy does not know says nothing.
func (st *student) sameAgent(v *attestation.Verified) error {
	if v.AgentCommit == nil || v.Agent == "" || strings.EqualFold(v.AgentCommit.Agent.ID, v.Agent) {
		return nil
	}
	for i := range st.p.Agents {
		if strings.EqualFold(st.p.Agents[i].ID, v.AgentCommit.Agent.ID) {
			return fmt.Errorf("%w: agent %s signed that agent %s made it", attestation.ErrMismatch, v.Agent, st.p.Agents[i].ID)
		}
	}
	return nil
}

// credit raises the level by one verified statement. What it is worth follows from
// its kind and from who signed it by which kind of key, never from what it says of
// itself.
func (st *student) credit(r *Contribution, v *attestation.Verified) {
	if v.Agent == "" || v.Proof == attestation.ProofNone {
		return
	}
	var level policy.Level
	switch v.Kind {
	case attestation.KindAgentCommit, attestation.KindSLSA:
		level = policy.LevelAttested
		if v.Proof == attestation.ProofKeyless {
			level = policy.LevelAttestedKeyless
		}
	case attestation.KindClawCommit:
		level = policy.LevelSigned
	default:
		return
	}
	if r.Level == "" || level.Rank() > r.Level.Rank() {
		r.Level = level
	}
	r.Agents = append(r.Agents, v.Agent)
	r.Markers = append(r.Markers, "attested by agent "+v.Agent)
	if v.AgentCommit != nil && v.AgentCommit.Principal != nil {
		r.Operators = append(r.Operators, st.operatorOf(v, v.AgentCommit.Principal.ID))
	}
}

// Grave reports that the item is by somebody the policy lists and tells something
// that is not so, which is worse than no evidence.
func (j *Rejected) Grave() bool { return errors.Is(j.Err, attestation.ErrMismatch) && j.By != "" }

// Revoked reports that the item was signed with a revoked key.
func (j *Rejected) Revoked() bool { return errors.Is(j.Err, attestation.ErrRevoked) && j.By != "" }
