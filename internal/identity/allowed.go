package identity

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/signature"
)

// allowed is the allowed_signers file that a policy names, and whose the addresses
// are that can stand in it.
//
// The file says which key may speak for which address; the policy says whose the
// address is. Two things are typed by whoever signs, the committer's address and
// the dates, so neither chooses: a key proves its owner only if there is nobody
// else in the policy for whom the file would let it speak now, whatever address is
// typed, and "now" is our time.
type allowed struct {
	file      *signature.AllowedSigners
	addresses []address
}

// address is one by which the policy knows somebody: in lower case, "*" where
// GitHub puts a number.
type address struct {
	pattern string
	of      owner
}

// allowing gives the keyring the allowed_signers file of the policy. Where the
// snapshot does not hold it, it proves nothing; why, the collector has told.
func (k *keyring) allowing(s *checks.Snapshot) *keyring {
	text, ok := allowedText(s, k.p)
	if !ok {
		return k
	}
	a := &allowed{}
	a.file, _ = signature.ParseAllowedSigners(text)
	for i := range k.p.Agents {
		a.add(owner{agent: k.p.Agents[i].ID}, k.p.Agents[i].Emails, k.p.Agents[i].Logins)
	}
	for i := range k.p.People {
		a.add(owner{person: k.p.People[i].ID}, k.p.People[i].Emails, k.p.People[i].Logins)
	}
	k.allowed = a
	return k
}

// allowedText finds the file in the snapshot. Two files of one name, with different
// texts, are none: which of them was meant nobody knows.
func allowedText(s *checks.Snapshot, p *policy.Policy) (text []byte, ok bool) {
	if p.Provenance.AllowedSigners == "" {
		return nil, false
	}
	for i := range s.Trust {
		if string(s.Trust[i].Path) != p.Provenance.AllowedSigners {
			continue
		}
		if ok && !bytes.Equal(text, s.Trust[i].Text) {
			return nil, false
		}
		text, ok = s.Trust[i].Text, true
	}
	return text, ok
}

// maxAllowedProblems bounds what is told of one file.
const maxAllowedProblems = 50

// AllowedSignerProblems tells which lines of the policy's allowed_signers file are
// not used, and why: a sentence without its full stop for each, with file and line.
// A file that is missing is not told of: the snapshot has a gap for it.
func AllowedSignerProblems(s *checks.Snapshot, p *policy.Policy) []string {
	text, ok := allowedText(s, p)
	if !ok {
		return nil
	}
	_, list := signature.ParseAllowedSigners(text)
	var out []string
	for i, pr := range list {
		if i == maxAllowedProblems {
			return append(out, fmt.Sprintf("%s: %d further lines are not used", checks.Path(p.Provenance.AllowedSigners), len(list)-i))
		}
		out = append(out, fmt.Sprintf("%s, %s", checks.Path(p.Provenance.AllowedSigners), pr))
	}
	return out
}

func (a *allowed) add(o owner, emails, logins []string) {
	for _, e := range emails {
		a.addresses = append(a.addresses, address{gitobject.FoldEmail(e), o})
	}
	for _, l := range logins {
		if l = foldLogin(l); l != "" {
			for _, form := range []string{l, l + "[bot]", "*+" + l, "*+" + l + "[bot]"} {
				a.addresses = append(a.addresses, address{form + noreplyGitHub, o})
			}
		}
	}
}

// reached lists for whom the file lets a key speak at a moment: nobody, the one,
// or two of more.
func (a *allowed) reached(s signature.Signer, at time.Time) (list []owner) {
	for _, ad := range a.addresses {
		known := slices.ContainsFunc(list, ad.of.is)
		if !known && a.file.Reaches(s, ad.pattern, at) {
			if list = append(list, ad.of); len(list) == 2 {
				break
			}
		}
	}
	return list
}

func (o owner) is(other owner) bool {
	return o.agent == other.agent && o.person == other.person && o.attestor == other.attestor
}

// settle says whose a good signature is, by the keys of the policy and by its
// allowed_signers file, and in what state.
//
// A key of the policy has the owner and the life that it has there: the file
// neither revives it nor lengthens its time. If the file lets it speak for somebody
// else, one of the two is wrong, and it proves neither. Whose key it was took part
// all the same, which only adds demands.
func (k *keyring) settle(r *Contribution, s signature.Signer, committer string, own error) *owner {
	o, listed := k.owner(s)
	switch {
	case len(listed) == 0 && (k.allowed == nil || !k.allowed.file.Lists(s)):
		r.State, r.Detail = StateUnknownKey, ""
		var claims []owner
		for _, e := range k.entries[s.Key] {
			if s.Certificate == nil && !e.key.CertAuthority && e.attestor == "" && !slices.ContainsFunc(claims, e.is) {
				claims = append(claims, e)
			}
		}
		switch len(claims) {
		case 0:
			return nil
		case 1:
			r.Detail = fmt.Sprintf("the policy lists the key for attestations of %s, not for commits", claims[0])
		default:
			r.Detail = fmt.Sprintf("the policy lists the key for both %s and %s", claims[0], claims[1])
		}
		// Whose it is took part all the same: an agent's, if one of them is an agent.
		slices.SortStableFunc(claims, func(a, b owner) int { return strings.Compare(b.agent, a.agent) })
		return &claims[0]
	case len(listed) == 0:
		return k.byFile(r, s, committer, own)
	}
	state, detail := k.life(listed, own)
	if state != StateRevoked && k.allowed != nil {
		for _, other := range k.allowed.reached(s, k.at) {
			if !other.is(o) {
				r.State, r.Detail = StateUnknownKey, fmt.Sprintf("the policy lists the key for %s, and its allowed signers for %s", o, other)
				return &o
			}
		}
	}
	r.SignedBy, r.State, r.Detail = o.String(), state, detail
	return &o
}

// byFile looks up a key that the policy does not list as a signing key, or lists
// contradictorily, in the allowed_signers file.
func (k *keyring) byFile(r *Contribution, s signature.Signer, committer string, own error) *owner {
	said := k.allowed.file.Allows(s, committer, k.at)
	whose := k.ownersOf(committer)
	reached := k.allowed.reached(s, k.at)
	claims, lives := k.policyOn(s)

	// Who took part, if it can be told.
	var who *owner
	for _, l := range [][]owner{claims, reached} {
		if who == nil && len(l) == 1 && l[0].attestor == "" {
			who = &l[0]
		}
	}
	if len(whose) == 1 && (said == nil || errors.Is(said, signature.ErrExpired)) {
		who = &whose[0]
	}
	if state, detail := k.life(lives, own); state == StateRevoked && who != nil {
		r.SignedBy, r.State, r.Detail = who.String(), state, detail
		return who
	}
	if why := k.disproof(said, committer, whose, reached, claims); why != "" {
		r.State, r.Detail = StateUnknownKey, why
		if len(reached) > 1 && len(claims) == 0 {
			return nil // everybody whom the line is for would count as having taken part
		}
		return who
	}
	if said != nil {
		own = said
	}
	if len(lives) == 0 {
		lives = []policy.Key{{}} // no life but the file's
	}
	r.SignedBy = who.String()
	r.State, r.Detail = k.life(lives, own)
	return who
}

// disproof says in words why a key of the file does not prove who signed; "" if
// it does.
func (k *keyring) disproof(said error, committer string, whose, reached, claims []owner) string {
	switch {
	case said != nil && !errors.Is(said, signature.ErrExpired):
		for _, reason := range []error{signature.ErrUnknownKey, signature.ErrNotUsable} {
			if errors.Is(said, reason) {
				return "in the allowed signers, " + strings.TrimSuffix(said.Error(), ": "+reason.Error())
			}
		}
		return "in the allowed signers: " + said.Error()
	case len(whose) == 0:
		return fmt.Sprintf("the allowed signers list it for %.80q, an address of nobody in the policy", committer)
	case len(whose) > 1:
		return fmt.Sprintf("the allowed signers list it for %.80q, an address of both %s and %s", committer, whose[0], whose[1])
	}
	for _, other := range reached {
		if !other.is(whose[0]) {
			return fmt.Sprintf("the allowed signers let it speak for both %s and %s", whose[0], other)
		}
	}
	for _, other := range claims {
		if !other.is(whose[0]) {
			return fmt.Sprintf("the allowed signers list it for %s, and the policy for %s", whose[0], other)
		}
	}
	return ""
}

// ownersOf lists who in the policy has an address. People must list it as it is: a
// login, as GitHub's private addresses hold it, can be given up and taken by
// somebody else. An address with other letters than those of ASCII is nobody's:
// folding makes different ones the same.
func (k *keyring) ownersOf(email string) (list []owner) {
	folded := gitobject.FoldEmail(email)
	if len(folded) != len(email) || strings.IndexFunc(email, func(c rune) bool { return c > 0x7f }) >= 0 {
		return nil
	}
	login, isNoreply := noreplyLogin(folded)
	isNoreply = isNoreply && strings.HasSuffix(folded, noreplyGitHub) // here it makes a key somebody's
	has := func(emails []string) bool {
		return slices.ContainsFunc(emails, func(e string) bool { return gitobject.FoldEmail(e) == folded })
	}
	for i := range k.p.Agents {
		a := &k.p.Agents[i]
		if has(a.Emails) || isNoreply && containsLogin(a.Logins, login) {
			list = append(list, owner{agent: a.ID})
		}
	}
	for i := range k.p.People {
		if has(k.p.People[i].Emails) {
			list = append(list, owner{person: k.p.People[i].ID})
		}
	}
	return list
}

// policyOn lists what the policy says of the keys behind a signature: whose they
// are, and the lives of all that had a hand in it. Of an authority only the life
// counts: it can certify for many.
func (k *keyring) policyOn(s signature.Signer) (claims []owner, lives []policy.Key) {
	claim := func(o owner) {
		if !slices.ContainsFunc(claims, o.is) {
			claims = append(claims, o)
		}
	}
	key := s.Key
	if c := s.Certificate; c != nil {
		key = c.Key
		for _, name := range c.Principals {
			if o, ok := k.owners[certificateID(c.Authority, name)]; ok {
				claim(o)
			}
		}
		for _, o := range k.entries[c.Authority] {
			lives = append(lives, o.key)
		}
	}
	for _, o := range k.entries[key] {
		claim(o)
		lives = append(lives, o.key)
	}
	return claims, lives
}

// isCommitter reports whether a committer's address is one of the owner's.
func (o owner) isCommitter(p *policy.Policy, email string) bool {
	email = gitobject.FoldEmail(email)
	if o.agent != "" {
		return agentByEmail(p, email) == o.agent
	}
	return slices.Contains(peopleByEmail(p, email), o.person)
}
