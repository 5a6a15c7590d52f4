package signature

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// stricterError is a reason to leave out a line that some ssh-keygen would use.
type stricterError string

func (e stricterError) Error() string { return string(e) }

// cSpace is what C's isspace says yes to.
const cSpace = " \t\n\v\f\r"

// ParseAllowedSigners reads an allowed_signers file. A line that is damaged is
// skipped, as ssh-keygen does, and reported; an empty one and one that begins with
// "#" are skipped in silence.
//
// These are skipped and reported too, though an ssh-keygen may use them: DSA keys,
// RSA keys below 2048 bits, certificates in the place of keys (ssh-keygen does not
// look at their dates), lines of more than 16 KiB or 1024 patterns, a NUL or a
// carriage return where versions differ. Of a file of more than 1 MiB or 10,000
// lines nothing is used.
func ParseAllowedSigners(text []byte) (*AllowedSigners, []Problem) {
	a := &AllowedSigners{keys: map[string][]*allowedLine{}, authorities: map[string][]*allowedLine{}}
	if len(text) > maxAllowedBytes {
		return a, []Problem{{Text: fmt.Sprintf("%d bytes, at most %d are read: take out lines that are of no use any more", len(text), maxAllowedBytes), Stricter: true}}
	}
	if n := bytes.Count(text, []byte("\n")); n > maxAllowedLines || n == maxAllowedLines && !bytes.HasSuffix(text, []byte("\n")) {
		return a, []Problem{{Text: fmt.Sprintf("more than %d lines: take out those that are of no use any more", maxAllowedLines), Stricter: true}}
	}
	var problems []Problem
	n := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		n++
		l, err := parseAllowedLine(line)
		if err != nil {
			var stricter stricterError
			problems = append(problems, Problem{Line: n, Text: err.Error() + "; the line is not used", Stricter: errors.As(err, &stricter)})
			continue
		}
		if l == nil {
			continue
		}
		l.number = n
		if l.authority {
			a.authorities[l.key] = append(a.authorities[l.key], l)
		} else {
			a.keys[l.key] = append(a.keys[l.key], l)
		}
	}
	return a, problems
}

// parseAllowedLine reads "principals [options] key [comment]"; nil without an
// error is a line that is meant to say nothing.
func parseAllowedLine(line string) (*allowedLine, error) {
	if len(line) > maxAllowedLine {
		return nil, stricterError(fmt.Sprintf("%d bytes, at most %d are read", len(line), maxAllowedLine))
	}
	rest := strings.TrimLeft(line, " \t\r")
	switch blanks := line[:len(line)-len(rest)]; {
	case rest == "" || rest[0] == '#':
		return nil, nil
	case strings.Contains(blanks, "\r"):
		return nil, stricterError("a carriage return in front of the principals, which versions of ssh-keygen read differently: take it out")
	case strings.HasPrefix(rest, "\ufeff"):
		return nil, errors.New("a byte order mark in front of the principals: save the file without one")
	case strings.ContainsRune(line, 0):
		return nil, stricterError("a NUL byte, at which ssh-keygen stops reading: take it out")
	}
	principals, rest, err := firstWord(rest)
	if err != nil {
		return nil, err
	}
	if err := checkPatterns("principals", principals); err != nil {
		return nil, err
	}
	l := &allowedLine{principals: principals}
	key, err := readAllowedKey(rest)
	if errors.Is(err, errNoKey) {
		var options string
		if options, rest, err = cutOptions(rest); err != nil {
			return nil, err
		}
		if key, err = readAllowedKey(strings.TrimLeft(rest, " \t")); err != nil {
			return nil, err
		}
		if err := l.parseOptions(options); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	if _, ok := key.(*ssh.Certificate); ok {
		return nil, stricterError("a certificate in the place of a key, which would count whatever its dates: list its authority with cert-authority, or the plain key")
	}
	if err := CheckKey(key); err != nil {
		return nil, stricterError(err.Error())
	}
	l.key = string(key.Marshal())
	for p := range strings.SplitSeq(strings.ToLower(principals), ",") {
		if p != "" && p[0] != '!' {
			l.folded = append(l.folded, p)
		}
	}
	if len(l.folded) == 0 {
		return nil, errors.New("every one of its principals is negated, so that it is for nobody: put a pattern that matches beside them")
	}
	return l, nil
}

// firstWord takes the principals: up to a blank, or to the closing one of two
// quotation marks, which can stand inside the word and end it.
func firstWord(s string) (word, rest string, err error) {
	i := strings.IndexAny(s, " \t\r\"")
	if i < 0 {
		return "", "", errors.New("no key behind the principals")
	}
	word, rest = s[:i], s[i+1:]
	if s[i] == '"' {
		quoted, behind, ok := strings.Cut(rest, `"`)
		if !ok {
			return "", "", errors.New("a quotation mark in the principals is not closed")
		}
		word, rest = word+quoted, behind
	}
	return word, strings.TrimLeft(rest, " \t\r"), nil
}

// checkPatterns refuses a list that would match nothing, or is too long.
func checkPatterns(what, list string) error {
	if strings.Trim(list, ",") == "" && what == "principals" {
		return errors.New("no principals in front of the key")
	}
	if n := strings.Count(list, ",") + 1; n > maxAllowedPatterns {
		return stricterError(fmt.Sprintf("%d patterns among the %s, at most %d are read: put some on another line", n, what, maxAllowedPatterns))
	}
	for p := range strings.SplitSeq(list, ",") {
		if n := len(strings.TrimPrefix(p, "!")); n > maxAllowedPattern {
			return fmt.Errorf("a pattern of %d bytes among the %s; ssh-keygen matches nothing with a list that has one above %d", n, what, maxAllowedPattern)
		}
	}
	return nil
}

// errNoKey means that a text does not begin with a key of a type that is known.
var errNoKey = errors.New("no key, or none of a type that is known, where one should be")

// allowedKeyTypes are the names a key can be listed by, and what it then has to
// be. ssh-keygen lets the names of signature algorithms pass for their keys.
var allowedKeyTypes = map[string]string{
	ssh.KeyAlgoED25519:                            ssh.KeyAlgoED25519,
	ssh.KeyAlgoSKED25519:                          ssh.KeyAlgoSKED25519,
	ssh.KeyAlgoECDSA256:                           ssh.KeyAlgoECDSA256,
	ssh.KeyAlgoECDSA384:                           ssh.KeyAlgoECDSA384,
	ssh.KeyAlgoECDSA521:                           ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoSKECDSA256:                         ssh.KeyAlgoSKECDSA256,
	"webauthn-sk-ecdsa-sha2-nistp256@openssh.com": ssh.KeyAlgoSKECDSA256,
	ssh.KeyAlgoRSA:                                ssh.KeyAlgoRSA,
	ssh.KeyAlgoRSASHA256:                          ssh.KeyAlgoRSA,
	ssh.KeyAlgoRSASHA512:                          ssh.KeyAlgoRSA,
	// What follows is known in order to say why it is refused.
	ssh.InsecureKeyAlgoDSA:     ssh.InsecureKeyAlgoDSA, //nolint:staticcheck // see above
	ssh.CertAlgoED25519v01:     ssh.CertAlgoED25519v01,
	ssh.CertAlgoSKED25519v01:   ssh.CertAlgoSKED25519v01,
	ssh.CertAlgoECDSA256v01:    ssh.CertAlgoECDSA256v01,
	ssh.CertAlgoECDSA384v01:    ssh.CertAlgoECDSA384v01,
	ssh.CertAlgoECDSA521v01:    ssh.CertAlgoECDSA521v01,
	ssh.CertAlgoSKECDSA256v01:  ssh.CertAlgoSKECDSA256v01,
	ssh.CertAlgoRSAv01:         ssh.CertAlgoRSAv01,
	ssh.InsecureCertAlgoDSAv01: ssh.InsecureCertAlgoDSAv01, //nolint:staticcheck // see above
}

// readAllowedKey reads "type base64 [comment]".
func readAllowedKey(s string) (ssh.PublicKey, error) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return nil, errNoKey
	}
	want, known := allowedKeyTypes[s[:i]]
	if !known {
		return nil, errNoKey
	}
	text := strings.TrimLeft(s[i:], " \t")
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		text = text[:i]
	}
	// As ssh-keygen's decoder: white space does not count, everything else does.
	blob, err := base64.StdEncoding.Strict().DecodeString(strings.NewReplacer("\v", "", "\f", "", "\r", "").Replace(text))
	if err != nil {
		return nil, fmt.Errorf("the key is damaged: %w", err)
	}
	k, err := ssh.ParsePublicKey(blob)
	if err != nil {
		return nil, fmt.Errorf("the key is damaged: what stands behind %s is no key", s[:i]) // the error quotes without end
	}
	if k.Type() != want {
		return nil, fmt.Errorf("the key is one of type %.40q, not what is written before it", k.Type())
	}
	return k, nil
}
