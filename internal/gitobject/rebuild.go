package gitobject

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrNotRebuilt says that no way of putting a commit's parts together gives the
// object with its id. The parts are wrong, or something was lost in telling them:
// a merged tag, an odd encoding, bytes that are no text.
var ErrNotRebuilt = errors.New("the commit object could not be rebuilt from its parts")

// Parts are what somebody who does not hand out commit objects tells of one. All of
// it is a claim, until [Rebuild] has shown what hashes to the id.
type Parts struct {
	Tree      string
	Parents   []string
	Author    Stamp
	Committer Stamp
	Message   string // in UTF-8, whatever the object's own encoding

	// Payload is what was signed, exactly; empty when nothing was. It is the whole
	// object but for the signature, and the fields above are then not looked at.
	Payload   string
	Signature string // armoured
}

// Stamp is an author or committer. Date is RFC 3339 in the time zone of the commit.
type Stamp struct{ Name, Email, Date string }

// Rebuild puts the parts of a commit together as git stores them. What the parts do
// not tell is tried, a few possibilities in a fixed order: how the message ends, how
// a zone of no offset is written, a header that names the encoding, where the
// signature stands and how it ends. Bytes are only ever returned when they hash to
// the id, so it does not matter who told the parts, nor what.
//
// Errors: [ErrNotRebuilt]; one that [IsMalformed] knows, for parts that are too
// large for a commit or an id that is none.
func Rebuild(id string, p Parts) ([]byte, error) {
	format := "sha1"
	switch {
	case IsID(id, 64):
		format = "sha256"
	case !IsID(id, 40):
		return nil, malformed("%.80q is no full object id", id)
	}
	if n := p.bytes(); n > MaxCommitBytes {
		return nil, malformed("parts of %d bytes, at most %d are read", n, MaxCommitBytes)
	}
	candidates := p.plain
	switch {
	case p.Payload != "":
		candidates = func(try func(...string) bool) { p.signed(format, try) }
	case p.Signature != "":
		return nil, fmt.Errorf("rebuild commit %s: %w: there is a signature, and not what it signs", id, ErrNotRebuilt)
	}
	var object, found []byte
	candidates(func(pieces ...string) bool {
		object = object[:0]
		for _, s := range pieces {
			object = append(object, s...)
		}
		if ok, err := Verify(format, id, object); !ok || err != nil || len(object) > MaxCommitBytes {
			return true
		}
		found = bytes.Clone(object)
		return false
	})
	if found == nil {
		return nil, fmt.Errorf("rebuild commit %s: %w", id, ErrNotRebuilt)
	}
	return found, nil
}

func (p *Parts) bytes() int {
	n := len(p.Tree) + len(p.Message) + len(p.Payload) + len(p.Signature)
	for _, s := range []Stamp{p.Author, p.Committer} {
		n += len(s.Name) + len(s.Email) + len(s.Date)
	}
	for _, id := range p.Parents {
		n += len(id) + len("parent \n")
	}
	return n
}

// The encodings whose names git is known to have been told. Their text comes as
// UTF-8: of a Latin-1 one the bytes can be had back.
var encodings = []struct {
	name  string
	latin bool
}{{"", false}, {"UTF-8", false}, {"utf-8", false}, {"ISO-8859-1", true}, {"iso-8859-1", true}, {"latin1", true}}

// plain tries the forms of a commit that was not signed, until try says no more.
func (p *Parts) plain(try func(...string) bool) {
	var head strings.Builder
	head.WriteString("tree " + p.Tree + "\n")
	for _, parent := range p.Parents {
		head.WriteString("parent " + parent + "\n")
	}
	for _, e := range encodings {
		recode := func(s string) (string, bool) { return s, true }
		header := ""
		if e.name != "" {
			header = "encoding " + e.name + "\n"
		}
		if e.latin {
			recode = latin1
		}
		message, ok := recode(p.Message)
		if !ok {
			continue
		}
		for _, author := range p.Author.lines("author ", recode) {
			for _, committer := range p.Committer.lines("committer ", recode) {
				// A message ends with a line break as a rule, and those who tell of it
				// leave that out as a rule.
				for _, end := range []string{"", "\n", "\n\n", "\r\n"} {
					if !try(head.String(), author, committer, header, "\n", message, end) {
						return
					}
				}
			}
		}
	}
}

// lines are the forms that a line for the stamp can have.
func (s Stamp) lines(key string, recode func(string) (string, bool)) []string {
	when, err := time.Parse(time.RFC3339, s.Date)
	name, ok := recode(s.Name + " <" + s.Email + "> ")
	if err != nil || !ok {
		return nil
	}
	_, offset := when.Zone()
	sign, minutes := '+', offset/60
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	names := []string{name}
	if s.Name == "" {
		names = append(names, name[1:]) // some programs write no space before the bracket
	}
	var out []string
	for _, name := range names {
		out = append(out, fmt.Sprintf("%s%s%d %c%02d%02d\n", key, name, when.Unix(), sign, minutes/60, minutes%60))
		if minutes == 0 {
			out = append(out, fmt.Sprintf("%s%s%d -0000\n", key, name, when.Unix()))
		}
	}
	return out
}

// latin1 is the text in ISO 8859-1, if all of it can be written so.
func latin1(s string) (string, bool) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return "", false
		}
		out = append(out, byte(r)) //nolint:gosec // not more than 0xff
	}
	return string(out), true
}

// signed tries the forms of a signed commit. The payload is taken as it is.
func (p *Parts) signed(format string, try func(...string) bool) {
	if p.Signature == "" {
		try(p.Payload)
		return
	}
	header := "gpgsig "
	if format == "sha256" {
		header = "gpgsig-sha256 "
	}
	// GitHub's own signatures end with an empty line, which is easily lost.
	bare := strings.TrimRight(p.Signature, "\n")
	var values []string
	for _, v := range []string{strings.TrimSuffix(p.Signature, "\n"), bare, bare + "\n", bare + "\n\n"} {
		if !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	for _, at := range places(p.Payload) {
		for _, v := range values {
			if !try(p.Payload[:at], header, strings.ReplaceAll(v, "\n", "\n "), "\n", p.Payload[at:]) {
				return
			}
		}
	}
}

// places are where the signature can stand in the header: last, where git writes it,
// and behind the committer, where others do.
func places(payload string) []int {
	header, _, found := strings.Cut(payload, "\n\n")
	end := len(header) + 1
	if !found {
		if !strings.HasSuffix(payload, "\n") {
			return nil
		}
		header, end = payload, len(payload)
	}
	out := []int{end}
	if i := strings.Index(header, "\ncommitter "); i >= 0 {
		if j := strings.IndexByte(header[i+1:], '\n'); j >= 0 && i+1+j+1 != end {
			out = append(out, i+1+j+1)
		}
	}
	return out
}
