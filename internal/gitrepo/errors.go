package gitrepo

import (
	"errors"
	"fmt"
)

// What can be wrong. Errors of this package wrap one of these, or are an I/O
// error or the context's.
var (
	ErrNoGit             = errors.New("the git program was not found")
	ErrOldGit            = errors.New("the git program is too old")
	ErrNotRepository     = errors.New("not a git repository")
	ErrEmptyRepository   = errors.New("the repository has no commits")
	ErrUnknownRevision   = errors.New("unknown revision")
	ErrAmbiguousRevision = errors.New("ambiguous revision")
	// ErrShallow: the history ends where the clone was cut off, before the answer
	// was reached. `git fetch --unshallow` mends it, or fetch-depth: 0 in
	// actions/checkout.
	ErrShallow     = errors.New("the clone is shallow")
	ErrNoMergeBase = errors.New("the two histories have no commit in common")
	// ErrMissing: an object is not in the local store, as in a partial clone. It is
	// never fetched: fetching runs commands that the repository's settings name.
	ErrMissing = errors.New("object is missing")
	// ErrForged: an object does not hash to its id, or the history that git tells
	// does not follow from the objects.
	ErrForged    = errors.New("the object store was tampered with or is damaged")
	ErrMalformed = errors.New("malformed object")
	ErrTooLarge  = errors.New("too large")
	ErrTooMany   = errors.New("too many")
	ErrNoFile    = errors.New("no such file")
	ErrNotFile   = errors.New("not a regular file") // a symbolic link, a submodule, a directory
)

// TooManyError says which bound was passed. It is an [ErrTooMany].
type TooManyError struct {
	What  string // "commits", "files", …
	Limit int
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("more than %d %s", e.Limit, e.What)
}

// Is makes errors.Is(err, ErrTooMany) true.
func (e *TooManyError) Is(target error) bool { return target == ErrTooMany }

// foreign quotes text that somebody else wrote so that it can stand in an error:
// control characters escaped, not longer than a line or two.
func foreign(s string) string {
	const most = 300
	if len(s) > most {
		s = s[:most] + "…"
	}
	return fmt.Sprintf("%q", s)
}
