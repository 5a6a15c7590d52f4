// Package identity says who is who: which commits an agent made, which a person
// made, and how we know.
//
// Two kinds of knowledge are kept apart. A signature by a key that the policy
// lists is proof of its owner. Everything else — names, e-mail addresses,
// trailers, logins — is a claim that anybody can write into a commit. A claim can
// only add demands: it makes a commit count as agent-made, it excludes people
// from approving, it never makes anything count as a person's own work.
//
// The package is pure. It trusts the policy and the bytes of the snapshot, once
// these were shown to hash to the ids they came under.
package identity

import (
	"slices"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// State is what became of a commit's signature.
type State string

// The states. Only StateValid proves anything.
const (
	StateMismatch    State = "mismatch"    // the bytes are not the commit they were given for
	StateMalformed   State = "malformed"   // no proper commit object
	StateUnsigned    State = "unsigned"    //
	StateSeveral     State = "several"     // more than one signature
	StateUnsupported State = "unsupported" // S/MIME, host certificates, rare forms of OpenPGP
	StateWeak        State = "weak"        // SHA-1, short RSA, DSA
	StatePlatform    State = "platform"    // good, by GitHub's own key, which signs for everybody
	StateInvalid     State = "invalid"     // made over other bytes, or garbage
	StateUnknownKey  State = "unknown_key" // by a key nobody lists; good, as far as it can be verified
	StateUntimed     State = "untimed"     // good, by a listed identity's genuine certificate; nothing proves when
	StateTime        State = "time"        // good, by a listed key, at a time that cannot be right
	StateExpired     State = "expired"     // good, by a listed key outside its validity
	StateRevoked     State = "revoked"     // good, by a revoked key
	StateValid       State = "valid"       // good, by a listed key in its time
)

// Contribution is what one commit of the range says, and proves, about its origin.
type Contribution struct {
	Commit  string
	Subject string // first line of the message; foreign text

	State       State
	Detail      string // what is behind State, in words; may hold foreign text
	Fingerprint string // of the signing key, when there is one
	SignedBy    string // "agent claw" or "person alice" when State is valid, untimed, time, expired or revoked

	Level   policy.Level // what was verified; "" is nothing
	Human   bool         // proved: signed by a listed person's key, and nothing marks it as agent-made
	Agents  []string     // ids of declared agents that signed it or are named by it; sorted
	Markers []string     // why it counts as agent-made, in words; a forgeable hint is enough
	People  []string     // ids of listed people who signed, wrote, committed or co-authored it; sorted
	Unknown []string     // e-mails, folded, of authors, committers and co-authors nobody lists; sorted
	// SignerNotCommitter: the signature is valid, and the committer's address is none of
	// its owner's.
	SignerNotCommitter bool
	// Attested and Rejected are the statements that name the commit, in the order they
	// were found; Operators is who the verified ones say commissioned it.
	Attested  []Attested
	Rejected  []Rejected
	Operators []Operator
	// RebasedFrom is a commit outside the range that a statement says changes the same;
	// a hint, for the message.
	RebasedFrom string
	// OtherRepository: a statement by somebody listed is about this commit in another
	// repository, a fork perhaps.
	OtherRepository bool
	// ProofsOnly: the commit adds attestations of other commits and nothing else.
	ProofsOnly bool
	// Automation names the bots, no agents, whose addresses the commit holds. It is for
	// people to read: who writes such an address gains nothing by it.
	Automation []string
}

// Study reads every commit of the snapshot and answers in their order. It never
// panics and never leaves one out. Commits are looked at by as many workers as
// there are processors; each answer depends on its own commit alone, so their
// number changes nothing but the time.
func Study(s *checks.Snapshot, p *policy.Policy) []Contribution {
	return Examine(s, p).Contributions
}

// Examination is everything that a study found.
type Examination struct {
	Contributions []Contribution // of every commit, in the order of the snapshot
	Problems      []Problem      // what of the evidence could not be looked at
	Approvals     []Approval     // what attestors tell of people's approvals
	Unknown       []string       // texts that are no attestation of a known form, and why
	Missing       []string       // digests of attestations that the pull request's description names and no carrier holds
}

// Problem is why evidence could not be looked at: the question is undecided then.
type Problem struct {
	Message string // one sentence
	Remedy  string // one sentence
}

type examined struct{}

// Of examines what a check is given, once for all checks of an evaluation. The answer
// is shared: it is not to be changed.
func Of(in checks.Input) Examination {
	if x, ok := in.Shared[examined{}].(Examination); ok {
		return x
	}
	x := Examine(in.Snapshot, in.Policy)
	if in.Shared != nil {
		in.Shared[examined{}] = x
	}
	return x
}

// Examine is Study, and tells what else was found.
func Examine(s *checks.Snapshot, p *policy.Policy) Examination {
	st := student{format: s.Repository.ObjectFormat, p: p, marks: marksOf(p), repository: s.Repository.Name}
	st.roots, st.badRoots = rootsOf(s, p)
	st.keys = keysOf(s, p).trusting(st.roots).allowing(s)
	st.change, st.changeAgents = st.marks.ofChange(s, p)
	st.evidence = gather(s, p, &st)
	out := make([]Contribution, len(s.Commits))
	each(len(out), func(i int) { out[i] = st.study(&s.Commits[i]) })
	return Examination{Contributions: out, Problems: st.problems(s), Approvals: st.evidence.approvals(st.repository), Missing: st.evidence.missing, Unknown: st.evidence.unknown}
}

// student is what one study of a snapshot needs for every commit. It is not changed
// once it is made.
type student struct {
	format string
	p      *policy.Policy
	keys   *keyring
	marks  *marks
	change []string // marks of the pull request as a whole, in words

	changeAgents []string // agents of the policy that these name

	repository string // owner/name, when known
	roots      []*trust.Root
	badRoots   []string // why a root cannot be used
	evidence   *evidence
}

func (st *student) study(c *checks.Commit) Contribution {
	r := Contribution{Commit: c.ID}
	if ok, err := gitobject.Verify(st.format, c.ID, c.Object); err != nil || !ok {
		r.State, r.Detail = StateMismatch, "the object does not hash to this id"
		if err != nil {
			r.Detail = err.Error()
		}
		r.Markers = []string{"its content is not known"}
		return r
	}
	g, err := gitobject.Parse(c.Object, st.format)
	if err != nil {
		r.State, r.Detail = StateMalformed, err.Error()
		r.Markers = []string{"its content cannot be read"}
		return r
	}
	r.Subject = g.Subject()
	signer := st.keys.verify(&r, g)
	st.claims(&r, g)
	if signer != nil {
		r.SignerNotCommitter = r.State == StateValid && !signer.isCommitter(st.p, g.Committer.Email)
		if signer.agent != "" {
			r.Agents = append(r.Agents, signer.agent)
			r.Markers = append(r.Markers, "signed with the key of agent "+signer.agent)
		} else {
			r.People = append(r.People, signer.person)
		}
	}
	switch {
	case r.State == StateValid:
		r.Level = policy.LevelSigned
	case len(r.Agents) > 0 || len(r.People) > 0:
		r.Level = policy.LevelAttributed
	}
	st.attest(&r, c, g)
	r.ProofsOnly = len(c.Proofs) > 0 && len(g.Parents) == 1
	r.Agents, r.People, r.Unknown, r.Markers = sorted(r.Agents), sorted(r.People), sorted(r.Unknown), sorted(r.Markers)
	r.Human = r.State == StateValid && signer != nil && signer.person != "" && len(r.Markers) == 0 && len(r.Unknown) == 0
	return r
}

func sorted(in []string) []string {
	slices.Sort(in)
	return slices.Compact(in)
}
