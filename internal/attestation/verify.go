package attestation

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"

	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/signature"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// maxKeys bounds how many keys a policy may list for attestations: each of them is
// tried on each item.
const maxKeys = 500

// Verifier knows whose signatures count. It is not changed by verifying and may be
// used by several goroutines.
type Verifier struct {
	at         time.Time
	keys       []*key
	identities []identity
	dids       map[string]*did
	roots      []*trust.Root
}

// owner is whose a key, an identity or a DID is: an agent's or an attestor's. A
// person's keys sign no attestations; they are known so that none of them passes for
// an agent's.
type owner struct{ agent, attestor, person string }

func (o owner) String() string {
	if o.agent != "" {
		return "agent " + o.agent
	}
	if o.person != "" {
		return "person " + o.person
	}
	return "attestor " + o.attestor
}

type did struct {
	owner owner
	lives []life
}

// NewVerifier takes keys, identities and DIDs from the policy, with the public keys
// that the policy names as files, by path. at is our time.
//
// A key that cannot be read, a file that is not there, and a key that two list are
// errors, all of them told at once: who is trusted must not hang on which of them
// could be read.
func NewVerifier(p *policy.Policy, files map[string][]byte, roots []*trust.Root, at time.Time) (*Verifier, error) {
	if p == nil || at.IsZero() {
		return nil, errors.New("make verifier: a policy and a time are needed")
	}
	l := &roll{v: &Verifier{at: at, dids: map[string]*did{}}, files: files, lives: map[string][]life{}, owners: map[string]owner{}}
	for _, r := range roots {
		if r != nil {
			l.v.roots = append(l.v.roots, r)
		}
	}
	for i := range p.Agents {
		a := &p.Agents[i]
		o := owner{agent: a.ID}
		l.named(o, a.ID)
		l.keys(o, a.Keys, true)
		l.identities(o, a.Identities)
		l.dids(o, a.DIDs)
	}
	for i := range p.Provenance.Attestors {
		a := &p.Provenance.Attestors[i]
		o := owner{attestor: a.ID}
		l.named(o, a.ID)
		l.keys(o, a.Keys, false)
		l.identities(o, a.Identities)
	}
	for i := range p.People {
		l.commitKeys(owner{person: p.People[i].ID}, p.People[i].Keys)
	}
	l.finish()
	return l.v, errors.Join(l.problems...)
}

// roll goes through a policy.
type roll struct {
	v        *Verifier
	files    map[string][]byte
	lives    map[string][]life // by the key's wire form: of every listing, as PEM, SSH line or DID
	owners   map[string]owner
	problems []error
}

func (l *roll) bad(format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf(format, args...))
}

func (l *roll) named(o owner, id string) {
	if id == "" {
		l.bad("an agent or an attestor has no id: %s", o)
	}
}

// keys takes PEM keys, for attestations. An agent's list holds its keys for commits
// too; these do not count here, but one key is one key: revoked as an SSH key, it is
// revoked.
func (l *roll) keys(o owner, list []policy.Key, commits bool) {
	for i := range list {
		text, place := list[i].Key, fmt.Sprintf("key %d of %s", i+1, o)
		if list[i].File != "" {
			b, ok := l.files[list[i].File]
			if !ok {
				l.bad("%s: file %s was not read", place, quote(list[i].File))
				continue
			}
			text, place = string(b), fmt.Sprintf("%s, file %s", place, quote(list[i].File))
		} else if commits && !signature.IsPEMKey(text) {
			l.commitKeys(o, list[i:i+1])
			continue
		}
		k, err := newKey(text, o, lifeOf(&list[i]))
		if err != nil {
			l.bad("%s: %w", place, err)
			continue
		}
		wire, err := signature.WireKey(k.public)
		if err != nil {
			l.bad("%s: %w", place, err)
			continue
		}
		if l.claim(wire, o, place) {
			l.v.keys = append(l.v.keys, k)
		}
		l.lives[wire] = append(l.lives[wire], lifeOf(&list[i]))
	}
}

// commitKeys takes keys that sign commits and count for nothing here.
func (l *roll) commitKeys(o owner, list []policy.Key) {
	for i := range list {
		if k, err := signature.ParseKey(list[i].Key); err == nil && !list[i].CertAuthority {
			l.claim(k.Key, o, fmt.Sprintf("a key for commits of %s", o))
			l.lives[k.Key] = append(l.lives[k.Key], lifeOf(&list[i]))
		}
	}
}

// claim notes whose a key is, and reports whether it is new.
func (l *roll) claim(wire string, o owner, place string) bool {
	other, known := l.owners[wire]
	if known && other != o {
		l.bad("%s is also a key of %s: one key is one signer's", place, other)
	}
	l.owners[wire] = o
	return !known
}

func (l *roll) identities(o owner, list []policy.Identity) {
	for i := range list {
		if list[i].Issuer == "" || list[i].Subject == "" {
			l.bad("identity %d of %s: issuer and subject are needed", i+1, o)
			continue
		}
		l.v.identities = append(l.v.identities, identity{list[i], o})
	}
}

func (l *roll) dids(o owner, list []policy.DID) {
	for i := range list {
		d := &list[i]
		place := fmt.Sprintf("DID %d of %s", i+1, o)
		public, err := signature.ParseDID(d.DID)
		if err != nil {
			l.bad("%s: %w", place, err)
			continue
		}
		wire, err := signature.WireKey(public)
		if err != nil {
			l.bad("%s: %w", place, err)
			continue
		}
		l.claim(wire, o, place)
		l.lives[wire] = append(l.lives[wire], life{d.NotBefore, d.NotAfter, d.RevokedAt, d.Reason})
		l.v.dids[d.DID] = &did{owner: o}
	}
}

// finish gives every key the lives of all its listings.
func (l *roll) finish() {
	for _, k := range l.v.keys {
		if wire, err := signature.WireKey(k.public); err == nil {
			k.lives = l.lives[wire]
		}
	}
	for id, d := range l.v.dids {
		public, err := signature.ParseDID(id)
		if err != nil {
			continue
		}
		if wire, err := signature.WireKey(public); err == nil {
			d.lives = l.lives[wire]
		}
	}
	if n := len(l.v.keys); n > maxKeys {
		l.bad("the policy lists %d keys for attestations, at most %d are used", n, maxKeys)
	}
}

// Verify says who signed an item and what it says. With an error, Verified holds
// what is known of the signer, which is needed to name whose key was revoked; it
// proves nothing.
//
// What is signed decides by whom it must be: that an agent made a commit, its agent
// says; what a platform says of a commit, an attestor. A signature by the other one
// is ErrUntrusted, however good.
//
// A statement of in-toto v0.1 is KindOther, whatever its predicate, and refused when
// the predicate is one that is understood: cosign writes v0.1 from a bare predicate,
// about the sha256 of a file, and names neither commit nor repository.
func (v *Verifier) Verify(it Item) (Verified, error) {
	switch it.Format {
	case FormatBundle, FormatEnvelope:
		out, err := v.authenticate(it)
		if err != nil {
			return out, err
		}
		err = v.understand(&out) // first: it fills in what is returned
		return out, err
	case FormatClawM1, FormatClawProof, FormatClawBundle:
		return v.claw(it)
	case FormatGitAI, FormatAgentTrace:
		out, err := readUnsigned(it)
		out.Item, out.Proof, out.Agent, out.Attestor = it, ProofNone, "", ""
		return out, err
	case FormatUnknown:
		problem := cmp.Or(it.Problem, "no format that is known")
		if it.Unread {
			return Verified{Item: it}, fmt.Errorf("%w: %s", ErrTooLarge, clip(problem, maxNote))
		}
		return Verified{Item: it}, fmt.Errorf("%w: %s", ErrMalformed, clip(problem, maxNote))
	}
	return Verified{Item: it}, fmt.Errorf("%w: format %s", ErrUnsupported, quote(string(it.Format)))
}

// authenticate finds out who signed a bundle or an envelope, and reads no further
// than the statement itself.
func (v *Verifier) authenticate(it Item) (Verified, error) {
	out := Verified{Item: it}
	s, err := takeApart(&it)
	if err != nil {
		return out, err
	}
	var times []time.Time
	if s.cert != nil {
		times, err = v.certified(s, &out)
	} else {
		var k *key
		k, times, err = v.byKey(s)
		if k != nil {
			out.Signer = k.fingerprint
			out.Agent, out.Attestor = k.owner.agent, k.owner.attestor
			out.Claimed = claimed(s, &out, err)
		}
		out.Proof = ProofKey
	}
	if err != nil {
		out.Proof = ProofNone
		return out, err
	}
	if len(times) > 0 {
		out.SignedAt = slices.MinFunc(times, time.Time.Compare).UTC()
	}
	out.Kind, out.Statement = KindOther, s.statement
	if s.statement == nil {
		out.Blob = blobName(s)
	}
	return out, nil
}

// claimed reads what a statement says whose signature holds and whose key does not
// count any more.
func claimed(s *signed, by *Verified, err error) *AgentCommit {
	if !errors.Is(err, ErrRevoked) && !errors.Is(err, ErrExpired) || s.statement == nil {
		return nil
	}
	w := Verified{Item: by.Item, Agent: by.Agent, Attestor: by.Attestor, Statement: s.statement}
	if interpret(&w) != nil {
		return nil
	}
	return w.AgentCommit
}

// certified fills in who signed with a certificate. The name is told also when it is
// a stranger's; whose it is only when everything holds.
func (v *Verifier) certified(s *signed, out *Verified) ([]time.Time, error) {
	c, times, err := v.byCertificate(s)
	if c != nil {
		out.Signer = c.SubjectAlternativeName
	}
	if err != nil {
		return nil, err
	}
	id, err := v.match(c)
	if err != nil {
		return nil, err
	}
	out.Proof, out.Agent, out.Attestor = ProofKeyless, id.owner.agent, id.owner.attestor
	out.SourceIsHead, out.Source = id.SourceDigest == sourceIsCommit, c.SourceRepositoryDigest
	out.Run = &Run{c.SourceRepositoryURI, c.SourceRepositoryIdentifier, c.SourceRepositoryRef, c.SourceRepositoryDigest}
	return times, nil
}

// blobName names what a message signature signs. Only sha256 can be held against a
// commit; the name of another digest is equal to none.
func blobName(s *signed) string {
	switch s.algorithm { //nolint:exhaustive // takeApart lets no other through
	case protocommon.HashAlgorithm_SHA2_256:
		return "sha256:" + hexOf(s.digest)
	case protocommon.HashAlgorithm_SHA2_384:
		return "sha384:" + hexOf(s.digest)
	}
	return "sha512:" + hexOf(s.digest)
}

// understand reads what a verified statement says, and whether its signer may.
func (v *Verifier) understand(out *Verified) error {
	if out.Statement == nil {
		out.Kind = KindOther
		out.Notes = append(out.Notes, "signs the commit's bytes and says nothing about it")
		return nil
	}
	err := interpret(out)
	if out.Statement.Type == StatementTypeOld && (err != nil || out.Kind != KindOther) {
		err = fmt.Errorf("%w: a statement of type %s; make it of type %s, with cosign by --statement", ErrUnsupported, StatementTypeOld, StatementType)
	}
	if err != nil {
		return withoutProof(out, err)
	}
	switch out.Kind {
	case KindAgentCommit, KindSLSA:
		if out.Agent == "" {
			return withoutProof(out, fmt.Errorf("%w: attestor %s signed that an agent made a commit, which only an agent's own key or identity can say", ErrUntrusted, quote(out.Attestor)))
		}
	case KindSource, KindVSA, KindApproval:
		if out.Attestor == "" {
			return withoutProof(out, fmt.Errorf("%w: agent %s signed what a platform says (%s), which only an attestor of the policy can say", ErrUntrusted, quote(out.Agent), out.Kind))
		}
	case KindClawCommit, KindClawBundle, KindLines:
		return withoutProof(out, fmt.Errorf("%w: no statement says that", ErrMalformed))
	}
	return nil
}

// withoutProof takes back what a refused item would have proved.
func withoutProof(out *Verified, err error) error {
	out.Proof, out.AgentCommit, out.Approvals = ProofNone, nil, nil
	return err
}

// claw verifies Claw's own formats: the signature with the key inside the DID, and
// whose the DID is and whether it counts here.
func (v *Verifier) claw(it Item) (Verified, error) {
	out, name, err := verifyClaw(it)
	out.Item, out.Signer = it, name
	out.Proof, out.Agent, out.Attestor = ProofNone, "", ""
	if err != nil {
		return out, err
	}
	d := v.dids[name]
	if d == nil {
		return out, fmt.Errorf("%w: no agent of the policy has the DID %s", ErrUntrusted, quote(name))
	}
	out.Agent = d.owner.agent
	if err := worst(d.lives, v.at); err != nil {
		return out, err
	}
	if out.Kind != KindClawCommit && out.Kind != KindClawBundle {
		return out, fmt.Errorf("%w: nothing that a DID can say", ErrMalformed)
	}
	out.Proof = ProofKey
	return out, nil
}
