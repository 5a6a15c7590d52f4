// Package gitobject reads commit objects exactly as git stores them.
//
// It works on the raw bytes and never re-encodes: what a signature covers is a
// matter of single bytes. It trusts nothing: the caller hands it bytes and the id
// they were asked for by, and [Verify] says whether they belong together. It does
// no I/O and never panics.
//
// It is stricter than git where leniency would let two readers see two commits:
// header lines come in git's own order, once each; an identity has one pair of
// angle brackets; there is no NUL in the header; and a header that begins with
// "gpgsig" is a signature or an error, because git leaves every such line out of
// what is signed.
package gitobject

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxCommitBytes bounds a commit object. The largest commit of the Linux kernel
// has about 64 KiB; a signature with a certificate chain adds less than that.
const MaxCommitBytes = 1 << 20

// Commit is a parsed commit object.
type Commit struct {
	Tree      string
	Parents   []string
	Author    Identity
	Committer Identity
	Message   string // foreign text, any bytes

	// Signature is the one signature header's value, unfolded; nil when there is
	// none. Signatures counts the headers: more than one is never acceptable, for
	// it leaves open which of them a reader looks at.
	Signature  []byte
	Signatures int
	// Payload is what was signed: the object without its signature headers.
	Payload []byte
}

// Identity is an author or committer line. Nothing in it is proved.
type Identity struct {
	Name  string
	Email string // as written; compare with [FoldEmail]
	When  time.Time
}

// FoldEmail is the form in which e-mail addresses are compared.
func FoldEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

var errMalformed = errors.New("malformed commit object")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errMalformed}, args...)...)
}

// IsMalformed reports whether err says that the bytes are no proper commit.
func IsMalformed(err error) bool { return errors.Is(err, errMalformed) }

// Parse reads a commit object. format is the repository's object format, "sha1"
// or "sha256": it decides which header holds the signature.
func Parse(object []byte, format string) (*Commit, error) {
	if len(object) > MaxCommitBytes {
		return nil, malformed("%d bytes, at most %d are read", len(object), MaxCommitBytes)
	}
	idLen, sigHeader := 40, "gpgsig"
	if format == "sha256" {
		idLen, sigHeader = 64, "gpgsig-sha256"
	}
	header, message, found := bytes.Cut(object, []byte("\n\n"))
	if !found {
		// A commit with an empty message ends after the header's last newline.
		header, found = bytes.CutSuffix(object, []byte("\n"))
		if !found {
			return nil, malformed("the header does not end")
		}
	}
	if i := bytes.IndexByte(header, 0); i >= 0 {
		return nil, malformed("NUL in the header at byte %d", i)
	}
	p := parser{c: &Commit{Message: string(message)}, idLen: idLen, sigHeader: sigHeader}
	p.c.Payload = make([]byte, 0, len(object))
	for line := range bytes.SplitSeq(header, []byte("\n")) {
		if err := p.line(line); err != nil {
			return nil, err
		}
	}
	if p.state != afterCommitter {
		return nil, malformed("tree, author or committer is missing")
	}
	p.c.Payload = append(p.c.Payload, object[len(header)+1:]...)
	return p.c, nil
}

// The header's fixed part, in order.
type state uint8

const (
	wantTree state = iota
	wantParentOrAuthor
	wantCommitter
	afterCommitter
)

type parser struct {
	c         *Commit
	state     state
	idLen     int
	sigHeader string
	inSig     bool // continuation lines belong to our signature
	dropped   bool // continuation lines belong to the other algorithm's signature
}

func (p *parser) line(line []byte) error {
	if len(line) > 0 && line[0] == ' ' {
		switch {
		case p.state != afterCommitter:
			return malformed("a continuation line before the committer")
		case p.inSig:
			p.c.Signature = append(append(p.c.Signature, line[1:]...), '\n')
		case !p.dropped:
			p.keep(line)
		}
		return nil
	}
	p.inSig, p.dropped = false, false
	key, value, ok := strings.Cut(string(line), " ")
	if !ok {
		return malformed("header line %.40q has no value", line)
	}
	if strings.HasPrefix(key, "gpgsig") {
		return p.signature(key, value)
	}
	p.keep(line)
	return p.field(key, value)
}

func (p *parser) keep(line []byte) {
	p.c.Payload = append(append(p.c.Payload, line...), '\n')
}

func (p *parser) signature(key, value string) error {
	if p.state != afterCommitter {
		return malformed("%s before the committer", key)
	}
	p.c.Signatures++
	switch key {
	case p.sigHeader:
		p.inSig = true
		p.c.Signature = append([]byte(value), '\n')
	case "gpgsig", "gpgsig-sha256":
		p.dropped = true
	default:
		return malformed("unknown signature header %.40q", key)
	}
	return nil
}

func (p *parser) field(key, value string) (err error) {
	switch {
	case key == "tree" && p.state == wantTree:
		p.c.Tree, p.state = value, wantParentOrAuthor
		return p.id(value)
	case key == "parent" && p.state == wantParentOrAuthor:
		p.c.Parents = append(p.c.Parents, value)
		return p.id(value)
	case key == "author" && p.state == wantParentOrAuthor:
		p.state = wantCommitter
		p.c.Author, err = identity(value)
		return err
	case key == "committer" && p.state == wantCommitter:
		p.state = afterCommitter
		p.c.Committer, err = identity(value)
		return err
	case key == "tree" || key == "parent" || key == "author" || key == "committer":
		return malformed("%s twice or out of order", key)
	case p.state != afterCommitter:
		return malformed("header %.40q before the committer", key)
	}
	return nil // encoding, mergetag and what git may invent
}

func (p *parser) id(s string) error {
	if !IsID(s, p.idLen) {
		return malformed("%.80q is no full object id", s)
	}
	return nil
}

// IsID reports whether s is an object id of n lower-case hex digits.
func IsID(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return true
}

// IsFullID reports whether s is a full SHA-1 or SHA-256 object id. An
// abbreviated id is never evidence: it can be made to match something else.
func IsFullID(s string) bool { return IsID(s, 40) || IsID(s, 64) }

func identity(s string) (Identity, error) {
	name, rest, ok1 := strings.Cut(s, "<")
	email, when, ok2 := strings.Cut(rest, ">")
	if !ok1 || !ok2 || strings.ContainsAny(email, "<>") || strings.ContainsAny(when, "<>") {
		return Identity{}, malformed("identity %.120q has no single <e-mail>", s)
	}
	f := strings.Fields(when)
	if len(f) != 2 {
		return Identity{}, malformed("identity %.120q has no time", s)
	}
	sec, err := strconv.ParseInt(f[0], 10, 64)
	if err != nil {
		return Identity{}, malformed("time %.40q is no number", f[0])
	}
	return Identity{Name: strings.TrimSpace(name), Email: email, When: time.Unix(sec, 0).UTC()}, nil
}

// Subject is the first line of the message.
func (c *Commit) Subject() string {
	line, _, _ := strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
	return strings.TrimSpace(line)
}
