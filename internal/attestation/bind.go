package attestation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Bind reports whether a verified item is about the commit: nil; ErrOther; or
// ErrMismatch, with what it says that is not so.
//
// In a statement exactly one subject names the commit, by gitCommit, or by sha1 when
// the predicate is not ours. Every other digest of that same subject must be the
// commit's too: a statement may be about several things, and one subject's tree
// proves nothing about another one's commit. Ours must give the tree and the SHA-256
// of the commit object as well, so that it does not hang on SHA-1 alone; or that
// SHA-256 and nothing else, as programs do that know files only (actions/attest), and
// its name says then which commit it is.
//
// What was verified for one repository says nothing in another: a fork has the same
// commits. Where ours is not known, what names one does not count; what cannot name
// one does, and a note tells so.
func Bind(v *Verified, c Commit) error {
	switch {
	case c.ID == "" || c.Tree == "" || c.SHA256 == "":
		return fmt.Errorf("%w: the commit's digests are not known", ErrMismatch)
	case v.Proof == ProofNone:
		return bindUnsigned(v, c)
	case v.Blob != "":
		if v.Blob != "sha256:"+c.SHA256 {
			return fmt.Errorf("%w: it signs other bytes", ErrOther)
		}
		return bindSource(v, c)
	case v.Statement == nil:
		return bindClaw(v, c)
	}
	s, err := theSubject(v, c)
	if err != nil {
		return err
	}
	if err := bindRepository(v, s, c); err != nil {
		return err
	}
	if err := bindSource(v, c); err != nil {
		return err
	}
	return bindPredicate(v, c)
}

// bindUnsigned is for what proves nothing anyhow: the commit it tells, or the one it
// hangs on.
func bindUnsigned(v *Verified, c Commit) error {
	if v.Kind != KindLines {
		return fmt.Errorf("%w: nobody signed it", ErrOther)
	}
	if slices.Contains(v.Commits, c.ID) || len(v.Commits) == 0 && v.Item.Hint == c.ID {
		return nil
	}
	return fmt.Errorf("%w: another commit", ErrOther)
}

func bindClaw(v *Verified, c Commit) error {
	if v.Kind != KindClawCommit || !slices.Contains(v.Commits, c.ID) {
		return fmt.Errorf("%w: another commit, or none", ErrOther)
	}
	return sameRepository(v, v.Repository, c)
}

// ours reports whether the predicate is the one whose subject we define.
func ours(v *Verified) bool { return v.Kind == KindAgentCommit }

// theSubject finds the one subject that names the commit, and checks all it says.
func theSubject(v *Verified, c Commit) (*Subject, error) {
	var found *Subject
	for i := range v.Statement.Subject {
		s := &v.Statement.Subject[i]
		if !names(v, s, c) {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%w: two of its subjects name the commit", ErrMismatch)
		}
		found = s
	}
	if found == nil {
		return nil, fmt.Errorf("%w: another commit", ErrOther)
	}
	// Before its digests are compared: what is for a fork is not held against this
	// commit, right or wrong.
	if ours(v) {
		if err := bindRepository(v, found, c); errors.Is(err, ErrOther) {
			return nil, err
		}
	}
	if ours(v) && !isFile(found) {
		for _, want := range []string{"gitCommit", "gitTree", "sha256"} {
			if _, ok := found.Digest[want]; !ok {
				return nil, fmt.Errorf("%w: its subject has no %s; gitCommit, gitTree and the sha256 of the commit object are needed", ErrMismatch, want)
			}
		}
	}
	for _, key := range sortedKeys(found.Digest) {
		have := found.Digest[key]
		switch key {
		case "gitCommit", "sha1":
			if key == "sha1" && ours(v) {
				return nil, unknownDigest(key)
			}
			if have != c.ID {
				return nil, differs(key, have, c.ID)
			}
		case "gitTree":
			if have != c.Tree {
				return nil, differs(key, have, c.Tree)
			}
		case "sha256":
			// A foreign one may mean the id by it, in a repository of SHA-256 ids.
			if have != c.SHA256 && (ours(v) || have != c.ID) {
				return nil, differs(key, have, c.SHA256)
			}
		default:
			if ours(v) {
				return nil, unknownDigest(key)
			}
		}
	}
	return found, nil
}

// names reports whether a subject is about the commit. gittuf's approvals are given
// for a tree, before there is a commit.
func names(v *Verified, s *Subject, c Commit) bool {
	commit, ok := s.Digest["gitCommit"]
	if ours(v) && isFile(s) {
		_, id, _ := gitAddress(s.Name)
		return id == c.ID
	}
	if sha1, old := s.Digest["sha1"]; old && !ours(v) {
		if sha1 == c.ID {
			return true
		}
		ok = true
	}
	if !ok && v.Kind == KindApproval {
		return s.Digest["gitTree"] == c.Tree
	}
	return commit == c.ID
}

// isFile reports a subject that names a commit as a file: its bytes, by SHA-256.
func isFile(s *Subject) bool { return len(s.Digest) == 1 && s.Digest["sha256"] != "" }

func differs(key, have, want string) error {
	return fmt.Errorf("%w: its subject has the %s %s, the commit has %s", ErrMismatch, key, quote(have), want)
}

func unknownDigest(key string) error {
	return fmt.Errorf("%w: its subject has a digest %s, which cannot be checked", ErrMismatch, quote(key))
}

// bindRepository holds the repository that a statement names against ours.
func bindRepository(v *Verified, s *Subject, c Commit) error {
	name, id, ok := gitAddress(s.Name)
	second, secondID, both := gitAddress(s.URI)
	switch {
	case ours(v) && s.URI != "" && s.URI != s.Name:
		return fmt.Errorf("%w: its subject is named %s and %s", ErrMismatch, quote(s.Name), quote(s.URI))
	case ok && both && (!sameName(name, second) || id != secondID):
		return fmt.Errorf("%w: its subject names %s and %s", ErrMismatch, quote(s.Name), quote(s.URI))
	case !ok:
		name, id, ok = second, secondID, both
	}
	// Owner and name are all that is known of ours, so an address of another server
	// must not do.
	if ours(v) && ok && !strings.HasPrefix(s.Name, subjectPrefix) {
		return fmt.Errorf("%w: its subject is not named %sOWNER/NAME@COMMIT", ErrOther, subjectPrefix)
	}
	if !ours(v) && strings.HasPrefix(id, "refs/") {
		id = "" // SLSA's own examples name a branch there
	}
	if ok && id != "" && c.ID != "" && id != c.ID {
		return fmt.Errorf("%w: its subject's name ends in %s, not in the commit", ErrMismatch, quote(id))
	}
	if ok && v.Repository != "" && !sameName(name, v.Repository) {
		return fmt.Errorf("%w: it names two repositories, %s and %s", ErrMismatch, quote(name), quote(v.Repository))
	}
	if ok && ours(v) && id == "" {
		return fmt.Errorf("%w: its subject's name does not end in @ and the commit", ErrMismatch)
	}
	if !ok {
		name = v.Repository
	}
	switch {
	case name == "" && ours(v):
		return fmt.Errorf("%w: its subject is not named as git+https://github.com/OWNER/NAME@COMMIT", ErrMismatch)
	case name == "" && c.Repository != "" && (v.Kind == KindSLSA || v.Kind == KindSource || v.Kind == KindVSA):
		return fmt.Errorf("%w: it names no repository", ErrOther)
	case name == "":
		tell(v, "names no repository")
		return nil
	}
	return sameRepository(v, name, c)
}

func sameRepository(v *Verified, name string, c Commit) error {
	switch {
	case name == "":
		tell(v, "names no repository")
	case c.Repository == "":
		return fmt.Errorf("%w: it is for the repository %s, and whether this is it is not known: give --repository owner/name", ErrOther, quote(name))
	case !sameName(name, c.Repository):
		return fmt.Errorf("%w: it is for the repository %s, not for %s", ErrOther, quote(name), c.Repository)
	}
	return nil
}

// sameName compares owner/name as GitHub does. Both are ASCII there; the folding of
// other letters must not make two names one.
func sameName(a, b string) bool {
	ascii := func(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 }) }
	return ascii(a) && ascii(b) && strings.EqualFold(a, b)
}

// gitAddress reads git+https://HOST/OWNER/NAME, with .git or without, and @COMMIT
// behind it where one is given.
func gitAddress(s string) (repository, commit string, ok bool) {
	rest, ok := strings.CutPrefix(s, "git+https://")
	if !ok {
		return "", "", false
	}
	rest, commit, _ = strings.Cut(rest, "@")
	parts := strings.Split(rest, "/")
	if len(parts) != 3 || slices.Contains(parts, "") || strings.ContainsAny(rest, "?#%\\ ") {
		return "", "", false
	}
	return parts[1] + "/" + strings.TrimSuffix(parts[2], ".git"), commit, true
}

// InRepository reports whether a statement that names no commit is about a
// repository: nil, also when it names none; ErrOther; ErrMismatch.
func InRepository(v *Verified, repository string) error {
	w := *v
	w.Notes = nil
	for i := range w.Statement.Subject {
		if err := bindRepository(&w, &w.Statement.Subject[i], Commit{Repository: repository}); err != nil {
			return err
		}
	}
	return nil
}

// bindSource: a certificate whose source must be the commit was issued to a run on
// another one.
func bindSource(v *Verified, c Commit) error {
	if v.SourceIsHead && v.Source != c.ID {
		return fmt.Errorf("%w: its certificate was issued for commit %s", ErrMismatch, quote(v.Source))
	}
	return nil
}

// bindPredicate holds what the statement says of the commit against it.
func bindPredicate(v *Verified, c Commit) error {
	a := v.AgentCommit
	if a == nil {
		return nil
	}
	if a.Parents != nil {
		if len(a.Parents) != len(c.Parents) {
			return fmt.Errorf("%w: it names %d parents, the commit has %d", ErrMismatch, len(a.Parents), len(c.Parents))
		}
		for i, p := range a.Parents {
			if p.Digest["gitCommit"] != c.Parents[i] || len(p.Digest) != 1 {
				return fmt.Errorf("%w: its parent %d is %s, the commit's is %s", ErrMismatch, i+1, quote(p.Digest["gitCommit"]), c.Parents[i])
			}
		}
	}
	if a.Change == nil {
		return nil
	}
	base := ""
	if len(c.Parents) > 0 {
		base = c.Parents[0]
	}
	if a.Change.Base["gitCommit"] != base {
		return fmt.Errorf("%w: its change is from %s, the commit's first parent is %s", ErrMismatch, quote(a.Change.Base["gitCommit"]), quote(base))
	}
	if d := a.Change.RawDiffDigest["sha256"]; d != "" && c.RawDiff != "" && "sha256:"+d != c.RawDiff {
		return fmt.Errorf("%w: it changes something else (%s, the commit %s)", ErrMismatch, quote("sha256:"+d), c.RawDiff)
	}
	return nil
}

// tell adds a note once, however many commits an item is held against.
func tell(v *Verified, s string) {
	if !slices.Contains(v.Notes, s) {
		v.Notes = append(v.Notes, s)
	}
}
