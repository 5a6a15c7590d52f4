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
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// State is what became of a commit's signature.
type State string

// The states. Only StateValid proves anything.
const (
	StateMismatch    State = "mismatch"    // the bytes are not the commit they were given for
	StateMalformed   State = "malformed"   // no proper commit object
	StateUnsigned    State = "unsigned"    //
	StateSeveral     State = "several"     // more than one signature
	StateUnsupported State = "unsupported" // X.509, host certificates, rare forms of OpenPGP
	StateWeak        State = "weak"        // SHA-1, short RSA, DSA
	StatePlatform    State = "platform"    // good, by GitHub's own key, which signs for everybody
	StateInvalid     State = "invalid"     // made over other bytes, or garbage
	StateUnknownKey  State = "unknown_key" // by a key nobody lists; good, as far as it can be verified
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
	SignedBy    string // "agent claw" or "person alice" when State is valid, time, expired or revoked

	Level   policy.Level // what was verified; "" is nothing
	Human   bool         // proved: signed by a listed person's key, and nothing marks it as agent-made
	Agents  []string     // ids of declared agents that signed it or are named by it; sorted
	Markers []string     // why it counts as agent-made, in words; a forgeable hint is enough
	People  []string     // ids of listed people who signed, wrote, committed or co-authored it; sorted
	Unknown []string     // e-mails, folded, of authors, committers and co-authors nobody lists; sorted
}

// Study reads every commit of the snapshot and answers in their order. It never
// panics and never leaves one out. Commits are looked at by as many workers as
// there are processors; each answer depends on its own commit alone, so their
// number changes nothing but the time.
func Study(s *checks.Snapshot, p *policy.Policy) []Contribution {
	keys := keysOf(p, s.TakenAt)
	out := make([]Contribution, len(s.Commits))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(s.Commits)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(s.Commits) {
					return
				}
				out[i] = study(&s.Commits[i], s.Repository.ObjectFormat, p, keys)
			}
		})
	}
	wg.Wait()
	return out
}

func study(c *checks.Commit, format string, p *policy.Policy, keys *keyring) Contribution {
	r := Contribution{Commit: c.ID}
	if ok, err := gitobject.Verify(format, c.ID, c.Object); err != nil || !ok {
		r.State, r.Detail = StateMismatch, "the object does not hash to this id"
		if err != nil {
			r.Detail = err.Error()
		}
		r.Markers = []string{"its content is not known"}
		return r
	}
	g, err := gitobject.Parse(c.Object, format)
	if err != nil {
		r.State, r.Detail = StateMalformed, err.Error()
		r.Markers = []string{"its content cannot be read"}
		return r
	}
	r.Subject = g.Subject()
	signer := keys.verify(&r, g)
	claims(&r, g, p)
	if signer != nil {
		if signer.agent != "" {
			r.Agents = append(r.Agents, signer.agent)
			r.Markers = append(r.Markers, "signed with the key of agent "+signer.agent)
		} else {
			r.People = append(r.People, signer.person)
		}
	}
	r.Agents, r.People, r.Unknown = sorted(r.Agents), sorted(r.People), sorted(r.Unknown)
	switch {
	case r.State == StateValid:
		r.Level = policy.LevelSigned
	case len(r.Agents) > 0 || len(r.People) > 0:
		r.Level = policy.LevelAttributed
	}
	r.Human = r.State == StateValid && signer != nil && signer.person != "" && len(r.Markers) == 0 && len(r.Unknown) == 0
	return r
}

// claims reads what the commit says of itself.
func claims(r *Contribution, g *gitobject.Commit, p *policy.Policy) {
	named := func(role, name, email string) {
		email = gitobject.FoldEmail(email)
		if id := agentByEmail(p, email); id != "" {
			r.Agents = append(r.Agents, id)
			r.Markers = append(r.Markers, fmt.Sprintf("its %s is agent %s", role, id))
			return
		}
		vendor := vendorByEmail(email)
		if vendor != "" {
			r.Markers = append(r.Markers, fmt.Sprintf("its %s has the address of %s", role, vendor))
		}
		if m := vendorByName(name); m != "" {
			r.Markers = append(r.Markers, fmt.Sprintf("its %s's name carries the mark of %s", role, m))
		}
		if people := peopleByEmail(p, email); len(people) > 0 {
			r.People = append(r.People, people...)
		} else if vendor == "" {
			// An agent's service address is nobody who could come back as a reviewer.
			r.Unknown = append(r.Unknown, email)
		}
	}
	named("author", g.Author.Name, g.Author.Email)
	named("committer", g.Committer.Name, g.Committer.Email)
	for _, t := range g.Trailers() {
		if isCoAuthorKey(t.Key) {
			if name, email, ok := gitobject.CoAuthor(t.Value); ok {
				named("co-author", name, email)
			}
		}
		for i := range p.Agents {
			if matchesTrailer(p.Agents[i].Trailers, t) {
				r.Agents = append(r.Agents, p.Agents[i].ID)
				r.Markers = append(r.Markers, fmt.Sprintf("trailer %s names agent %s", t.Key, p.Agents[i].ID))
			}
		}
		if m := vendorByTrailer(t); m != "" {
			r.Markers = append(r.Markers, fmt.Sprintf("trailer %s is a mark of %s", t.Key, m))
		}
	}
	r.Markers = sorted(r.Markers)
}

func isCoAuthorKey(k string) bool {
	return strings.EqualFold(k, "Co-authored-by") || strings.EqualFold(k, "On-behalf-of")
}

// matchesTrailer compares a trailer with the policy's patterns: "Key" alone, or
// "Key: glob" over the value. Case never matters: a marker only adds demands.
func matchesTrailer(patterns []string, t gitobject.Trailer) bool {
	for _, pat := range patterns {
		key, glob, hasValue := strings.Cut(pat, ":")
		if !strings.EqualFold(strings.TrimSpace(key), t.Key) {
			continue
		}
		if !hasValue {
			return true
		}
		// "/" is no separator in a trailer value.
		flat := strings.NewReplacer("/", "\x01")
		ok, err := doublestar.Match(flat.Replace(strings.ToLower(strings.TrimSpace(glob))), flat.Replace(strings.ToLower(t.Value)))
		if ok || err != nil {
			return true
		}
	}
	return false
}

func sorted(in []string) []string {
	slices.Sort(in)
	return slices.Compact(in)
}
