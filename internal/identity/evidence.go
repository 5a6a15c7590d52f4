package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// MaxItems bounds how many attestations are verified for one change. Whoever adds
// more makes the change undecided, not slow.
const MaxItems = 4000

// Attested is a statement that was verified and is about the commit.
type Attested struct {
	Kind     attestation.Kind
	Proof    attestation.Proof
	By       string // "agent claw" or "attestor forge"; empty for what nobody signed
	Signer   string // the key's fingerprint, the certificate's name or the DID
	Where    string // the carrier and its name; foreign text
	Digest   string // "sha256:<hex>" of the item
	SignedAt time.Time
	Claim    *attestation.AgentCommit // what it says, of KindAgentCommit and KindSLSA
	Notes    []string                 // what it says beside; foreign text
}

// Rejected is one that names the commit and does not count.
type Rejected struct {
	By     string // whose key it was, when that is known
	Where  string
	Digest string
	Err    error // wraps an error of package attestation
}

// maxUnknown bounds how many texts of no known form are told.
const maxUnknown = 10

// evidence is every item that names a commit of the range, verified once.
type evidence struct {
	byCommit map[string][]*judged
	work     []*judged         // every item, once
	unread   []string          // texts that were not read, and why
	unknown  []string          // texts of no known form, that no commit is the place of
	missing  []string          // attestations that a description names by digest, and nothing has
	rebased  map[string]string // raw difference -> a commit outside the range that makes it too, by an agent's word
	skipped  int               // items beyond MaxItems
	broken   error             // why nothing can be verified
}

// judged is an item and what became of its signature.
type judged struct {
	item     attestation.Item
	verified attestation.Verified
	err      error
	rebased  string // the difference of a commit of the range, by a statement about another one
}

// gather verifies what the carriers held. Nothing about an item depends on where it
// was found.
func gather(s *checks.Snapshot, p *policy.Policy, st *student) *evidence {
	e := &evidence{byCommit: map[string][]*judged{}, rebased: map[string]string{}}
	if len(s.Attestations) == 0 {
		return e
	}
	files := map[string][]byte{}
	for i := range s.Trust {
		files[string(s.Trust[i].Path)] = s.Trust[i].Text
	}
	v, err := attestation.NewVerifier(p, files, st.roots, s.TakenAt)
	if err != nil {
		e.broken = err
		return e
	}
	inRange, changes := make(map[string]bool, len(s.Commits)), map[string]bool{}
	for i := range s.Commits {
		inRange[s.Commits[i].ID] = true
		if d := s.Commits[i].RawDiff; d != "" {
			changes[d] = true
		}
	}
	var work []*judged
	seen := map[string]bool{}
	for i := range s.Attestations {
		for _, it := range attestation.Read(s.Attestations[i]) {
			if it.Unread {
				e.unread = append(e.unread, fmt.Sprintf("%s: %s", whereOf(&it), it.Problem))
				continue
			}
			all, key := it.Subjects(), it.Digest
			if it.Format == attestation.FormatUnknown && it.Hint == "" {
				if len(e.unknown) < maxUnknown {
					e.unknown = append(e.unknown, fmt.Sprintf("%s: %s", whereOf(&it), it.Problem))
				}
				continue
			}
			if len(all) == 0 && it.Hint != "" {
				all = []string{it.Hint} // to tell of it where it was attached; it proves nothing by that
				key += it.Hint
			}
			if seen[key] {
				continue
			}
			seen[key] = true
			ids := sorted(slices.DeleteFunc(slices.Clone(all), func(id string) bool { return !inRange[id] }))
			rebased := ""
			if d := it.RawDiff(); len(ids) == 0 && len(all) == 1 && changes[d] {
				rebased = d
			}
			if len(ids) == 0 && rebased == "" && len(p.Provenance.Attestors) == 0 {
				continue
			}
			if len(work) == MaxItems {
				e.skipped++
				continue
			}
			j := &judged{item: it, rebased: rebased}
			work = append(work, j)
			for _, id := range ids {
				e.byCommit[id] = append(e.byCommit[id], j)
			}
		}
	}
	for i := range s.Attestations {
		for _, d := range attestation.Pointers(s.Attestations[i]) {
			if !seen[d] {
				e.missing = sorted(append(e.missing, d))
			}
		}
	}
	e.work = work
	each(len(work), func(i int) { work[i].verified, work[i].err = v.Verify(work[i].item) })
	for _, j := range work {
		if j.rebased != "" && j.err == nil && j.verified.Agent != "" {
			e.rebased[j.rebased] = j.item.Subjects()[0]
		}
	}
	return e
}

// each calls f for 0 to n-1, on as many workers as there are processors.
func each(n int, f func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				f(i)
			}
		})
	}
	wg.Wait()
}

// problems tells what could not be looked at.
func (st *student) problems(s *checks.Snapshot) []Problem {
	var out []Problem
	for _, why := range st.badRoots {
		out = append(out, Problem{"A trusted root cannot be used, so certificates cannot be verified: " + why + ".", "Mend the file on the base branch, or take it out of provenance.trusted_roots."})
	}
	if err := st.evidence.broken; err != nil {
		out = append(out, Problem{"Attestations cannot be verified: " + err.Error() + ".", "Mend the keys and identities of the policy on the base branch."})
	}
	for _, why := range st.evidence.unread {
		out = append(out, Problem{"An attestation was not read: " + why + ".", "Take it away, or bring it into a form of its own size."})
	}
	if n := st.evidence.skipped; n > 0 {
		out = append(out, Problem{fmt.Sprintf("%d attestations were not looked at: at most %d are.", n, MaxItems), "Remove attestations that are about other commits, or split the change."})
	}
	if st.repository == "" && st.wantsStatements(s) {
		out = append(out, Problem{"The repository's name is not known, so whether an attestation is about this repository cannot be told.", "Give its name: --repository owner/name."})
	}
	return out
}

// wantsStatements reports whether the outcome could hang on an attestation.
func (st *student) wantsStatements(s *checks.Snapshot) bool {
	return st.p.Provenance.Require.Rank() > policy.LevelSigned.Rank() && len(s.Attestations) > 0
}

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

// Operator is who commissioned the agent, as a verified statement tells it.
type Operator struct {
	Agent   string            // the agent that was commissioned
	Named   string            // as the statement has it; foreign text
	People  []string          // the listed people that can be; empty: nobody of the policy
	Login   string            // the GitHub login, when one was given
	Email   string            // the address, folded, when one was given
	Allowed bool              // every one of them may commission the agent
	Proof   attestation.Proof // of the statement
	Hint    bool              // the statement is signed with a key that counts no more: it only keeps them from approving
}

// operatorOf reads who commissioned the agent. Whoever is named is kept from
// approving; being named frees nobody else unless a platform vouches for it.
func (st *student) operatorOf(v *attestation.Verified, named string) Operator {
	o := Operator{Agent: v.Agent, Named: named, Proof: v.Proof}
	id := strings.TrimSpace(o.Named)
	switch u, err := url.Parse(id); {
	case strings.HasPrefix(id, "@"):
		o.Login = id[1:]
	case err == nil && u.Scheme == "https" && strings.EqualFold(u.Host, "github.com"):
		o.Login = strings.Trim(u.Path, "/")
	case err == nil && u.Scheme == "mailto":
		o.Email = gitobject.FoldEmail(u.Opaque)
	case strings.Contains(id, "@") && !strings.Contains(id, "/"):
		o.Email = gitobject.FoldEmail(id)
	}
	for i := range st.p.People {
		who := &st.p.People[i]
		if strings.EqualFold(who.ID, id) || containsLogin(who.Logins, o.Login) {
			o.People = append(o.People, who.ID)
		}
	}
	if o.Email != "" {
		o.People = append(o.People, peopleByEmail(st.p, o.Email)...)
	}
	o.People = sorted(o.People)
	for i := range st.p.Agents {
		if a := &st.p.Agents[i]; a.ID == v.Agent {
			o.Allowed = len(o.People) > 0 && !slices.ContainsFunc(o.People, func(id string) bool { return len(a.Operators) > 0 && !slices.Contains(a.Operators, id) })
		}
	}
	return o
}

// Grave reports that the item is by somebody the policy lists and tells something
// that is not so, which is worse than no evidence.
func (j *Rejected) Grave() bool { return errors.Is(j.Err, attestation.ErrMismatch) && j.By != "" }

// Revoked reports that the item was signed with a revoked key.
func (j *Rejected) Revoked() bool { return errors.Is(j.Err, attestation.ErrRevoked) && j.By != "" }
