package identity

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
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
	// A collector tells of these by a gap. A snapshot without file and without gap hides
	// who is trusted, and who is not any more.
	if len(s.Gaps) == 0 {
		for _, path := range st.p.TrustFiles() {
			there := slices.ContainsFunc(s.Trust, func(f checks.TrustFile) bool { return string(f.Path) == path })
			if !there && !slices.Contains(st.p.Provenance.TrustedRoots, path) {
				out = append(out, Problem{fmt.Sprintf("The policy refers to %s, which the snapshot does not hold.", checks.Path(path)), "Take the snapshot again."})
			}
		}
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
