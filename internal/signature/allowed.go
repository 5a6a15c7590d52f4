package signature

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of an allowed_signers file. ssh-keygen has none but the length of a
// pattern, over which it silently matches nothing.
const (
	maxAllowedBytes    = 1 << 20
	maxAllowedLines    = 10_000
	maxAllowedLine     = 16 << 10 // bytes; the longest RSA key takes 3 KiB
	maxAllowedPatterns = 1024     // in one list
	maxAllowedPattern  = 1022     // bytes; ssh-keygen's own
	maxPrincipal       = 1024     // bytes; an e-mail address has at most 254
)

// gitNamespace is the SSHSIG namespace of git's signatures.
const gitNamespace = "git"

// AllowedSigners is an OpenSSH allowed_signers file: which keys, and which
// authorities' certificates, are good for whom. It answers as `ssh-keygen -Y
// verify -n git` does, whose rules ssh-keygen(1) has under ALLOWED SIGNERS, except
// that it is stricter in what ParseAllowedSigners says.
//
// Git asks otherwise, and is not followed. It looks for any principal whose
// pattern fits the key, and at the date in the commit; the signer types both.
// Here the caller names one principal, and the time is ours.
//
// The zero value, and nil, allow nobody.
type AllowedSigners struct {
	keys        map[string][]*allowedLine // by the key's wire form; in the order of the file
	authorities map[string][]*allowedLine // the lines with cert-authority
}

// allowedLine is one line that can be used.
type allowedLine struct {
	number     int
	principals string // a list of patterns
	folded     []string
	namespaces string // a list of patterns, when given
	narrowed   bool   // namespaces are given; an empty list allows none
	authority  bool
	key        string // wire form
	from, to   int64  // seconds since 1970, both inclusive; 0 is no limit
}

// Problem is something in an allowed_signers file that makes it say less than it
// seems to: nearly always a line that is not used.
type Problem struct {
	Line int    // from 1; 0 is the whole file, of which then nothing is used
	Text string // what is wrong and how to mend it, without the file's name
	// Stricter is set when some ssh-keygen would use the line.
	Stricter bool
}

// String gives the line and what is wrong with it.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}

// Allows reports whether the file lets the maker of a good SSH signature be a
// principal at a moment: nil, or an error that wraps ErrUnknownKey (no line is for
// this key and principal), ErrExpired (one is, at another time) or ErrNotUsable
// (one is, for another namespace). The principal is compared as it is, byte for
// byte. One line that passes is enough.
//
// What is wrong with a certificate by itself, its own time first of all, Verify
// says; it is not looked at here again.
func (a *AllowedSigners) Allows(s Signer, principal string, at time.Time) error {
	if principal == "" || len(principal) > maxPrincipal {
		return fmt.Errorf("a principal of %d bytes: %w", len(principal), ErrUnknownKey)
	}
	if c := s.Certificate; c != nil && !slices.Contains(c.Principals, principal) {
		return fmt.Errorf("the certificate is not made for %.80q: %w", principal, ErrUnknownKey)
	}
	var expired, other error
	for _, l := range a.linesOf(s) {
		if !matchList(principal, l.principals) {
			continue
		}
		err := l.holds(at)
		switch {
		case err == nil:
			return nil
		case expired == nil && errors.Is(err, ErrExpired):
			expired = err
		case other == nil:
			other = err
		}
	}
	switch {
	case expired != nil:
		return expired
	case other != nil:
		return other
	}
	return fmt.Errorf("no line lists it for %.80q: %w", principal, ErrUnknownKey)
}

// Lists reports whether any line is about the key, or its authority, whoever the
// principal and whatever the time.
func (a *AllowedSigners) Lists(s Signer) bool { return len(a.linesOf(s)) > 0 }

// Reaches reports whether the maker of a signature could pass at a moment for
// anybody that a pattern describes, which is in lower case and may hold "*" and
// "?". A key that reaches two people proves neither: which of them it is, the
// signer would choose.
//
// As addresses are compared without regard to letter case and patterns are not,
// case and negated patterns are left out of account: it may say yes too often.
func (a *AllowedSigners) Reaches(s Signer, pattern string, at time.Time) bool {
	if c := s.Certificate; c != nil {
		return slices.ContainsFunc(c.Principals, func(name string) bool {
			return len(name) <= maxPrincipal && meet(strings.ToLower(name), pattern) && a.Allows(s, name, at) == nil
		})
	}
	for _, l := range a.linesOf(s) {
		if l.holds(at) == nil && slices.ContainsFunc(l.folded, func(p string) bool { return meet(p, pattern) }) {
			return true
		}
	}
	return false
}

// Principals lists every principal that a usable line names without wildcards;
// sorted. Whether a line holds now, or for git, is not looked at.
func (a *AllowedSigners) Principals() []string {
	var out []string
	if a == nil {
		return nil
	}
	for _, m := range []map[string][]*allowedLine{a.keys, a.authorities} {
		for _, lines := range m {
			for _, l := range lines {
				for p := range strings.SplitSeq(l.principals, ",") {
					if p != "" && p[0] != '!' && !isWild(p) {
						out = append(out, p)
					}
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (a *AllowedSigners) linesOf(s Signer) []*allowedLine {
	switch {
	case a == nil:
		return nil
	case s.Certificate != nil:
		return a.authorities[s.Certificate.Authority]
	}
	return a.keys[s.Key]
}

// holds says whether the line's options let it be used for a commit at a moment.
// Both ends of its time are still inside.
func (l *allowedLine) holds(at time.Time) error {
	now := at.Unix()
	switch {
	case l.narrowed && !matchList(gitNamespace, l.namespaces):
		return fmt.Errorf("line %d lists it, and not for the namespace %q: %w", l.number, gitNamespace, ErrNotUsable)
	case now <= 0, l.from != 0 && now < l.from:
		return fmt.Errorf("valid only from %s, by line %d of the allowed signers: %w", stamp(l.from), l.number, ErrExpired)
	case l.to != 0 && now > l.to:
		return fmt.Errorf("valid only until %s, by line %d of the allowed signers: %w", stamp(l.to), l.number, ErrExpired)
	}
	return nil
}

func stamp(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }
