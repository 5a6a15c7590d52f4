// Package attest makes attestations: signed statements that an agent made a commit.
// It is the other side of package attestation, which reads them.
//
// [Make] reads the commits through gitrepo, hashed, so what is signed is what the
// id stands for; adds what the agent tells of itself ([Facts]); signs with a
// [Signer]; verifies its own work; and puts the bundle where it was asked to. A
// bundle is a Sigstore bundle v0.3 with a DSSE envelope around an in-toto
// statement, as cosign makes them.
//
// What it never puts into a statement: prompts, answers, logs, names of files, or
// an address with a password in it. Of an instruction and of a log it takes the
// digest. What it never shows or passes on: keys, passphrases and identity tokens;
// they come from files and from the environment, never from a command line.
//
// An attestation proves that the holder of a key said something about a commit. It
// grades nothing: which keys and identities count for which agent is in the policy
// of the base commit.
package attest

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Problem is a reason why no attestation was made, and what to do about it.
type Problem struct {
	Message string // what is wrong; a sentence
	Remedy  string // how to mend it; a sentence
	Usage   bool   // the call or the settings are wrong; otherwise something failed
	Refused bool   // the change was looked at and found wanting
	Err     error  // the cause, if any
}

func (p *Problem) Error() string { return p.Message }

func (p *Problem) Unwrap() error { return p.Err }

// misuse is a call that cannot be right.
func misuse(remedy, format string, args ...any) error {
	return &Problem{Message: sentence(format, args...), Remedy: remedy, Usage: true}
}

// failure is something that went wrong on the way.
func failure(err error, remedy, format string, args ...any) error {
	return &Problem{Message: sentence(format, args...), Remedy: remedy, Err: err}
}

func sentence(format string, args ...any) string {
	return strings.TrimSuffix(fmt.Sprintf(format, args...), ".") + "."
}

// show quotes foreign text, bounded, and not cut inside a character.
func show(s string) string {
	const most = 120
	if len(s) > most {
		n := most
		for n > most-utf8.UTFMax && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "…"
	}
	return fmt.Sprintf("%q", s)
}
